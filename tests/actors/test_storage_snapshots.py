"""The storage in memory: a snapshot that changes in place, drops entries, is replaced, read in parts and restored."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from actors.storage import MemoryStorage, SyncedMemoryStorage
from messages.consensus import Restored, RestoredChunk
from messages.ids import LogIndex, Term
from messages.snapshot import Change, Chunk, Record
from tests.actors.samples import index, puts

LOG = (*puts(1, 3), *puts(2, 3, first=4))
RECORDS: tuple[Record, ...] = (("v/a", "1"), ("v/b", "2"), ("v/c", "3"))


def storage_of(kind: type[MemoryStorage] = MemoryStorage) -> MemoryStorage:
    storage = kind()
    storage.append(LOG)
    storage.sync()
    return storage


@pytest.fixture
def storage() -> MemoryStorage:
    return storage_of()


def ends(storage: MemoryStorage) -> tuple[LogIndex, LogIndex, LogIndex]:
    return storage.first_index(), storage.snapshot_index(), storage.last_index()


def test_without_a_snapshot_there_is_none(storage: MemoryStorage) -> None:
    assert ends(storage) == (1, 0, 6)
    assert storage.read_snapshot(0, "", 10) == ()


def test_a_snapshot_drops_the_entries_before_the_first_that_is_kept(storage: MemoryStorage) -> None:
    storage.save_snapshot(index(4), RECORDS, index(3))
    assert ends(storage) == (3, 4, 6)
    assert storage.read(index(3), 10) == LOG[2:]
    assert [storage.term_at(index(number)) for number in range(3, 7)] == [1, 2, 2, 2]


def test_what_was_dropped_is_not_there(storage: MemoryStorage) -> None:
    storage.save_snapshot(index(4), RECORDS, index(3))
    with pytest.raises(AssertionError, match="cannot be read"):
        storage.read(index(2), 1)
    with pytest.raises(AssertionError, match="entries that are there"):
        storage.term_at(index(2))


def test_all_entries_that_a_snapshot_includes_may_be_dropped(storage: MemoryStorage) -> None:
    """The term of the last of them stays known."""
    storage.save_snapshot(index(6), RECORDS, index(7))
    assert ends(storage) == (7, 6, 6)
    assert storage.term_at(index(6)) == 2
    assert storage.read(index(7), 10) == ()
    storage.append(puts(3, 1, first=7))
    assert (storage.last_index(), storage.term_at(index(7))) == (7, 3)


def test_a_later_snapshot_changes_records_by_their_names(storage: MemoryStorage) -> None:
    changes: tuple[Change, ...] = (("v/b", None), ("v/d", "4"), ("v/a", "new"), ("v/never", None))
    storage.save_snapshot(index(2), RECORDS, index(1))
    storage.save_snapshot(index(4), changes, index(1))
    assert dict(storage.read_snapshot(0, "", 10)) == {"v/a": "new", "v/c": "3", "v/d": "4"}


def test_of_two_changes_of_one_record_the_later_one_counts(storage: MemoryStorage) -> None:
    storage.save_snapshot(index(2), (("w/1", "x"), ("w/1", None), ("w/2", None), ("w/2", "y")), index(1))
    assert storage.read_snapshot(0, "", 10) == (("w/2", "y"),)


@pytest.mark.parametrize(
    ("last", "first", "why"), [(2, 1, "forward"), (7, 1, "within"), (4, 1, "dropped"), (4, 6, "dropped")]
)
def test_snapshots_go_forward_within_the_log_and_nothing_else_is_dropped(
    storage: MemoryStorage, last: int, first: int, why: str
) -> None:
    storage.save_snapshot(index(2), RECORDS, index(2))
    with pytest.raises(AssertionError, match=why):
        storage.save_snapshot(index(last), (), index(first))


def test_what_the_snapshot_includes_is_never_truncated(storage: MemoryStorage) -> None:
    storage.save_snapshot(index(4), RECORDS, index(2))
    with pytest.raises(AssertionError, match="never truncated"):
        storage.truncate(index(3))
    storage.truncate(index(4))
    assert ends(storage) == (2, 4, 4)


@pytest.mark.parametrize("last", [5, 6, 100])
def test_a_leaders_snapshot_takes_the_place_of_snapshot_and_log(storage: MemoryStorage, last: int) -> None:
    storage.save_snapshot(index(4), (("v/mine", "x"),), index(2))
    storage.install_snapshot(index(last), Term(3), RECORDS)
    assert ends(storage) == (last + 1, last, last)
    assert storage.term_at(index(last)) == 3
    assert storage.read_snapshot(0, "", 10) == RECORDS
    storage.append(puts(3, 1, first=last + 1))
    assert storage.read(index(last + 1), 10) == puts(3, 1, first=last + 1)


def test_an_installed_snapshot_is_later_than_the_one_before(storage: MemoryStorage) -> None:
    storage.save_snapshot(index(4), RECORDS, index(2))
    with pytest.raises(AssertionError, match="forward"):
        storage.install_snapshot(index(4), Term(2), RECORDS)


@pytest.mark.parametrize(("offset", "after", "count", "expected"), [(0, "", 2, (0, 2)), (2, "v/b", 2, (2, 3))])
def test_a_snapshot_is_read_in_parts(
    storage: MemoryStorage, offset: int, after: str, count: int, expected: tuple[int, int]
) -> None:
    storage.save_snapshot(index(4), RECORDS, index(2))
    assert storage.read_snapshot(offset, after, count) == RECORDS[slice(*expected)]


def test_the_parts_of_a_later_snapshot_are_its_own(storage: MemoryStorage) -> None:
    storage.save_snapshot(index(2), RECORDS, index(1))
    storage.read_snapshot(0, "", 10)
    storage.save_snapshot(index(3), (("v/d", "4"),), index(1))
    assert dict(storage.read_snapshot(0, "", 10)) == dict((*RECORDS, ("v/d", "4")))
    storage.install_snapshot(index(9), Term(3), RECORDS[:1])
    assert storage.read_snapshot(0, "", 10) == RECORDS[:1]


def test_records_then_entries_are_restored() -> None:
    storage = MemoryStorage()
    for records, offset in ((RECORDS[:2], 0), (RECORDS[2:], 2)):
        chunk = Chunk(
            last_included_index=index(4), last_included_term=Term(2), offset=offset, records=records, done=offset > 0
        )
        storage.restore(RestoredChunk(chunk=chunk))
    for first in (3, 5):
        entries = LOG[first - 1 : first + 1]
        storage.restore(Restored(term=Term(7), voted_for=None, first=index(first), entries=entries))
    assert ends(storage) == (3, 4, 6)
    assert storage.read_snapshot(0, "", 10) == RECORDS
    assert storage.read(index(3), 10) == LOG[2:]


def test_a_snapshot_without_entries_behind_it_is_restored() -> None:
    storage = MemoryStorage()
    chunk = Chunk(last_included_index=index(4), last_included_term=Term(2), offset=0, records=RECORDS, done=True)
    storage.restore(RestoredChunk(chunk=chunk))
    storage.restore(Restored(term=Term(7), voted_for=None, first=index(5), entries=()))
    assert ends(storage) == (5, 4, 4)
    assert storage.term_at(index(4)) == 2


@pytest.mark.parametrize(
    "write",
    [
        lambda storage: storage.save_snapshot(index(2), RECORDS, index(1)),
        lambda storage: storage.install_snapshot(index(9), Term(2), RECORDS),
    ],
    ids=["save_snapshot", "install_snapshot"],
)
def test_a_snapshot_needs_to_be_synced_once(write: Callable[[MemoryStorage], None]) -> None:
    storage = storage_of(SyncedMemoryStorage)
    write(storage)
    assert storage.needs_sync()
    storage.sync()
    storage.read_snapshot(0, "", 10)
    assert not storage.needs_sync()
