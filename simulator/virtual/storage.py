"""The port Storage in virtual time: in memory or on a simulated disk, and what is written is watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from actors.ports import Storage
from actors.storage import SyncedMemoryStorage
from messages.entry import Entry
from messages.ids import DiskId, LogIndex, NodeId, Term
from messages.snapshot import Change, Record
from simulator.virtual.disk import Disk, Snapshot, Transaction
from simulator.virtual.disk_rows import Row

if TYPE_CHECKING:
    from simulator.virtual.node import Node


class DiskStorage(SyncedMemoryStorage):
    """Implements the Storage port on a simulated disk: what was written since the last `sync` goes there as one."""

    def __init__(self, disk: Disk) -> None:
        super().__init__()
        self._disk: Final = disk
        for part in disk.restored():
            self.restore(part)
        self._kept = self.last_index()
        self._changes: dict[str, str | None] = {}
        self._durable_index = self.snapshot_index()
        self._is_other = False
        """Whether nothing of what is on the disk is part of it any more."""

    def save_snapshot(self, last_included: LogIndex, changes: tuple[Change, ...], first: LogIndex) -> None:
        """Change the snapshot; on the disk, with the next sync."""
        super().save_snapshot(last_included, changes, first)
        self._changes.update(changes)

    def install_snapshot(self, last_included: LogIndex, term: Term, records: tuple[Record, ...]) -> None:
        """Begin anew with a snapshot; likewise."""
        super().install_snapshot(last_included, term, records)
        self._changes = dict(records)
        self._is_other = True
        self._kept = last_included

    def truncate(self, after: LogIndex) -> None:
        """Drop every entry behind `after`; on the disk, with the next sync."""
        super().truncate(after)
        self._kept = min(self._kept, after)

    def read(self, first: LogIndex, count_max: int) -> tuple[Entry, ...]:
        """Entries, those that are durable from the disk; raises DamageError when one is not as it was written."""
        entries = super().read(first, count_max)
        if self._disk.damage:
            for index in range(first, min(first + len(entries) - 1, self._kept) + 1):
                self._disk.verify(Row("entry", index))
        return entries

    def read_snapshot(self, offset: int, after: str, count_max: int) -> tuple[Record, ...]:
        """Records; likewise."""
        records = super().read_snapshot(offset, after, count_max)
        if self._disk.damage and not self._is_other:
            for name in (name for name, _ in records if name not in self._changes):
                self._disk.verify(Row("record", name))
        return records

    def sync(self) -> None:
        """All that was written is durable; raises DiskFullError, or DiskError.

        What is only aside takes no room, and is given up where there is none.
        """
        if self._is_dirty or not self._disk.is_full:
            self._disk.commit(self._transaction())
        self._kept = self.last_index()
        self._changes = {}
        self._durable_index = self.snapshot_index()
        self._is_other = False
        super().sync()

    def unfinished(self) -> Transaction | None:
        """What was written and not synced; None when there is nothing."""
        return self._transaction() if self.needs_sync() else None

    def _transaction(self) -> Transaction:
        term, voted_for = self._hard_state
        return Transaction(
            term=term,
            voted_for=voted_for,
            first=self._first,
            kept=self._kept,
            entries=tuple(self._entries[max(self._kept + 1 - self._first, 0) :]),
            disks=tuple(self._disks.items()),
            snapshot=self._unfinished_snapshot(),
        )

    def _unfinished_snapshot(self) -> Snapshot | None:
        if self._snapshot_index == self._durable_index:
            return None
        return Snapshot(
            last_included=self._snapshot_index,
            term=self._snapshot_term,
            changes=tuple(self._changes.items()),
            is_whole=self._is_other,
        )


class WatchedStorage:
    """A replica's storage, which shows all that is done to it."""

    def __init__(self, node: Node, storage: Storage) -> None:
        self._node: Final = node
        self._watch: Final = node.world.watch
        self._storage: Final = storage
        self.needs_sync: Final = storage.needs_sync
        self.first_index: Final = storage.first_index
        self.last_index: Final = storage.last_index
        self.snapshot_index: Final = storage.snapshot_index
        self.term_at: Final = storage.term_at
        self.read: Final = storage.read
        self.stage_records: Final = storage.stage_records

    def save_hard_state(self, term: Term, voted_for: NodeId | None) -> None:
        """Keep term and vote."""
        self._watch.saved(self._node, term, voted_for)
        self._storage.save_hard_state(term, voted_for)

    def save_disk(self, replica: NodeId, disk: DiskId) -> None:
        """Keep which disk a replica has."""
        self._storage.save_disk(replica, disk)

    def append(self, entries: tuple[Entry, ...]) -> None:
        """Keep entries behind the last one."""
        self._watch.appended(self._node, entries)
        self._storage.append(entries)

    def truncate(self, after: LogIndex) -> None:
        """Drop every entry behind `after`."""
        self._watch.truncated(self._node, after)
        self._storage.truncate(after)

    def save_snapshot(self, last_included: LogIndex, changes: tuple[Change, ...], first: LogIndex) -> None:
        """Change the snapshot, and drop entries."""
        self._node.entries_found = 0
        self._watch.snapshot_saved(self._node, last_included, changes, first)
        self._storage.save_snapshot(last_included, changes, first)

    def install_snapshot(self, last_included: LogIndex, term: Term, records: tuple[Record, ...]) -> None:
        """Begin anew with a snapshot."""
        self._watch.snapshot_installed(self._node, last_included, term, records)
        self._storage.install_snapshot(last_included, term, records)

    def read_snapshot(self, offset: int, after: str, count_max: int) -> tuple[Record, ...]:
        """Records, for somebody who lacks them."""
        self._node.gives_snapshot = True
        return self._storage.read_snapshot(offset, after, count_max)

    def sync(self) -> None:
        """Make durable what was written."""
        self._storage.sync()
        self._watch.synced(self._node)
