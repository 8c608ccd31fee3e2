"""A log store's storage in memory: gone with its process, which a volatile replica may be."""

from messages.consensus import Restored, RestoredChunk
from messages.entry import Entry
from messages.ids import DiskId, LogIndex, NodeId, Term
from messages.snapshot import Change, Record


class MemoryStorage:
    """Implements the Storage port with a list and a dict; what is written is at once as durable as it will ever be."""

    def __init__(self) -> None:
        self._first = LogIndex(1)
        self._entries: list[Entry] = []
        """Those that are kept, from `_first` on."""
        self._snapshot_index = LogIndex(0)
        self._snapshot_term = Term(0)
        self._records: dict[str, str] = {}
        self._names: list[str] | None = None
        """Those of the records, once somebody has read any."""
        self._hard_state: tuple[Term, NodeId | None] = (Term(0), None)
        self._disks: dict[NodeId, DiskId] = {}

    def restore(self, part: RestoredChunk | Restored) -> None:
        """Begin with what is durable elsewhere: records, then term and vote, and entries behind those before."""
        if isinstance(part, RestoredChunk):
            self._snapshot_index = part.chunk.last_included_index
            self._snapshot_term = part.chunk.last_included_term
            self._records.update(part.chunk.records)
            return
        if not self._entries:
            self._first = part.first
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
        assert after >= self._snapshot_index, "what the snapshot includes is never truncated"
        del self._entries[after + 1 - self._first :]

    def save_snapshot(self, last_included: LogIndex, changes: tuple[Change, ...], first: LogIndex) -> None:
        """Change the snapshot, and drop the entries before `first` (Raft §7)."""
        assert self._snapshot_index < last_included <= self.last_index(), "snapshots move forward, within the log"
        assert self._first <= first <= last_included + 1, "what is dropped is included in the snapshot"
        self._snapshot_term = self.term_at(last_included)
        self._snapshot_index = last_included
        self._names = None
        for name, content in changes:
            if content is None:
                self._records.pop(name, None)
            else:
                self._records[name] = content
        del self._entries[: first - self._first]
        self._first = first

    def stage_records(self, offset: int, records: tuple[Record, ...]) -> None:
        """Nothing would be done sooner for it."""

    def install_snapshot(self, last_included: LogIndex, term: Term, records: tuple[Record, ...]) -> None:
        """Begin anew with a snapshot and an empty log (Raft §7)."""
        assert last_included > self._snapshot_index, "snapshots move forward"
        self._snapshot_index, self._snapshot_term = last_included, term
        self._records = dict(records)
        self._names = None
        self._entries = []
        self._first = LogIndex(last_included + 1)

    def needs_sync(self) -> bool:
        """Never: there is nothing behind memory."""
        return False

    def sync(self) -> None:
        """Nothing is left to do."""

    def first_index(self) -> LogIndex:
        """The index of the first entry that is kept."""
        return self._first

    def last_index(self) -> LogIndex:
        """The index of the last entry, 0 when there was none."""
        return LogIndex(self._first + len(self._entries) - 1)

    def snapshot_index(self) -> LogIndex:
        """The index of the last entry that the snapshot includes, 0 when there is no snapshot."""
        return self._snapshot_index

    def term_at(self, index: LogIndex) -> Term:
        """The term of an entry that is kept, or that is the last which the snapshot includes; 0 at index 0."""
        if index >= self._first:
            return self._entries[index - self._first].term
        assert index == self._snapshot_index, "only entries that are there have terms"
        return self._snapshot_term

    def read(self, first: LogIndex, count_max: int) -> tuple[Entry, ...]:
        """At most `count_max` entries from `first` on."""
        assert first >= self._first, "what was dropped cannot be read"
        start = first - self._first
        return tuple(self._entries[start : start + count_max])

    def read_snapshot(self, offset: int, after: str, count_max: int) -> tuple[Record, ...]:
        """At most `count_max` records behind the first `offset` ones, by name."""
        del after
        if self._names is None:
            self._names = sorted(self._records)
        return tuple((name, self._records[name]) for name in self._names[offset : offset + count_max])


class SyncedMemoryStorage(MemoryStorage):
    """The same, but what is written counts as durable only when it was synced: how a log store's disk behaves.

    For runs in virtual time, and for running their trails again: a replica has nothing to gain from it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._is_dirty = False
        self._has_aside = False
        """Whether anything was written aside since the last `sync`."""

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

    def save_snapshot(self, last_included: LogIndex, changes: tuple[Change, ...], first: LogIndex) -> None:
        """Change the snapshot; likewise."""
        super().save_snapshot(last_included, changes, first)
        self._is_dirty = True

    def stage_records(self, offset: int, records: tuple[Record, ...]) -> None:
        """Write records aside; likewise."""
        super().stage_records(offset, records)
        self._has_aside = True

    def install_snapshot(self, last_included: LogIndex, term: Term, records: tuple[Record, ...]) -> None:
        """Begin anew with a snapshot; likewise."""
        super().install_snapshot(last_included, term, records)
        self._is_dirty = True

    def needs_sync(self) -> bool:
        """Whether anything was written since the last `sync`."""
        return self._is_dirty or self._has_aside

    def sync(self) -> None:
        """All that was written is durable."""
        self._is_dirty = self._has_aside = False
