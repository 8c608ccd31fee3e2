"""The snapshot: its records in the database, and what will be done to them with the next sync (Raft §7)."""

import sqlite3
from bisect import bisect_right
from collections.abc import Iterator
from copy import copy
from heapq import merge
from itertools import islice
from typing import Final

from messages.ids import LogIndex, Term
from messages.snapshot import Change, Record
from storage.layout import PAGE_BYTES, WRITE_RECORD
from storage.rows import RecordRow, State, record_row
from storage.staging import Staging
from storage.stored import Stored
from storage.total import Total

_AT_ONCE: Final = 100
"""So many records are looked up together, which takes a third of the time."""

_PLACES: Final = ", ".join("?" * _AT_ONCE)
_OLD: Final = f"SELECT name, content, checksum FROM records WHERE name IN ({_PLACES})"  # noqa: S608  # question marks


class Snapshot:
    """Records by name; changes to those that are durable wait in memory, the later ones in the place of earlier ones.

    `index` and `term` are those of the last entry that is included, 0 when there is no snapshot.
    """

    def __init__(self, stored: Stored, state: State, staging: Staging) -> None:
        """What is durable; `staging` takes the records of another one aside."""
        self._stored: Final = stored
        self.index = state.snapshot_index
        self.term = state.snapshot_term
        self._total = Total(state.records, state.records_checksum)
        """Of what is durable."""
        self._changes: dict[str, str | None] = {}
        self._names: list[str] = []
        """Of the changes, in order, once somebody has read them."""
        self._is_other = False
        """Whether no record that is in the database belongs to it."""
        self._staging: Final = staging

    def save(self, last_included: LogIndex, term: Term, changes: tuple[Change, ...]) -> None:
        """It includes more, and some of its records have changed."""
        assert all(name for name, _ in changes), "records have names"
        self.index, self.term = last_included, term
        self._changes.update(changes)
        self._names = []

    def install(self, last_included: LogIndex, term: Term, records: tuple[Record, ...]) -> None:
        """It is another one."""
        assert all(name for name, _ in records), "records have names"
        self.index, self.term = last_included, term
        self._changes = dict(records)
        self._names = []
        self._is_other = True

    def read(self, offset: int, after: str, count_max: int) -> tuple[Record, ...]:
        """At most `count_max` records behind `after`, which is the last of the first `offset` ones, by name."""
        with self._stored.all_records(after) as stored:
            records = tuple(islice(self._merged(stored, after), count_max))
        found = offset + len(records)
        is_durable = not self._is_other and not self._changes
        if is_durable and len(records) < count_max and found != self._total.records:
            raise self._stored.records_are_missing(found, self._total.records)
        return records

    def _merged(self, stored: Iterator[Record], after: str) -> Iterator[Record]:
        """By name: SQLite compares the bytes of UTF-8, whose order is that of the characters."""
        if self._is_other:
            stored = iter(())
        self._names = self._names or sorted(self._changes)
        names = islice(self._names, bisect_right(self._names, after), None)
        changed = ((name, content) for name in names if (content := self._changes[name]) is not None)
        return merge((record for record in stored if record[0] not in self._changes), changed)

    def write(self, connection: sqlite3.Connection) -> tuple[Total, int]:
        """Bring the database up to date; what is there then, and about how many bytes were written.

        Raises sqlite3.Error, or DamageError when what is to be replaced is not as it was written.
        """
        staging = self._staging
        if not self._is_other:
            total = copy(self._total)
            return total, self._change(connection, total, self._changes)
        staged = staging.write(connection)
        total = staging.take_place(connection)
        return total, staged + self._change(connection, total, staging.lacks(self._changes))

    def _change(self, connection: sqlite3.Connection, total: Total, changes: dict[str, str | None]) -> int:
        """Change the records, and their total; about how many bytes were written."""
        self._forget_old(connection, total, sorted(changes))
        gone = [(name,) for name, content in changes.items() if content is None]
        connection.executemany("DELETE FROM records WHERE name = ?", gone)
        rows = [record_row(name, content) for name, content in sorted(changes.items()) if content is not None]
        connection.executemany(WRITE_RECORD, rows)
        for _, _, checksum in rows:
            total.add(checksum)
        return sum(PAGE_BYTES + len(content) for _, content, _ in rows)

    def _forget_old(self, connection: sqlite3.Connection, total: Total, names: list[str]) -> None:
        """They will change, and count no more."""
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            nothing = [None] * (_AT_ONCE - len(some))
            rows: list[RecordRow] = connection.execute(_OLD, (*some, *nothing)).fetchall()
            for row in rows:
                self._stored.record(row)
                total.remove(row[2])

    def committed(self, total: Total) -> None:
        """All of it is durable."""
        self._total = total
        self._changes = {}
        self._names = []
        if self._is_other:
            self._staging.took_place()
        self._is_other = False
