"""A replica's storage in virtual time: what is written is shown, and durable at once, or when it was synced."""

from __future__ import annotations

import pytest

from actors.ports import DiskFullError
from actors.storage import MemoryStorage, SyncedMemoryStorage
from messages.consensus import Restored
from messages.entry import no_op
from messages.ids import LogIndex, Term
from simulator.virtual.disk import Disk, DiskError
from simulator.virtual.storage import DiskStorage, WatchedStorage
from tests.actors.probes import of_kind
from tests.actors.samples import puts
from tests.simulator.virtual.stage import FIRST
from tests.simulator.virtual.watch_stage import Scene


def test_all_that_is_written_is_shown_and_kept() -> None:
    scene = Scene()
    storage = WatchedStorage(scene.nodes[FIRST], MemoryStorage())
    storage.save_hard_state(Term(1), FIRST)
    storage.append((no_op(Term(1)), no_op(Term(1))))
    storage.truncate(LogIndex(1))
    shown = scene.watch.replicas[FIRST]
    assert shown.hard_state == (1, FIRST)
    assert shown.log.last_index == storage.last_index() == 1


@pytest.mark.parametrize(
    ("kind", "syncs"), [(MemoryStorage(), False), (SyncedMemoryStorage(), True), (DiskStorage(Disk()), True)]
)
def test_a_storage_needs_to_be_synced_once_for_what_was_written_if_it_syncs(
    kind: MemoryStorage, *, syncs: bool
) -> None:
    storage = WatchedStorage(Scene("synced").nodes[FIRST], kind)
    storage.append((no_op(Term(1)),))
    needed = [storage.needs_sync()]
    storage.sync()
    needed.append(storage.needs_sync())
    assert needed == [syncs, False]


def test_what_was_written_is_durable_when_it_was_synced() -> None:
    scene = Scene("synced")
    storage = WatchedStorage(scene.nodes[FIRST], SyncedMemoryStorage())
    shown = scene.watch.replicas[FIRST]
    storage.save_hard_state(Term(1), FIRST)
    storage.append((no_op(Term(1)),))
    assert (shown.durable_state, shown.durable_index) == ((0, None), 0)
    storage.sync()
    assert (shown.durable_state, shown.durable_index) == ((1, FIRST), 1)


def test_in_memory_what_was_written_is_as_durable_as_it_will_ever_be() -> None:
    scene = Scene()
    WatchedStorage(scene.nodes[FIRST], MemoryStorage()).append((no_op(Term(1)),))
    assert scene.watch.replicas[FIRST].durable_index == 1


# --- the disk ---


LOG = (*puts(1, 60), *puts(3, 60, first=61))


def written(disk: Disk) -> DiskStorage:
    """A storage on `disk` that has synced a vote and a log, and written more."""
    storage = DiskStorage(disk)
    storage.save_hard_state(Term(3), FIRST)
    storage.append(LOG)
    storage.sync()
    storage.truncate(LogIndex(100))
    storage.append(puts(4, 1, first=101))
    storage.save_hard_state(Term(4), None)
    return storage


def test_a_disk_gives_back_what_was_synced_in_several_parts() -> None:
    disk = Disk()
    written(disk)
    parts = of_kind(disk.restored(), Restored)
    assert [(part.term, part.voted_for, len(part.entries)) for part in parts] == [(3, FIRST, n) for n in (50, 50, 20)]
    again = DiskStorage(disk)
    assert again.read(LogIndex(1), 200) == LOG
    assert not again.needs_sync()


def test_an_empty_disk_gives_back_one_part_with_nothing_in_it() -> None:
    (part,) = of_kind(Disk().restored(), Restored)
    assert (part.term, part.voted_for, part.entries) == (0, None, ())


def test_what_was_written_replaces_what_was_durable_when_it_is_synced() -> None:
    disk = Disk()
    written(disk).sync()
    assert (disk.term, disk.voted_for, disk.entries) == (4, None, [*LOG[:100], *puts(4, 1, first=101)])


@pytest.mark.parametrize(("drawn", "is_there"), [(0.4, True), (0.6, False)])
def test_a_crash_leaves_all_that_was_being_written_or_nothing(drawn: float, *, is_there: bool) -> None:
    disk = Disk()
    storage = written(disk)
    disk.crash(storage.unfinished(), lambda: drawn)
    assert (disk.term, len(disk.entries)) == ((4, 101) if is_there else (3, 120))


def test_a_crash_changes_nothing_when_all_was_synced() -> None:
    disk = Disk()
    storage = written(disk)
    storage.sync()
    disk.crash(storage.unfinished(), lambda: 0.0)
    assert disk.transactions == 2


def test_a_full_disk_takes_nothing_and_can_be_tried_again() -> None:
    disk = Disk()
    storage = written(disk)
    disk.is_full = True
    with pytest.raises(DiskFullError):
        storage.sync()
    assert (disk.term, len(disk.entries), storage.needs_sync()) == (3, 120, True)
    disk.heal()
    storage.sync()
    assert (disk.term, len(disk.entries), storage.needs_sync()) == (4, 101, False)


def test_what_is_aside_needs_no_room() -> None:
    disk = Disk(is_full=True)
    storage = DiskStorage(disk)
    storage.stage_records(0, (("v/k", "v"),))
    assert storage.needs_sync()
    storage.sync()
    assert (storage.needs_sync(), disk.full_count) == (False, 0)


def test_a_disk_that_reports_an_error_does_so_for_good() -> None:
    disk = Disk(is_broken=True)
    storage = DiskStorage(disk)
    storage.append(LOG)
    disk.heal()
    for _ in range(2):
        with pytest.raises(DiskError):
            storage.sync()
    assert disk.has_failed
