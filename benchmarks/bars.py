"""The bars that the replica is held against, and what was measured of each."""

import math
import statistics
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from benchmarks.families import PARTS, Family, Part
from benchmarks.measuring import Run, Turn, milliseconds

MEDIAN_RATIO_MAX: Final = 1.3
P99_RATIO_MAX: Final = 2.0
ANSWER_MAX_MS: Final = 250.0
"""Nobody waits long for a follower that died."""

Runs: TypeAlias = Mapping[str, Sequence[Run]]
"""All runs of a family, by program."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One bar of one family, what was measured, and whether it held; None when it was not judged."""

    family: str
    bar: str
    measured: str
    held: bool | None


def verdicts(family: Family, turns: Sequence[Turn], parts: Collection[Part]) -> list[Verdict]:
    """Judge the turns of a family by every bar of these parts, and by those of every family."""
    runs = {name: [turn.run for turn in turns if turn.program == name] for name in ("floor", "replica")}
    found: list[Verdict] = []
    for part in PARTS:
        if part in family.parts and part in parts:
            found += _BARS[part](family, runs)
    return found + _bars_of_all(family, runs)


def _messages(family: Family, runs: Runs) -> list[Verdict]:
    assert family.messages_below is not None, f"{family.name} has no bar on messages"
    totals = [run.traffic.total for run in runs["replica"]]
    verdict = Verdict(
        family=family.name,
        bar=f"messages below {family.messages_below:,}",
        measured=", ".join(f"{total:,}" for total in totals),
        held=max(totals) < family.messages_below if family.whole else None,
    )
    return [verdict]


def _latency(family: Family, runs: Runs) -> list[Verdict]:
    medians = {name: [run.answers.median_ms for run in of_one] for name, of_one in runs.items()}
    p99s = {name: [run.answers.p99_ms for run in of_one] for name, of_one in runs.items()}
    return [
        _compared(family, "median", medians, MEDIAN_RATIO_MAX),
        _compared(family, "p99", p99s, P99_RATIO_MAX),
    ]


def _compared(family: Family, what: str, measured: Mapping[str, Sequence[float]], ratio_max: float) -> Verdict:
    replica, floor = (statistics.median(measured[name]) for name in ("replica", "floor"))
    ratio = replica / floor if floor else math.inf
    return Verdict(
        family=family.name,
        bar=f"{what} at most {ratio_max:g} times the floor program's",
        measured=f"{replica:.2f} ms : {floor:.2f} ms = {ratio:.2f}",
        held=ratio <= ratio_max,
    )


def _failover(family: Family, runs: Runs) -> list[Verdict]:
    assert family.gap_max_ms is not None, f"{family.name} has no bar on gaps"
    gaps = [math.inf if kill.took_ms is None else kill.took_ms for run in runs["replica"] for kill in run.kills]
    without_kill = [run for run in runs["replica"] if not run.kills]
    verdict = Verdict(
        family=family.name,
        bar=f"no gap above {milliseconds(family.gap_max_ms)} when the leader is killed",
        measured=_gaps(gaps, len(without_kill)),
        held=not without_kill and max(gaps) <= family.gap_max_ms,
    )
    return [verdict]


def _gaps(gaps: Sequence[float], without_kill: int) -> str:
    words = [f"worst {milliseconds(max(gaps))}, median {milliseconds(statistics.median(gaps))}"] if gaps else []
    words += [f"{without_kill} runs without a kill"] if without_kill else []
    return "; ".join(words)


def _follower(family: Family, runs: Runs) -> list[Verdict]:
    slowest = [run.answers.max_ms for run in runs["replica"]]
    verdict = Verdict(
        family=family.name,
        bar=f"no answer later than {milliseconds(ANSWER_MAX_MS)}",
        measured=", ".join(milliseconds(each) for each in slowest),
        held=max(slowest) <= ANSWER_MAX_MS,
    )
    return [verdict]


def _size(family: Family, runs: Runs) -> list[Verdict]:
    reigns = [len(run.leaders) for run in runs["replica"]]
    verdict = Verdict(
        family=family.name,
        bar="one leader, and no other after it",
        measured=", ".join(f"{count}" for count in reigns),
        held=all(count == 1 for count in reigns),
    )
    return [verdict]


_BARS: Final[Mapping[Part, Callable[[Family, Runs], list[Verdict]]]] = {
    "messages": _messages,
    "latency": _latency,
    "failover": _failover,
    "follower": _follower,
    "size": _size,
}


def _bars_of_all(family: Family, runs: Runs) -> list[Verdict]:
    """What is asked of every family: the floor program's runs must hold, too, but nothing is asked of their figures."""
    excused = " but what died with the leader" if family.loses_its_leader else ""
    failures = [_failures(family, run) for run in runs["replica"]]
    duplicates = [run.requests.duplicates for run in runs["replica"]]
    passed = [run.passed for of_one in runs.values() for run in of_one]
    return [
        _none_of(family, f"no failures{excused}", failures),
        _none_of(family, "no duplicates", duplicates),
        Verdict(
            family=family.name,
            bar="every run holds all checks",
            measured=f"{sum(passed)} of {len(passed)}",
            held=all(passed),
        ),
    ]


def _failures(family: Family, run: Run) -> int:
    return run.failures - (run.requests.unanswered_killed if family.loses_its_leader else 0)


def _none_of(family: Family, bar: str, counts: Sequence[int]) -> Verdict:
    measured = ", ".join(f"{count}" for count in counts)
    return Verdict(family=family.name, bar=bar, measured=measured, held=not any(counts))


def table(judged: Sequence[Verdict]) -> str:
    """A table in Markdown, a row for each bar."""
    return "\n".join(_rows(judged))


def _rows(judged: Sequence[Verdict]) -> Iterator[str]:
    words = {True: "yes", False: "**no**", None: "not judged"}
    yield "| Family | Bar | Measured | Held |"
    yield "|---|---|---|---|"
    for verdict in judged:
        yield f"| {verdict.family} | {verdict.bar} | {verdict.measured} | {words[verdict.held]} |"


def closing(judged: Sequence[Verdict]) -> str:
    """The last line: how many held, and what was not judged."""
    held = [verdict.held for verdict in judged if verdict.held is not None]
    skipped = len(judged) - len(held)
    note = f" Bars on messages are for whole turns: {skipped} were not judged." if skipped else ""
    return f"{sum(held)} of {len(held)} bars held.{note}"
