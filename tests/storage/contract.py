"""What every durable storage must do, as a model of it; and who says that it does.

Another implementation is one more line in `FACTORIES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from actors.ports import Storage
from actors.storage import SyncedMemoryStorage
from messages.consensus import Restored, RestoredChunk
from messages.entry import Entry
from messages.ids import DiskId, LogIndex, NodeId, Term
from messages.snapshot import Chunk, Record
from simulator.virtual.disk import Disk
from simulator.virtual.storage import DiskStorage
from storage import SqliteStorage
from tests.actors.samples import ME, PEERS

_NO_TERM: Final = Term(0)
_FIRST: Final = LogIndex(1)

Parts: TypeAlias = tuple[RestoredChunk | Restored, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """All that a storage holds: what a process is told to begin with, as a whole; the name of the disk aside."""

    term: Term = _NO_TERM
    voted_for: NodeId | None = None
    first: LogIndex = _FIRST
    entries: tuple[Entry, ...] = ()
    disks: tuple[tuple[NodeId, DiskId], ...] = ()
    snapshot: tuple[LogIndex, Term] | None = None
    """The last entry that is included, and its term."""
    records: tuple[Record, ...] = ()
    """By name."""

    @property
    def last(self) -> int:
        """The index of the last entry."""
        return self.first + len(self.entries) - 1


NOTHING: Final = Kept()
"""With which a replica begins."""


class Factory(Protocol):
    """What one replica keeps: a storage for each of its processes, one after the other."""

    def start(self) -> tuple[Storage, Parts]:
        """End the process before, without a word, and begin another: its storage, and what it is told to begin with."""

    def end(self) -> None:
        """The last process ends."""


class SqliteFactory:
    """A data directory."""

    def __init__(self, directory: Path) -> None:
        self._directory: Final = directory
        self._storage: SqliteStorage | None = None

    def start(self) -> tuple[Storage, Parts]:
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

    def start(self) -> tuple[Storage, Parts]:
        return DiskStorage(self._disk), self._disk.restored()

    def end(self) -> None:
        """A disk needs nothing."""


class Model(SyncedMemoryStorage):
    """What a storage is expected to say: everything, and what would be left if the process ended."""

    def __init__(self, durable: Kept = NOTHING) -> None:
        super().__init__()
        self._durable = durable
        self.restart()

    def sync(self) -> None:
        super().sync()
        self._durable = self.kept()

    def restart(self) -> Kept:
        """Begin with what is durable, and say what that is."""
        durable = self._durable
        self._first = durable.first
        self._entries = list(durable.entries)
        self._hard_state = (durable.term, durable.voted_for)
        self._disks = dict(durable.disks)
        self._snapshot_index, self._snapshot_term = durable.snapshot or (LogIndex(0), Term(0))
        self._records = dict(durable.records)
        self._names = None
        self._is_dirty = self._has_aside = False
        return durable

    def kept(self) -> Kept:
        """All that was written, durable or not."""
        term, voted_for = self._hard_state
        return Kept(
            term=term,
            voted_for=voted_for,
            first=self._first,
            entries=tuple(self._entries),
            disks=tuple(self._disks.items()),
            snapshot=(self._snapshot_index, self._snapshot_term) if self._snapshot_index else None,
            records=tuple(sorted(self._records.items())),
        )

    @property
    def term(self) -> Term:
        """Of the hard state, of the last entry or of the snapshot, whichever is newest."""
        last = self.last_index()
        return max(self._hard_state[0], self.term_at(last) if last else Term(0), self._snapshot_term)

    @property
    def names(self) -> tuple[str, ...]:
        """Those of the records."""
        return tuple(sorted(self._records))


class MemoryFactory:
    """The model itself: what the contract says holds for the storage in memory, too."""

    def __init__(self, _: Path) -> None:
        self._model = Model()

    def start(self) -> tuple[Storage, Parts]:
        durable = self._model.restart()
        self._model = Model(durable)
        return self._model, tuple(parts_of(durable))

    def end(self) -> None:
        """Memory needs nothing."""


FACTORIES: Final[Mapping[str, Callable[[Path], Factory]]] = {
    "memory": MemoryFactory,
    "simulated": SimulatedFactory,
    "sqlite": SqliteFactory,
}


def parts_of(kept: Kept) -> Iterator[RestoredChunk | Restored]:
    """How a process is told, a record or an entry at a time."""
    if kept.snapshot is not None:
        index, term = kept.snapshot
        for offset in range(max(len(kept.records), 1)):
            chunk = Chunk(
                last_included_index=index,
                last_included_term=term,
                offset=offset,
                records=kept.records[offset : offset + 1],
                done=offset + 1 >= len(kept.records),
            )
            yield RestoredChunk(chunk=chunk)
    for offset in range(max(len(kept.entries), 1)):
        yield Restored(
            term=kept.term,
            voted_for=kept.voted_for,
            first=LogIndex(kept.first + offset),
            entries=kept.entries[offset : offset + 1],
            disk=DiskId("memory"),
            disks=kept.disks,
        )


def joined(parts: Iterable[RestoredChunk | Restored]) -> Kept:
    """All that a process is told to begin with, as one, which comes in order: snapshot, then log, without gaps."""
    whole = Model()
    is_snapshot_done, has_log = True, False
    for part in parts:
        if isinstance(part, RestoredChunk):
            assert not has_log, "the snapshot comes first"
            assert part.chunk.offset == len(whole.names), "chunks follow one another"
            is_snapshot_done = part.chunk.done
        else:
            assert is_snapshot_done, "the last chunk is done"
            assert not has_log or part.first == whole.last_index() + 1, "entries follow one another"
            has_log = True
        whole.restore(part)
    assert has_log, "there is one part at least"
    return whole.kept()


def entries_of(storage: Storage) -> tuple[Entry, ...]:
    """The whole log, as far as it is kept."""
    return storage.read(storage.first_index(), storage.last_index() + 1)


def records_of(storage: Storage, count: int = 2) -> tuple[Record, ...]:
    """The whole snapshot, read in parts of so many records, by name."""
    records: list[Record] = []
    while part := storage.read_snapshot(len(records), records[-1][0] if records else "", count):
        assert len(part) <= count
        records += part
    assert len(dict(records)) == len(records), "no record is read twice"
    return tuple(sorted(records))
