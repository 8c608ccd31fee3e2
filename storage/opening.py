"""Opening a replica's directory: locked, made when there is none, and looked at as a whole before it is used."""

import secrets
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from messages.ids import DiskId, NodeId
from storage import layout
from storage.checking import faults, of_another_replica
from storage.errors import DamageError, StorageError, is_damage, is_full
from storage.lock import Lock
from storage.reading import connected, identity_of, read_only, state_of, term_runs, version_of
from storage.rows import NOTHING, Identity, State
from storage.version_1 import VERSION_1, insert_state, migrate
from storage.watermark import Watermark, acknowledged, begin

Connect: TypeAlias = Callable[[Path], sqlite3.Connection]

WAL_BYTES_MAX: Final = 16_000_000
"""To so many the write-ahead log is cut when it is begun anew; it is larger only while somebody reads for long."""

_UNFINISHED: Final = ".new"
_DISK_BYTES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A replica's directory in use: what to close in the end, and what was found."""

    directory: Path
    lock: Lock
    watermark: Watermark
    connection: sqlite3.Connection
    disk: DiskId
    state: State
    term_runs: list[tuple[int, int]]
    is_checkpointed: bool
    """Whether the write-ahead log can be begun anew, rather than grow with every process."""


def for_writing(path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    """Connect so that a transaction that was committed is durable."""
    # psow: nothing is written twice to fill up a sector of the disk, which storage/wal.py relies on.
    connection = connected(path, "mode=rw&psow=1", factory)
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "fullfsync = ON",
        "checkpoint_fullfsync = ON",
        "wal_autocheckpoint = 0",  # SQLite would not say that it failed
        f"journal_size_limit = {WAL_BYTES_MAX}",
        "cache_spill = OFF",
        "cell_size_check = ON",
        "secure_delete = OFF",  # or long values that are dropped would be written once more, as zeros
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def checkpoint(connection: sqlite3.Connection) -> bool:
    """Copy pages from the write-ahead log to where they belong; False when there is no room for them.

    We do it ourselves, because SQLite does not tell of errors when it does. Raises sqlite3.Error.
    """
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    except sqlite3.Error as error:
        if is_full(error):
            return False
        raise
    return True


def opened(directory: Path, me: NodeId, members: tuple[NodeId, ...], connect: Connect) -> Opened:
    """Open the directory of one replica; raises StorageError, having changed nothing that was there."""
    try:
        return _opened(directory, me, members, connect)
    except StorageError:
        raise
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if is_damage(error):
            raise DamageError.of(directory, f"{layout.DATABASE} cannot be read: {error}") from None
        raise StorageError(f"{directory / layout.DATABASE} cannot be opened: {error}.") from None
    except (FileExistsError, NotADirectoryError) as error:
        where = error.filename or directory
        raise StorageError(
            f"{where} is no directory, so no replica can keep anything there; name another RAFT_DATA, or move it away."
        ) from None
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        where = error.filename or directory
        raise StorageError(f"{where} cannot be used as, or in, a data directory: {reason}.") from None


def _opened(directory: Path, me: NodeId, members: tuple[NodeId, ...], connect: Connect) -> Opened:
    layout.make_directory(directory)
    with ExitStack() as undo:
        lock = Lock(directory, me)
        undo.callback(lock.release)
        if _was_never_begun(directory):
            _create(directory, Identity(replica=me, members=members, disk=DiskId(secrets.token_hex(_DISK_BYTES))))
        # Looked at by a connection that only reads: another would throw the write-ahead log away when it is closed.
        fault = next(faults(directory), None)
        if fault is not None:
            raise DamageError.of(directory, fault)
        if layout.WAL in layout.data_files(directory):
            # A process that was killed may have written and not synced; what is found will be acted upon.
            layout.sync(directory / layout.WAL)
        disk = _disk(directory, me, members)
        connection = connect(directory / layout.DATABASE)
        undo.callback(connection.close)
        watermark = Watermark(directory)
        undo.callback(watermark.close)
        if version_of(connection) == VERSION_1:
            migrate(connection)
        state = state_of(connection)
        assert state is not None, "it was looked at a moment ago, under the lock"
        watermark.write(state.transactions)
        layout.sync(directory)
        place = Opened(
            directory=directory,
            lock=lock,
            watermark=watermark,
            connection=connection,
            disk=disk,
            state=state,
            term_runs=term_runs(connection),
            is_checkpointed=checkpoint(connection),
        )
        undo.pop_all()
        return place


def _was_never_begun(directory: Path) -> bool:
    """Whether nothing was ever kept there: nothing is there, or a process came no further than noting that."""
    names = layout.data_files(directory)
    return not names or (names == (layout.ACKNOWLEDGED,) and not acknowledged(directory))


def _create(directory: Path, identity: Identity) -> None:
    """Make a database of another name, and give it its own when it is complete and durable."""
    unfinished = directory / (layout.DATABASE + _UNFINISHED)
    for path in directory.glob(f"{unfinished.name}*"):
        path.unlink()  # of a process that came no further
    with closing(sqlite3.connect(unfinished, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA page_size = {layout.PAGE_BYTES}")
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("BEGIN")
        connection.execute(f"PRAGMA application_id = {layout.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {layout.VERSION}")
        for table in layout.TABLES:
            connection.execute(table)
        connection.execute("INSERT INTO identity VALUES (1, ?, ?, ?, ?)", identity.row())
        insert_state(connection, NOTHING)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    begin(directory)
    unfinished.rename(directory / layout.DATABASE)
    layout.sync(directory)


def _disk(directory: Path, me: NodeId, members: tuple[NodeId, ...]) -> DiskId:
    """What tells this directory from any other; raises StorageError when it is somebody else's."""
    with closing(read_only(directory)) as connection:
        found = identity_of(connection)
    assert found is not None, "it was looked at a moment ago, under the lock"
    if (whose := of_another_replica(found, me)) is not None:
        raise StorageError(f"{directory} {whose}.")
    if found.members != members:
        raise StorageError(
            f"{directory} belongs to the cluster {_listed(found.members)}, not to {_listed(members)}; "
            "start this replica with the others of that cluster, or name another RAFT_DATA."
        )
    return found.disk


def _listed(members: tuple[NodeId, ...]) -> str:
    return ", ".join(members)
