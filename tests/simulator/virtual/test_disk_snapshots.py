"""A simulated disk keeps snapshots, and drops what they include: all of it as one transaction, or nothing."""

from __future__ import annotations

from typing import Final

import pytest

from messages.consensus import Restored, RestoredChunk
from messages.entry import Entry
from messages.ids import LogIndex, Term
from messages.snapshot import Record
from simulator.virtual.disk import Disk
from simulator.virtual.storage import DiskStorage, WatchedStorage
from tests.actors.probes import of_kind
from tests.actors.samples import index, puts
from tests.simulator.virtual.stage import FIRST
from tests.simulator.virtual.watch_stage import Scene

LOG: Final = (*puts(1, 6), *puts(3, 4, first=7))
RECORDS: Final[tuple[Record, ...]] = tuple((f"v/{number:03}", "x") for number in range(120))


def with_log() -> tuple[Disk, DiskStorage]:
    """A disk that holds ten entries, and the storage on it."""
    disk = Disk()
    storage = DiskStorage(disk)
    storage.save_hard_state(Term(3), FIRST)
    storage.append(LOG)
    storage.sync()
    return disk, storage


def with_snapshot() -> tuple[Disk, DiskStorage]:
    """The same with a snapshot up to 8, and the entries from 7 on."""
    disk, storage = with_log()
    storage.save_snapshot(index(8), RECORDS, index(7))
    storage.sync()
    return disk, storage


def held(disk: Disk) -> tuple[int, int, tuple[Entry, ...], dict[str, str]]:
    """What a process that begins finds: the snapshot's index, the first entry's, the entries, and the records."""
    storage = DiskStorage(disk)
    first = storage.first_index()
    records = dict(storage.read_snapshot(0, "", 1000))
    return storage.snapshot_index(), first, storage.read(first, 1000), records


def test_a_snapshot_comes_back_in_several_parts_before_the_log() -> None:
    disk, _ = with_snapshot()
    parts = disk.restored()
    chunks = [part.chunk for part in of_kind(parts, RestoredChunk)]
    assert [type(part) for part in parts] == [RestoredChunk] * 3 + [Restored]
    assert [(chunk.offset, len(chunk.records), chunk.done) for chunk in chunks] == [
        (0, 50, False),
        (50, 50, False),
        (100, 20, True),
    ]
    assert {(chunk.last_included_index, chunk.last_included_term) for chunk in chunks} == {(8, 3)}
    (log,) = of_kind(parts, Restored)
    assert (log.first, log.entries) == (7, LOG[6:])


def test_an_empty_snapshot_comes_back_in_one_part() -> None:
    disk, storage = with_log()
    storage.save_snapshot(index(4), (), index(5))
    storage.sync()
    chunks = [part.chunk for part in of_kind(disk.restored(), RestoredChunk)]
    assert [(chunk.records, chunk.done) for chunk in chunks] == [((), True)]


def test_each_part_of_a_log_says_where_it_begins() -> None:
    disk = Disk()
    storage = DiskStorage(disk)
    storage.append(puts(1, 120))
    storage.save_snapshot(index(10), (), index(9))
    storage.sync()
    assert [part.first for part in of_kind(disk.restored(), Restored)] == [9, 59, 109]


def test_a_snapshot_is_changed_record_by_record() -> None:
    disk, storage = with_snapshot()
    storage.save_snapshot(index(9), (("v/000", None), ("v/001", "y"), ("v/never", None), ("v/new", "z")), index(9))
    storage.sync()
    snapshot, first, entries, records = held(disk)
    assert (snapshot, first, entries) == (9, 9, LOG[8:])
    assert records == {**dict(RECORDS[2:]), "v/001": "y", "v/new": "z"}


def test_a_log_may_be_dropped_as_a_whole() -> None:
    disk, storage = with_log()
    storage.save_snapshot(index(10), RECORDS[:1], index(11))
    storage.sync()
    assert held(disk) == (10, 11, (), dict(RECORDS[:1]))
    storage.append(puts(3, 1, first=11))
    storage.sync()
    assert held(disk)[2] == puts(3, 1, first=11)


def test_an_installed_snapshot_takes_the_place_of_all_that_was_there() -> None:
    disk, storage = with_snapshot()
    storage.install_snapshot(index(40), Term(5), (("v/other", "1"),))
    storage.append(puts(5, 2, first=41))
    storage.sync()
    assert held(disk) == (40, 41, puts(5, 2, first=41), {"v/other": "1"})
    assert DiskStorage(disk).term_at(index(40)) == 5


def test_what_follows_an_installed_snapshot_may_be_truncated_in_the_same_transaction() -> None:
    disk, storage = with_snapshot()
    storage.install_snapshot(index(40), Term(5), ())
    storage.append(puts(5, 2, first=41))
    storage.truncate(index(41))
    storage.sync()
    assert held(disk)[1:3] == (41, puts(5, 1, first=41))


def test_an_installed_snapshot_may_be_changed_in_the_same_transaction() -> None:
    disk, storage = with_snapshot()
    storage.install_snapshot(index(40), Term(5), (("v/a", "1"), ("v/b", "1")))
    storage.append(puts(5, 2, first=41))
    storage.save_snapshot(index(41), (("v/a", None), ("v/c", "2")), index(42))
    storage.sync()
    assert held(disk) == (41, 42, puts(5, 2, first=41)[1:], {"v/b": "1", "v/c": "2"})


def test_a_snapshot_may_move_twice_and_the_log_be_rewritten_in_one_transaction() -> None:
    disk, storage = with_log()
    storage.save_snapshot(index(2), RECORDS[:1], index(2))
    storage.truncate(index(6))
    storage.append(puts(4, 2, first=7))
    storage.save_snapshot(index(7), RECORDS[1:2], index(5))
    storage.sync()
    assert held(disk) == (7, 5, (*LOG[4:6], *puts(4, 2, first=7)), dict(RECORDS[:2]))


# --- when the power goes ---------------------------------------------------------------------------------------


def crashed(drawn: float) -> Disk:
    """A disk whose power went while a snapshot was installed, and an entry behind it was written."""
    disk, storage = with_snapshot()
    storage.install_snapshot(index(40), Term(5), (("v/other", "1"),))
    storage.append(puts(5, 1, first=41))
    disk.crash(storage.unfinished(), lambda: drawn)
    return disk


@pytest.mark.parametrize("drawn", [0.0, 0.25, 0.49])
def test_a_transaction_that_was_written_is_there_though_nobody_was_told(drawn: float) -> None:
    disk = crashed(drawn)
    assert held(disk) == (40, 41, puts(5, 1, first=41), {"v/other": "1"})
    assert disk.torn_count == 0


@pytest.mark.parametrize(("drawn", "torn"), [(0.5, 0), (0.6, 0), (0.7, 1), (0.99, 1)])
def test_of_a_transaction_that_was_written_in_part_nothing_is_there(drawn: float, torn: int) -> None:
    """Its snapshot, its record and its entry, one after another, and then what makes them count."""
    disk = crashed(drawn)
    assert held(disk) == (8, 7, LOG[6:], dict(RECORDS))
    assert disk.torn_count == torn


def test_what_was_synced_outlives_any_crash() -> None:
    disk, storage = with_snapshot()
    disk.crash(storage.unfinished(), lambda: 0.9)
    assert held(disk) == (8, 7, LOG[6:], dict(RECORDS))


def test_a_process_goes_on_with_what_its_predecessor_left() -> None:
    disk = crashed(0.9)
    storage = DiskStorage(disk)
    storage.save_snapshot(index(10), (), index(10))
    storage.sync()
    assert held(disk) == (10, 10, LOG[9:], dict(RECORDS))


# --- what is shown -----------------------------------------------------------------------------------------------


def test_snapshots_are_shown_and_kept() -> None:
    scene = Scene()
    storage = WatchedStorage(scene.nodes[FIRST], with_log()[1])
    shown = scene.watch.replicas[FIRST]
    storage.install_snapshot(index(40), Term(3), RECORDS)
    assert (shown.first_index, storage.first_index(), storage.snapshot_index()) == (41, 41, 40)
    storage.append(puts(3, 3, first=41))
    storage.save_snapshot(LogIndex(42), (("v/000", None),), LogIndex(43))
    assert (shown.first_index, storage.first_index(), storage.snapshot_index()) == (43, 43, 42)
    assert storage.read_snapshot(0, "", 1) == (("v/001", "x"),)


def test_that_somebody_reads_a_snapshot_is_noted() -> None:
    node = Scene().nodes[FIRST]
    storage = WatchedStorage(node, with_snapshot()[1])
    assert not node.gives_snapshot
    storage.read_snapshot(0, "", 1)
    assert node.gives_snapshot
