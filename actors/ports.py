"""What actors act through, besides telling each other: the network, the disk, the clock's alarms."""

from typing import Protocol

from messages.entry import Entry
from messages.ids import DiskId, Instant, LogIndex, NodeId, Term
from messages.wire import Outbound


class Datagrams(Protocol):
    """The way out to everybody else; like the network, it promises nothing."""

    def send(self, message: Outbound, /) -> None:
        """Send one datagram, or lose it; never waits, never raises."""


class Timer(Protocol):
    """An alarm that tells its owner `Rang`; one at a time."""

    def set(self, due: Instant, epoch: int) -> None:
        """Ring at `due`, or soon after, naming `epoch`; what was set before is forgotten, unless it is under way."""


class DiskFullError(OSError):
    """There was no room to make durable what was written; nothing was changed, and `sync` may be called again."""


class Storage(Protocol):
    """Where the log and the hard state live. What is written counts as durable when `sync` has returned.

    What is written can be read at once, durable or not.
    """

    def save_hard_state(self, term: Term, voted_for: NodeId | None) -> None:
        """Write the current term and the vote in it."""

    def save_disk(self, replica: NodeId, disk: DiskId) -> None:
        """Write which disk a replica has."""

    def append(self, entries: tuple[Entry, ...]) -> None:
        """Write entries behind the last one."""

    def truncate(self, after: LogIndex) -> None:
        """Drop every entry behind `after`."""

    def needs_sync(self) -> bool:
        """Whether anything that was written is not durable yet."""

    def sync(self) -> None:
        """Return when all that was written is durable, as a whole.

        Raises DiskFullError when nothing of it is, for want of room; any other OSError when that cannot be known: what
        was written may be durable or not, and the replica must stop.
        """

    def last_index(self) -> LogIndex:
        """The index of the last entry, 0 when there is none."""

    def term_at(self, index: LogIndex) -> Term:
        """The term of the entry at `index`, 0 at index 0."""

    def read(self, first: LogIndex, count_max: int) -> tuple[Entry, ...]:
        """At most `count_max` entries from `first` on."""
