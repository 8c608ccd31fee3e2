"""What was reached, for people: how much smaller it is, what still happens, what breaks, and how to go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from simulator.events import AnyEvent, type_of
from simulator.explore.shrinking import Shrunk
from simulator.explore.shrinking_trials import Failure

_COMMAND = "python -m"


def text_of(shrunk: Shrunk, out: Path, trails: Path | None) -> str:
    """The closing report; `out` is the scenario's file, `trails` the directory of its trails, if there is one."""
    return "\n".join([*_lines(shrunk), "", *_commands(out, trails)]) + "\n"


def told(event: AnyEvent) -> str:
    """An event in words: when, what, and its parameters."""
    parameters = [f"{name} {_shown(getattr(event, name))}" for name in event.__struct_fields__ if name != "time"]
    return f"{event.time:8.3f} s  {type_of(event)}" + (f": {', '.join(parameters)}" if parameters else "")


def _lines(shrunk: Shrunk) -> Iterator[str]:
    before, after = shrunk.before, shrunk.after
    why = "nothing was left to try" if shrunk.is_done else "what may be spent was spent"
    yield f"{shrunk.tries:,} tries, until {why}: {shrunk.factor:.1f} times fewer steps."
    yield ""
    yield from _table([("", "before", "after"), *_figures(before, after)])
    yield ""
    yield f"{after.finding.rule}: {after.finding.sentence}"
    yield f"at {after.finding.at:.3f} s, step {after.steps:,}, with seed {after.seed}"
    yield ""
    yield "What happens (seconds from the first request):"
    events = after.config.all_events
    yield from (told(event) for event in events)
    if not events:
        yield "  nothing but requests"
    yield from (f"  {each}" for each in _circumstances(after))


def _figures(before: Failure, after: Failure) -> Iterator[tuple[str, str, str]]:
    for name, of in (
        ("steps", lambda failure: failure.steps),
        ("replicas", lambda failure: failure.config.replicas),
        ("events", lambda failure: len(failure.config.all_events)),
        ("requests", lambda failure: failure.config.requests),
        ("virtual seconds", lambda failure: round(failure.virtual_s, 3)),
    ):
        yield name, f"{of(before):,}", f"{of(after):,}"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for first, *others in rows:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        yield "  ".join([first.ljust(widths[0]), *cells])


def _circumstances(failure: Failure) -> Iterator[str]:
    """What is not plain about machines and settings."""
    config = failure.config
    if config.late_start is not None:
        yield f"{config.late_start.replica} starts {config.late_start.delay:g} s late"
    if config.drops:
        yield f"{config.drops:.1%} of the messages are lost throughout"
    machines = msgspec.to_builtins(config.virtual)
    if machines:
        yield "machines: " + ", ".join(f"{name} {_shown(value)}" for name, value in machines.items())
    if config.environment:
        yield "settings: " + ", ".join(f"{name}={value}" for name, value in config.environment.items())


def _commands(out: Path, trails: Path | None) -> Iterator[str]:
    yield f"{_COMMAND} simulator --virtual {out}    # plays it again"
    if trails is not None:
        page = out.with_suffix(".html")
        yield f"{_COMMAND} audit verify {trails}    # which rule is broken, at which lines of the trails"
        yield f"{_COMMAND} audit summary {trails}    # sums it up"
        yield f"{_COMMAND} audit page {trails} -o {page}    # shows every message of it"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return "/".join(map(str, value)) if isinstance(value, list | tuple) else str(value) or "any"
