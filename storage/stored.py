"""What is durable, verified whenever it is read."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from messages.entry import Entry
from messages.ids import LogIndex
from messages.snapshot import Record
from storage.errors import DamageError, StorageError
from storage.layout import DATABASE
from storage.reading import entry_rows, record_rows
from storage.rows import EntryRow, RecordRow, entry_from, record_from, shown

_UNBOUNDED: Final = 2**63 - 1


class Stored:
    """Reads entries and records from the database.

    Raises DamageError when one is not as it was written, and StorageError when they cannot be read.
    """

    def __init__(self, connection: sqlite3.Connection, directory: Path) -> None:
        self._connection: Final = connection
        self._directory: Final = directory

    def entries(self, first: LogIndex, last: LogIndex, bytes_max: int = _UNBOUNDED) -> tuple[Entry, ...]:
        """The entries from `first` to `last`, at most about so many bytes of them, but one at least."""
        found: list[Entry] = []
        size = 0
        with self._reading(), closing(entry_rows(self._connection, first, last)) as rows:
            for row in rows:
                if row[0] > first + len(found):
                    break
                found.append(self._entry(row))
                size += len(row[2] or b"")
                if size >= bytes_max:
                    return tuple(found)
        if first + len(found) <= last:
            raise self._damage(f"entry {first + len(found)} cannot be read: it is missing")
        return tuple(found)

    def records(self, after: str, count_max: int, bytes_max: int) -> tuple[Record, ...]:
        """So many of the records whose names are behind `after`, and about so many bytes, but one at least if any."""
        found: list[Record] = []
        size = 0
        with self.all_records(after) as records:
            for record in islice(records, count_max):
                found.append(record)
                size += len(record[0]) + len(record[1])
                if size >= bytes_max:
                    break
        return tuple(found)

    @contextmanager
    def all_records(self, after: str) -> Iterator[Iterator[Record]]:
        """Read the records whose names are behind `after`, by name, as far as they are asked for."""
        with self._reading(), closing(record_rows(self._connection, after)) as rows:
            yield map(self.record, rows)

    def record(self, row: RecordRow) -> Record:
        """What a record's row says."""
        record = record_from(row)
        if record is None:
            raise self._damage(f"record {shown(row[0])} of the snapshot cannot be read: its checksum does not fit")
        return record

    def records_are_missing(self, found: int, expected: int) -> DamageError:
        """All have been read, and not so many are there."""
        return self._damage(f"the snapshot cannot be read: it has {found} records, and had {expected}")

    def _entry(self, row: EntryRow) -> Entry:
        entry = entry_from(row)
        if entry is None:
            raise self._damage(f"entry {row[0]} cannot be read: its checksum does not fit")
        return entry

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StorageError(f"{self._directory / DATABASE} cannot be read: {error}.") from error

    def _damage(self, fault: str) -> DamageError:
        return DamageError.of(self._directory, fault)
