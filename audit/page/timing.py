"""Where each record stands on the axis of time: what the clocks say, unless a cause would then follow its effect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from audit.files import trail_file
from audit.records import Located, Opened
from audit.times import ONE_MACHINE_MAX_S

STEP_BACK_S_MAX: Final = 1.0
"""Threads of one replica write a little out of order; a record further ahead of its successors is damaged."""

Incarnation: TypeAlias = tuple[str, int]
"""A replica's name, and which of its processes."""


def incarnation_of(located: Located) -> Incarnation:
    """Whose trail the record stands in."""
    file = trail_file(located.file)
    return (located.record.node, 1) if file is None else (file.node, file.incarnation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Microseconds since `start_s` for each record, in causal order.

    `is_wall` says whether the axis is wall time, because the replicas' monotonic clocks are not of one machine. `moved`
    counts the records that were put later than their clock says, for their causes' sake, `moved_us_max` by how much.
    """

    times_us: list[int]
    start_s: float
    is_wall: bool
    moved: int
    moved_us_max: int


def timing(located: Sequence[Located], whose: Sequence[Incarnation], causes: Mapping[int, Sequence[int]]) -> Timing:
    """Place all records; `causes` gives the sendings of what a record received."""
    offsets = _offsets(located, whose)
    is_wall = bool(offsets) and max(offsets.values()) - min(offsets.values()) > ONE_MACHINE_MAX_S
    usual = min(offsets.values(), default=0.0)
    said = [
        each.record.at + (offsets.get(who, usual) if is_wall else 0.0) for each, who in zip(located, whose, strict=True)
    ]
    _pull_back(said, whose)
    start = min(said, default=0.0)
    wanted = [round((moment - start) * 1e6) for moment in said]
    placed = _pushed(wanted, whose, causes)
    moved = [after - before for after, before in zip(placed, wanted, strict=True) if after > before]
    return Timing(times_us=placed, start_s=start, is_wall=is_wall, moved=len(moved), moved_us_max=max(moved, default=0))


def _offsets(located: Sequence[Located], whose: Sequence[Incarnation]) -> dict[Incarnation, float]:
    """What to add to the monotonic clock of each process to have wall time."""
    offsets: dict[Incarnation, float] = {}
    for each, who in zip(located, whose, strict=True):
        if isinstance(each.record, Opened):
            offsets.setdefault(who, each.record.wall - each.record.at)
    return offsets


def _pull_back(said: list[float], whose: Sequence[Incarnation]) -> None:
    """One damaged time must not push all that follows it."""
    earliest: dict[Incarnation, float] = {}
    for position in range(len(said) - 1, -1, -1):
        who = whose[position]
        bound = earliest.get(who, said[position]) + STEP_BACK_S_MAX
        said[position] = min(said[position], bound)
        earliest[who] = min(earliest.get(who, said[position]), said[position])


def _pushed(wanted: Sequence[int], whose: Sequence[Incarnation], causes: Mapping[int, Sequence[int]]) -> list[int]:
    """No record before the one before it in its trail, nor before the sending of what it received."""
    placed: list[int] = []
    latest: dict[Incarnation, int] = {}
    for position, moment in enumerate(wanted):
        who = whose[position]
        after = max((placed[cause] for cause in causes.get(position, ()) if cause < position), default=moment)
        moment = max(moment, after, latest.get(who, moment))  # noqa: PLW2901  # the moment, moved
        latest[who] = moment
        placed.append(moment)
    return placed
