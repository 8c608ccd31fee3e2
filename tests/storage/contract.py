"""What every durable storage must do, as a model of it; and who says that it does.

Another implementation is one more line in `FACTORIES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, Protocol

from actors.ports import Storage
from actors.storage import MemoryStorage, SyncedMemoryStorage
from messages.consensus import Restored
from messages.entry import Entry
from messages.ids import LogIndex, Term
from simulator.virtual.disk import Disk
from simulator.virtual.storage import DiskStorage
from storage import SqliteStorage
from tests.actors.samples import ME, PEERS

NOTHING: Final = Restored(term=Term(0), voted_for=None, entries=())
"""With which a replica begins."""


class Factory(Protocol):
    """What one replica keeps: a storage for each of its processes, one after the other."""

    def start(self) -> tuple[Storage, tuple[Restored, ...]]:
        """End the process before, without a word, and begin another: its storage, and what it is told to begin with."""

    def end(self) -> None:
        """The last process ends."""


class SqliteFactory:
    """A data directory."""

    def __init__(self, directory: Path) -> None:
        self._directory: Final = directory
        self._storage: SqliteStorage | None = None

    def start(self) -> tuple[Storage, tuple[Restored, ...]]:
        self.end()
        self._storage = SqliteStorage.open(self._directory, me=ME, cluster=PEERS)
        return self._storage, tuple(self._storage.restored(chunk=3))

    def end(self) -> None:
        if self._storage is not None:
            self._storage.close()


class SimulatedFactory:
    """The disk of runs in virtual time."""

    def __init__(self, _: Path) -> None:
        self._disk: Final = Disk()

    def start(self) -> tuple[Storage, tuple[Restored, ...]]:
        return DiskStorage(self._disk), self._disk.restored()

    def end(self) -> None:
        """A disk needs nothing."""


FACTORIES: Final[Mapping[str, Callable[[Path], Factory]]] = {"sqlite": SqliteFactory, "simulated": SimulatedFactory}


class Model(SyncedMemoryStorage):
    """What a storage is expected to say: everything, and what would be left if the process ended."""

    def __init__(self, durable: Restored = NOTHING) -> None:
        super().__init__()
        self._durable = durable
        self.restart()

    def sync(self) -> None:
        super().sync()
        term, voted_for = self._hard_state
        disks = tuple(self._disks.items())
        self._durable = Restored(term=term, voted_for=voted_for, entries=tuple(self._entries), disks=disks)

    def restart(self) -> Restored:
        """Begin with what is durable, and say what that is."""
        self._entries = list(self._durable.entries)
        self._hard_state = (self._durable.term, self._durable.voted_for)
        self._disks = dict(self._durable.disks)
        self._is_dirty = False
        return self._durable

    @property
    def term(self) -> Term:
        """Of the hard state or of the last entry, whichever is newer."""
        return max(self._hard_state[0], self.term_at(self.last_index()))


def joined(parts: Iterable[Restored]) -> Restored:
    """All that a process is told to begin with, as one; the name of the disk aside."""
    whole = MemoryStorage()
    last = NOTHING
    for last in parts:
        whole.restore(last)
    return Restored(term=last.term, voted_for=last.voted_for, entries=entries_of(whole), disks=last.disks)


def entries_of(storage: Storage) -> tuple[Entry, ...]:
    """The whole log."""
    return storage.read(LogIndex(1), storage.last_index())
