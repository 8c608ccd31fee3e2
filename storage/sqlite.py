"""A log store's storage in a SQLite database: what was synced outlives the process, and the machine's power."""

import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NoReturn

from actors.ports import DiskFullError
from messages.consensus import Restored
from messages.entry import Entry
from messages.ids import DiskId, LogIndex, NodeId, Term
from storage.errors import DamageError, StorageError, is_full
from storage.layout import DATABASE
from storage.opening import Connect, Opened, checkpoint, for_writing, opened
from storage.reading import entry_rows
from storage.records import State, entry_from, entry_row

CHECKPOINT_BYTES: Final = 4_000_000
"""After about so many in the write-ahead log, its pages are copied to where they belong, and it is begun anew."""

_COMMIT_BYTES: Final = 3 * 4096
"""What a transaction takes in the write-ahead log, besides its entries: the pages that it touches are written whole."""


class SqliteStorage:
    """Implements the Storage port. What is written waits in memory, and `sync` makes one transaction of it.

    `commits` and `entries_committed` count what this process committed: how well commits are shared (group commit).
    """

    def __init__(self, place: Opened) -> None:
        """Made by `open`."""
        self._place: Final = place
        self._connection: Final = place.connection
        self._terms: Final = place.terms
        self._durable: State = place.state
        self._hard_state: tuple[Term, NodeId | None] = (place.state.term, place.state.voted_for)
        self._disks: Final = dict(place.state.disks)
        self._kept: LogIndex = place.state.last_index
        self._tail: list[Entry] = []
        self._is_dirty = False
        self._failure: str | None = None
        self._bytes_since_checkpoint = 0 if place.is_checkpointed else CHECKPOINT_BYTES
        self._commits = 0
        self._entries_committed = 0

    @classmethod
    def open(
        cls, directory: Path, *, me: NodeId, cluster: Collection[NodeId], connect: Connect = for_writing
    ) -> "SqliteStorage":
        """Open what replica `me` keeps under `directory`, or begin anew; `cluster` names all replicas, `me` or not.

        Raises StorageError with one sentence: it is in use, somebody else's, damaged (DamageError) or not to be used.
        """
        return cls(opened(directory / me, me, tuple(sorted({me, *cluster})), connect))

    @property
    def commits(self) -> int:
        """How many transactions this process committed."""
        return self._commits

    @property
    def entries_committed(self) -> int:
        """How many entries were in them."""
        return self._entries_committed

    def restored(self, chunk: int = 1000) -> Iterator[Restored]:
        """What is durable, `chunk` entries a part, verified one by one; at least one part, which names the disk.

        Raises DamageError.
        """
        state = self._durable
        for first in range(1, max(state.last_index, 1) + 1, chunk):
            last = min(LogIndex(first + chunk - 1), state.last_index)
            yield Restored(
                term=state.term,
                voted_for=state.voted_for,
                entries=self._stored(LogIndex(first), last),
                disk=self._place.disk,
                disks=state.disks,
            )

    def save_hard_state(self, term: Term, voted_for: NodeId | None) -> None:
        """Write term and vote; terms never go back, and a vote is never changed within a term (Raft §5.2)."""
        old_term, old_vote = self._hard_state
        assert term > old_term or (term == old_term and old_vote in {None, voted_for}), "hard state only advances"
        self._hard_state = (term, voted_for)
        self._is_dirty = True

    def save_disk(self, replica: NodeId, disk: DiskId) -> None:
        """Write which disk a replica has, once and for all."""
        assert self._disks.setdefault(replica, disk) == disk, "a replica that was met has one disk"
        self._is_dirty = True

    def append(self, entries: tuple[Entry, ...]) -> None:
        """Write entries behind the last one."""
        self._terms.append(entry.term for entry in entries)
        self._tail.extend(entries)
        self._is_dirty = True

    def truncate(self, after: LogIndex) -> None:
        """Drop every entry behind `after`."""
        assert after >= 0, "there is nothing before the log"
        self._terms.truncate(after)
        del self._tail[max(after - self._kept, 0) :]
        self._kept = min(self._kept, after)
        self._is_dirty = True

    def needs_sync(self) -> bool:
        """Whether anything was written since the last `sync` that returned."""
        return self._is_dirty

    def last_index(self) -> LogIndex:
        """The index of the last entry, 0 when there is none."""
        return self._terms.last

    def term_at(self, index: LogIndex) -> Term:
        """The term of the entry at `index`, 0 at index 0."""
        return self._terms.at(index)

    def read(self, first: LogIndex, count_max: int) -> tuple[Entry, ...]:
        """At most `count_max` entries from `first` on; raises StorageError when they cannot be read."""
        assert first > 0, "the first entry has index 1"
        last = min(LogIndex(first + count_max - 1), self._kept)
        stored = self._stored(first, last) if first <= last else ()
        start = first + len(stored) - self._kept - 1
        return stored if start < 0 else (*stored, *self._tail[start : start + count_max - len(stored)])

    def sync(self) -> None:
        """Commit all that was written.

        Raises DiskFullError when there was no room: nothing changed, and all of it waits for the next `sync`. Raises
        StorageError after any other failure, now and ever after: after a failed fsync nobody knows what is durable, and
        another that succeeds proves nothing.
        """
        if self._failure is not None:
            raise StorageError(self._failure)
        if not self._is_dirty:
            return
        term, voted_for = self._hard_state
        state = replace(
            self._durable,
            term=term,
            voted_for=voted_for,
            last_index=self.last_index(),
            transactions=self._durable.transactions + 1,
            disks=tuple(self._disks.items()),
        )
        try:
            self._commit(state)
        except sqlite3.Error as error:
            self._give_up(error)
        self._place.watermark.write(state.transactions)
        self._committed(state)
        self._checkpoint_if_due()

    def close(self) -> None:
        """Let others use the directory; what was not synced is gone."""
        self._connection.close()
        self._place.watermark.close()
        self._place.lock.release()

    def _commit(self, state: State) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        if self._kept < self._durable.last_index:
            execute("DELETE FROM entries WHERE log_index > ?", (self._kept,))
        rows = [entry_row(index, entry) for index, entry in enumerate(self._tail, self._kept + 1)]
        self._connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", rows)
        self._bytes_since_checkpoint += _COMMIT_BYTES + sum(len(write or "") for _, _, write, _ in rows)
        execute(
            "UPDATE state SET term = ?, voted_for = ?, first_index = ?, last_index = ?, transactions = ?, disks = ?, "
            "checksum = ?",
            state.row(),
        )
        execute("COMMIT")

    def _committed(self, state: State) -> None:
        self._commits += 1
        self._entries_committed += len(self._tail)
        self._durable = state
        self._kept = state.last_index
        self._tail = []
        self._is_dirty = False

    def _give_up(self, error: sqlite3.Error) -> NoReturn:
        """For now, when the disk is full; otherwise for good."""
        if not is_full(error):
            self._fail(error)
        try:
            self._connection.rollback()
        except sqlite3.Error as worse:
            self._fail(worse)
        raise DiskFullError(
            f"There is no room for {self._path} to grow: {error}; what was written waits until there is."
        ) from error

    def _fail(self, error: sqlite3.Error) -> NoReturn:
        self._failure = f"{self._path} cannot be relied on any more: {error}; look after the disk, then start again."
        raise StorageError(self._failure) from error

    def _checkpoint_if_due(self) -> None:
        """While the disk is full, it is tried again behind each commit: that does not depend on it."""
        if self._bytes_since_checkpoint < CHECKPOINT_BYTES:
            return
        try:
            if checkpoint(self._connection):
                self._bytes_since_checkpoint = 0
        except sqlite3.Error as error:
            self._fail(error)

    def _stored(self, first: LogIndex, last: LogIndex) -> tuple[Entry, ...]:
        """Entries that are in the database; raises StorageError when they are not as they were written."""
        try:
            rows = {row[0]: row for row in entry_rows(self._connection, first, last)}
        except sqlite3.Error as error:
            raise StorageError(f"{self._path} cannot be read: {error}.") from error
        return tuple(self._verified(index, rows) for index in range(first, last + 1))

    def _verified(self, index: int, rows: dict[int, tuple[int, int, bytes | None, int]]) -> Entry:
        entry = entry_from(rows[index]) if index in rows else None
        if entry is None:
            fault = "its checksum does not fit" if index in rows else "it is missing"
            raise DamageError.of(self._place.directory, f"entry {index} cannot be read: {fault}")
        return entry

    @property
    def _path(self) -> Path:
        return self._place.directory / DATABASE
