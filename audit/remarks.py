"""What must be said of a point of the run, so that the states shown at it are not misread."""

from collections.abc import Iterator
from typing import Final

from audit.points import Cut
from audit.times import Times, times_of
from audit.trails import NodeTrail, Trails

_TOGETHER_S: Final = 0.5
"""Replicas that are stopped together end within less."""


class Remarks:
    """Looks at one run; times are in seconds since it began."""

    def __init__(self, trails: Trails) -> None:
        self._times: Final[Times] = times_of(trails)
        self._trails: Final = trails

    def of_run(self, cut: Cut) -> Iterator[str]:
        """Whether the point lies outside the run."""
        at, end = self._at(cut), max(map(self._end, self._trails.nodes))
        if at < 0:
            yield f"{cut.point} lies before the run, which began at 0: every actor is shown as it was built."
        if at > end:
            yield f"{cut.point} lies after the run, which ended at {end:.3f} s: its end is shown."

    def of_replica(self, trail: NodeTrail, cut: Cut) -> Iterator[str]:
        """Whether the replica was not there at the point."""
        at = min(self._at(cut), max(map(self._end, self._trails.nodes)))
        begin, end = self._times.since_start(trail.records[0].record), self._end(trail)
        if 0 <= at < begin:
            yield f"its trail begins at {begin:.3f} s, after this point: every actor is shown as it was built"
        if end < at - _TOGETHER_S and len(cut.of(trail)) == len(trail.records):
            yield f"its trail ends at {end:.3f} s, before this point: this is what it knew last"

    def clock(self, trail: NodeTrail) -> str:
        """How the times in its state (`core.now`) are to be read."""
        return f"its clock was {self._times.at(trail.node, 0):.3f} when the run began"

    def _at(self, cut: Cut) -> float:
        """When the point is; a record, when it was written, which of all before it is the last by the clocks."""
        if cut.seconds is not None:
            return cut.seconds
        lasts = (cut.of(trail)[-1].record for trail in self._trails.nodes if cut.of(trail))
        return max(map(self._times.since_start, lasts))

    def _end(self, trail: NodeTrail) -> float:
        return self._times.since_start(trail.records[-1].record)
