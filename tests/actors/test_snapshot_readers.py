"""Who reads the snapshot, and who has read it and needs what comes behind: how long each is waited for (Raft §7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.snapshot_readers import (
    HELD_BACK_ENTRIES_MAX,
    HELD_BACK_MAX,
    PATIENCE,
    PATIENCE_ENTRIES,
    SnapshotReaders,
)
from tests.actors.samples import OTHER, PEER, index

EACH = PATIENCE_ENTRIES
"""Snapshots are so far apart here that it is their number which makes impatient."""


@pytest.fixture
def readers() -> SnapshotReaders:
    return SnapshotReaders(index(0))


def told(readers: SnapshotReaders, count: int, *, each: int = EACH, since: int = 0) -> int:
    """The state machine tells of so many snapshots, `each` entries apart; the index of the last one."""
    for number in range(1, count + 1):
        readers.told_of(index(since + number * each))
    return since + count * each


def reading_on(readers: SnapshotReaders, *, last_included: int = 100) -> SnapshotReaders:
    """The peer was given all of a snapshot up to `last_included`."""
    readers.reads(PEER, index(last_included))
    readers.has_read(PEER, index(last_included), index(last_included))
    return readers


def keeps(readers: SnapshotReaders, first: int = 10**9) -> int:
    """From where on entries are kept, where none before `first` would be."""
    return readers.kept_from(index(first))


def test_nobody_is_waited_for_who_does_not_read(readers: SnapshotReaders) -> None:
    assert not readers.are_waited_for
    assert keeps(readers, 7) == 7


def test_who_reads_is_waited_for_until_the_last_part(readers: SnapshotReaders) -> None:
    readers.reads(PEER, index(100))
    assert readers.are_waited_for
    readers.has_read(PEER, index(100), index(130))
    assert not readers.are_waited_for


def test_all_readers_are_waited_for(readers: SnapshotReaders) -> None:
    for peer in (PEER, OTHER):
        readers.reads(peer, index(100))
    readers.has_read(PEER, index(100), index(100))
    assert readers.are_waited_for, "the other one reads"


@pytest.mark.parametrize(("count", "waited"), [(PATIENCE, True), (PATIENCE + 1, False)])
def test_who_is_silent_for_so_many_snapshots_is_let_go(readers: SnapshotReaders, count: int, waited: bool) -> None:
    readers.reads(PEER, index(0))
    told(readers, count)
    assert readers.are_waited_for == waited


@pytest.mark.parametrize(("entries", "waited"), [(PATIENCE_ENTRIES, True), (PATIENCE_ENTRIES + 1, False)])
def test_but_only_for_so_many_entries(readers: SnapshotReaders, entries: int, waited: bool) -> None:
    """Snapshots may be taken after each entry."""
    readers.reads(PEER, index(500))
    told(readers, entries, each=1, since=500)
    assert readers.are_waited_for == waited


def test_reading_begins_the_patience_anew(readers: SnapshotReaders) -> None:
    last = 0
    for _ in range(3):
        readers.reads(PEER, index(last))
        last = told(readers, PATIENCE, since=last)
    assert readers.are_waited_for


@pytest.mark.parametrize(("count", "waited"), [(HELD_BACK_MAX, True), (HELD_BACK_MAX + 1, False)])
def test_nobody_is_waited_for_for_ever(readers: SnapshotReaders, count: int, waited: bool) -> None:
    """However diligently it reads: the log grows as long as the snapshot stays as it is."""
    for number in range(1, count + 1):
        readers.reads(PEER, index((number - 1) * EACH))
        readers.told_of(index(number * EACH))
    assert readers.are_waited_for == waited


def test_a_snapshot_that_has_moved_on_is_waited_for_as_long_as_any(readers: SnapshotReaders) -> None:
    last = told(readers, HELD_BACK_MAX)
    readers.is_up_to_date(index(last))
    readers.reads(PEER, index(last))
    readers.told_of(index(last + HELD_BACK_ENTRIES_MAX + 1))
    assert readers.are_waited_for


# --- behind a snapshot that was read ---


def test_what_comes_behind_the_snapshot_is_kept_for_who_has_read_it(readers: SnapshotReaders) -> None:
    assert keeps(reading_on(readers)) == 101


def test_what_is_kept_anyway_stays(readers: SnapshotReaders) -> None:
    """The margin may reach further back than what anybody needs."""
    assert keeps(reading_on(readers), 42) == 42


def test_as_it_reads_on_less_is_kept_for_it(readers: SnapshotReaders) -> None:
    reading_on(readers).reads_on(PEER, index(150), index(200))
    assert keeps(readers) == 150


def test_what_it_is_known_to_have_is_not_kept_again(readers: SnapshotReaders) -> None:
    """A leader that begins anew does not know it any more."""
    reading_on(readers).reads_on(PEER, index(150), index(200))
    readers.reads_on(PEER, index(101), index(200))
    assert keeps(readers) == 150


def test_who_has_read_no_snapshot_has_nothing_kept_for_it(readers: SnapshotReaders) -> None:
    """The margin is for those."""
    reading_on(readers).reads_on(OTHER, index(5), index(200))
    assert keeps(readers) == 101


def test_the_one_that_needs_most_decides(readers: SnapshotReaders) -> None:
    reading_on(readers).has_read(OTHER, index(70), index(200))
    assert keeps(readers) == 71


def test_who_begins_to_read_again_needs_no_entries(readers: SnapshotReaders) -> None:
    reading_on(readers).reads(PEER, index(300))
    assert keeps(readers) == 10**9


@pytest.mark.parametrize(("count", "kept"), [(PATIENCE, 101), (PATIENCE + 1, 10**9)])
def test_nothing_is_kept_for_who_does_not_read_on_for_long(readers: SnapshotReaders, count: int, kept: int) -> None:
    reading_on(readers)
    told(readers, count, each=PATIENCE_ENTRIES // PATIENCE + 1, since=100)
    assert keeps(readers) == kept


def test_reading_on_begins_the_patience_anew(readers: SnapshotReaders) -> None:
    reading_on(readers)
    last = 100
    for _ in range(3):
        last = told(readers, PATIENCE, each=100, since=last)
        readers.reads_on(PEER, index(101), index(last))
    assert keeps(readers) == 101


@pytest.mark.parametrize(("behind", "kept"), [(HELD_BACK_ENTRIES_MAX, 101), (HELD_BACK_ENTRIES_MAX + 1, 10**9)])
def test_nor_for_who_is_too_far_behind_however_diligently_it_reads(
    readers: SnapshotReaders, behind: int, kept: int
) -> None:
    reading_on(readers).told_of(index(101 + behind))
    assert keeps(readers) == kept


def test_a_snapshot_that_moves_on_takes_nothing_from_who_reads_on(readers: SnapshotReaders) -> None:
    reading_on(readers).is_up_to_date(index(5000))
    assert keeps(readers) == 101


def test_a_leaders_snapshot_takes_all_of_it_away(readers: SnapshotReaders) -> None:
    reading_on(readers).reads(OTHER, index(100))
    readers.begin_anew(index(900))
    assert not readers.are_waited_for
    assert keeps(readers) == 10**9


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(1, 9)), max_size=40), st.integers(0, 500))
def test_no_more_is_dropped_for_anybody(steps: list[tuple[int, bool, int]], first: int) -> None:
    """Whatever they do, entries are kept that would be kept without them."""
    readers, last = SnapshotReaders(index(0)), 100
    for kind, is_other, entries in steps:
        peer = OTHER if is_other else PEER
        last += entries
        match kind:
            case 0:
                readers.reads(peer, index(last))
            case 1:
                readers.has_read(peer, index(last), index(last))
            case 2:
                readers.reads_on(peer, index(last), index(last))
            case 3:
                readers.told_of(index(last))
            case _:
                readers.is_up_to_date(index(last))
        assert readers.kept_from(index(first)) <= first
