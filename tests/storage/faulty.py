"""Connections to the database whose statements fail when a test wants them to."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from storage.opening import for_writing


class Faulty(sqlite3.Connection):
    """A connection whose statements of one kind fail, with an error of SQLite's, as often as `failures` says."""

    statement = ""
    error_code = sqlite3.SQLITE_OK
    failures = 0
    before_commit: Callable[[], object] | None = None
    """What is done just before a transaction is committed."""

    def execute(self, sql: str, parameters: tuple[object, ...] = (), /) -> sqlite3.Cursor:  # type: ignore[override]  # as we call it
        if self.failures and sql.lstrip().startswith(self.statement):
            self.failures -= 1
            error = sqlite3.OperationalError("a failure for the test")
            error.sqlite_errorcode = self.error_code
            raise error
        if self.before_commit is not None and sql == "COMMIT":
            self.before_commit()
        return super().execute(sql, parameters)

    def fail(self, statement: str, error_code: int, failures: int = 1) -> None:
        self.statement, self.error_code, self.failures = statement, error_code, failures


class Connected:
    """Connects, and keeps the connection for the test; each may be made to fail, once, from its beginning."""

    def __init__(self, statement: str = "", error_code: int = sqlite3.SQLITE_OK) -> None:
        self.connections: Final[list[Faulty]] = []
        self._failing: Final = (statement, error_code)

    def __call__(self, path: Path) -> sqlite3.Connection:
        connection = for_writing(path, Faulty)
        assert isinstance(connection, Faulty)
        self.connections.append(connection)
        if self._failing[0]:
            connection.fail(*self._failing)
        return connection

    @property
    def last(self) -> Faulty:
        return self.connections[-1]
