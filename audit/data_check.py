"""`python -m audit check`: whether what lies in a data directory is what was written."""

import argparse
import sqlite3
from pathlib import Path
from typing import Final

from audit.data_directory import add_data_directory, of_each, replicas_of, unreadable
from audit.files import ReadError
from storage.checking import faults, misnaming
from storage.errors import StorageError

_DESCRIPTION: Final = """\
Check what replicas keep in a data directory (RAFT_DATA, see docs/storage.md; not a trail): the checksum of every
record, that the log has no gaps and terms never fall in it, that the snapshot has the records that were written last
and fits the log, that nothing that was acknowledged is missing, the pages of the database, and its write-ahead log;
and that a directory that bears a replica's name is that replica's. Nothing is changed, and a replica may run meanwhile.

Exit code: 0 when all is well; 1 when anything is damaged or misnamed, each on a line; 2 when any cannot be read."""
_EPILOG: Final = """\
examples:
  python -m audit check data           all replicas that keep something there
  python -m audit check data/0001      one of them"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    add_data_directory(parser)


def run(parsed: argparse.Namespace) -> int:
    """Check each replica; 1 when with any something is wrong, 2 when any cannot be read."""
    return of_each(replicas_of(parsed), _check)


def _check(directory: Path) -> int:
    try:
        found = [f"{directory}: damaged: {fault}." for fault in faults(directory)]
        if (whose := misnaming(directory)) is not None:
            found.append(f"{directory} {whose}.")
    except StorageError as error:
        raise ReadError(str(error)) from None
    except sqlite3.Error as error:
        raise ReadError(f"{directory}: the database cannot be read: {error}.") from None
    except OSError as error:
        raise ReadError(unreadable(directory, error)) from None
    print("\n".join(found or [f"{directory}: all is well."]), flush=True)
    return 1 if found else 0
