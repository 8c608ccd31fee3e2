"""Points of a run, as people name them, and what each replica had written by then."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from audit.files import ReadError
from audit.merge import merged
from audit.records import Located, Took
from audit.times import times_of
from audit.trails import NodeTrail, Trails

HELP: Final = (
    "a point of the run: seconds since it began (12.5), a record (0001.jsonl:17), a delivery (0001/consensus/42), or "
    "'end'; every replica is shown as far as it can have influenced that record"
)

_PLACE: Final = re.compile(r"(?P<file>[^/:]+\.jsonl):(?P<line>\d{1,15})", re.ASCII)
_DELIVERY: Final = re.compile(r"(?P<node>[^/]+)/(?P<actor>.+)/(?P<n>\d{1,15})", re.ASCII)
_SECONDS: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
"""Without zeros in front: `0001` is a replica."""
_SHOWN_MAX: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How many records of each replica (by `NodeTrail.name`) lie before a point, that of the point included."""

    point: str
    counts: dict[str, int]
    seconds: float | None = None
    """Since the run began, when the point was named so."""

    def of(self, trail: NodeTrail) -> list[Located]:
        """What `trail` holds up to the point."""
        return trail.records[: self.counts[trail.name]]


def cut_at(trails: Trails, point: str) -> Cut:
    """Find a point; raises ReadError when it is none, or is not in the trail.

    At a record or delivery, the cut is consistent: all records before it in the order of cause and effect, of every
    replica. At a time, it is what the clocks say.
    """
    seconds = float(point) if _SECONDS.fullmatch(point) else None
    if point == "end":
        counts = {trail.name: len(trail.records) for trail in trails.nodes}
    elif seconds is not None:
        counts = _by_time(trails, seconds)
    else:
        counts = _by_record(trails, _found(trails, point))
    return Cut(point=point, counts=counts, seconds=seconds)


def _by_time(trails: Trails, seconds: float) -> dict[str, int]:
    since_start = times_of(trails).since_start
    counts: dict[str, int] = {}
    for trail in trails.nodes:
        later = (place for place, located in enumerate(trail.records) if since_start(located.record) > seconds)
        counts[trail.name] = next(later, len(trail.records))
    return counts


def _by_record(trails: Trails, last: Located) -> dict[str, int]:
    owners = {file: trail.name for trail in trails.nodes for file in trail.files}
    counts = Counter({trail.name: 0 for trail in trails.nodes})
    for located in merged(trails):
        counts[owners[located.file]] += 1
        if located is last:
            break
    return dict(counts)


def _found(trails: Trails, point: str) -> Located:
    place, delivery = _PLACE.fullmatch(point), _DELIVERY.fullmatch(point)
    if place is not None:
        found = _at_place(trails, place["file"], int(place["line"]))
    elif delivery is not None:
        found = _deliveries(trails, delivery["node"], delivery["actor"], int(delivery["n"]))
    else:
        raise ReadError(
            f"{point[:_SHOWN_MAX]!r} is no point of a run: name seconds, FILE:LINE, NODE/ACTOR/NUMBER or 'end'."
        )
    for located in found:
        return located
    raise ReadError(f"There is no record {point} in {trails.directory}.")


def _at_place(trails: Trails, file: str, line: int) -> list[Located]:
    records = (located for trail in trails.nodes for located in trail.records)
    return [located for located in records if (located.file, located.line) == (file, line)]


def _deliveries(trails: Trails, node: str, actor: str, n: int) -> list[Located]:
    return [
        located
        for trail in trails.nodes
        if trail.name == node
        for located in trail.records
        if isinstance(located.record, Took) and (located.record.actor, located.record.n) == (actor, n)
    ]


def named(trails: Trails, name: str) -> NodeTrail:
    """The trail of the replica `name`; raises ReadError."""
    for trail in trails.nodes:
        if trail.name == name:
            return trail
    there = ", ".join(trail.name for trail in trails.nodes)
    raise ReadError(f"There is no trail of {name!r} in {trails.directory}; there are those of {there}.")
