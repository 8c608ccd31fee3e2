"""What is in a data directory: the names of its files, and the tables of its database."""

import os
import re
from pathlib import Path
from typing import Final

DATABASE: Final = "raft.sqlite"
WAL: Final = "raft.sqlite-wal"
LOCK: Final = "LOCK"
ACKNOWLEDGED: Final = "ACKNOWLEDGED"

APPLICATION_ID: Final = 0x52616674
"""'Raft', as `file` and SQLite show whose database it is."""

PAGE_BYTES: Final = 4096
"""Of the database, which is what SQLite takes when nothing else is said."""

VERSION: Final = 2
"""Of the tables, kept as `user_version`. Whatever changes their meaning raises it."""

STATE: Final = """
    CREATE TABLE state (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        term INTEGER NOT NULL,
        voted_for TEXT,
        first_index INTEGER NOT NULL,
        last_index INTEGER NOT NULL,
        snapshot_index INTEGER NOT NULL,
        snapshot_term INTEGER NOT NULL,
        records INTEGER NOT NULL,
        records_checksum INTEGER NOT NULL,
        transactions INTEGER NOT NULL,
        disks TEXT NOT NULL,
        checksum INTEGER NOT NULL
    )
    """

_COLUMNS: Final = """ (
        name TEXT PRIMARY KEY,
        content TEXT NOT NULL,
        checksum INTEGER NOT NULL
    ) WITHOUT ROWID
    """
"""One tree, in the order of names: there is no index beside it that could say something else."""

RECORDS: Final = "CREATE TABLE records" + _COLUMNS
STAGED: Final = "CREATE TABLE IF NOT EXISTS staged" + _COLUMNS
"""What takes the place of the records is a table like theirs. It is none of those that a version promises."""

_OR_CHANGE: Final = (
    " VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET content = excluded.content, checksum = excluded.checksum"
)
WRITE_RECORD: Final = "INSERT INTO records" + _OR_CHANGE
WRITE_STAGED: Final = "INSERT INTO staged" + _OR_CHANGE

TABLES: Final = (
    """
    CREATE TABLE identity (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        replica TEXT NOT NULL,
        members TEXT NOT NULL,
        disk TEXT NOT NULL,
        checksum INTEGER NOT NULL
    )
    """,
    STATE,
    """
    CREATE TABLE entries (
        log_index INTEGER PRIMARY KEY,
        term INTEGER NOT NULL,
        write TEXT,
        checksum INTEGER NOT NULL
    )
    """,
    RECORDS,
)

_DATA: Final = (DATABASE, WAL, ACKNOWLEDGED)
_REPLICA: Final = re.compile("[0-9A-F]{4}")


def is_named_for_a_replica(directory: Path) -> bool:
    """Whether a replica could have its directory there: any other name is that of a copy."""
    return _REPLICA.fullmatch(directory.absolute().name) is not None


def data_files(directory: Path) -> tuple[str, ...]:
    """Which of the files that hold anything durable are in a replica's directory."""
    return tuple(name for name in _DATA if (directory / name).exists())


def replicas_in(directory: Path) -> tuple[Path, ...]:
    """The directory itself when it is a replica's, or those of the replicas in it, in order; raises OSError."""
    if _keeps_something(directory):
        return (directory,)
    if not directory.is_dir():
        return ()
    there = sorted(directory.iterdir())
    return tuple(path for path in there if is_named_for_a_replica(path) and _keeps_something(path))


def _keeps_something(directory: Path) -> bool:
    """Whether there is anything durable, or the system does not let anybody look: nothing is passed over in silence."""
    try:
        return bool(data_files(directory))
    except OSError:
        return True


def make_directory(directory: Path) -> None:
    """Make a directory, and those above it, so that they are still there after a power failure; raises OSError."""
    if not directory.is_dir():
        make_directory(directory.parent)
        directory.mkdir(exist_ok=True)
        sync(directory.parent)


def sync(path: Path) -> None:
    """Make durable what a file says, or which names are in a directory; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
