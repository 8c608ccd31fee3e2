"""A leader's snapshot takes the place of the log store's own, and of its log, as a whole and durably (Raft §7)."""

from __future__ import annotations

import pytest

from actors.settings import Settings
from messages.ids import Term
from messages.snapshot import Chunk, Record
from tests.actors.log_store_stage import RECORDS, Store, accepted, appended, filled_store, saved
from tests.actors.samples import index, puts


@pytest.fixture
def store() -> Store:
    return filled_store()


def part(*records: Record, last: int = 30, offset: int = 0, done: bool = True) -> Chunk:
    """A part of a leader's snapshot."""
    return Chunk(last_included_index=index(last), last_included_term=Term(2), offset=offset, records=records, done=done)


def test_a_leaders_snapshot_takes_the_place_of_snapshot_and_log_with_its_last_part(store: Store) -> None:
    store.snapshot(10, ("v/mine", "x"))
    store.store(part(*RECORDS[:2], done=False))
    assert store.ends() == (8, 10, 20)
    store.store(part(*RECORDS[2:], offset=2))
    assert store.ends() == (31, 30, 30)
    assert store.image() == dict(RECORDS)
    (event,) = store.audit.events("snapshot.installed")
    assert (event["last_included"], event["records"]) == (30, 3)


def test_the_acknowledgement_of_a_snapshot_leaves_only_when_it_is_durable(store: Store) -> None:
    """Raft Figure 2: 'updated on stable storage before responding'."""
    store.store(part(*RECORDS))
    store.acknowledge(accepted(2, 30))
    assert store.said() == []
    assert store.flush() == [accepted(2, 30)]
    assert store.disk.done == ["stage_records", "install_snapshot", "sync"]


def test_a_part_that_is_not_the_last_needs_no_disk(store: Store) -> None:
    store.store(part(*RECORDS[:2], done=False))
    assert (store.notes.told, store.disk.done) == ([], [])


def staging_store() -> Store:
    """It writes records aside as soon as there are three."""
    store = filled_store(Settings(snapshot_entries=3, snapshot_margin=3))
    store.notes.take()
    return store


def test_records_are_written_aside_step_by_step_and_are_durable_soon() -> None:
    store = staging_store()
    many = tuple((f"v/{each:02}", str(each)) for each in range(9))
    for start in range(0, 8, 2):
        store.store(part(*many[start : start + 2], offset=start, done=False))
        store.flush()
    assert store.disk.staged == [(0, many[:4]), (4, many[4:8])]
    assert store.disk.done == ["stage_records", "sync"] * 2
    assert (store.ends(), store.image()) == ((1, 0, 20), {})
    store.store(part(*many[8:], offset=8))
    assert store.disk.staged[2:] == [(8, many[8:])]
    assert (store.ends(), store.image()) == ((31, 30, 30), dict(many))


def test_records_that_are_large_are_written_aside_sooner() -> None:
    """However many they are: a step is a transaction, and must not take long."""
    store = filled_store(Settings(snapshot_entries=100, snapshot_bytes=1000, snapshot_margin=3))
    store.notes.take()
    large = tuple((f"v/{each}", "x" * 400) for each in range(4))
    for start in range(3):
        store.store(part(large[start], offset=start, done=False))
    assert store.disk.staged == [(0, large[:3])]
    store.store(part(large[3], offset=3, done=False))
    assert store.disk.staged == [(0, large[:3])], "it begins to count anew"


def test_parts_of_a_snapshot_that_will_not_be_completed_are_dropped() -> None:
    store = staging_store()
    store.store(part(*RECORDS, done=False))
    store.flush()
    store.drop()
    assert store.disk.staged[1:] == [(0, ())]
    store.flush()
    assert store.disk.done[-2:] == ["stage_records", "sync"]
    store.store(part(("v/new", "1"), last=40))
    assert (store.ends(), store.image()) == ((41, 40, 40), {"v/new": "1"})


def test_a_snapshot_that_begins_anew_is_written_aside_from_its_beginning() -> None:
    store = staging_store()
    store.store(part(*RECORDS, done=False))
    store.store(part(("v/other", "x"), done=False))
    store.store(part(*RECORDS, last=40, done=False))
    assert store.disk.staged == [(0, RECORDS), (0, RECORDS)]


def test_the_next_snapshot_is_written_aside_from_its_beginning() -> None:
    store = staging_store()
    store.store(part(*RECORDS, done=False))
    store.store(part(("v/d", "4"), offset=3))
    store.store(part(("v/e", "5"), last=40))
    assert store.disk.staged == [(0, RECORDS), (3, (("v/d", "4"),)), (0, (("v/e", "5"),))]


def test_acknowledgements_wait_for_no_record_that_is_written_aside() -> None:
    """Nothing depends on it."""
    store = staging_store()
    store.disk.sync()
    store.store(part(*RECORDS, done=False))
    store.acknowledge(accepted(2, 20))
    assert store.said() == [accepted(2, 20)]


def test_a_snapshot_that_begins_anew_leaves_nothing_of_what_had_come(store: Store) -> None:
    store.store(part(("v/half", "x"), done=False))
    store.store(part(*RECORDS))
    assert store.image() == dict(RECORDS)


def test_parts_that_do_not_follow_one_another_are_a_defect(store: Store) -> None:
    store.store(part(RECORDS[0], done=False))
    with pytest.raises(AssertionError, match="come in order"):
        store.store(part(RECORDS[2], offset=2))


@pytest.mark.parametrize("last", [12, 29, 30])
def test_a_snapshot_of_the_state_machine_that_the_leaders_has_overtaken_is_nothing(store: Store, last: int) -> None:
    """It was taken before the state machine heard of the other one, and waited in the mailbox."""
    store.store(part(*RECORDS))
    store.snapshot(last, ("v/old", "x"))
    assert (store.ends(), store.image()) == ((31, 30, 30), dict(RECORDS))


def test_what_was_held_back_is_overtaken_too(store: Store) -> None:
    store.snapshot(10, ("v/mine", "x"))
    store.snapshot(11, ("v/mine", "y"), ("v/too", "z"))
    store.read(1, bytes_max=1)
    store.snapshot(12, ("v/old", "x"))
    store.store(part(*RECORDS))
    store.append(30, puts(2, 5, first=31))
    store.snapshot(33, ("v/new", "x"))
    assert (store.ends(), store.image()) == ((31, 33, 35), {**dict(RECORDS), "v/new": "x"})


def test_who_reads_while_the_snapshot_is_replaced_gets_the_new_one_from_its_beginning(store: Store) -> None:
    """This node led when it began to give it, and does not any more."""
    store.snapshot(10, *RECORDS)
    store.read(1, bytes_max=1)
    (first,) = store.given()
    store.store(part(("v/new", "1"), ("v/newer", "2")))
    store.read_on(first)
    assert [(given.last_included_index, given.records) for given in store.given()] == [(30, (("v/new", "1"),))]


def test_entries_go_on_behind_a_leaders_snapshot(store: Store) -> None:
    store.store(part(*RECORDS))
    store.save(3)
    store.append(30, puts(3, 1, first=31))
    assert store.flush() == [saved(3, None, 31, 3), appended(3, 31, 3)]


def test_a_report_behind_an_installed_snapshot_names_its_last_entry(store: Store) -> None:
    """A candidate, and a leader, learn from it how far their logs are durable."""
    store.store(part(*RECORDS))
    store.save(3)
    assert store.flush() == [saved(3, None, 30, 2)]


def test_a_record_that_comes_twice_is_installed_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """No leader sends it so; a storage may rely on names that differ."""
    installed: list[tuple[Record, ...]] = []
    monkeypatch.setattr(store.disk, "install_snapshot", lambda last, term, records: installed.append(records))
    store.store(part(("v/a", "old"), ("v/b", "2"), done=False))
    store.store(part(("v/a", "new"), offset=2))
    assert installed == [(("v/a", "new"), ("v/b", "2"))]
