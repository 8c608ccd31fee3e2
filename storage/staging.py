"""The records of a snapshot that is still coming, in a table beside those of the one that is there (Raft §7)."""

import sqlite3
from collections.abc import Mapping
from copy import copy
from typing import Final

from messages.snapshot import Record
from storage.layout import PAGE_BYTES, STAGED, WRITE_STAGED
from storage.rows import record_row
from storage.total import Total

_IS_THERE: Final = "SELECT 1 FROM sqlite_schema WHERE name = 'staged'"
_FORGET: Final = "DROP TABLE IF EXISTS staged"


class Staging:
    """Writes them as they come, so that little is left to write when the last one is there.

    Nothing depends on what it holds: the next process drops it, and whoever installs a snapshot says once more what is
    in it. Where there is no room for it, it is given up until another one begins.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """An earlier process may have left such a table."""
        self._contents: dict[str, str] = {}
        """By name: what is in the table, or will be with the next sync."""
        self._checksums: dict[str, int] = {}
        self._total = Total()
        self._waiting: dict[str, tuple[str, str, int]] = {}
        """By name: the rows that are not in it yet."""
        self._is_there = connection.execute(_IS_THERE).fetchone() is not None
        """Whether there is a table."""
        self._is_stale = self._is_there
        """Whether what is in it is to be dropped first."""
        self._is_given_up = False
        self._is_stuck = False
        """Whether there was not even room for dropping it."""

    def add(self, offset: int, records: tuple[Record, ...]) -> None:
        """Records behind the first `offset` ones; with 0, a snapshot begins, and what came before is forgotten."""
        if offset == 0:
            self._is_given_up = self._is_stuck = False
            self._begin()
        if self._is_given_up:
            return
        for name, content in records:
            if name in self._contents:
                self._total.remove(self._checksums[name])
            row = record_row(name, content)
            self._contents[name], self._checksums[name], self._waiting[name] = content, row[2], row
            self._total.add(row[2])

    def give_up(self, *, leave: bool) -> None:
        """There is no room: what came is forgotten, and what comes is not kept, unless another one begins.

        `leave` the table as it is, if there is one, because dropping it needs room, too.
        """
        self._is_given_up, self._is_stuck = True, leave
        self._begin()

    @property
    def needs_write(self) -> bool:
        """Whether the table is not what it should be."""
        return (bool(self._waiting) or self._is_stale) and not self._is_stuck

    def _begin(self) -> None:
        self._is_stale = self._is_there
        self._contents = {}
        self._checksums = {}
        self._total = Total()
        self._waiting.clear()

    def write(self, connection: sqlite3.Connection) -> int:
        """Bring the table up to date; about how many bytes were written. Raises sqlite3.Error."""
        if self._is_stale:
            connection.execute(_FORGET)
        if not self._waiting:
            return PAGE_BYTES
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
        self._is_there = bool(self._contents)
        self._is_stale = False
        self._waiting.clear()

    def took_place(self) -> None:
        """Likewise; and there is no such table any more."""
        self._is_there = False
        self._begin()
