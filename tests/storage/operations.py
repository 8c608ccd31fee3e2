"""Whatever may be done to a storage, drawn at random, and whether it shows what its model shows."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from actors.ports import Storage
from messages.ids import DiskId, LogIndex, Term
from messages.snapshot import Change, Record
from tests.actors.samples import ME, OTHER, PEER, put
from tests.storage.contract import Model, entries_of, records_of

OPERATIONS: Final = st.lists(
    st.one_of(
        st.tuples(st.just("vote"), st.integers(0, 2)),
        st.tuples(st.just("disk"), st.integers(0, 2)),
        st.tuples(st.just("append"), st.integers(0, 7)),
        st.tuples(st.just("truncate"), st.integers(0, 9)),
        st.tuples(st.just("save"), st.integers(0, 99)),
        st.tuples(st.just("install"), st.integers(0, 9)),
        st.tuples(st.just("stage"), st.integers(0, 9)),
        st.tuples(st.just("transfer"), st.integers(0, 99)),
        st.tuples(st.sampled_from(("sync", "restart", "full")), st.just(0)),
    ),
    max_size=30,
)


def compare(storage: Storage, model: Model) -> None:
    """All that can be seen is the same."""
    first, last, snapshot = model.first_index(), model.last_index(), model.snapshot_index()
    assert (storage.first_index(), storage.last_index(), storage.snapshot_index()) == (first, last, snapshot)
    assert entries_of(storage) == entries_of(model)
    assert records_of(storage) == records_of(model)
    assert storage.needs_sync() == model.needs_sync()
    for each in (*range(first, last + 1), snapshot):
        assert storage.term_at(LogIndex(each)) == model.term_at(LogIndex(each))


def changes_of(number: int, model: Model) -> tuple[Change, ...]:
    """Some of the records that are there are changed or removed, one is new, and one is removed that is not there."""
    there = model.names[number % 3 :: 2]
    changed = tuple((name, (None, f"{number}")[each % 2]) for each, name in enumerate(there))
    return (*changed, (f"v/{number:b}", "é\0'"), (f"w/{number}", None))


def do(operation: str, size: int, number: int, model: Model, *others: Storage) -> None:
    """Do it to all of them."""
    term, changes = model.term, changes_of(number, model)
    for each in (*others, model):
        _do(operation, size, number, term, changes, each)


def _do(operation: str, size: int, number: int, term: int, changes: tuple[Change, ...], storage: Storage) -> None:
    match operation:
        case "vote":
            storage.save_hard_state(Term(term + 1), (None, PEER, OTHER)[size])
        case "disk":
            storage.save_disk((ME, PEER, OTHER)[size], DiskId(f"disk {size}"))
        case "append":
            storage.append(tuple(put(term + size % 2, f"{number}.{each}", key="é\0'") for each in range(size)))
        case "truncate":
            storage.truncate(max(LogIndex(storage.last_index() - size), storage.snapshot_index()))
        case "save":
            _save(size, changes, storage)
        case "install":
            _install(storage, size, term, _records(size, changes))
        case "stage":
            storage.stage_records(size % 2, _records(size, changes))
        case "transfer":
            _transfer(storage, size, term, changes)
        case "sync":
            storage.sync()
        case _:
            pass


def _records(count: int, changes: tuple[Change, ...]) -> tuple[Record, ...]:
    """Of a leader's snapshot."""
    return tuple((name, f"installed {content}") for name, content in changes[: min(count, len(changes) - 1)])


def _install(storage: Storage, ahead: int, term: int, records: tuple[Record, ...]) -> None:
    storage.install_snapshot(LogIndex(storage.snapshot_index() + 1 + ahead), Term(term + 1), records)


def _transfer(storage: Storage, size: int, term: int, changes: tuple[Change, ...]) -> None:
    """In two parts, of which the second one is not always written aside; not always durable in between."""
    tens, ones = divmod(size, 10)
    records = _records(9, changes)
    storage.stage_records(0, records[:ones])
    if tens % 2:
        storage.sync()
    if tens % 3:
        storage.stage_records(ones, records[ones:])
    _install(storage, ones, term, records)


def _save(size: int, changes: tuple[Change, ...], storage: Storage) -> None:
    """Of the entries that are not included yet, and of those that are kept, some."""
    further, kept = divmod(size, 10)
    last_included = min(LogIndex(storage.snapshot_index() + 1 + further), storage.last_index())
    if last_included > storage.snapshot_index():
        first = max(storage.first_index(), LogIndex(last_included + 1 - kept))
        storage.save_snapshot(last_included, changes, first)
