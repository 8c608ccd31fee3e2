"""Every durable storage keeps what was synced, forgets what was not, and shows both meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.ports import Storage
from messages.consensus import Restored
from messages.ids import DiskId, NodeId, Term
from tests.actors.samples import ME, OTHER, PEER, index, put, puts
from tests.storage.contract import FACTORIES, NOTHING, Factory, Model, entries_of, joined
from tests.storage.places import IN_MEMORY

LOG = (*puts(1, 2), *puts(3, 4, first=3))
WRITES = {
    "save_hard_state": lambda storage: storage.save_hard_state(Term(4), OTHER),
    "save_disk": lambda storage: storage.save_disk(PEER, DiskId("a disk")),
    "append": lambda storage: storage.append(puts(4, 1, first=7)),
    "append nothing": lambda storage: storage.append(()),
    "truncate": lambda storage: storage.truncate(index(2)),
    "truncate nothing": lambda storage: storage.truncate(index(6)),
}


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
    assert not storage.needs_sync()


@pytest.mark.usefixtures("storage")
def test_what_was_synced_is_what_the_next_process_finds(factory: Factory) -> None:
    storage, parts = factory.start()
    assert joined(parts) == Restored(term=Term(3), voted_for=PEER, entries=LOG)
    assert entries_of(storage) == LOG
    assert [storage.term_at(index(number)) for number in range(7)] == [0, 1, 1, 3, 3, 3, 3]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_what_was_not_synced_is_gone(factory: Factory, storage: Storage, write: Callable[[Storage], None]) -> None:
    write(storage)
    _, parts = factory.start()
    assert joined(parts) == Restored(term=Term(3), voted_for=PEER, entries=LOG)


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
    assert joined(parts) == Restored(term=Term(9), voted_for=PEER, entries=())


@pytest.mark.parametrize(("term", "vote"), [(2, PEER), (3, OTHER), (3, None)])
def test_terms_never_go_back_and_votes_never_change_for_the_next_process_too(
    factory: Factory, storage: Storage, term: int, vote: NodeId | None
) -> None:
    after, _ = factory.start()
    for each in (storage, after):
        with pytest.raises(AssertionError, match="only advances"):
            each.save_hard_state(Term(term), vote)


def test_a_disk_bears_the_same_name_in_every_process(factory: Factory) -> None:
    names = {part.disk for _ in range(3) for part in factory.start()[1]}
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


# --- any operations, in any order --------------------------------------------------------------------------------

OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("vote"), st.integers(0, 2)),
        st.tuples(st.just("disk"), st.integers(0, 2)),
        st.tuples(st.just("append"), st.integers(0, 7)),
        st.tuples(st.just("truncate"), st.integers(0, 9)),
        st.tuples(st.sampled_from(("sync", "restart")), st.just(0)),
    ),
    max_size=30,
)


@pytest.mark.parametrize("name", sorted(FACTORIES))
@given(operations=OPERATIONS)
@settings(max_examples=40, deadline=None)
def test_it_is_like_memory_that_forgets_what_was_not_synced(name: str, operations: list[tuple[str, int]]) -> None:
    with TemporaryDirectory(dir=IN_MEMORY) as directory:
        factory = FACTORIES[name](Path(directory))
        model = Model()
        storage, _ = factory.start()
        for number, (operation, size) in enumerate(operations):
            storage = done(operation, size, number, model, storage, factory)
            assert entries_of(storage) == entries_of(model)
            assert storage.needs_sync() == model.needs_sync()
            for each in range(storage.last_index() + 1):
                assert storage.term_at(index(each)) == model.term_at(index(each))
        factory.end()


def done(operation: str, size: int, number: int, model: Model, storage: Storage, factory: Factory) -> Storage:
    """Do it to both; the storage to go on with."""
    if operation == "restart":
        after, parts = factory.start()
        assert joined(parts) == model.restart()
        return after
    term = model.term
    for each in (model, storage):
        do(operation, size, number, term, each)
    return storage


def do(operation: str, size: int, number: int, term: int, storage: Storage) -> None:
    match operation:
        case "vote":
            storage.save_hard_state(Term(term + 1), (None, PEER, OTHER)[size])
        case "disk":
            storage.save_disk((ME, PEER, OTHER)[size], DiskId(f"disk {size}"))
        case "append":
            storage.append(tuple(put(term + size % 2, f"{number}.{each}", key="é\0'") for each in range(size)))
        case "truncate":
            storage.truncate(index(max(storage.last_index() - size, 0)))
        case _:
            storage.sync()
