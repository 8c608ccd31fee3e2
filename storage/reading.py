"""Reading a replica's database: what audit and opening have in common."""

import sqlite3
from collections.abc import Generator
from pathlib import Path
from typing import Final

from storage import version_1
from storage.errors import StorageError
from storage.layout import APPLICATION_ID, DATABASE, VERSION, WAL
from storage.rows import EntryRow, Identity, IdentityRow, RecordRow, State, StateRow, identity_from, state_from

BUSY_S: Final = 5.0
"""So long a write transaction of somebody else, say of a `sqlite3` shell, is waited for."""

_ENTRIES: Final = (
    "SELECT log_index, term, write, checksum FROM entries WHERE log_index BETWEEN ? AND ? ORDER BY log_index"
)
_RECORDS: Final = "SELECT name, content, checksum FROM records ORDER BY name"
_RECORDS_BEHIND: Final = "SELECT name, content, checksum FROM records WHERE name > ? ORDER BY name"
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


def version_of(connection: sqlite3.Connection) -> int:
    """Which version the tables are of."""
    version: int
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return version


def check_version(connection: sqlite3.Connection, directory: Path) -> None:
    """Raise StorageError when this is another program's database, or one of a version that is not known."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    version = version_of(connection)
    if application != APPLICATION_ID:
        raise StorageError(f"{directory / DATABASE} is the database of another program; name another RAFT_DATA.")
    if version not in {version_1.VERSION_1, VERSION}:
        raise StorageError(
            f"{directory / DATABASE} has tables of version {version}, and this program knows only versions 1 and 2: "
            "use the program that wrote them, or a newer one."
        )


def identity_of(connection: sqlite3.Connection) -> Identity | None:
    """Whose database it is; None when that row is missing or damaged."""
    row: IdentityRow | None = connection.execute("SELECT replica, members, disk, checksum FROM identity").fetchone()
    return identity_from(row)


def state_of(connection: sqlite3.Connection) -> State | None:
    """Term, vote, the log's ends and the snapshot; None when that row is missing or damaged."""
    if version_of(connection) == version_1.VERSION_1:
        return version_1.state_of(connection)
    row: StateRow | None = connection.execute(
        "SELECT term, voted_for, first_index, last_index, snapshot_index, snapshot_term, records, records_checksum, "
        "transactions, disks, checksum FROM state"
    ).fetchone()
    return state_from(row)


def entry_rows(
    connection: sqlite3.Connection, first: int = -_LARGEST, last: int = _LARGEST
) -> Generator[EntryRow, None, None]:
    """The rows of entries, as they are there, in order."""
    yield from connection.execute(_ENTRIES, (first, last))


def record_rows(connection: sqlite3.Connection, after: str | None = None) -> Generator[RecordRow, None, None]:
    """The rows of the snapshot's records, as they are there, by name; all, or those behind the name `after`."""
    if version_of(connection) == version_1.VERSION_1:
        return
    if after is None:
        yield from connection.execute(_RECORDS)
    else:
        yield from connection.execute(_RECORDS_BEHIND, (after,))


def records_of_other_types(connection: sqlite3.Connection) -> list[bytes]:
    """Names of records that are not text, or whose content is not: one bit tells text from bytes, with no checksum."""
    if version_of(connection) == version_1.VERSION_1:
        return []
    rows: list[tuple[bytes]] = connection.execute(
        "SELECT CAST(name AS TEXT) FROM records WHERE typeof(name) <> 'text' OR typeof(content) <> 'text'"
    ).fetchall()
    return [name for (name,) in rows]


def term_runs(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    """With which index the entries of each term begin, in order; of a log that was checked."""
    runs: list[tuple[int, int]] = connection.execute(
        "SELECT min(log_index), term FROM entries GROUP BY term ORDER BY 1"
    ).fetchall()
    return runs
