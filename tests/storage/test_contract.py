"""Every durable storage keeps what was synced, forgets what was not, and shows both meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from actors.ports import Storage
from messages.consensus import Restored
from messages.ids import DiskId, NodeId, Term
from messages.snapshot import Record
from tests.actors.samples import OTHER, PEER, index, put, puts
from tests.storage.contract import FACTORIES, NOTHING, Factory, Kept, Model, entries_of, joined, records_of
from tests.storage.operations import OPERATIONS, compare, do
from tests.storage.places import IN_MEMORY

LOG = (*puts(1, 2), *puts(3, 4, first=3))
WRITES = {
    "save_hard_state": lambda storage: storage.save_hard_state(Term(4), OTHER),
    "save_disk": lambda storage: storage.save_disk(PEER, DiskId("a disk")),
    "append": lambda storage: storage.append(puts(4, 1, first=7)),
    "append nothing": lambda storage: storage.append(()),
    "truncate": lambda storage: storage.truncate(index(2)),
    "truncate nothing": lambda storage: storage.truncate(index(6)),
    "save_snapshot": lambda storage: storage.save_snapshot(index(4), (("v/k", "v"),), index(3)),
    "save_snapshot without a change": lambda storage: storage.save_snapshot(index(1), (), index(1)),
    "stage_records": lambda storage: storage.stage_records(0, (("v/k", "v"),)),
    "install_snapshot": lambda storage: storage.install_snapshot(index(5), Term(4), (("v/k", "v"),)),
}
KEPT = Kept(term=Term(3), voted_for=PEER, entries=LOG)
"""What the fixture `storage` holds."""


@pytest.fixture(params=sorted(FACTORIES))
def factory(request: pytest.FixtureRequest, place: Path) -> Iterator[Factory]:
    name: str = request.param
    made = FACTORIES[name](place)
    yield made
    made.end()


@pytest.fixture
def storage(factory: Factory) -> Storage:
    """One that holds a vote and a log, durably."""
    storage, _ = factory.start()
    storage.save_hard_state(Term(3), PEER)
    storage.append(LOG)
    storage.sync()
    return storage


def test_a_new_replica_has_nothing(factory: Factory) -> None:
    storage, parts = factory.start()
    assert joined(parts) == NOTHING
    assert (storage.last_index(), storage.term_at(index(0)), storage.read(index(1), 10)) == (0, 0, ())
    assert (storage.first_index(), storage.snapshot_index(), records_of(storage)) == (1, 0, ())
    assert not storage.needs_sync()


@pytest.mark.usefixtures("storage")
def test_what_was_synced_is_what_the_next_process_finds(factory: Factory) -> None:
    storage, parts = factory.start()
    assert joined(parts) == KEPT
    assert entries_of(storage) == LOG
    assert [storage.term_at(index(number)) for number in range(7)] == [0, 1, 1, 3, 3, 3, 3]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_what_was_not_synced_is_gone(factory: Factory, storage: Storage, write: Callable[[Storage], None]) -> None:
    write(storage)
    _, parts = factory.start()
    assert joined(parts) == KEPT


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_whatever_is_written_needs_to_be_synced_once(storage: Storage, write: Callable[[Storage], None]) -> None:
    assert not storage.needs_sync()
    write(storage)
    assert storage.needs_sync()
    storage.sync()
    assert not storage.needs_sync()


@pytest.mark.parametrize(
    ("first", "count_max", "expected"),
    [(1, 2, (1, 2)), (5, 3, (5, 6, 7)), (6, 1, (6,)), (7, 9, (7, 8)), (1, 9, (1, 2, 3, 4, 5, 6, 7, 8)), (9, 1, ())],
)
def test_a_read_sees_what_is_durable_and_what_is_not(
    storage: Storage, first: int, count_max: int, expected: tuple[int, ...]
) -> None:
    storage.append(puts(4, 2, first=7))
    read = storage.read(index(first), count_max)
    assert tuple(int(entry.write.MID) for entry in read if entry.write is not None) == expected


def test_a_truncation_is_seen_at_once_and_durable_when_synced(factory: Factory, storage: Storage) -> None:
    storage.truncate(index(3))
    storage.append((put(5, "new"),))
    after = (*LOG[:3], put(5, "new"))
    assert entries_of(storage) == after
    assert (storage.last_index(), storage.term_at(index(4))) == (4, 5)
    storage.sync()
    _, parts = factory.start()
    assert joined(parts).entries == after


def test_of_what_was_appended_and_truncated_before_a_sync_only_the_outcome_is_kept(
    factory: Factory, storage: Storage
) -> None:
    storage.append(puts(4, 3, first=7))
    storage.truncate(index(8))
    storage.truncate(index(1))
    storage.append(puts(5, 2, first=2))
    storage.sync()
    _, parts = factory.start()
    assert joined(parts).entries == (LOG[0], *puts(5, 2, first=2))


def test_a_vote_is_kept_with_no_entry_at_all(factory: Factory) -> None:
    storage, _ = factory.start()
    storage.save_hard_state(Term(9), PEER)
    storage.sync()
    _, parts = factory.start()
    assert joined(parts) == Kept(term=Term(9), voted_for=PEER)


@pytest.mark.parametrize(("term", "vote"), [(2, PEER), (3, OTHER), (3, None)])
def test_terms_never_go_back_and_votes_never_change_for_the_next_process_too(
    factory: Factory, storage: Storage, term: int, vote: NodeId | None
) -> None:
    after, _ = factory.start()
    for each in (storage, after):
        with pytest.raises(AssertionError, match="only advances"):
            each.save_hard_state(Term(term), vote)


def test_a_disk_bears_the_same_name_in_every_process(factory: Factory) -> None:
    names = {part.disk for _ in range(3) for part in factory.start()[1] if isinstance(part, Restored)}
    assert len(names) == 1
    assert None not in names


def test_which_disks_others_have_is_kept(factory: Factory, storage: Storage) -> None:
    storage.save_disk(PEER, DiskId('a "disk"'))
    storage.sync()
    after, parts = factory.start()
    assert joined(parts).disks == ((PEER, 'a "disk"'),)
    after.save_disk(PEER, DiskId('a "disk"'))
    with pytest.raises(AssertionError, match="has one disk"):
        after.save_disk(PEER, DiskId("another"))


# --- snapshots ---------------------------------------------------------------------------------------------------

RECORDS = (("t/1", "1"), ("v/a", "1"), ("v/b", "2"), ("v/c", ""), ("v/c\0d", "\0 '"), ("v/é", "ü"), ("w/1", "[]"))


def test_a_snapshot_takes_the_place_of_the_entries_before_its_margin(factory: Factory, storage: Storage) -> None:
    storage.save_snapshot(index(5), RECORDS, index(4))
    for each in before_and_after(storage, factory):
        assert (each.first_index(), each.last_index(), each.snapshot_index()) == (4, 6, 5)
        assert entries_of(each) == LOG[3:]
        assert [each.term_at(index(number)) for number in (4, 5, 6)] == [3, 3, 3]
        assert records_of(each) == RECORDS


def before_and_after(storage: Storage, factory: Factory) -> Iterator[Storage]:
    """It as it is, not synced; then the same in the next process."""
    yield storage
    yield restarted(storage, factory)


def restarted(storage: Storage, factory: Factory) -> Storage:
    """The same, in the next process."""
    storage.sync()
    return factory.start()[0]


def test_what_a_process_begins_with_is_the_snapshot_then_the_entries_that_are_kept(
    factory: Factory, storage: Storage
) -> None:
    storage.save_snapshot(index(5), RECORDS, index(4))
    storage.sync()
    _, parts = factory.start()
    assert joined(parts) == Kept(
        term=Term(3),
        voted_for=PEER,
        first=index(4),
        entries=LOG[3:],
        snapshot=(index(5), Term(3)),
        records=RECORDS,
    )


def test_a_snapshot_without_records_is_told_too(factory: Factory, storage: Storage) -> None:
    storage.save_snapshot(index(2), (), index(1))
    storage.sync()
    _, parts = factory.start()
    assert joined(parts).snapshot == (2, 1)


def test_nothing_need_be_left_of_a_log_but_its_end(factory: Factory, storage: Storage) -> None:
    storage.save_snapshot(index(6), RECORDS, index(7))
    for each in before_and_after(storage, factory):
        assert (each.first_index(), each.last_index(), each.term_at(index(6))) == (7, 6, 3)
        assert entries_of(each) == ()
    storage, parts = factory.start()
    assert (joined(parts).first, joined(parts).entries) == (7, ())
    storage.append(puts(5, 1, first=7))
    assert [storage.term_at(index(number)) for number in (6, 7)] == [3, 5]
    assert entries_of(restarted(storage, factory)) == puts(5, 1, first=7)


def test_snapshots_are_changed_record_by_record(factory: Factory, storage: Storage) -> None:
    storage.save_snapshot(index(2), RECORDS, index(1))
    storage.sync()
    storage.save_snapshot(index(3), (("v/a", None), ("v/b", "3"), ("v/c\0d", None), ("v/d", "4")), index(2))
    after = (("t/1", "1"), ("v/b", "3"), ("v/c", ""), ("v/d", "4"), *RECORDS[5:])
    assert records_of(storage) == after
    assert records_of(restarted(storage, factory)) == after


def test_a_record_that_is_not_there_may_be_removed(factory: Factory, storage: Storage) -> None:
    """It may have come and gone while changes were held back."""
    storage.save_snapshot(index(2), (*RECORDS, ("v/new", None)), index(1))
    for each in before_and_after(storage, factory):
        assert records_of(each) == RECORDS


def test_of_several_snapshots_before_a_sync_only_the_outcome_is_kept(factory: Factory, storage: Storage) -> None:
    storage.save_snapshot(index(1), RECORDS[:3], index(1))
    storage.sync()
    storage.save_snapshot(index(2), (("v/a", None), ("v/new", "1"), ("v/old", "1")), index(2))
    storage.save_snapshot(index(3), (("v/b", None), ("v/new", None), ("v/old", "2")), index(3))
    storage.append(puts(4, 2, first=7))
    storage.save_snapshot(index(8), (("v/a", "again"),), index(8))
    after = (("t/1", "1"), ("v/a", "again"), ("v/old", "2"))
    for each in before_and_after(storage, factory):
        assert (each.first_index(), each.last_index(), each.snapshot_index()) == (8, 8, 8)
        assert entries_of(each) == puts(4, 1, first=8)
        assert records_of(each) == after


def test_an_installed_snapshot_takes_the_place_of_everything(factory: Factory, storage: Storage) -> None:
    storage.save_snapshot(index(2), RECORDS, index(1))
    storage.sync()
    storage.install_snapshot(index(40), Term(3), (("v/z", "26"), ("v/a", "27")))
    for each in before_and_after(storage, factory):
        assert (each.first_index(), each.last_index(), each.snapshot_index()) == (41, 40, 40)
        assert (each.term_at(index(40)), entries_of(each)) == (3, ())
        assert records_of(each) == (("v/a", "27"), ("v/z", "26"))
    storage, parts = factory.start()
    assert (joined(parts).term, joined(parts).voted_for) == (3, PEER)
    storage.append(puts(4, 2, first=41))
    assert entries_of(restarted(storage, factory)) == puts(4, 2, first=41)


def test_what_is_written_aside_is_nowhere_to_be_seen(factory: Factory, storage: Storage) -> None:
    storage.save_snapshot(index(2), RECORDS, index(1))
    storage.sync()
    storage.stage_records(0, (("v/a", "aside"), ("v/new", "aside")))
    for each in before_and_after(storage, factory):
        assert (each.snapshot_index(), records_of(each), entries_of(each)) == (2, tuple(sorted(RECORDS)), LOG)


@pytest.mark.parametrize("is_durable", [False, True])
@pytest.mark.parametrize(
    "aside",
    [
        ((0, ("v/a", "1"), ("v/b", "2")), (2, ("v/c", "3"))),
        ((0, ("v/a", "1")),),
        ((0, ("v/a", "another"), ("v/aa", "another"), ("v/z", "another")),),
        ((0, ("v/aa", "another")), (0, ("v/b", "2"))),
        ((0, ("v/a", "another")), (0,)),
        ((7, ("v/y", "none that began")),),
    ],
    ids=["all", "a part", "another one", "of two the second", "none", "the end of one"],
)
def test_a_snapshot_is_what_is_installed_whatever_was_written_aside(
    factory: Factory, storage: Storage, aside: tuple[tuple[int, *tuple[Record, ...]], ...], *, is_durable: bool
) -> None:
    storage.save_snapshot(index(2), RECORDS, index(1))
    for offset, *records in aside:
        storage.stage_records(offset, tuple(records))
        if is_durable:
            storage.sync()
    storage.install_snapshot(index(9), Term(3), (("v/a", "1"), ("v/b", "2"), ("v/c", "3")))
    storage.append(puts(4, 1, first=10))
    storage.save_snapshot(index(10), (("v/b", None), ("v/c", "4"), ("v/d", "5")), index(10))
    for each in before_and_after(storage, factory):
        assert records_of(each) == (("v/a", "1"), ("v/c", "4"), ("v/d", "5"))


def test_an_installed_snapshot_may_have_no_records(factory: Factory, storage: Storage) -> None:
    storage.save_snapshot(index(2), RECORDS, index(1))
    storage.sync()
    storage.install_snapshot(index(7), Term(3), ())
    for each in before_and_after(storage, factory):
        assert (each.snapshot_index(), records_of(each)) == (7, ())


def test_a_snapshot_may_be_installed_that_ends_within_a_log_that_is_another(factory: Factory, storage: Storage) -> None:
    storage.append(puts(3, 2, first=7))
    storage.install_snapshot(index(4), Term(2), RECORDS)
    storage.append(puts(4, 1, first=5))
    storage.save_snapshot(index(5), (("v/a", "5"), ("v/b", None)), index(5))
    for each in before_and_after(storage, factory):
        assert (each.first_index(), each.last_index(), each.snapshot_index()) == (5, 5, 5)
        assert entries_of(each) == puts(4, 1, first=5)
        assert records_of(each) == (("t/1", "1"), ("v/a", "5"), *RECORDS[3:])


@pytest.mark.parametrize("count", [1, 2, 5, 6, 7, 100])
def test_records_are_read_in_one_order_in_parts_of_any_size(factory: Factory, storage: Storage, count: int) -> None:
    storage.save_snapshot(index(2), RECORDS, index(1))
    storage.sync()
    storage.save_snapshot(index(3), (("v/b", None), ("v/aa", "1"), ("w/2", "[]"), ("v/c", "3")), index(1))
    for each in before_and_after(storage, factory):
        whole = each.read_snapshot(0, "", 100)
        assert sorted(whole) == list(records_of(each, count))
        for start, (name, _) in enumerate(whole, 1):
            assert each.read_snapshot(start, name, count) == whole[start : start + count]


def test_an_entry_that_was_dropped_cannot_be_read(storage: Storage) -> None:
    storage.save_snapshot(index(5), RECORDS, index(4))
    with pytest.raises(AssertionError, match="what was dropped cannot be read"):
        storage.read(index(3), 1)
    with pytest.raises(AssertionError, match="only entries that are there have terms"):
        storage.term_at(index(3))


@pytest.mark.parametrize(
    ("last_included", "first"),
    [(2, 3), (1, 3), (7, 3), (4, 2), (4, 6)],
    ids=["the same", "backwards", "behind the log", "entries come back", "more than the snapshot includes"],
)
def test_snapshots_move_forward_and_include_what_is_dropped(
    factory: Factory, storage: Storage, last_included: int, first: int
) -> None:
    storage.save_snapshot(index(2), RECORDS, index(3))
    for each in before_and_after(storage, factory):
        with pytest.raises(AssertionError, match=r"move forward|is included"):
            each.save_snapshot(index(last_included), (), index(first))
        with pytest.raises(AssertionError, match="move forward"):
            each.install_snapshot(index(2), Term(3), ())
        with pytest.raises(AssertionError, match="never truncated"):
            each.truncate(index(1))


# --- any operations, in any order --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(FACTORIES))
@given(operations=OPERATIONS)
@settings(max_examples=80, deadline=None)
def test_it_is_like_memory_that_forgets_what_was_not_synced(name: str, operations: list[tuple[str, int]]) -> None:
    with TemporaryDirectory(dir=IN_MEMORY) as directory:
        factory = FACTORIES[name](Path(directory))
        model = Model()
        storage, _ = factory.start()
        for number, (operation, size) in enumerate(operations):
            storage = done(operation, size, number, model, storage, factory)
            compare(storage, model)
        factory.end()


def done(operation: str, size: int, number: int, model: Model, storage: Storage, factory: Factory) -> Storage:
    """Do it to both; the storage to go on with."""
    if operation == "restart":
        after, parts = factory.start()
        assert joined(parts) == model.restart()
        return after
    do(operation, size, number, model, storage)
    return storage
