"""`python -m audit log`: term, vote and log, as they lie in a data directory."""

import argparse
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from audit.files import ReadError, listing
from messages.entry import Entry
from storage.checking import faults_of_files
from storage.errors import StorageError
from storage.layout import replicas_in
from storage.reading import check_version, entry_rows, identity_of, read_only, state_of
from storage.records import EntryRow, Identity, State, entry_from

_VALUE_WIDTH_MAX: Final = 60
_DAMAGED: Final = "DAMAGED"
_TITLES: Final = ("index", "term", "client", "MID", "key", "value")

_DESCRIPTION: Final = """\
Show what replicas keep in a data directory (RAFT_DATA, see docs/storage.md; not a trail): term, vote, the cluster's
members, and the log. Nothing is changed, and a replica may run meanwhile. Exit code 1 when a record is damaged:
'check' then says more."""
_EPILOG: Final = """\
examples:
  python -m audit log data                       all replicas that keep something there
  python -m audit log data/0001 --first 100      one of them, from entry 100 on
  python -m audit log data/0001 --json           one line of JSON for each replica"""


class _Entry(msgspec.Struct):
    """For machines: an entry and where it stands; `damaged` when the rest is not to be believed."""

    index: int
    term: int
    write: dict[str, str] | None
    damaged: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    add_data_directory(parser)
    parser.add_argument("--first", metavar="N", type=int, default=1, help="entries from this index on (default: 1)")
    parser.add_argument("--last", metavar="N", type=int, default=2**63 - 1, help="entries up to it (default: all)")
    parser.add_argument("--json", action="store_true", help="one object for each replica, for machines")


def add_data_directory(parser: argparse.ArgumentParser) -> None:
    """Let the command take a data directory."""
    parser.add_argument(
        "directory", metavar="DATA_DIR", type=Path, help="the directory of one replica, or RAFT_DATA with several"
    )


def replicas_of(parsed: argparse.Namespace) -> tuple[Path, ...]:
    """The directories of replicas that were meant; raises ReadError when there is none."""
    directory: Path = parsed.directory
    listing(directory)
    found = replicas_in(directory)
    if not found:
        raise ReadError(f"{directory}: no replica keeps anything there; name a directory that was given as RAFT_DATA.")
    return found


def run(parsed: argparse.Namespace) -> int:
    """Show each replica; 1 when any record that was looked at is damaged."""
    return max([_show(directory, parsed) for directory in replicas_of(parsed)])


def _show(directory: Path, parsed: argparse.Namespace) -> int:
    """Behind what SQLite would not complain of."""
    try:
        found = list(faults_of_files(directory))
        for fault in found:
            sys.stderr.write(f"damage: {directory}: {fault}\n")
        with closing(read_only(directory)) as connection:
            check_version(connection, directory)
            connection.execute("BEGIN")
            identity, state = identity_of(connection), state_of(connection)
            rows = entry_rows(connection, max(parsed.first, 1), parsed.last)
            if parsed.json:
                is_damaged = _print_json(identity, state, rows)
            else:
                is_damaged = _print_table(directory, identity, state, rows)
            return 1 if is_damaged or found else 0
    except StorageError as error:
        raise ReadError(str(error)) from None
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise ReadError(f"{directory}: the database cannot be read: {error}; 'check' may say more.") from None


def _print_json(identity: Identity | None, state: State | None, rows: Iterator[EntryRow]) -> bool:
    """Whether any of it is damaged; that is null."""
    entries = [_for_machines(row) for row in rows]
    said = {
        "replica": None if identity is None else identity.replica,
        "members": None if identity is None else identity.members,
        "disk": None if identity is None else identity.disk,
        "term": None if state is None else state.term,
        "voted_for": None if state is None else state.voted_for,
        "first_index": None if state is None else state.first_index,
        "last_index": None if state is None else state.last_index,
        "transactions": None if state is None else state.transactions,
        "disks": None if state is None else dict(state.disks),
        "entries": entries,
    }
    print(msgspec.json.encode(said).decode())  # it is the product
    return identity is None or state is None or any(entry.damaged for entry in entries)


def _for_machines(row: EntryRow) -> _Entry:
    entry = entry_from(row)
    if entry is None:
        return _Entry(index=row[0], term=0, write=None, damaged=True)
    write = entry.write
    said = None if write is None else {"client": write.client, "MID": write.MID, "key": write.key, "value": write.value}
    return _Entry(index=row[0], term=entry.term, write=said, damaged=False)


def _print_table(directory: Path, identity: Identity | None, state: State | None, rows: Iterator[EntryRow]) -> bool:
    """Whether any of it is damaged."""
    print("\n".join(_heading(directory, identity, state)))
    is_damaged = identity is None or state is None
    lines = []
    for row in rows:
        entry = entry_from(row)
        is_damaged = is_damaged or entry is None
        lines.append((str(row[0]), *_cells(entry)))
    if lines:
        print("\n".join(_aligned([_TITLES, *lines])))
    return is_damaged


def _heading(directory: Path, identity: Identity | None, state: State | None) -> Iterator[str]:
    if identity is None:
        yield f"{directory}: identity {_DAMAGED}"
    else:
        yield f"{directory}: replica {identity.replica} of the cluster {', '.join(identity.members)}"
    if state is None:
        yield f"  term, vote and the log's ends {_DAMAGED}"
        return
    yield f"  term {state.term}, {f'voted for {state.voted_for}' if state.voted_for else 'no vote'}"
    known = ", ".join(f"{disk} of {replica}" for replica, disk in state.disks)
    yield f"  disk {identity.disk if identity else _DAMAGED}; known disks: {known or 'none'}"
    ends = f"entries {state.first_index} to {state.last_index}" if state.last_index else "no entries"
    yield f"  {ends}; {state.transactions} transactions"


def _cells(entry: Entry | None) -> tuple[str, ...]:
    if entry is None:
        return (_DAMAGED, "", "", "", "")
    write = entry.write
    if write is None:
        return (str(entry.term), "", "", "(no-op)", "")
    return (str(entry.term), write.client, _plain(write.MID), _plain(write.key), _plain(write.value))


def _plain(text: str) -> str:
    """In one line, and not too long; quoted when it would not be read as what it is."""
    if not text or not text.isprintable() or text != text.strip():
        text = msgspec.json.encode(text).decode()
    return text if len(text) <= _VALUE_WIDTH_MAX else f"{text[: _VALUE_WIDTH_MAX - 3]}..."


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Numbers to the right, all else to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        numbers = [cell.rjust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        others = [cell.ljust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        yield f"  {'  '.join([*numbers, *others])}".rstrip()
