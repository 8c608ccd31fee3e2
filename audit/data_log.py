"""`python -m audit log`: term, vote, snapshot and log, as they lie in a data directory."""

import argparse
import sqlite3
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

from audit.data_directory import INDEX_MAX, Shown, add_data_directory, log_index, of_each, replicas_of, unreadable
from audit.data_json import json_of
from audit.data_table import table_of
from audit.files import ReadError
from storage.checking import faults_of_end, faults_of_files
from storage.errors import StorageError
from storage.layout import DATABASE
from storage.reading import check_version, entry_rows, identity_of, read_only, record_rows, state_of
from storage.rows import entry_from, record_from
from storage.watermark import acknowledged

_DESCRIPTION: Final = """\
Show what replicas keep in a data directory (RAFT_DATA, see docs/storage.md; not a trail): term, vote, the cluster's
members, the snapshot, and the entries that are kept. Nothing is changed, and a replica may run meanwhile.

Exit code: 0 when nothing that was looked at is amiss; 1 when a record is damaged or missing, or the end of what was
acknowledged: 'check' then says more; 2 when any cannot be read."""
_EPILOG: Final = """\
examples:
  python -m audit log data                                all replicas that keep something there
  python -m audit log data/0001 --first 100               one of them, from entry 100 on
  python -m audit log data/0001 --first 100 --last 104    its entries 100 to 104
  python -m audit log data/0001 --records                 and what is in its snapshot
  python -m audit log data/0001 --json                    one line of JSON for each replica"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    add_data_directory(parser)
    add = parser.add_argument
    add("--first", metavar="INDEX", type=log_index, help="entries from this index on (default: the first that is kept)")
    add("--last", metavar="INDEX", type=log_index, help="entries up to this index; no count (default: the last)")
    add("--records", action="store_true", help="the records of the snapshot, too")
    add("--json", action="store_true", help="one object for each replica, for machines")


def run(parsed: argparse.Namespace) -> int:
    """Show each replica; 1 when anything that was looked at is damaged or missing, 2 when any cannot be read."""
    if parsed.first is not None and parsed.last is not None and parsed.first > parsed.last:
        raise ReadError(f"--first {parsed.first} is behind --last {parsed.last}: there is nothing between them.")
    return of_each(replicas_of(parsed), lambda directory: _show(directory, parsed))


def _show(directory: Path, parsed: argparse.Namespace) -> int:
    """Behind what SQLite would not complain of, and before what nothing in the database shows."""
    try:
        found = list(faults_of_files(directory))
        if found and not _has_content(directory / DATABASE):
            raise ReadError(_damage(directory, found[0]))
        _say(directory, found)
        at_least = acknowledged(directory)  # before a process that runs can write more
        shown = _read(directory, parsed)
    except StorageError as error:
        raise ReadError(str(error)) from None
    except OSError as error:
        raise ReadError(unreadable(directory, error)) from None
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise ReadError(f"{directory}: the database cannot be read: {error}; 'check' may say more.") from None
    gone = list(faults_of_end(shown.state, at_least))
    is_asked = bool(parsed.first or parsed.last)
    print(json_of(shown, [*found, *gone]) if parsed.json else table_of(shown, asked=is_asked), flush=True)
    _say(directory, gone)
    return 1 if found or gone or _is_damaged(shown) else 0


def _say(directory: Path, faults: Iterable[str]) -> None:
    for fault in faults:
        sys.stderr.write(f"{_damage(directory, fault)}\n")


def _damage(directory: Path, fault: str) -> str:
    return f"damage: {directory}: {fault}."


def _has_content(database: Path) -> bool:
    return database.is_file() and database.stat().st_size > 0


def _read(directory: Path, parsed: argparse.Namespace) -> Shown:
    """All of it as it is at one moment."""
    first, last = parsed.first or 1, parsed.last or INDEX_MAX
    with closing(read_only(directory)) as connection:
        check_version(connection, directory)
        connection.execute("BEGIN")
        return Shown(
            directory=directory,
            identity=identity_of(connection),
            state=state_of(connection),
            first=first,
            last=last,
            entries=tuple(entry_rows(connection, first, last)),
            records=tuple(record_rows(connection)) if parsed.records else None,
        )


def _is_damaged(shown: Shown) -> bool:
    return (
        shown.identity is None
        or shown.state is None
        or bool(shown.gaps())
        or shown.lacks_records()
        or any(entry_from(row) is None for row in shown.entries)
        or any(record_from(row) is None for row in shown.records or ())
    )
