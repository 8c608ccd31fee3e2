"""A process that appends and syncs, and says what is durable: `python -m tests.storage.writer DIR SEED`.

A third argument bounds the size of its files: then the disk reports errors, as far as it can tell.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from actors.ports import Storage
from messages.entry import Entry
from messages.ids import LogIndex, NodeId, Term
from storage import StorageError
from tests.actors.samples import OTHER, PEER, put
from tests.storage.contract import entries_of, joined
from tests.storage.places import opened

FAILED_TWICE = "failed twice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is written between two syncs: term and vote, and entries behind those that are kept."""

    term: Term
    voted_for: NodeId | None
    kept: LogIndex
    entries: tuple[Entry, ...]


def steps(seed: int, term: int, last: int) -> Iterator[Step]:
    """The life of a replica whose log ends at `last`, in `term`."""
    dice = Random(f"{seed} {term} {last}")
    while True:
        term += 1
        kept = max(last - dice.choice((0, 0, 0, 1, 3)), 0)
        count = dice.randint(0, 4)
        entries = tuple(put(term, f"{term}.{each}", value="v" * dice.choice((1, 100, 5000))) for each in range(count))
        last = kept + count
        yield Step(term=Term(term), voted_for=dice.choice((None, PEER, OTHER)), kept=LogIndex(kept), entries=entries)


def write(step: Step, storage: Storage) -> None:
    storage.save_hard_state(step.term, step.voted_for)
    if step.kept < storage.last_index():
        storage.truncate(step.kept)
    storage.append(step.entries)


def main(directory: Path, seed: int, bytes_max: int | None) -> None:
    storage = opened(directory)
    found = joined(storage.restored())
    assert found.entries == entries_of(storage)
    if bytes_max is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, bytes_max))
    for step in steps(seed, found.term, storage.last_index()):
        write(step, storage)
        try:
            storage.sync()
        except StorageError:
            with_the_same_answer(storage)
            return
        sys.stdout.write(f"{step.term}\n")
        sys.stdout.flush()


def with_the_same_answer(storage: Storage) -> None:
    try:
        storage.sync()
    except StorageError:
        sys.stdout.write(f"{FAILED_TWICE}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if sys.argv[3:] else None)
