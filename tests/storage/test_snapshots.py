"""A snapshot is durable as a whole, with all that is written beside it, or not at all; the directory stays small."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import given, settings

from actors.ports import DiskFullError
from messages.ids import DiskId, LogIndex, Term
from messages.snapshot import Change
from storage import SqliteStorage
from storage.layout import DATABASE, PAGE_BYTES, WAL
from storage.opening import WAL_BYTES_MAX, for_writing
from storage.vacuum import PAGES_AT_ONCE, PAGES_FREE
from tests.actors.samples import ME, OTHER, PEER, index, put, puts
from tests.storage.contract import Kept, Model, entries_of, joined, records_of
from tests.storage.faulty import Connected
from tests.storage.operations import OPERATIONS, compare, do
from tests.storage.places import COMPACTED, IN_MEMORY, compacted, copied, found_in, opened

LARGE: Final = 100_000


def saved(storage: SqliteStorage) -> None:
    """Something of every kind, behind what `compacted` keeps."""
    storage.save_hard_state(Term(4), OTHER)
    storage.save_disk(PEER, DiskId("a disk"))
    storage.truncate(index(4))
    storage.append(puts(4, 3, first=5))
    storage.save_snapshot(index(5), (("v/shape", None), ("v/size", "1"), ("v/weight", "2" * 9000)), index(5))
    storage.save_snapshot(index(6), (("v/size", "3"),), index(6))


SAVED: Final = Kept(
    term=Term(4),
    voted_for=OTHER,
    first=LogIndex(6),
    entries=puts(4, 2, first=6),
    disks=((PEER, DiskId("a disk")),),
    snapshot=(LogIndex(6), Term(4)),
    records=(("t/1", "1"), ("t/3", "3"), ("v/size", "3"), ("v/weight", "2" * 9000)),
)


def installed(storage: SqliteStorage) -> None:
    """Another snapshot, and entries behind it."""
    storage.save_hard_state(Term(4), OTHER)
    storage.install_snapshot(index(9), Term(4), (("t/1", "9"), ("v/new", "v" * 9000)))
    storage.append(puts(4, 2, first=10))


INSTALLED: Final = Kept(
    term=Term(4),
    voted_for=OTHER,
    first=LogIndex(10),
    entries=puts(4, 2, first=10),
    snapshot=(LogIndex(9), Term(4)),
    records=(("t/1", "9"), ("v/new", "v" * 9000)),
)


def transferred(storage: SqliteStorage) -> None:
    """The same; some of its records were written aside before, and some of another one."""
    storage.stage_records(0, (("t/1", "9"), ("v/another", "1")))
    installed(storage)


WAYS: Final = pytest.mark.parametrize(
    ("write", "after"), [(saved, SAVED), (installed, INSTALLED), (transferred, INSTALLED)]
)

Write = Callable[[SqliteStorage], None]


# --- as a whole or not at all ------------------------------------------------------------------------------------


@WAYS
def test_it_is_one_transaction_with_all_else_that_waits(place: Path, write: Write, after: Kept) -> None:
    compacted(place)
    with closing(opened(place)) as storage:
        write(storage)
        assert joined(storage.restored()) == COMPACTED
        assert (entries_of(storage), records_of(storage)) == (after.entries, after.records)
        storage.sync()
        assert storage.commits == 1
        assert joined(storage.restored()) == after
    assert found_in(place) == after


@WAYS
def test_a_process_that_ends_before_the_commit_leaves_nothing_and_behind_it_everything(
    place: Path, connected: Connected, write: Write, after: Kept
) -> None:
    compacted(place)
    replica = place / ME
    with closing(opened(place, connected)) as storage:
        write(storage)
        copies: list[Path] = [copied(replica, place / "written")]
        connected.last.before_commit = lambda: copies.append(copied(replica, place / "committing"))
        storage.sync()
        copies.append(copied(replica, place / "synced"))
    assert [found_in(copy.parent) for copy in copies] == [COMPACTED, COMPACTED, after]


@WAYS
def test_a_crash_in_the_middle_of_the_commit_leaves_nothing_or_everything(
    place: Path, write: Write, after: Kept
) -> None:
    """The write-ahead log as far as it got, in every sector; whatever the database was told to keep is still there."""
    replica = compacted(place)
    with closing(opened(place)) as storage:
        before = copied(replica, place / "before")
        write(storage)
        storage.sync()
        wal = (replica / WAL).read_bytes()
    outcomes = []
    for size in (*range(0, len(wal), 512), len(wal)):
        copy = copied(before, place / "crashed")
        (copy / WAL).write_bytes(wal[:size])
        outcomes.append(found_in(copy.parent))
    assert outcomes == [COMPACTED] * (len(outcomes) - 1) + [after]


# --- the disk is full --------------------------------------------------------------------------------------------


@WAYS
def test_a_snapshot_that_found_no_room_waits_until_there_is_room(
    place: Path, connected: Connected, write: Write, after: Kept
) -> None:
    compacted(place)
    with closing(opened(place, connected)) as storage:
        (pages,) = connected.last.execute("PRAGMA page_count").fetchone()
        connected.last.execute(f"PRAGMA max_page_count = {pages}")
        write(storage)
        for _ in range(3):
            with pytest.raises(DiskFullError, match="what was written waits until there is"):
                storage.sync()
            assert storage.needs_sync()
            assert joined(storage.restored()) == COMPACTED
            assert (entries_of(storage), records_of(storage)) == (after.entries, after.records)
        connected.last.execute("PRAGMA max_page_count = 1000000")
        storage.sync()
        assert joined(storage.restored()) == after
    assert found_in(place) == after


@WAYS
def test_more_may_be_written_while_a_snapshot_waits_for_room(
    place: Path, connected: Connected, write: Write, after: Kept
) -> None:
    compacted(place)
    with closing(opened(place, connected)) as storage:
        write(storage)
        connected.last.fail("COMMIT", sqlite3.SQLITE_FULL)
        with pytest.raises(DiskFullError):
            storage.sync()
        last = storage.last_index()
        storage.append(puts(4, 1, first=last + 1))
        storage.save_snapshot(last, (("t/1", None), ("v/late", "1")), LogIndex(last + 1))
        storage.sync()
    found = found_in(place)
    assert found is not None
    assert (found.first, found.snapshot) == (last + 1, (last, 4))
    assert found.records == tuple(sorted((*after.records[1:], ("v/late", "1"))))


@WAYS
def test_a_snapshot_that_found_no_room_is_gone_with_the_process(
    place: Path, connected: Connected, write: Write, after: Kept
) -> None:
    compacted(place)
    with closing(opened(place, connected)) as storage:
        write(storage)
        connected.last.fail("COMMIT", sqlite3.SQLITE_FULL)
        with pytest.raises(DiskFullError):
            storage.sync()
    assert found_in(place) == COMPACTED


@given(operations=OPERATIONS)
@settings(max_examples=80, deadline=None)
def test_a_disk_that_is_full_now_and_then_changes_nothing_but_when_it_is_durable(
    operations: list[tuple[str, int]],
) -> None:
    with TemporaryDirectory(dir=IN_MEMORY) as directory:
        connected, model = Connected(), Model()
        storage = opened(Path(directory), connected)
        for number, (operation, size) in enumerate(operations):
            if operation == "full":
                connected.last.fail("COMMIT", sqlite3.SQLITE_FULL)
                with suppress(DiskFullError):
                    storage.sync()
                    model.sync()  # there was nothing to write, or only what is aside
                connected.last.failures = 0
            elif operation == "restart":
                storage.close()
                storage = opened(Path(directory), connected)
                assert joined(storage.restored()) == model.restart()
            else:
                do(operation, size, number, model, storage)
            compare(storage, model)
        storage.close()


# --- the directory stays small -----------------------------------------------------------------------------------


def quickly(path: Path) -> sqlite3.Connection:
    """Without waiting for the disk."""
    connection = for_writing(path)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def filled(storage: SqliteStorage, count: int, *, value_bytes: int, keys: int, margin: int, interval: int) -> None:
    """So many entries, each of which overwrites one of the keys, with a snapshot after each `interval` of them."""
    dice = Random(count)
    changes: dict[str, str] = {}
    for number in range(storage.last_index() + 1, storage.last_index() + count + 1):
        key, value = f"key {dice.randrange(keys)}", f"{number}".zfill(value_bytes)
        storage.append((put(1, str(number), key=key, value=value),))
        changes[f"v/{key}"] = value
        if number % interval == 0:
            first = max(LogIndex(number + 1 - margin), storage.first_index())
            storage.save_snapshot(index(number), tuple(changes.items()), first)
            changes = {}
        if number % 50 == 0:
            storage.sync()
    storage.sync()


def size_of(directory: Path) -> int:
    """Of all files in a replica's directory."""
    return sum(path.stat().st_size for path in (directory / ME).iterdir() if not path.name.endswith("-shm"))


def test_keys_may_be_overwritten_for_ever(place: Path) -> None:
    """1,000 keys and the margin's entries are 0.4 MB; the rest is the write-ahead log, and pages that will be used."""
    sizes = []
    with closing(opened(place, quickly)) as storage:
        for _ in range(6):
            filled(storage, 10_000, value_bytes=100, keys=1000, margin=500, interval=1000)
            sizes.append(((place / ME / DATABASE).stat().st_size, size_of(place)))
        assert (storage.last_index(), storage.first_index(), storage.snapshot_index()) == (60_000, 59_501, 60_000)
        assert len(records_of(storage, 100)) == 1000
    assert max(database for database, _ in sizes) < 1_000_000
    assert max(all_of_it for _, all_of_it in sizes) < 10_000_000
    assert sizes[-1][0] <= sizes[1][0], "it has stopped growing"
    assert found_in(place) is not None


def test_pages_that_are_not_needed_any_more_are_given_back_bit_by_bit(place: Path) -> None:
    pages = []
    with closing(opened(place, quickly)) as storage:
        filled(storage, 100, value_bytes=LARGE, keys=10, margin=100, interval=100)
        pages.append(pages_of(place))
        for _ in range(20):
            filled(storage, 100, value_bytes=10, keys=10, margin=1, interval=100)
            pages.append(pages_of(place))
    given_back = [before - after for before, after in itertools.pairwise(pages)]
    assert pages[0] > 100 * LARGE // PAGE_BYTES
    assert max(given_back) in range(PAGES_AT_ONCE, PAGES_AT_ONCE + 3), "and pages that said where these belong"
    assert pages[-1] < pages[0] // 2
    assert pages[-1] > PAGES_FREE
    assert found_in(place) is not None


def pages_of(place: Path) -> int:
    """How long the database is."""
    with closing(sqlite3.connect(place / ME / DATABASE)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        return int(pages)


def test_pages_that_the_next_entries_will_take_are_kept(place: Path) -> None:
    with closing(opened(place, quickly)) as storage:
        filled(storage, 300, value_bytes=1000, keys=10, margin=100, interval=100)
        before = pages_of(place)
        filled(storage, 300, value_bytes=1000, keys=10, margin=100, interval=100)
        assert pages_of(place) == before


def test_snapshots_count_when_pages_of_the_write_ahead_log_are_copied(place: Path) -> None:
    """Each record that was changed may have a page of its own."""
    records: tuple[Change, ...] = tuple((f"v/{number}", "v" * 3000) for number in range(300))
    with closing(opened(place, quickly)) as storage:
        for number in range(1, 40):
            storage.append(puts(1, 1, first=number))
            storage.save_snapshot(index(number), records, index(number))
            storage.sync()
        assert (place / ME / WAL).stat().st_size < 10_000_000


def test_entries_that_are_dropped_count_too(place: Path) -> None:
    """The pages that they leave are written, so that nobody takes them for what they were."""
    with closing(opened(place, quickly)) as storage:
        for _ in range(80):
            storage.append(tuple(put(1, str(each), value="v" * 400) for each in range(1000)))
            storage.sync()
        last = storage.last_index()
        storage.save_snapshot(last, (), LogIndex(last + 1))
        storage.sync()
        assert (place / ME / WAL).stat().st_size > WAL_BYTES_MAX
        storage.save_hard_state(Term(2), None)
        storage.sync()
        assert (place / ME / WAL).stat().st_size <= WAL_BYTES_MAX, "it was begun anew"
