"""A log store's storage in a SQLite database: what was synced outlives the process, and the machine's power."""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from actors.ports import DiskFullError
from messages.consensus import Restored, RestoredChunk
from messages.entry import Entry
from messages.ids import DiskId, LogIndex, NodeId, Term
from messages.snapshot import Change, Record
from storage.errors import DamageError, StorageError, is_full
from storage.layout import DATABASE, PAGE_BYTES
from storage.log import Log
from storage.opening import Connect, Opened, checkpoint, for_writing, opened
from storage.restoring import restored
from storage.rows import State
from storage.snapshot import Snapshot
from storage.stored import Stored
from storage.total import Total
from storage.vacuum import free_pages, give_back

CHECKPOINT_BYTES: Final = 4_000_000
"""After about so many in the write-ahead log, its pages are copied to where they belong, and it is begun anew."""

_COMMIT_BYTES: Final = 3 * PAGE_BYTES
"""What a transaction takes in the write-ahead log, besides its entries: the pages that it touches are written whole."""


class SqliteStorage:
    """Implements the Storage port. What is written waits in memory, and `sync` makes one transaction of it.

    `commits` and `entries_committed` count what this process committed: how well commits are shared (group commit).
    """

    def __init__(self, place: Opened) -> None:
        """Made by `open`."""
        self._place: Final = place
        self._connection: Final = place.connection
        self._stored: Final = Stored(place.connection, place.directory)
        self._log: Final = Log(self._stored, place.state, place.term_runs)
        self._snapshot: Final = Snapshot(self._stored, place.state)
        self._durable: State = place.state
        self._hard_state: tuple[Term, NodeId | None] = (place.state.term, place.state.voted_for)
        self._disks: Final = dict(place.state.disks)
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

    def restored(self, chunk: int = 1000) -> Iterator[RestoredChunk | Restored]:
        """What is durable, at most `chunk` records or entries a part, verified one by one; raises DamageError.

        Parts of the snapshot, if there is one, then of the log, of which there is at least one; it names the disk.
        """
        return restored(self._stored, self._durable, self._place.disk, chunk)

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
        self._log.append(entries)
        self._is_dirty = True

    def truncate(self, after: LogIndex) -> None:
        """Drop every entry behind `after`."""
        assert after >= self._snapshot.index, "what the snapshot includes is never truncated"
        self._log.truncate(after)
        self._is_dirty = True

    def save_snapshot(self, last_included: LogIndex, changes: tuple[Change, ...], first: LogIndex) -> None:
        """Change the snapshot to what it is behind the entry `last_included`; drop the entries before `first`."""
        assert self._snapshot.index < last_included <= self._log.last, "snapshots move forward, within the log"
        assert self._log.first <= first <= last_included + 1, "what is dropped is included in the snapshot"
        self._snapshot.save(last_included, self._log.term_at(last_included), changes)
        self._log.drop(first)
        self._is_dirty = True

    def stage_records(self, offset: int, records: tuple[Record, ...]) -> None:
        """Write records of a snapshot that is still coming, beside the one that is there."""
        self._snapshot.stage(offset, records)
        self._is_dirty = True

    def install_snapshot(self, last_included: LogIndex, term: Term, records: tuple[Record, ...]) -> None:
        """Begin anew with a snapshot whose last entry is of `term`, and an empty log."""
        assert last_included > self._snapshot.index, "snapshots move forward"
        self._snapshot.install(last_included, term, records)
        self._log.begin_anew(last_included)
        self._is_dirty = True

    def needs_sync(self) -> bool:
        """Whether anything that was written is not durable yet."""
        return self._is_dirty

    def first_index(self) -> LogIndex:
        """The index of the first entry that is kept; when there is none, one more than the last index."""
        return self._log.first

    def last_index(self) -> LogIndex:
        """The index of the last entry, kept or included in the snapshot; 0 when there was none."""
        return self._log.last

    def snapshot_index(self) -> LogIndex:
        """The index of the last entry that the snapshot includes, 0 when there is no snapshot."""
        return self._snapshot.index

    def term_at(self, index: LogIndex) -> Term:
        """The term of an entry that is kept, or that is the last which the snapshot includes; 0 at index 0."""
        return self._snapshot.term if index == self._snapshot.index else self._log.term_at(index)

    def read(self, first: LogIndex, count_max: int) -> tuple[Entry, ...]:
        """At most `count_max` entries from `first` on; raises StorageError when they cannot be read."""
        return self._log.read(first, count_max)

    def read_snapshot(self, offset: int, after: str, count_max: int) -> tuple[Record, ...]:
        """At most `count_max` records behind the first `offset` ones, of which `after` is the last, by name.

        Raises StorageError when they cannot be read.
        """
        return self._snapshot.read(offset, after, count_max)

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
        try:
            state = self._commit()
        except sqlite3.Error as error:
            self._give_up(error)
        except DamageError as error:
            self._refuse(error)
        self._place.watermark.write(state.transactions)
        self._committed(state)
        self._checkpoint_if_due()

    def close(self) -> None:
        """Let others use the directory; what was not synced is gone."""
        self._connection.close()
        self._place.watermark.close()
        self._place.lock.release()

    def _commit(self) -> State:
        """Everything in one transaction; what is durable then."""
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        free = free_pages(self._connection)
        written = self._log.write(self._connection, self._durable)
        total, written_of_snapshot = self._snapshot.write(self._connection)
        pages = max(free_pages(self._connection) - free, 0)  # they are written, too
        if self._log.first > self._durable.first_index:
            pages += give_back(self._connection)
        state = self._state(total)
        execute(
            "UPDATE state SET term = ?, voted_for = ?, first_index = ?, last_index = ?, snapshot_index = ?, "
            "snapshot_term = ?, records = ?, records_checksum = ?, transactions = ?, disks = ?, checksum = ?",
            state.row(),
        )
        execute("COMMIT")
        self._bytes_since_checkpoint += _COMMIT_BYTES + written + written_of_snapshot + pages * PAGE_BYTES
        return state

    def _state(self, total: Total) -> State:
        """What the row of the table state will say."""
        term, voted_for = self._hard_state
        return State(
            term=term,
            voted_for=voted_for,
            first_index=self._log.first,
            last_index=self._log.last,
            snapshot_index=self._snapshot.index,
            snapshot_term=self._snapshot.term,
            records=total.records,
            records_checksum=total.checksum,
            transactions=self._durable.transactions + 1,
            disks=tuple(self._disks.items()),
        )

    def _committed(self, state: State) -> None:
        self._commits += 1
        self._entries_committed += self._log.waiting
        self._durable = state
        self._log.committed()
        self._snapshot.committed(Total(state.records, state.records_checksum))
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

    def _refuse(self, damage: DamageError) -> NoReturn:
        """Nothing is built on what is not as it was written."""
        self._failure = str(damage)
        with suppress(sqlite3.Error):
            self._connection.rollback()
        raise damage

    def _checkpoint_if_due(self) -> None:
        """While the disk is full, it is tried again behind each commit: that does not depend on it."""
        if self._bytes_since_checkpoint < CHECKPOINT_BYTES:
            return
        try:
            if checkpoint(self._connection):
                self._bytes_since_checkpoint = 0
        except sqlite3.Error as error:
            self._fail(error)

    @property
    def _path(self) -> Path:
        return self._place.directory / DATABASE
