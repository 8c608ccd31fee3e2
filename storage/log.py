"""The log: the entries that are in the database, and what will be done to them with the next sync."""

import sqlite3
from collections.abc import Iterable
from typing import Final

from messages.entry import Entry
from messages.ids import LogIndex, Term
from storage.rows import State, entry_row
from storage.stored import Stored
from storage.terms import Terms


class Log:
    """Entries from `first` on; those behind the ones that are durable wait in memory."""

    def __init__(self, stored: Stored, state: State, runs: Iterable[tuple[int, int]]) -> None:
        """What is durable; `runs` are those of the terms (`Terms`)."""
        self._stored: Final = stored
        self._terms = Terms(runs, state.last_index)
        self._first = state.first_index
        self._kept = state.last_index
        """Up to here, entries from `first` on are in the database; behind it, what is there is not the log any more."""
        self._tail: list[Entry] = []

    @property
    def first(self) -> LogIndex:
        """The index of the first entry, or, when there is none, of the next."""
        return self._first

    @property
    def last(self) -> LogIndex:
        """The index of the last entry, dropped or not."""
        return self._terms.last

    @property
    def waiting(self) -> int:
        """How many entries are not durable."""
        return len(self._tail)

    def term_at(self, index: LogIndex) -> Term:
        """The term of an entry."""
        assert index >= self._first, "only entries that are there have terms"
        return self._terms.at(index)

    def append(self, entries: tuple[Entry, ...]) -> None:
        """Entries follow the last one."""
        self._terms.append(entry.term for entry in entries)
        self._tail.extend(entries)

    def truncate(self, after: LogIndex) -> None:
        """Nothing is behind `after` any more."""
        self._terms.truncate(after)
        del self._tail[max(after - self._kept, 0) :]
        self._kept = min(self._kept, after)

    def drop(self, first: LogIndex) -> None:
        """Nothing is before `first` any more."""
        del self._tail[: max(first - 1 - self._kept, 0)]
        self._kept = max(self._kept, LogIndex(first - 1))
        self._first = first
        self._terms.drop(first)

    def begin_anew(self, last_included: LogIndex) -> None:
        """There are no entries; the next will follow `last_included`."""
        self._tail = []
        self._kept = last_included
        self._first = LogIndex(last_included + 1)
        self._terms = Terms((), last_included)

    def read(self, first: LogIndex, count_max: int) -> tuple[Entry, ...]:
        """At most `count_max` entries from `first` on."""
        assert first >= self._first, "what was dropped cannot be read"
        last = min(LogIndex(first + count_max - 1), self._kept)
        stored = self._stored.entries(first, last) if first <= last else ()
        start = first + len(stored) - self._kept - 1
        return stored if start < 0 else (*stored, *self._tail[start : start + count_max - len(stored)])

    def write(self, connection: sqlite3.Connection, durable: State) -> int:
        """Bring the database up to date, where `durable` is; about how many bytes were written."""
        if self._kept < durable.last_index:
            connection.execute("DELETE FROM entries WHERE log_index > ?", (self._kept,))
        if self._first > durable.first_index:
            connection.execute("DELETE FROM entries WHERE log_index < ?", (self._first,))
        rows = [entry_row(index, entry) for index, entry in enumerate(self._tail, self._kept + 1)]
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", rows)
        return sum(len(write or "") for _, _, write, _ in rows)

    def committed(self) -> None:
        """All of it is durable."""
        self._kept = self.last
        self._tail = []
