"""Transactions: each is durable when it has returned, or says why not; and what becomes of the storage then."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn, TypeAlias

from actors.ports import DiskFullError
from storage.errors import DamageError, StorageError, is_full
from storage.layout import DATABASE, PAGE_BYTES
from storage.opening import Opened, checkpoint
from storage.rows import State
from storage.vacuum import free_pages, give_back

CHECKPOINT_BYTES: Final = 4_000_000
"""After about so many in the write-ahead log, its pages are copied to where they belong, and it is begun anew."""

_COMMIT_BYTES: Final = 3 * PAGE_BYTES
"""What a transaction takes in the write-ahead log, besides its entries: the pages that it touches are written whole."""

Write: TypeAlias = Callable[[], tuple[State, int]]
"""Writes; what the row of the table state says then, and about how many bytes were written."""


class Transactions:
    """Commits what is written, one transaction after the other; after a failure, none.

    `durable` is what the last one left; `commits` counts those of this process.
    """

    def __init__(self, place: Opened) -> None:
        self._place: Final = place
        self._connection: Final = place.connection
        self.durable: State = place.state
        self.commits = 0
        self._failure: str | None = None
        self._bytes_since_checkpoint = 0 if place.is_checkpointed else CHECKPOINT_BYTES

    def check(self) -> None:
        """Raise StorageError when one has failed before."""
        if self._failure is not None:
            raise StorageError(self._failure)

    def commit(self, write: Write, *, gives_back: bool = False) -> None:
        """What `write` writes is durable, and counts; if `gives_back`, the file may become a little shorter, too.

        Raises DiskFullError when there was no room: nothing changed. Raises StorageError after any other failure, which
        is the last one: after a failed fsync nobody knows what is durable, and another that succeeds proves nothing.
        """
        try:
            self.durable = self._committed(write, gives_back=gives_back)
        except sqlite3.Error as error:
            self._give_up(error)
        except DamageError as error:
            self._refuse(error)
        self._place.watermark.write(self.durable.transactions)
        self.commits += 1
        self._checkpoint_if_due()

    def _committed(self, write: Write, *, gives_back: bool) -> State:
        """Everything in one transaction; what is durable then."""
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        free = free_pages(self._connection)
        state, written = write()
        pages = max(free_pages(self._connection) - free, 0)  # they are written, too
        if gives_back:
            pages += give_back(self._connection)
        execute(
            "UPDATE state SET term = ?, voted_for = ?, first_index = ?, last_index = ?, snapshot_index = ?, "
            "snapshot_term = ?, records = ?, records_checksum = ?, transactions = ?, disks = ?, checksum = ?",
            state.row(),
        )
        execute("COMMIT")
        self._bytes_since_checkpoint += _COMMIT_BYTES + written + pages * PAGE_BYTES
        return state

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
