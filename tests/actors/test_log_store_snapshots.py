"""The log store's snapshot: it moves on, drops what lies behind, and stays one while it is read (Raft §7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.ports import DiskFullError
from actors.settings import Settings
from messages.codec import record_bytes
from messages.replicator import ChunkRead, EntriesRead
from tests.actors.log_store_stage import RECORDS, SETTINGS, Store, accepted, appended, filled_store
from tests.actors.samples import OTHER, PEER, puts


@pytest.fixture
def store() -> Store:
    return filled_store()


# --- keeping it up to date ---------------------------------------------------------------------------------------


def test_a_snapshot_is_saved_and_entries_are_dropped_to_the_margin(store: Store) -> None:
    store.snapshot(10, *RECORDS)
    assert store.ends() == (8, 10, 20)
    assert store.image() == dict(RECORDS)
    (event,) = store.audit.events("snapshot.saved")
    assert (event["last_included"], event["changes"], event["first"]) == (10, 3, 8)


def test_a_later_snapshot_is_made_of_what_has_changed(store: Store) -> None:
    store.snapshot(10, *RECORDS)
    store.snapshot(12, ("v/b", "new"), ("v/c", None), ("v/d", "4"))
    assert store.ends() == (10, 12, 20)
    assert store.image() == {"v/a": "1", "v/b": "new", "v/d": "4"}


@pytest.mark.parametrize(("margin", "first"), [(0, 11), (1, 10), (9, 2), (10, 1), (10_000, 1)])
def test_so_many_entries_as_the_margin_says_are_kept_of_those_that_are_included(margin: int, first: int) -> None:
    store = Store(Settings(snapshot_margin=margin))
    store.append(0, puts(1, 20))
    store.snapshot(10, *RECORDS)
    assert store.ends() == (first, 10, 20)


def test_what_was_written_before_a_snapshot_does_not_wait_for_it(store: Store) -> None:
    """It is a transaction of its own, which may take long."""
    store.append(20, puts(1, 1, first=21))
    store.snapshot(10, *RECORDS)
    assert store.said() == [appended(1, 21, 1)]
    assert store.disk.done == ["append", "sync", "save_snapshot", "sync"]


def test_what_comes_behind_a_snapshot_does_not_wait_for_the_next_step(store: Store) -> None:
    """Several steps were held back, while a peer read the snapshot."""
    store.snapshot(10, *RECORDS)
    store.read(1, bytes_max=1)
    for last in (11, 12, 13):
        store.snapshot(last, *((f"v/{last}{name}", str(last)) for name in range(200)))
    store.disk.done.clear()
    (first,) = store.given()
    store.read_on(first, bytes_max=1000)
    store.append(20, puts(1, 1, first=21))
    assert store.flush() == [appended(1, 21, 1)]
    assert store.disk.done == ["save_snapshot", "sync", "append", "sync", "save_snapshot", "sync"]


def test_while_there_is_no_room_the_snapshot_moves_on_and_is_durable_when_there_is(store: Store) -> None:
    """Perhaps nothing more is written, and nobody would tell it to."""
    store.append(20, puts(1, 1, first=21))
    store.disk.error = DiskFullError()
    store.snapshot(10, *RECORDS)
    assert (store.said(), store.ends()) == ([], (8, 10, 21))
    store.disk.error = None
    assert store.flush() == [appended(1, 21, 1)]
    assert store.disk.done[-1] == "sync"


def test_a_snapshot_that_waits_delays_no_acknowledgement(store: Store) -> None:
    """What is acknowledged is durable already, with or without it."""
    store.disk.done.append("sync")
    store.snapshot(10, *RECORDS)
    store.acknowledge(accepted(1, 20))
    assert store.said() == [accepted(1, 20)]


def test_entries_of_the_margin_are_still_read_and_older_ones_give_way_to_the_snapshot(store: Store) -> None:
    store.snapshot(10, *RECORDS)
    store.read(8)
    store.read(7, peer=OTHER)
    (read,) = store.replicators[PEER].only(EntriesRead)
    assert (read.first, read.entries) == (8, puts(1, 13, first=8))
    (given,) = store.replicators[OTHER].only(ChunkRead)
    assert (given.term, given.chunk.offset, given.chunk.last_included_index) == (9, 0, 10)
    assert given.chunk.records == RECORDS


# --- giving it ---------------------------------------------------------------------------------------------------


def test_a_snapshot_is_given_in_parts_that_follow_one_another(store: Store) -> None:
    store.snapshot(10, *RECORDS)
    store.read(1, bytes_max=record_bytes(RECORDS[0]) + record_bytes(RECORDS[1]))
    (first,) = store.given()
    assert (first.records, first.offset, first.done) == (RECORDS[:2], 0, False)
    assert (first.last_included_index, first.last_included_term) == (10, 1)
    store.read_on(first)
    (second,) = store.given()
    assert (second.records, second.offset, second.done) == (RECORDS[2:], 2, True)


@pytest.mark.parametrize("count", [31, 32, 33, 64, 100])
def test_however_many_records_there_are_the_last_part_is_known_to_be_the_last(count: int) -> None:
    """Also where the storage's pages end with it."""
    store = Store()
    store.append(0, puts(1, 20))
    records = tuple((f"v/{number:03}", "x") for number in range(count))
    store.snapshot(10, *records)
    store.read(1)
    parts = store.given()
    while not parts[-1].done:
        store.read_on(parts[-1], bytes_max=1 if len(parts) % 7 else 300)
        parts += store.given()
    assert tuple(record for part in parts for record in part.records) == records
    assert all(part.records for part in parts)
    assert [part.offset for part in parts] == [sum(len(each.records) for each in parts[:n]) for n in range(len(parts))]


def test_a_part_holds_one_record_at_least_however_large_it_is(store: Store) -> None:
    store.snapshot(10, ("v/0 large", "x" * 50_000), *RECORDS)
    store.read(1, bytes_max=100)
    assert [part.records for part in store.given()] == [(("v/0 large", "x" * 50_000),)]


@pytest.mark.parametrize(("spare_bytes", "count"), [(-1, 1), (0, 2), (1, 2)])
def test_a_part_is_bounded_by_bytes(store: Store, spare_bytes: int, count: int) -> None:
    store.snapshot(10, *RECORDS)
    store.read(1, bytes_max=record_bytes(RECORDS[0]) + record_bytes(RECORDS[1]) + spare_bytes)
    assert [len(part.records) for part in store.given()] == [count]


def test_while_a_peer_reads_the_snapshot_it_stays_the_same(store: Store) -> None:
    store.snapshot(10, *RECORDS)
    store.read(1, bytes_max=1)
    (first,) = store.given()
    store.snapshot(12, ("v/b", "new"), ("v/c", None))
    assert store.ends() == (8, 10, 20)
    assert [event["last_included"] for event in store.audit.events("snapshot.held_back")] == [12]
    store.read_on(first)
    assert [part.records for part in store.given()] == [(("v/b", "2"),)]


def test_much_that_was_held_back_is_taken_in_step_by_step_so_that_no_transaction_takes_long() -> None:
    store = filled_store(replace(SETTINGS, snapshot_entries=2))
    store.snapshot(10, *RECORDS)
    store.read(1, bytes_max=1)
    store.snapshot(12, ("v/b", "new"))
    store.snapshot(13, ("v/b", "newer"))
    store.snapshot(14, ("v/d", "4"))
    store.snapshot(15, ("v/c", "3"))
    store.snapshot(16, ("v/e", "5"), ("v/f", "6"), ("v/g", "7"))
    (first,) = store.given()
    store.read_on(first, bytes_max=1000)
    seen = [store.disk.snapshot_index()]
    while seen[-1] < 16:
        store.flush()
        seen.append(store.disk.snapshot_index())
    assert seen == [14, 15, 16]
    assert store.image() == {"v/a": "1", "v/b": "newer", "v/c": "3", "v/d": "4", "v/e": "5", "v/f": "6", "v/g": "7"}
    assert store.notes.told == []


def test_no_step_is_large_either() -> None:
    store = filled_store(replace(SETTINGS, snapshot_entries=10, snapshot_bytes=1000))
    store.snapshot(10, *RECORDS)
    store.read(1, bytes_max=1)
    for last in (12, 13, 14):
        store.snapshot(last, (f"v/{last}", "x" * 400))
    (first,) = store.given()
    store.read_on(first, bytes_max=1000)
    assert store.disk.snapshot_index() == 13
    store.flush()
    assert store.disk.snapshot_index() == 14


def test_between_two_steps_another_may_begin_to_read() -> None:
    store = filled_store(replace(SETTINGS, snapshot_entries=1))
    store.snapshot(10, *RECORDS)
    store.read(1, bytes_max=1)
    store.snapshot(12, ("v/b", "new"))
    store.snapshot(15, ("v/d", "4"))
    (first,) = store.given()
    store.read_on(first, bytes_max=1000)
    store.read(1, bytes_max=1, peer=OTHER)
    (part,) = store.given(OTHER)
    store.flush()
    assert (part.last_included_index, store.disk.snapshot_index(), store.notes.told) == (12, 12, [])
    store.read_on(part, bytes_max=1000, peer=OTHER)
    assert dict([*part.records, *store.given(OTHER)[0].records])["v/b"] == "new"
    assert store.disk.snapshot_index() == 15


def test_what_was_held_back_is_merged_and_saved_when_the_last_reader_has_the_last_part(store: Store) -> None:
    store.snapshot(10, *RECORDS)
    for peer in (PEER, OTHER):
        store.read(1, bytes_max=1, peer=peer)
    store.snapshot(12, ("v/b", "new"), ("v/c", None), ("v/d", "4"))
    store.snapshot(15, ("v/b", "newer"), ("v/d", None), ("v/c", "again"))
    for peer, others_are_done in ((PEER, False), (OTHER, True)):
        (first,) = store.given(peer)
        store.read_on(first, bytes_max=1000, peer=peer)
        assert [part.done for part in store.given(peer)] == [True]
        assert store.disk.snapshot_index() == (15 if others_are_done else 10)
    assert store.ends() == (11, 15, 20), "what the readers need next is kept"
    assert store.image() == {"v/a": "1", "v/b": "newer", "v/c": "again"}
    assert store.disk.done.count("save_snapshot") == 2


def test_the_last_part_is_of_the_snapshot_that_was_read_and_not_of_the_one_that_it_lets_go(store: Store) -> None:
    store.snapshot(10, *RECORDS)
    store.read(1, bytes_max=1)
    (first,) = store.given()
    store.snapshot(12, ("v/a", "new"))
    store.read_on(first, bytes_max=1000)
    (last,) = store.given()
    assert (last.last_included_index, last.records, last.done) == (10, RECORDS[1:], True)


def test_who_asks_for_more_of_a_snapshot_that_has_moved_on_gets_the_first_part_of_the_new_one(store: Store) -> None:
    store.snapshot(10, *RECORDS)
    store.read(1, bytes_max=1)
    (first,) = store.given()
    store.read(1, bytes_max=1000)
    store.snapshot(12, ("v/d", "4"))
    store.read_on(first, bytes_max=1000)
    _, anew = store.given()
    assert (anew.last_included_index, anew.offset, dict(anew.records)) == (12, 0, {**dict(RECORDS), "v/d": "4"})


def test_who_begins_anew_gets_the_first_part_again(store: Store) -> None:
    store.snapshot(10, *RECORDS)
    store.read(1, bytes_max=1)
    store.read(1, bytes_max=1)
    first, again = store.given()
    assert first == again
