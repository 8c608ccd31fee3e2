"""A replica's disk in virtual time: it outlives processes, and fails in the ways that disks do."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from actors.ports import DiskFullError
from messages.consensus import Restored
from messages.entry import Entry
from messages.ids import DiskId, LogIndex, NodeId, Term

_NO_TERM: Final = Term(0)
_NO_NAME: Final = DiskId("disk")
_CHUNK: Final = 50
"""So many entries are given back in one message: few, so that there are several."""


class DiskError(OSError):
    """The disk could not do what it was told, and does not say how much of it was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """All that was written since the last sync: term and vote, and behind the first `kept` entries, others."""

    term: Term
    voted_for: NodeId | None
    kept: LogIndex
    entries: tuple[Entry, ...]
    disks: tuple[tuple[NodeId, DiskId], ...]


@dataclass(slots=True)
class Disk:
    """What is durable, transaction by transaction: each is there as a whole, or not at all.

    `is_full` refuses what would need room; `is_broken` fails the next transaction, and nobody is told whether it is
    there; while it `hangs`, nobody is told anything.
    """

    name: DiskId = _NO_NAME
    term: Term = _NO_TERM
    voted_for: NodeId | None = None
    entries: list[Entry] = field(default_factory=list)
    disks: tuple[tuple[NodeId, DiskId], ...] = ()
    is_full: bool = False
    is_broken: bool = False
    hangs: bool = False
    has_failed: bool = False
    """Whether it has reported an error."""
    full_count: int = 0
    """How often a transaction found no room."""
    transactions: int = 0

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
        self.entries[transaction.kept :] = transaction.entries
        self.disks = transaction.disks

    def crash(self, unfinished: Transaction | None, draw: Callable[[], float]) -> None:
        """The power goes while `unfinished` has been written and nobody was told: it is there, or it is not."""
        if unfinished is not None and not self.is_full and draw() < 0.5:
            self._keep(unfinished)

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

    def restored(self) -> tuple[Restored, ...]:
        """What a process that starts finds: in several messages, one at least."""
        starts = range(0, max(len(self.entries), 1), _CHUNK)
        return tuple(self._part(start) for start in starts)

    def _part(self, start: int) -> Restored:
        entries = tuple(self.entries[start : start + _CHUNK])
        return Restored(term=self.term, voted_for=self.voted_for, entries=entries, disk=self.name, disks=self.disks)
