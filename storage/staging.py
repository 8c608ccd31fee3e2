"""The records of a snapshot that is still coming, in a table beside those of the one that is there (Raft §7)."""

import sqlite3
from collections.abc import Mapping
from copy import copy
from typing import Final

from messages.snapshot import Record
from storage.layout import PAGE_BYTES, STAGED, WRITE_STAGED
from storage.rows import record_row
from storage.total import Total

_FORGET: Final = "DROP TABLE IF EXISTS staged"


class Staging:
    """Writes them as they come, so that little is left to write when the last one is there.

    Nothing depends on what it holds: the next process drops it, and whoever installs a snapshot says once more what is
    in it.
    """

    def __init__(self) -> None:
        self._contents: dict[str, str] = {}
        """By name: what is in the table, or will be with the next sync."""
        self._checksums: dict[str, int] = {}
        self._total = Total()
        self._waiting: dict[str, tuple[str, str, int]] = {}
        """By name: the rows that are not in it yet."""
        self._is_stale = True
        """Whether what is in the table, perhaps since an earlier process, is to be dropped first."""

    def add(self, offset: int, records: tuple[Record, ...]) -> None:
        """Records behind the first `offset` ones; with 0, a snapshot begins, and what came before is forgotten."""
        if offset == 0:
            self._is_stale = self._is_stale or bool(self._contents)
            self._begin()
        for name, content in records:
            if name in self._contents:
                self._total.remove(self._checksums[name])
            row = record_row(name, content)
            self._contents[name], self._checksums[name], self._waiting[name] = content, row[2], row
            self._total.add(row[2])

    def _begin(self) -> None:
        self._contents = {}
        self._checksums = {}
        self._total = Total()
        self._waiting.clear()

    def write(self, connection: sqlite3.Connection) -> int:
        """Bring the table up to date; about how many bytes were written. Raises sqlite3.Error."""
        if self._is_stale:
            connection.execute(_FORGET)
        if not self._waiting:
            return 0
        connection.execute(STAGED)
        rows = sorted(self._waiting.values())
        connection.executemany(WRITE_STAGED, rows)
        return PAGE_BYTES + sum(len(name) + len(content) for name, content, _ in rows)

    def take_place(self, connection: sqlite3.Connection) -> Total:
        """Behind `write`: they are the records from now on; how many, and their checksum. Raises sqlite3.Error."""
        if not self._contents:
            connection.execute("DELETE FROM records")
            return Total()
        connection.execute("DROP TABLE records")
        connection.execute("ALTER TABLE staged RENAME TO records")
        return copy(self._total)

    def lacks(self, changes: Mapping[str, str | None]) -> dict[str, str | None]:
        """What has to change in them so that there is nothing but what `changes` say."""
        staged = self._contents
        if changes == staged:
            return {}  # which is seen at once, and so it mostly is
        lacking = {name: says for name, says in changes.items() if says is None or staged.get(name) != says}
        return lacking | {name: None for name in staged if name not in changes}

    def committed(self) -> None:
        """What was written is durable."""
        self._waiting.clear()
        self._is_stale = False

    def took_place(self) -> None:
        """Likewise; and there is no such table any more."""
        self._begin()
        self._is_stale = False
