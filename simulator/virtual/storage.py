"""The port Storage in virtual time: in memory or on a simulated disk, and what is written is watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from actors.ports import Storage
from actors.storage import SyncedMemoryStorage
from messages.entry import Entry
from messages.ids import DiskId, LogIndex, NodeId, Term
from simulator.virtual.disk import Disk, Transaction

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

    def truncate(self, after: LogIndex) -> None:
        """Drop every entry behind `after`; on the disk, with the next sync."""
        super().truncate(after)
        self._kept = min(self._kept, after)

    def sync(self) -> None:
        """All that was written is durable; raises DiskFullError, or DiskError."""
        self._disk.commit(self._transaction())
        self._kept = self.last_index()
        super().sync()

    def unfinished(self) -> Transaction | None:
        """What was written and not synced; None when there is nothing."""
        return self._transaction() if self.needs_sync() else None

    def _transaction(self) -> Transaction:
        term, voted_for = self._hard_state
        return Transaction(
            term=term,
            voted_for=voted_for,
            kept=self._kept,
            entries=tuple(self._entries[self._kept :]),
            disks=tuple(self._disks.items()),
        )


class WatchedStorage:
    """A replica's storage, which shows all that is done to it."""

    def __init__(self, node: Node, storage: Storage) -> None:
        self._node: Final = node
        self._watch: Final = node.world.watch
        self._storage: Final = storage
        self.needs_sync: Final = storage.needs_sync
        self.last_index: Final = storage.last_index
        self.term_at: Final = storage.term_at
        self.read: Final = storage.read

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

    def sync(self) -> None:
        """Make durable what was written."""
        self._storage.sync()
        self._watch.synced(self._node)
