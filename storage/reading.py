"""Reading a replica's database: what audit and opening have in common."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from storage.errors import StorageError
from storage.layout import APPLICATION_ID, DATABASE, VERSION, WAL
from storage.records import EntryRow, Identity, IdentityRow, State, StateRow, identity_from, state_from

BUSY_S: Final = 5.0
"""So long a write transaction of somebody else, say of a `sqlite3` shell, is waited for."""

_ENTRIES: Final = (
    "SELECT log_index, term, write, checksum FROM entries WHERE log_index BETWEEN ? AND ? ORDER BY log_index"
)
_LARGEST: Final = 2**63 - 1


def read_only(directory: Path) -> sqlite3.Connection:
    """Connect so that nothing is changed, and neither is the write-ahead log emptied on closing; raises sqlite3.Error.

    While a process has the database open, there is a write-ahead log. When there is none, nobody writes, and SQLite
    need not make one for the sake of reading.
    """
    options = "mode=ro" if (directory / WAL).exists() else "mode=ro&immutable=1"
    return connected(directory / DATABASE, options)


def connected(path: Path, options: str, factory: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    """Connect with SQLite's own transactions, and text as bytes: a damaged one might be no text."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{options}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,  # opened on the main thread, used on the log store's
        timeout=BUSY_S,
        factory=factory,
    )
    connection.text_factory = bytes
    return connection


def check_version(connection: sqlite3.Connection, directory: Path) -> None:
    """Raise StorageError when this is another program's database, or one of a version that is not known."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise StorageError(f"{directory / DATABASE} is the database of another program; name another RAFT_DATA.")
    if version != VERSION:
        raise StorageError(
            f"{directory / DATABASE} has tables of version {version}, and this program knows only version {VERSION}: "
            "use the program that wrote them, or a newer one."
        )


def identity_of(connection: sqlite3.Connection) -> Identity | None:
    """Whose database it is; None when that row is missing or damaged."""
    row: IdentityRow | None = connection.execute("SELECT replica, members, disk, checksum FROM identity").fetchone()
    return identity_from(row)


def state_of(connection: sqlite3.Connection) -> State | None:
    """Term, vote and the log's ends; None when that row is missing or damaged."""
    row: StateRow | None = connection.execute(
        "SELECT term, voted_for, first_index, last_index, transactions, disks, checksum FROM state"
    ).fetchone()
    return state_from(row)


def entry_rows(connection: sqlite3.Connection, first: int = -_LARGEST, last: int = _LARGEST) -> Iterator[EntryRow]:
    """The rows of entries, as they are there, in order."""
    yield from connection.execute(_ENTRIES, (first, last))


def term_runs(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    """With which index the entries of each term begin, in order; of a log that was checked."""
    runs: list[tuple[int, int]] = connection.execute(
        "SELECT min(log_index), term FROM entries GROUP BY term ORDER BY 1"
    ).fetchall()
    return runs
