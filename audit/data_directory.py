"""Data directories on the command line: which are meant, and what of one is to be shown."""

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeAlias

from audit.files import ReadError, listing, reason_of
from storage.layout import replicas_in
from storage.rows import EntryRow, Identity, RecordRow, State

UNREADABLE: Final = 2
"""The exit code when a replica's directory cannot be read."""

INDEX_MAX: Final = 2**63 - 1
"""What the database can compare with."""

Gap: TypeAlias = tuple[int, int]
"""The first and the last of the entries that are missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one replica keeps, as it lies there; None and rows may be damaged.

    `first` and `last` bound the entries that were asked for; `records` is None when they were not.
    """

    directory: Path
    identity: Identity | None
    state: State | None
    first: int
    last: int
    entries: tuple[EntryRow, ...]
    records: tuple[RecordRow, ...] | None

    def gaps(self) -> tuple[Gap, ...]:
        """Between the entries that are there, and before and behind them, as far as the log's ends are known."""
        indexes = [row[0] for row in self.entries]
        if self.state is not None:
            first, last = max(self.first, self.state.first_index), min(self.last, self.state.last_index)
            indexes = [first - 1, *(index for index in indexes if first <= index <= last), last + 1]
        return tuple((one + 1, other - 1) for one, other in pairwise(indexes) if other > one + 1)

    def lacks_records(self) -> bool:
        """Whether there are not so many as were written."""
        return self.records is not None and self.state is not None and len(self.records) != self.state.records


def add_data_directory(parser: argparse.ArgumentParser) -> None:
    """Let the command take a data directory."""
    parser.add_argument(
        "directory", metavar="DATA_DIR", type=Path, help="the directory of one replica, or RAFT_DATA with several"
    )


def replicas_of(parsed: argparse.Namespace) -> tuple[Path, ...]:
    """The directories of replicas that were meant; raises ReadError when there is none."""
    directory: Path = parsed.directory
    listing(directory, "the directory of one replica, or the one above it, which was given as RAFT_DATA")
    found = replicas_in(directory)
    if not found:
        raise ReadError(f"{directory}: no replica keeps anything there; name a directory that was given as RAFT_DATA.")
    return found


def of_each(replicas: Iterable[Path], show: Callable[[Path], int]) -> int:
    """Show one after another, and return the highest exit code: one that cannot be read is said, and hides no other."""
    return max([_of_one(directory, show) for directory in replicas])


def _of_one(directory: Path, show: Callable[[Path], int]) -> int:
    try:
        listing(directory)
        return show(directory)
    except ReadError as error:
        sys.stderr.write(f"{error}\n")
        return UNREADABLE


def unreadable(directory: Path, error: OSError) -> str:
    """In a sentence, that the system refused a file of a replica's directory."""
    return f"{error.filename or directory}: it cannot be read: {reason_of(error)}."


def log_index(text: str) -> int:
    """An index from the command line; raises what argparse expects."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no index: the first entry has index 1")
    return min(int(text), INDEX_MAX)
