"""`python -m audit verify`: is the run what the code makes of it, and did the cluster keep Raft's promises?

Four questions, each answered by itself: does every actor of every replica, run again, do what its trail says; did the
cluster keep every invariant; was what arrived what was sent; and did the clients see one copy of the data?
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from audit.arguments import add_directory, directory_of, read_aloud
from audit.arrivals import Arrivals
from audit.divergence import Divergence
from audit.failure import Failure
from audit.files import ReadError
from audit.history import History
from audit.invariants import Invariants, Rule, Violation, feed, gaps
from audit.merge import merged
from audit.problems import Severity
from audit.records import Located, Took
from audit.rerun import Rerun, rerun
from audit.surroundings import beginning, differing, surroundings
from audit.times import times_of
from audit.trails import Trails
from recording import source_digest

HELD: Final = 0
BROKEN: Final = 1
INCOMPLETE: Final = 3

_DESCRIPTION: Final = """\
Run every actor of every replica again, through the same classes, and compare each message and each output with the
trail; then check Raft's invariants over the whole cluster, and the clients' history."""
_EPILOG: Final = """\
Exit code: 0 all held; 1 something diverged, was broken or is damaged; 2 nothing to read; 3 nothing wrong was found, but
records are missing, so not everything could be checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of verifying a run; `divergences` in the order in which their actors went wrong."""

    trails: Trails
    reruns: tuple[Rerun, ...]
    divergences: tuple[Divergence, ...]
    violations: tuple[Violation, ...]
    unchecked: tuple[str, ...]
    other_code: tuple[str, ...]
    """Replicas that ran other code than this."""

    @property
    def records(self) -> int:
        """How many records were read."""
        return sum(len(trail.records) for trail in self.trails.nodes)

    @property
    def replayed(self) -> int:
        """How many records agreed with what the actors did when they were run again."""
        return sum(each.replayed for each in self.reruns)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The replicas that stopped because of an exception."""
        return tuple(each.failure for each in self.reruns if each.failure is not None)

    @property
    def is_broken(self) -> bool:
        """Whether a replica did what it must not, rather than that its trail is damaged."""
        return bool(self.divergences or self.failures or self.violations)

    @property
    def code(self) -> int:
        """The exit code."""
        if self.is_broken or self.trails.is_damaged:
            return BROKEN
        return INCOMPLETE if self.unchecked or any(each.stopped for each in self.reruns) else HELD


def verify(trails: Trails) -> Verdict:
    """Ask all four questions; of a damaged line nothing is believed, so the rules are not asked about it."""
    records = merged(trails)
    reruns = tuple(rerun(trail) for trail in trails.nodes)
    members = _members(trails)
    invariants = Invariants(members, gaps(trails.nodes))
    history = History(members, gaps(trails.nodes))
    arrivals = Arrivals(trails.nodes, times_of(trails))
    feed(_undamaged(trails, records), invariants, history, arrivals)
    history.conclude()
    arrivals.conclude()
    return Verdict(
        trails=trails,
        reruns=reruns,
        divergences=_in_order((each.divergence for each in reruns), records),
        violations=(*invariants.violations, *arrivals.violations, *history.violations),
        unchecked=tuple(dict.fromkeys((*invariants.unchecked, *arrivals.unchecked, *history.unchecked))),
        other_code=_other_code(trails),
    )


def _members(trails: Trails) -> set[str]:
    """Those that left a trail, and whom they name in a first line that is as it was written."""
    named = (trail.opened.peers for trail in trails.nodes if trail.opened is not None and 0 not in trail.damaged)
    return {trail.node for trail in trails.nodes}.union(*named)


def _undamaged(trails: Trails, records: Sequence[Located]) -> list[Located]:
    """Without the lines whose checksums are wrong: what a replica did is not judged by what it did not write."""
    damaged = {id(trail.records[place]) for trail in trails.nodes for place in trail.damaged}
    return [located for located in records if id(located) not in damaged] if damaged else [*records]


def _in_order(divergences: Iterable[Divergence | None], records: Sequence[Located]) -> tuple[Divergence, ...]:
    found = [each for each in divergences if each is not None]
    where = {(each.blamed.file, each.blamed.line) for each in found}
    order = {
        (located.file, located.line): place
        for place, located in enumerate(records)
        if (located.file, located.line) in where
    }
    return tuple(sorted(found, key=lambda each: order[each.blamed.file, each.blamed.line]))


def _other_code(trails: Trails) -> tuple[str, ...]:
    here = source_digest()
    return tuple(trail.name for trail in trails.nodes if trail.opened is not None and trail.opened.code != here)


# --- the command -----------------------------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    add_directory(parser)
    parser.add_argument(
        "--around", type=int, default=6, metavar="N", help="show so many records around a divergence (default: 6)"
    )
    parser.add_argument("--json", action="store_true", help="for machines")


def run(parsed: argparse.Namespace) -> int:
    """Verify, and say what came of it."""
    around: int = parsed.around
    if around < 0:
        raise ReadError(f"--around {around}: no fewer than 0 records can be shown around one.")
    directory: Path = directory_of(parsed)
    verdict = verify(read_aloud(directory))
    print(_as_json(verdict) if parsed.json else "\n".join(_lines(verdict, around)))  # it is the product
    return verdict.code


def _lines(verdict: Verdict, around: int) -> list[str]:
    return [
        *(f"DAMAGED  {each}" for each in verdict.trails.problems if each.severity is Severity.DAMAGE),
        *_rerun_lines(verdict),
        *(f"FAILED  {each}" for each in verdict.failures),
        *(line for each in verdict.divergences[:1] for line in _divergence_lines(verdict, each, around)),
        *(f"Another divergence: {each.guilty}, seen at {each.at.place}." for each in verdict.divergences[1:]),
        *_rule_lines(verdict),
        *_closing_lines(verdict),
    ]


def _rerun_lines(verdict: Verdict) -> list[str]:
    lines = ["Run again:"]
    for each in verdict.reruns:
        what = f"{each.replayed:,} records of {each.actors} actors replayed"
        if each.divergence is not None:
            lines.append(f"  {each.trail.name}  DIVERGED at {each.divergence.at.place}, after {what}")
        elif each.stopped is not None:
            lines.append(f"  {each.trail.name}  {what}; not further: {each.stopped}")
        else:
            end = "; killed: its last line is unfinished" if each.trail.cut_off else ""
            lines.append(f"  {each.trail.name}  {what}, all as the trail says{end}")
    if verdict.other_code:
        names = ", ".join(verdict.other_code)
        lines.append(f"  Other code than this wrote the trails of {names}: a divergence may be a difference of code.")
    return lines


def _divergence_lines(verdict: Verdict, divergence: Divergence, around: int) -> list[str]:
    lines = [f"First divergence: {divergence.guilty}"]
    handling = divergence.handling
    if handling is not None and isinstance(handling.record, Took):
        lines.append(f"  handling  {handling.place}  {beginning(bytes(handling.record.message).decode())}")
    expected, got = differing(divergence.expected, divergence.got)
    lines += [
        f"  expected  {expected}",
        f"  got       {got}",
        f"  shown by  {divergence.at.place}; the records around it:",
    ]
    trail = next(each for each in verdict.trails.nodes if each.name == divergence.node)
    return [*lines, *(f"    {line}" for line in surroundings(trail, divergence.at, around))]


def _rule_lines(verdict: Verdict) -> list[str]:
    lines = ["Rules:"]
    broken = {each.rule for each in verdict.violations}
    lines += [f"  BROKEN  {each}" for each in verdict.violations]
    lines += [f"  held    {rule}" for rule in Rule if rule not in broken]
    return [*lines, *(f"  not all checked: {sentence}" for sentence in verdict.unchecked)]


def _closing_lines(verdict: Verdict) -> list[str]:
    replicas = len(verdict.trails.nodes)
    counts = f"{verdict.records:,} records of {replicas} replicas read, {verdict.replayed:,} replayed"
    said = {
        HELD: "all held",
        BROKEN: "NOT all held" if verdict.is_broken else "the trail is damaged; as far as it can be read, all held",
        INCOMPLETE: "nothing wrong was found, but records are missing",
    }
    return [f"Verdict: {said[verdict.code]} ({counts})"]


def _as_json(verdict: Verdict) -> str:
    report = {
        "held": verdict.code == HELD,
        "code": verdict.code,
        "records": verdict.records,
        "replayed": verdict.replayed,
        "replicas": {
            each.trail.name: {"replayed": each.replayed, "actors": each.actors, "stopped": each.stopped}
            for each in verdict.reruns
        },
        "divergences": [
            {"node": each.node, "guilty": each.guilty, "at": each.at.place, "expected": each.expected, "got": each.got}
            for each in verdict.divergences
        ],
        "failures": [str(each) for each in verdict.failures],
        "violations": verdict.violations,
        "problems": [str(each) for each in verdict.trails.problems],
        "unchecked": verdict.unchecked,
        "other_code": verdict.other_code,
    }
    return msgspec.json.encode(report).decode()
