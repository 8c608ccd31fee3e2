"""While peers read the snapshot, later ones are held back, but not for ever: patience with each and with all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.settings import Settings
from tests.actors.log_store_stage import RECORDS, SETTINGS, Store
from tests.actors.samples import OTHER, puts


def beginning(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Store:
    """A store that holds 5 snapshots with 10 entries back for all, 2 with 4 for who does not read."""
    for name, value in {
        "HELD_BACK_MAX": 5,
        "HELD_BACK_ENTRIES_MAX": 10,
        "PATIENCE": 2,
        "PATIENCE_ENTRIES": 4,
    }.items():
        monkeypatch.setattr(f"actors.snapshot_readers.{name}", value)
    store = Store(settings)
    store.append(0, puts(1, 60))
    store.snapshot(10, *RECORDS)
    store.read(1, bytes_max=1)
    return store


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Store:
    return beginning(monkeypatch, SETTINGS)


@pytest.fixture
def stepping(monkeypatch: pytest.MonkeyPatch) -> Store:
    """The same, and each snapshot that was held back is taken in by itself."""
    return beginning(monkeypatch, replace(SETTINGS, snapshot_entries=1))


def test_who_has_not_read_for_long_is_not_waited_for(impatient: Store) -> None:
    for last in (12, 14):
        impatient.snapshot(last, ("v/a", str(last)))
    assert impatient.disk.snapshot_index() == 10
    impatient.snapshot(16, ("v/a", "16"))
    assert (impatient.disk.snapshot_index(), impatient.image()["v/a"]) == (16, "16")


def test_many_small_snapshots_are_held_back_for_at_least_so_many_entries(impatient: Store) -> None:
    for last in (11, 12, 13, 14):
        impatient.snapshot(last)
    assert impatient.disk.snapshot_index() == 10
    impatient.snapshot(15)
    assert impatient.disk.snapshot_index() == 15


def test_who_reads_on_is_waited_for_longer(impatient: Store) -> None:
    (first,) = impatient.given()
    for last in (12, 14):
        impatient.snapshot(last)
    impatient.read_on(first)
    for last in (16, 18):
        impatient.snapshot(last)
    assert impatient.disk.snapshot_index() == 10


def test_nobody_is_waited_for_for_ever(impatient: Store) -> None:
    """The log would grow as long as anybody reads."""
    (part,) = impatient.given()
    for last in (12, 14, 16, 18, 20):
        impatient.snapshot(last)
        impatient.read(1, bytes_max=1)
    assert impatient.disk.snapshot_index() == 10
    impatient.snapshot(22)
    assert impatient.disk.snapshot_index() == 22
    impatient.given()
    impatient.read_on(part)
    assert [(anew.last_included_index, anew.offset) for anew in impatient.given()] == [(22, 0)]


def test_all_that_was_held_back_is_taken_in_behind_that_although_somebody_begins_to_read(
    stepping: Store,
) -> None:
    """Else the log would grow by as much again, each time."""
    for last in (12, 14, 16, 18, 20, 22):
        stepping.snapshot(last, ("v/a", str(last)), ("v/b", str(last)))
        stepping.read(1, bytes_max=1)
    for _ in range(6):
        stepping.flush()
        stepping.read(1, bytes_max=1)
    assert stepping.disk.snapshot_index() == 22


def test_notes_do_not_multiply_while_it_is(stepping: Store) -> None:
    """Each step gives its turn to what is in the mailbox by then, however much is written meanwhile."""
    for last in range(11, 19):
        stepping.snapshot(last, ("v/a", str(last)))
    (first,) = stepping.given()
    stepping.notes.take()
    stepping.read_on(first, bytes_max=1000)
    waiting: list[int] = []
    for number in range(6):
        stepping.append(60 + number, puts(1, 1, first=61 + number))
        waiting.append(len(stepping.notes.told))
        stepping.flush()
    assert max(waiting) <= 2


def test_of_two_readers_the_silent_one_is_not_waited_for(impatient: Store) -> None:
    for last in (12, 14, 16):
        impatient.read(1, bytes_max=1, peer=OTHER)
        impatient.snapshot(last)
    assert impatient.disk.snapshot_index() == 10, "the other one reads"
    (*_, part) = impatient.given(OTHER)
    impatient.read_on(part, bytes_max=1000, peer=OTHER)
    assert impatient.disk.snapshot_index() == 16, "the silent one is forgotten by now"


# --- entries behind a snapshot that was read ---


@pytest.fixture
def reader(impatient: Store) -> Store:
    """The same, and the reader was given the last part; the margin is 3."""
    (first,) = impatient.given()
    impatient.read_on(first, bytes_max=1000)
    return impatient


def test_what_a_reader_needs_behind_the_snapshot_is_kept_for_it(reader: Store) -> None:
    """Otherwise it would get one snapshot after another, as long as clients write fast."""
    for last in (15, 20):
        reader.snapshot(last)
    assert reader.ends() == (11, 20, 60)


def test_as_it_reads_on_less_is_kept(reader: Store) -> None:
    reader.snapshot(15)
    reader.read(14)
    reader.snapshot(20)
    assert reader.ends() == (14, 20, 60)


def test_what_is_under_way_to_it_is_kept_too(reader: Store) -> None:
    """One lost datagram, and it would get the whole snapshot again."""
    reader.read(14, needed=12)
    reader.snapshot(20)
    assert reader.ends() == (12, 20, 60)


def test_of_what_it_has_read_in_the_snapshot_nothing_is_kept(reader: Store) -> None:
    """A leader that begins anew does not know yet how far the log of a peer goes."""
    reader.read(14, needed=1)
    reader.snapshot(20)
    assert reader.ends() == (11, 20, 60)


def test_not_for_who_does_not_read_on_for_long(reader: Store) -> None:
    for last in (12, 14, 17):
        reader.snapshot(last)
    assert reader.ends() == (15, 17, 60)


def test_nor_for_who_reads_too_slowly(reader: Store) -> None:
    for last in (15, 20, 25):
        reader.read(11)
        reader.snapshot(last)
    assert reader.ends() == (23, 25, 60)


def test_who_has_read_no_snapshot_is_waited_for_as_far_as_the_margin_goes(reader: Store) -> None:
    reader.read(11, peer=OTHER)
    for last in (12, 14, 17):
        reader.snapshot(last)
    assert reader.ends() == (15, 17, 60)


def test_patience_with_who_reads_on_counts_from_what_was_held_back_by_then(reader: Store) -> None:
    """Not from the snapshot, which may be far behind while another one reads it."""
    reader.read(1, bytes_max=1, peer=OTHER)
    (first,) = reader.given(OTHER)
    reader.snapshot(16)
    reader.read(11)
    for last in (17, 18, 19):
        reader.read(1, bytes_max=1, peer=OTHER)
        reader.snapshot(last)
    assert reader.disk.snapshot_index() == 10, "the other one is waited for"
    reader.read_on(first, bytes_max=1000, peer=OTHER)
    reader.read(20, peer=OTHER)
    reader.snapshot(20)
    assert reader.ends() == (11, 20, 60)
