"""A replica's disk in virtual time: it outlives processes, and fails in the ways that disks do."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from actors.ports import DiskFullError
from messages.consensus import Restored, RestoredChunk
from messages.entry import Entry
from messages.ids import DiskId, LogIndex, NodeId, Term
from messages.snapshot import Change, Chunk
from simulator.virtual.disk_rows import STATE, Damage, Row
from storage.errors import DamageError

_NO_TERM: Final = Term(0)
_NOTHING: Final = LogIndex(0)
_FIRST: Final = LogIndex(1)
_NO_NAME: Final = DiskId("disk")
_CHUNK: Final = 50
"""So many entries are given back in one message: few, so that there are several."""
_encode: Final = msgspec.json.Encoder().encode


class DiskError(OSError):
    """The disk could not do what it was told, and does not say how much of it was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What is new in the snapshot; `is_whole` where nothing of what was there, entries included, is left."""

    last_included: LogIndex
    term: Term
    changes: tuple[Change, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """All that was written since the last sync: term and vote; the log, which begins at `first`, up to `kept` as it is
    on the disk, and `entries` behind that; the snapshot, if it has changed."""

    term: Term
    voted_for: NodeId | None
    first: LogIndex
    kept: LogIndex
    entries: tuple[Entry, ...]
    disks: tuple[tuple[NodeId, DiskId], ...]
    snapshot: Snapshot | None

    @property
    def frames(self) -> int:
        """In so many parts it is written: entries, records, and at last the row that makes all of it count."""
        return len(self.entries) + (0 if self.snapshot is None else len(self.snapshot.changes)) + 1


@dataclass(slots=True)
class Disk:
    """What is durable, transaction by transaction: each is there as a whole, or not at all.

    `is_full` refuses what would need room; `is_broken` fails the next transaction, and nobody is told whether it is
    there; while it `hangs`, nobody is told anything.
    """

    name: DiskId = _NO_NAME
    term: Term = _NO_TERM
    voted_for: NodeId | None = None
    first: LogIndex = _FIRST
    entries: list[Entry] = field(default_factory=list)
    """Those that are kept, from `first` on."""
    snapshot_index: LogIndex = _NOTHING
    snapshot_term: Term = _NO_TERM
    records: dict[str, str] = field(default_factory=dict)
    disks: tuple[tuple[NodeId, DiskId], ...] = ()
    is_full: bool = False
    is_broken: bool = False
    hangs: bool = False
    has_failed: bool = False
    """Whether it has reported an error."""
    full_count: int = 0
    """How often a transaction found no room."""
    torn_count: int = 0
    """How often a transaction was there in part when the power went, and so counted for nothing."""
    transactions: int = 0
    damage: Damage = field(default_factory=Damage)

    def commit(self, transaction: Transaction) -> None:
        """Make a transaction durable; raises DiskFullError, or DiskError."""
        if self.is_broken:
            self.has_failed = True
            raise DiskError(errno.EIO, "the disk reports an error")
        if self.is_full:
            self.full_count += 1
            raise DiskFullError(errno.ENOSPC, "the disk is full")
        self._keep(transaction)

    def _keep(self, transaction: Transaction) -> None:
        self.transactions += 1
        self.term, self.voted_for = transaction.term, transaction.voted_for
        if transaction.snapshot is not None:
            self._keep_snapshot(transaction.snapshot)
        del self.entries[max(transaction.kept + 1 - self.first, 0) :]
        del self.entries[: transaction.first - self.first]
        self.first = transaction.first
        self.entries.extend(transaction.entries)
        self.disks = transaction.disks
        if self.damage:
            self._mend(transaction)

    def _mend(self, transaction: Transaction) -> None:
        """What was written again is as it was written, and what is gone needs not be."""
        damage, snapshot = self.damage, transaction.snapshot
        damage.rewritten(STATE)
        damage.keep_entries(self.first, transaction.kept)
        if snapshot is not None and snapshot.is_whole:
            damage.forget("entry")
            damage.forget("record")
        elif snapshot is not None:
            for name, _ in snapshot.changes:
                damage.rewritten(Row("record", name))

    def _keep_snapshot(self, snapshot: Snapshot) -> None:
        self.snapshot_index, self.snapshot_term = snapshot.last_included, snapshot.term
        if snapshot.is_whole:
            self.records.clear()
            self.entries.clear()
        for name, content in snapshot.changes:
            if content is None:
                self.records.pop(name, None)
            else:
                self.records[name] = content

    def crash(self, unfinished: Transaction | None, draw: Callable[[], float]) -> None:
        """The power goes while `unfinished` is being written, and nobody was told: it is there, or its tail is torn.

        Half of the time it is all there. If not, what is there of it is no transaction, and is never looked at again.
        """
        if unfinished is None or self.is_full:
            return
        drawn = draw()
        if drawn < 0.5:
            self._keep(unfinished)
        elif int((2 * drawn - 1) * unfinished.frames) > 0:
            self.torn_count += 1

    # --- damage ------------------------------------------------------------------------------------------------

    def rows(self) -> tuple[Row, ...]:
        """All that can be damaged."""
        entries = (Row("entry", self.first + offset) for offset in range(len(self.entries)))
        return (STATE, *entries, *(Row("record", name) for name in self.records))

    def content(self, row: Row) -> bytes:
        """What was written to a row."""
        if isinstance(row.at, int):
            return _encode(self.entries[row.at - self.first])
        if row.kind == "record":
            return self.records[row.at].encode("utf-8", "surrogatepass")
        return _encode((self.term, self.voted_for, self.first, self.snapshot_index, self.snapshot_term, self.disks))

    def verify(self, row: Row) -> None:
        """Before it is read: whatever is not as it was written is not used; raises DamageError."""
        if not self.damage.is_sound(row):
            self.has_failed = True
            raise DamageError.of(Path(f"the disk {self.name}"), f"{row} is not as it was written")

    def verify_all(self) -> None:
        """Before a process begins; likewise."""
        for row in self.damage.found():
            self.verify(row)

    # --- how it is ---------------------------------------------------------------------------------------------

    @property
    def stands_still(self) -> bool:
        """Whether nothing becomes durable."""
        return self.is_full or self.hangs

    @property
    def is_bad(self) -> bool:
        """Whether it fails in any way."""
        return self.is_full or self.is_broken or self.hangs

    def heal(self) -> None:
        """There is room, and it answers; one that is broken stays so."""
        self.is_full = self.hangs = False

    def restored(self) -> tuple[RestoredChunk | Restored, ...]:
        """What a process that starts finds: the snapshot, then the log, in several messages, one at least."""
        starts = range(0, max(len(self.entries), 1), _CHUNK)
        return (*self._chunks(), *(self._part(start) for start in starts))

    def _chunks(self) -> Iterator[RestoredChunk]:
        records = tuple(self.records.items())
        for start in range(0, max(len(records), 1) if self.snapshot_index else 0, _CHUNK):
            chunk = Chunk(
                last_included_index=self.snapshot_index,
                last_included_term=self.snapshot_term,
                offset=start,
                records=records[start : start + _CHUNK],
                done=start + _CHUNK >= len(records),
            )
            yield RestoredChunk(chunk=chunk)

    def _part(self, start: int) -> Restored:
        entries = tuple(self.entries[start : start + _CHUNK])
        return Restored(
            term=self.term,
            voted_for=self.voted_for,
            first=LogIndex(self.first + start),
            entries=entries,
            disk=self.name,
            disks=self.disks,
        )
