"""What actors act through, besides telling each other: the network, the disk, the clock's alarms."""

from typing import Protocol

from messages.entry import Entry
from messages.ids import DiskId, Instant, LogIndex, NodeId, Term
from messages.snapshot import Change, Record
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
    """Where the log, the hard state and the snapshot live. What is written counts as durable when `sync` has returned.

    What is written can be read at once, durable or not. The log begins with what is still kept of it: the snapshot
    includes what came before, and possibly more (Raft §7).
    """

    def save_hard_state(self, term: Term, voted_for: NodeId | None) -> None:
        """Write the current term and the vote in it."""

    def save_disk(self, replica: NodeId, disk: DiskId) -> None:
        """Write which disk a replica has."""

    def append(self, entries: tuple[Entry, ...]) -> None:
        """Write entries behind the last one."""

    def truncate(self, after: LogIndex) -> None:
        """Drop every entry behind `after`."""

    def save_snapshot(self, last_included: LogIndex, changes: tuple[Change, ...], first: LogIndex) -> None:
        """Change the snapshot to what it is behind the entry `last_included`; drop the entries before `first`.

        `last_included` is an entry of the log, behind the snapshot so far; `first` is at most the one behind it. A
        change to None of a record that is not there changes nothing.
        """

    def stage_records(self, offset: int, records: tuple[Record, ...]) -> None:
        """Write aside what a snapshot that is still coming has behind its first `offset` records, so that it is there.

        With `offset` 0, what was written aside before is forgotten. Nothing can be read of it, and nothing depends on
        it: `install_snapshot` says all of it once more, and a storage has less to do then. Nor does it take the room
        that other things need: a `sync` never fails for want of room for it.
        """

    def install_snapshot(self, last_included: LogIndex, term: Term, records: tuple[Record, ...]) -> None:
        """Begin anew with a snapshot whose last entry is of `term`, and an empty log."""

    def needs_sync(self) -> bool:
        """Whether anything that was written is not durable yet."""

    def sync(self) -> None:
        """Return when all that was written is durable, as a whole.

        Raises DiskFullError when nothing of it is, for want of room; any other OSError when that cannot be known: what
        was written may be durable or not, and the replica must stop.
        """

    def first_index(self) -> LogIndex:
        """The index of the first entry that is kept; when there is none, one more than the last index."""

    def last_index(self) -> LogIndex:
        """The index of the last entry, kept or included in the snapshot; 0 when there was none."""

    def snapshot_index(self) -> LogIndex:
        """The index of the last entry that the snapshot includes, 0 when there is no snapshot."""

    def term_at(self, index: LogIndex) -> Term:
        """The term of an entry that is kept, or that is the last which the snapshot includes; 0 at 0 without one."""

    def read(self, first: LogIndex, count_max: int) -> tuple[Entry, ...]:
        """At most `count_max` entries from `first` on, which is not before the first that is kept."""

    def read_snapshot(self, offset: int, after: str, count_max: int) -> tuple[Record, ...]:
        """At most `count_max` records of the snapshot behind its first `offset` ones, of which `after` is the last.

        Records are in the order of their names. May raise OSError, as may `read`: then the replica must stop.
        """
