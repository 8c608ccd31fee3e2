"""Data directories to be looked at, copied and damaged, and what opening them comes to."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

from messages.ids import LogIndex, Term
from storage import DamageError, SqliteStorage
from storage.layout import DATABASE
from storage.opening import Connect, for_writing
from tests.actors.samples import ME, PEER, PEERS, index, puts
from tests.storage.contract import Kept, joined

_SHARED_MEMORY: Final = Path("/dev/shm")
IN_MEMORY: Final = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None

KEPT: Final = Kept(
    term=Term(3),
    voted_for=PEER,
    entries=(*puts(1, 2), *puts(3, 2, first=3)),
    snapshot=(LogIndex(2), Term(1)),
    records=(("t/1", "1"), ("v/colour", "blue"), ("v/shape", "round")),
)
"""What `kept` makes durable: the snapshot includes entries that are kept."""

COMPACTED: Final = Kept(
    term=Term(3),
    voted_for=PEER,
    first=LogIndex(4),
    entries=puts(3, 2, first=4),
    snapshot=(LogIndex(4), Term(3)),
    records=(("t/1", "1"), ("t/3", "3"), ("v/shape", "round"), ("v/size", "é")),
)
"""What `compacted` does: the first entries are dropped."""


def opened(directory: Path, connect: Connect = for_writing) -> SqliteStorage:
    """The storage of ME, whose directory is `directory / ME`."""
    return SqliteStorage.open(directory, me=ME, cluster=PEERS, connect=connect)


def kept(directory: Path) -> Path:
    """The directory of a replica that has stopped."""
    with closing(opened(directory)) as storage:
        storage.save_hard_state(KEPT.term, KEPT.voted_for)
        storage.append(KEPT.entries)
        storage.save_snapshot(index(2), KEPT.records, index(1))
        storage.sync()
    return directory / ME


def compacted(directory: Path) -> Path:
    """The same, some time later."""
    kept(directory)
    with closing(opened(directory)) as storage:
        storage.append(puts(3, 1, first=5))
        storage.save_snapshot(index(4), (("t/3", "3"), ("v/colour", None), ("v/size", "é")), index(4))
        storage.sync()
    return directory / ME


def copied(replica: Path, to: Path) -> Path:
    """The directory as the end of the process, or of the machine's power, would leave it."""
    shutil.rmtree(to / ME, ignore_errors=True)
    return shutil.copytree(replica, to / ME, ignore=shutil.ignore_patterns("*-shm"))


def found_in(directory: Path) -> Kept | None:
    """What the next process finds; None when it refuses to begin, because of damage."""
    try:
        storage = opened(directory)
    except DamageError:
        return None
    with closing(storage):
        return joined(storage.restored())


def altered(replica: Path, *statements: str) -> None:
    """Change what is in the database of a replica that has stopped."""
    with closing(sqlite3.connect(replica / DATABASE)) as connection:
        connection.executescript(";".join(statements))


def flipped(path: Path, offset: int, by: int = 0xFF) -> None:
    """Change one byte of a file."""
    data = bytearray(path.read_bytes())
    data[offset] ^= by
    path.write_bytes(data)


def blanked(path: Path, ranges: Iterable[tuple[int, int]]) -> None:
    """Put zeros where a disk had not written yet."""
    data = bytearray(path.read_bytes())
    for start, end in ranges:
        data[start:end] = bytes(end - start)
    path.write_bytes(data)
