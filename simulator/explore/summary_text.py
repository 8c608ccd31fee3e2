"""The closing report of a campaign, for people: the verdict first and last, and what reproduces each failure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from simulator.explore.coverage import Coverage
from simulator.explore.summary import Explored, Failure

FAILURES_SHOWN: Final = 10
_INDENT: Final = "  "
_HOUR_S: Final = 3600


def closing_text(explored: Explored) -> str:
    """All that there is to say."""
    return "\n".join(_lines(explored)) + "\n"


def figures(*, seeds: int, wall_s: float, virtual_s: float, failures: int) -> str:
    """How a campaign stands, in a line."""
    rate = seeds / wall_s if wall_s else 0.0
    return f"{rate:.1f} seeds/s, {virtual_s / _HOUR_S:.2f} virtual hours, {counted(failures, 'failure')}"


def counted(count: int, noun: str) -> str:
    """A number and its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _lines(explored: Explored) -> Iterator[str]:
    yield f"{_seeds(explored)}: {_verdict(explored)}"
    yield from _section("Figures", _figures(explored))
    yield from _section("Faults injected", _counts(explored.faults))
    yield from _section("Clusters of so many replicas", _counts(explored.replicas))
    yield from _coverage(explored.coverage)
    yield from _section("Failures", _failures(explored))
    yield f"Verdict: {_verdict(explored)}"


def _seeds(explored: Explored) -> str:
    if not explored.seeds:
        return f"{explored.scenario} ({explored.end})"
    last = explored.first_seed + explored.seeds - 1
    return f"{explored.scenario}, seeds {explored.first_seed} to {last} ({explored.end})"


def _verdict(explored: Explored) -> str:
    if explored.failures:
        return f"DID NOT HOLD in {explored.failures:,} of {counted(explored.seeds, 'seed')}"
    if not explored.seeds:
        return "no seed was played"
    return f"all held in {counted(explored.seeds, 'seed')}"


def _figures(explored: Explored) -> Iterator[str]:
    yield (
        f"{explored.seeds:,} seeds in {explored.wall_s:.1f} s, {explored.seeds_per_s:.1f} a second; "
        f"{counted(explored.failures, 'failure')}"
    )
    yield (
        f"{explored.virtual_s / _HOUR_S:.2f} virtual hours in {explored.cpu_s:.1f} s of processor time: "
        f"{explored.virtual_per_cpu:.1f} times faster than real time per core"
    )
    yield f"{explored.steps:,} messages taken by actors"


def _counts(counts: dict[str, int]) -> Iterator[str]:
    width = max(map(len, counts), default=0)
    for name, count in counts.items():
        yield f"{name:<{width}}  {count:>12,}"


def _coverage(found: Coverage) -> Iterator[str]:
    total = len(found.exercised) + len(found.never)
    title = f"Branches of the actors: {len(found.exercised)} of {total} exercised, {len(found.never)} never"
    yield from _section(title, _counts({each.event: each.count for each in found.exercised}))
    width = max((len(each.event) for each in found.never), default=0)
    never = (f"{each.event:<{width}}  {each.remark or each.place}" for each in found.never)
    yield from _section("Never exercised", never)
    unknown = _counts({each.event: each.count for each in found.unknown})
    yield from _section("Said, and not found in the source", unknown)


def _failures(explored: Explored) -> Iterator[str]:
    for failure in explored.failed[:FAILURES_SHOWN]:
        yield from _failure(failure)
    hidden = explored.failures - FAILURES_SHOWN
    if hidden > 0:
        yield f"and {hidden:,} more; --json has the first {len(explored.failed)}"


def _failure(failure: Failure) -> Iterator[str]:
    yield f"seed {failure.seed}, {failure.replicas} replicas, {failure.checker}: {failure.rule}"
    yield f"{_INDENT}{failure.sentence}"
    more = f", and {counted(len(failure.others), 'finding')} more" if failure.others else ""
    yield f"{_INDENT}{failure.at:.3f} s after the first request, at step {failure.step:,}{more}"
    yield f"{_INDENT}again: {failure.reproduce}    (--trails runs: to see it in the debugger)"
    yield f"{_INDENT}small: {failure.shrink}"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    shown = list(lines)
    if shown:
        yield f"{title}:"
        for line in shown:
            yield from (_INDENT + part for part in line.splitlines())
