"""One time line for all replicas: seconds since the run began."""

from collections.abc import Iterable
from typing import Final

from audit.records import Located, Opened, Record
from audit.trails import Trails

ONE_MACHINE_MAX_S: Final = 0.05
"""The clocks of replicas on one machine are one clock; what they say of the time on the wall differs by less."""


class Times:
    """Tells when something was, in seconds since the first record of all.

    Where all replicas ran on one machine, their records' times are comparable as they are; else each is moved by what
    its replica says of the time on the wall.
    """

    def __init__(self, openings: Iterable[Opened], first_records: Iterable[Record]) -> None:
        offsets = {opened.node: opened.wall - opened.at for opened in openings}
        apart = max(offsets.values()) - min(offsets.values()) if offsets else 0.0
        self.is_one_clock: Final = apart <= ONE_MACHINE_MAX_S
        self._offsets: Final = {} if self.is_one_clock else offsets
        self._start: Final = min((self._moved(record) for record in first_records), default=0.0)

    def since_start(self, record: Record) -> float:
        """When `record` was written, in seconds since the run began."""
        return self._moved(record) - self._start

    def at(self, node: str, since_start: float) -> float:
        """What the clock of `node` shows, so many seconds after the run began."""
        return since_start + self._start - self._offsets.get(node, 0.0)

    def _moved(self, record: Record) -> float:
        return record.at + self._offsets.get(record.node, 0.0)


def times_of(trails: Trails) -> Times:
    """The time line of what was read."""
    openings = [trail.opened for trail in trails.nodes if trail.opened is not None]
    return Times(openings, [trail.records[0].record for trail in trails.nodes])


def times_of_first(lot: Iterable[Located]) -> Times:
    """The time line of a run that goes on, by the first records of it that have come."""
    records = [located.record for located in lot]
    return Times([record for record in records if isinstance(record, Opened)], records)
