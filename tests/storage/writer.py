"""A process that appends and syncs, and says what is durable: `python -m tests.storage.writer DIR SEED`.

A third argument bounds the size of its files: then the disk reports errors, as far as it can tell.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

from actors.ports import Storage
from messages.ids import LogIndex, Term
from messages.snapshot import Change, Record
from storage import StorageError
from tests.actors.samples import OTHER, PEER, put
from tests.storage.contract import Kept, Model, entries_of, joined, records_of
from tests.storage.places import opened

FAILED_TWICE = "failed twice"

Step: TypeAlias = tuple[Callable[[Storage], None], ...]
"""What is written between two syncs."""

_SIZES: Final = (1, 100, 5000)
_KEYS: Final = 40


def steps(seed: int, before: Kept) -> Iterator[Step]:
    """The life of a replica that begins with `before`."""
    dice = Random(f"{seed} {before.term} {before.last}")
    model = Model(before)
    while True:
        step = []
        for draw in (drawn_vote, drawn_truncation, drawn_entries, drawn_snapshot):
            write = draw(dice, model)
            write(model)
            step.append(write)
        yield tuple(step)


def drawn_vote(dice: Random, model: Model) -> Callable[[Storage], None]:
    term, vote = Term(model.term + 1), dice.choice((None, PEER, OTHER))
    return lambda storage: storage.save_hard_state(term, vote)


def drawn_truncation(dice: Random, model: Model) -> Callable[[Storage], None]:
    """Mostly of nothing."""
    after = max(LogIndex(model.last_index() - dice.choice((0, 0, 0, 1, 3))), model.snapshot_index())
    return lambda storage: storage.truncate(after)


def drawn_entries(dice: Random, model: Model) -> Callable[[Storage], None]:
    term = model.term
    entries = tuple(put(term, f"{term}.{each}", value="v" * dice.choice(_SIZES)) for each in range(dice.randint(0, 4)))
    return lambda storage: storage.append(entries)


def drawn_snapshot(dice: Random, model: Model) -> Callable[[Storage], None]:
    """Of this log, seldom of another one, mostly none."""
    kind = dice.choice(("none", "none", "none", "saved", "saved", "saved", "saved", "installed"))
    last_included = LogIndex(dice.randint(model.snapshot_index(), model.last_index()))
    if kind == "saved" and last_included > model.snapshot_index():
        changes = tuple(drawn_changes(dice, model))
        first = max(model.first_index(), LogIndex(last_included + 1 - dice.choice((0, 1, 5))))
        return lambda storage: storage.save_snapshot(last_included, changes, first)
    if kind == "installed":
        behind, term, records = (
            LogIndex(model.last_index() + dice.randint(1, 9)),
            model.term,
            tuple(drawn_records(dice)),
        )
        aside = dice.randint(0, len(records))
        return lambda storage: transfer(storage, behind, term, records, aside)
    return lambda _: None


def transfer(storage: Storage, last: LogIndex, term: Term, records: tuple[Record, ...], aside: int) -> None:
    """Another snapshot, of whose records so many were written aside."""
    storage.stage_records(0, records[:aside])
    storage.install_snapshot(last, term, records)


def drawn_changes(dice: Random, model: Model) -> Iterator[Change]:
    """A third of those that are there are changed, some are removed, and some others may be new."""
    there = model.names
    for name in there:
        if dice.random() < 1 / 3:
            yield name, dice.choice((None, f"{model.term}", "c" * dice.choice(_SIZES)))
    yield from (record for record in drawn_records(dice) if record[0] not in there)


def drawn_records(dice: Random) -> Iterator[Record]:
    for name in dice.sample(range(_KEYS), dice.randint(0, 12)):
        yield f"v/{name}", "c" * dice.choice(_SIZES)


def write(step: Step, storage: Storage) -> None:
    for each in step:
        each(storage)


def main(directory: Path, seed: int, bytes_max: int | None) -> None:
    storage = opened(directory)
    found = joined(storage.restored())
    assert (found.entries, found.records) == (entries_of(storage), records_of(storage))
    if bytes_max is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, bytes_max))
    for step in steps(seed, found):
        write(step, storage)
        try:
            storage.sync()
        except StorageError:
            with_the_same_answer(storage)
            return
        sys.stdout.write(f"{storage.last_index()}\n")
        sys.stdout.flush()


def with_the_same_answer(storage: Storage) -> None:
    try:
        storage.sync()
    except StorageError:
        sys.stdout.write(f"{FAILED_TWICE}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if sys.argv[3:] else None)
