"""Whether all that is in a replica's directory is what was written: every fault, named, for opening and for audit."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Final

from storage.checking_rows import faults_of_log, faults_of_records, faults_of_state
from storage.errors import is_damage
from storage.layout import ACKNOWLEDGED, DATABASE, WAL, data_files, is_named_for_a_replica
from storage.reading import (
    check_version,
    entry_rows,
    identity_of,
    read_only,
    record_rows,
    records_of_other_types,
    state_of,
)
from storage.rows import Identity, State, shown
from storage.wal import fault_in
from storage.watermark import acknowledged

_LOOKS: Final = 20
"""While a process writes, what is read of the write-ahead log may be of two moments, and look damaged at a frame that
was just being written. By the next look it is written."""


def faults(directory: Path) -> Iterator[str]:
    """Each fault, in the middle of a sentence; when the files themselves are at fault, the rest is not looked at.

    Raises StorageError when it is no database of ours, sqlite3.Error or OSError when it cannot be read.
    """
    found = list(faults_of_files(directory))
    yield from found
    if not found:
        at_least = acknowledged(directory)  # before a process that runs can write more
        try:
            with closing(read_only(directory)) as connection:
                check_version(connection, directory)
                yield from _faults_of_database(connection, at_least)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if not is_damage(error):
                raise
            yield f"{DATABASE} cannot be read: {error}"


def misnaming(directory: Path) -> str | None:
    """In the middle of a sentence, that no replica will start here: the directory bears the name of another one.

    None when it is damaged, too, so that nothing tells whose it is; raises OSError when it cannot be read.
    """
    if not is_named_for_a_replica(directory):
        return None
    with suppress(sqlite3.Error, UnicodeDecodeError), closing(read_only(directory)) as connection:
        found = identity_of(connection)
        return None if found is None else of_another_replica(found, directory.absolute().name)
    return None


def of_another_replica(found: Identity, name: str) -> str | None:
    """In the middle of a sentence, that it is the directory of another replica than `name`; None when it is not."""
    if found.replica == name:
        return None
    return (
        f"is the directory of replica {found.replica}, not of {name}; "
        "give each replica the directory that bears its own name"
    )


def faults_of_files(directory: Path) -> Iterator[str]:
    """What SQLite would not complain of: it makes a new database of an empty file, and cuts a damaged log."""
    names = data_files(directory)
    database = directory / DATABASE
    if DATABASE not in names:
        yield f"{DATABASE} is missing"
    elif not database.is_file():
        yield f"{DATABASE} is not a file"
    elif database.stat().st_size == 0:
        yield f"{DATABASE} is empty"
    elif WAL in names and (fault := _fault_of_wal(directory)) is not None:
        yield fault


def _fault_of_wal(directory: Path) -> str | None:
    """What is there at two looks; meanwhile we read, so that the log is not begun anew time and again."""
    with ExitStack() as reading:
        with suppress(sqlite3.Error, UnicodeDecodeError):
            connection = reading.enter_context(closing(read_only(directory)))
            connection.execute("BEGIN")
            state_of(connection)
        before = None
        for _ in range(_LOOKS):
            fault = fault_in(directory / WAL)
            if fault is None or fault == before:
                return fault
            before = fault
    return None


def faults_of_end(state: State | None, at_least: int | None) -> Iterator[str]:
    """What is missing behind `state` when at least so many transactions were acknowledged; None when nothing says so.

    What was acknowledged must have been read before the state was: a process that runs may write more meanwhile.
    """
    if at_least is None:
        yield (
            f"{ACKNOWLEDGED} is missing, or not as it was written, so nothing tells whether the end of the log is there"
        )
    elif state is not None and state.transactions < at_least:
        yield (
            f"{ACKNOWLEDGED} says that {at_least} transactions were acknowledged, and only {state.transactions} are "
            "there: the end of the write-ahead log is missing, or this is an older database"
        )


def _faults_of_database(connection: sqlite3.Connection, at_least: int | None) -> Iterator[str]:
    """All of it as it is at one moment."""
    connection.execute("BEGIN")
    for line in connection.execute("PRAGMA quick_check"):
        text = line[0].decode("utf-8", "replace")
        if text != "ok":
            yield f"{DATABASE} is malformed ({' '.join(text.split())})"
    if identity_of(connection) is None:
        yield "the row of the table identity is missing, or its checksum does not fit"
    state = state_of(connection)
    if state is None:
        yield (
            "the row of the table state (term, vote, the log's ends, snapshot, disks) is missing, "
            "or its checksum does not fit"
        )
    yield from faults_of_end(state, at_least)
    if state is not None:
        yield from faults_of_state(state)
    yield from faults_of_log(entry_rows(connection), state)
    yield from faults_of_records(record_rows(connection), state)
    yield from (f"record {shown(name)} of the snapshot is not text" for name in records_of_other_types(connection))
