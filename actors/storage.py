"""A log store's storage in memory: gone with its process, which a volatile replica may be."""

from messages.consensus import Restored
from messages.entry import Entry
from messages.ids import DiskId, LogIndex, NodeId, Term


class MemoryStorage:
    """Implements the Storage port with a list; what is written is at once as durable as it will ever be."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._hard_state: tuple[Term, NodeId | None] = (Term(0), None)
        self._disks: dict[NodeId, DiskId] = {}

    def restore(self, part: Restored) -> None:
        """Begin with what is durable elsewhere: term and vote, and entries behind those of the part before."""
        self._hard_state = (part.term, part.voted_for)
        self._entries.extend(part.entries)
        self._disks = dict(part.disks)

    def save_hard_state(self, term: Term, voted_for: NodeId | None) -> None:
        """Keep term and vote; terms never go back, and a vote is never changed within a term (Raft §5.2)."""
        old_term, old_vote = self._hard_state
        assert term > old_term or (term == old_term and old_vote in {None, voted_for}), "hard state only advances"
        self._hard_state = (term, voted_for)

    def save_disk(self, replica: NodeId, disk: DiskId) -> None:
        """Keep which disk a replica has, once and for all."""
        assert self._disks.setdefault(replica, disk) == disk, "a replica that was met has one disk"

    def append(self, entries: tuple[Entry, ...]) -> None:
        """Keep entries behind the last one."""
        self._entries.extend(entries)

    def truncate(self, after: LogIndex) -> None:
        """Drop every entry behind `after`."""
        del self._entries[after:]

    def needs_sync(self) -> bool:
        """Never: there is nothing behind memory."""
        return False

    def sync(self) -> None:
        """Nothing is left to do."""

    def last_index(self) -> LogIndex:
        """The index of the last entry, 0 when there is none."""
        return LogIndex(len(self._entries))

    def term_at(self, index: LogIndex) -> Term:
        """The term of the entry at `index`, 0 at index 0."""
        return self._entries[index - 1].term if index > 0 else Term(0)

    def read(self, first: LogIndex, count_max: int) -> tuple[Entry, ...]:
        """At most `count_max` entries from `first` on."""
        return tuple(self._entries[first - 1 : first - 1 + count_max])


class SyncedMemoryStorage(MemoryStorage):
    """The same, but what is written counts as durable only when it was synced: how a log store's disk behaves.

    For runs in virtual time, and for running their trails again: a replica has nothing to gain from it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._is_dirty = False

    def save_hard_state(self, term: Term, voted_for: NodeId | None) -> None:
        """Keep term and vote, until they are synced for this process only."""
        super().save_hard_state(term, voted_for)
        self._is_dirty = True

    def save_disk(self, replica: NodeId, disk: DiskId) -> None:
        """Keep a disk's name; likewise."""
        super().save_disk(replica, disk)
        self._is_dirty = True

    def append(self, entries: tuple[Entry, ...]) -> None:
        """Keep entries; likewise."""
        super().append(entries)
        self._is_dirty = True

    def truncate(self, after: LogIndex) -> None:
        """Drop entries; likewise."""
        super().truncate(after)
        self._is_dirty = True

    def needs_sync(self) -> bool:
        """Whether anything was written since the last `sync`."""
        return self._is_dirty

    def sync(self) -> None:
        """All that was written is durable."""
        self._is_dirty = False
