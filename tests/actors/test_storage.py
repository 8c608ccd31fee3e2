"""The storage in memory keeps what the port says, and refuses what Raft never does."""

from collections.abc import Callable

import pytest

from actors.storage import MemoryStorage, SyncedMemoryStorage
from messages.ids import NodeId, Term
from tests.actors.samples import OTHER, PEER, index, puts

LOG = (*puts(1, 2), *puts(3, 2, first=3))


@pytest.fixture
def storage() -> MemoryStorage:
    storage = MemoryStorage()
    storage.append(LOG)
    return storage


def test_an_empty_log_ends_at_index_0_in_term_0() -> None:
    storage = MemoryStorage()
    assert storage.last_index() == 0
    assert storage.term_at(index(0)) == 0
    assert storage.read(index(1), 10) == ()


def test_entries_are_kept_in_order_from_index_1_on(storage: MemoryStorage) -> None:
    assert storage.last_index() == 4
    assert [storage.term_at(index(number)) for number in range(5)] == [0, 1, 1, 3, 3]
    assert storage.read(index(1), 10) == LOG


@pytest.mark.parametrize(
    ("first", "count_max", "expected"), [(1, 1, LOG[:1]), (2, 2, LOG[1:3]), (4, 5, LOG[3:]), (5, 5, ()), (2, 0, ())]
)
def test_a_read_gives_a_bounded_run_from_its_first_index_on(
    storage: MemoryStorage, first: int, count_max: int, expected: object
) -> None:
    assert storage.read(index(first), count_max) == expected


def test_truncating_drops_all_behind_an_index_and_others_take_their_place(storage: MemoryStorage) -> None:
    storage.truncate(index(1))
    storage.append(puts(5, 1, first=2))
    assert storage.read(index(1), 10) == (LOG[0], *puts(5, 1, first=2))
    storage.truncate(index(0))
    assert storage.last_index() == 0


def test_a_vote_may_be_given_in_a_term_that_had_none_and_be_saved_twice() -> None:
    storage = MemoryStorage()
    storage.save_hard_state(Term(1), None)
    storage.save_hard_state(Term(1), PEER)
    storage.save_hard_state(Term(1), PEER)
    storage.save_hard_state(Term(2), None)


@pytest.mark.parametrize(("term", "vote"), [(1, PEER), (2, OTHER), (2, None)])
def test_terms_never_go_back_and_votes_never_change(term: int, vote: NodeId | None) -> None:
    storage = MemoryStorage()
    storage.save_hard_state(Term(2), PEER)
    with pytest.raises(AssertionError, match="only advances"):
        storage.save_hard_state(Term(term), vote)


def test_memory_never_needs_to_be_synced(storage: MemoryStorage) -> None:
    storage.save_hard_state(Term(1), PEER)
    assert not storage.needs_sync()


# --- a storage that must be told to sync -------------------------------------------------------------------------


@pytest.fixture
def synced() -> SyncedMemoryStorage:
    storage = SyncedMemoryStorage()
    storage.append(LOG)
    storage.sync()
    return storage


def test_a_storage_to_which_nothing_was_written_need_not_be_synced() -> None:
    assert not SyncedMemoryStorage().needs_sync()


@pytest.mark.parametrize(
    "write",
    [
        lambda storage: storage.append(puts(3, 1, first=5)),
        lambda storage: storage.truncate(index(1)),
        lambda storage: storage.save_hard_state(Term(3), PEER),
    ],
    ids=["append", "truncate", "save_hard_state"],
)
def test_whatever_is_written_needs_to_be_synced_once(
    synced: SyncedMemoryStorage, write: Callable[[SyncedMemoryStorage], None]
) -> None:
    assert not synced.needs_sync()
    write(synced)
    assert synced.needs_sync()
    synced.sync()
    assert not synced.needs_sync()


def test_reading_needs_no_sync(synced: SyncedMemoryStorage) -> None:
    assert synced.read(index(1), 10) == LOG
    assert (synced.last_index(), synced.term_at(index(4))) == (4, 3)
    assert not synced.needs_sync()


def test_what_is_not_synced_can_be_read_all_the_same() -> None:
    storage = SyncedMemoryStorage()
    storage.append(LOG)
    storage.truncate(index(3))
    assert storage.read(index(1), 10) == LOG[:3]


def test_a_synced_storage_refuses_what_raft_never_does_too(synced: SyncedMemoryStorage) -> None:
    synced.save_hard_state(Term(2), PEER)
    with pytest.raises(AssertionError, match="only advances"):
        synced.save_hard_state(Term(2), OTHER)
