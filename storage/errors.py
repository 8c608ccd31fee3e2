"""Why a data directory cannot be used, and which of SQLite's errors mean what."""

import sqlite3
from pathlib import Path
from typing import Final

_REMEDY: Final = (
    "restore the directory from a copy that was made after the replica had stopped for the last time, "
    "or remove it: then the replica comes back without a vote, and follows"
)
_PRIMARY: Final = 0xFF
_DAMAGE: Final = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""`SQLITE_ERROR` is what a table that is not there gives: our statements are right."""


class StorageError(OSError):
    """The data directory cannot be used, or cannot be used any more; one sentence says why."""


class DamageError(StorageError):
    """What was read is not what was written."""

    @classmethod
    def of(cls, directory: Path, fault: str) -> "DamageError":
        """Name the damaged record, and say what can be done."""
        return cls(f"{directory} is damaged: {fault}; {_REMEDY}.")


def is_full(error: sqlite3.Error) -> bool:
    """Whether there was no room, and nothing else is wrong."""
    return _code(error) == sqlite3.SQLITE_FULL


def is_damage(error: sqlite3.Error | UnicodeDecodeError) -> bool:
    """Whether the content of the file is to blame, rather than the disk or another process.

    SQLite quotes damaged names of tables in its errors, which Python then cannot decode.
    """
    return isinstance(error, UnicodeDecodeError) or _code(error) in _DAMAGE


def _code(error: sqlite3.Error) -> int | None:
    """An extended code tells in its last byte what it is a kind of; the module's own errors have none."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & _PRIMARY
