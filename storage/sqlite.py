"""A log store's storage in a SQLite database: what was synced outlives the process, and the machine's power."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from actors.ports import DiskFullError
from messages.consensus import Restored, RestoredChunk
from messages.entry import Entry
from messages.ids import DiskId, LogIndex, NodeId, Term
from messages.snapshot import Change, Record
from storage.log import Log
from storage.opening import Connect, Opened, for_writing, opened
from storage.restoring import restored
from storage.room import has_room
from storage.rows import State
from storage.snapshot import Snapshot
from storage.staging import Staging
from storage.stored import Stored
from storage.total import Total
from storage.transactions import Transactions


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
        self._staging: Final = Staging(place.connection)
        self._snapshot: Final = Snapshot(self._stored, place.state, self._staging)
        self._transactions: Final = Transactions(place)
        self._hard_state: tuple[Term, NodeId | None] = (place.state.term, place.state.voted_for)
        self._disks: Final = dict(place.state.disks)
        self._is_dirty = False
        self._has_aside = False
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
        return self._transactions.commits

    @property
    def entries_committed(self) -> int:
        """How many entries were in them."""
        return self._entries_committed

    def restored(self, chunk: int = 1000) -> Iterator[RestoredChunk | Restored]:
        """What is durable, at most `chunk` records or entries a part, verified one by one; raises DamageError.

        Parts of the snapshot, if there is one, then of the log, of which there is at least one; it names the disk.
        """
        return restored(self._stored, self._transactions.durable, self._place.disk, chunk)

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
        """Write records of a snapshot that is still coming, beside the one that is there, as far as there is room."""
        assert all(name for name, _ in records), "records have names"
        self._staging.add(offset, records)
        self._has_aside = True

    def install_snapshot(self, last_included: LogIndex, term: Term, records: tuple[Record, ...]) -> None:
        """Begin anew with a snapshot whose last entry is of `term`, and an empty log."""
        assert last_included > self._snapshot.index, "snapshots move forward"
        self._snapshot.install(last_included, term, records)
        self._log.begin_anew(last_included)
        self._is_dirty = True

    def needs_sync(self) -> bool:
        """Whether anything that was written is not durable yet."""
        return self._is_dirty or self._has_aside

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
        """Commit all that was written; and then what was written aside, which nothing has to wait for.

        Raises DiskFullError when there was no room: nothing changed, and all of it waits for the next `sync`. Raises
        StorageError after any other failure, now and ever after: after a failed fsync nobody knows what is durable, and
        another that succeeds proves nothing.
        """
        transactions = self._transactions
        transactions.check()
        if self._is_dirty:
            transactions.commit(self._write, gives_back=self._log.first > transactions.durable.first_index)
            self._entries_committed += self._log.waiting
            self._log.committed()
            self._snapshot.committed(Total(transactions.durable.records, transactions.durable.records_checksum))
            self._is_dirty = False
        self._write_aside()
        self._has_aside = False

    def close(self) -> None:
        """Let others use the directory; what was not synced is gone."""
        self._connection.close()
        self._place.watermark.close()
        self._place.lock.release()

    def _write(self) -> tuple[State, int]:
        """All but what is aside."""
        written = self._log.write(self._connection, self._transactions.durable)
        total, written_of_snapshot = self._snapshot.write(self._connection)
        return self._state(total), written + written_of_snapshot

    def _write_aside(self) -> None:
        """Behind all else, and only while much room is left, for promises need some; otherwise it is given up."""
        staging = self._staging
        if staging.needs_write and not has_room(self._place.directory):
            staging.give_up(leave=False)
        if staging.needs_write:
            try:
                self._transactions.commit(self._write_staged)
            except DiskFullError:
                staging.give_up(leave=True)
            else:
                staging.committed()

    def _write_staged(self) -> tuple[State, int]:
        """Behind all else: nothing but what is aside has changed."""
        written = self._staging.write(self._connection)
        return replace(self._transactions.durable, transactions=self._transactions.durable.transactions + 1), written

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
            transactions=self._transactions.durable.transactions + 1,
            disks=tuple(self._disks.items()),
        )
