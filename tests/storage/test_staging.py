"""Records of a snapshot that is still coming are written as they come: little is left to do when it is whole."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Final

import pytest

from actors.ports import DiskFullError
from messages.ids import Term
from messages.snapshot import Record
from storage import SqliteStorage
from storage.layout import DATABASE, WAL
from storage.room import ROOM_BYTES, has_room
from tests.actors.samples import ME, PEER, index
from tests.storage.contract import joined
from tests.storage.faulty import Connected
from tests.storage.places import COMPACTED, compacted, copied, found_in, opened

STEP: Final = 100
RECORDS: Final[tuple[Record, ...]] = tuple((f"v/{number:04}", f"{number:0500}") for number in range(10 * STEP))
OLD: Final[tuple[Record, ...]] = tuple((f"v/{number:04}", "an old one") for number in range(10 * STEP))


def stage(storage: SqliteStorage, records: tuple[Record, ...] = RECORDS) -> None:
    """Step by step, each durable."""
    for start in range(0, len(records), STEP):
        storage.stage_records(start, records[start : start + STEP])
        storage.sync()


def written_by_install(place: Path, aside: tuple[Record, ...]) -> int:
    """How many bytes the write-ahead log grows by when RECORDS are installed, where so many were written aside."""
    compacted(place)
    with closing(opened(place)) as storage:
        stage(storage, aside)
        before = (place / ME / WAL).stat().st_size
        storage.install_snapshot(index(9), Term(4), RECORDS)
        storage.sync()
        return (place / ME / WAL).stat().st_size - before


def records_in(place: Path) -> tuple[Record, ...]:
    """What the next process finds."""
    found = found_in(place)
    assert found is not None
    return found.records


def tables(replica: Path) -> set[str]:
    """Those of the database."""
    with closing(sqlite3.connect(replica / DATABASE)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def test_what_was_written_aside_is_not_written_again(place: Path) -> None:
    at_once = written_by_install(place / "at once", ())
    at_last = written_by_install(place / "aside", RECORDS)
    assert at_once > 500_000
    assert at_last < at_once // 10
    for each in ("at once", "aside"):
        found = found_in(place / each)
        assert found is not None
        assert (found.records, found.snapshot) == (RECORDS, (9, 4))


def test_where_a_part_was_written_aside_the_rest_is_written(place: Path) -> None:
    assert written_by_install(place, RECORDS[: 9 * STEP]) in range(50_000, 150_000)
    assert records_in(place) == RECORDS


def test_of_an_older_one_nothing_is_left(place: Path) -> None:
    compacted(place)
    with closing(opened(place)) as storage:
        stage(storage, (*OLD, ("v/old", "1")))
        storage.install_snapshot(index(9), Term(4), RECORDS)
        storage.sync()
    assert records_in(place) == RECORDS


def test_what_an_earlier_process_wrote_aside_is_dropped(place: Path) -> None:
    replica = compacted(place)
    before = tables(replica)
    with closing(opened(place)) as storage:
        stage(storage)
    assert tables(replica) == before | {"staged"}
    with closing(opened(place)) as storage:
        assert joined(storage.restored()) == COMPACTED
        storage.save_hard_state(Term(9), None)
        storage.sync()
        assert tables(replica) == before
        storage.install_snapshot(index(9), Term(9), OLD[:3])
        storage.sync()
    assert records_in(place) == OLD[:3]


def test_the_tables_are_those_of_before_when_it_is_installed(place: Path) -> None:
    replica = compacted(place)
    before = tables(replica)
    for term in (4, 5):
        with closing(opened(place)) as storage:
            stage(storage, RECORDS if term == 4 else OLD)
            storage.install_snapshot(index(10 * term), Term(term), RECORDS if term == 4 else OLD)
            storage.sync()
        assert tables(replica) == before
    assert records_in(place) == OLD


def test_one_that_is_damaged_is_found_when_it_counts(place: Path) -> None:
    """It was sound when it came, and the disk has changed it before the rest of the snapshot was there."""
    compacted(place)
    with closing(opened(place)) as storage:
        stage(storage)
        with closing(sqlite3.connect(place / ME / DATABASE)) as connection:
            connection.execute("UPDATE staged SET content = 'x' WHERE name = 'v/0007'")
            connection.commit()
        storage.install_snapshot(index(9), Term(4), RECORDS)
        storage.sync()
    assert found_in(place) is None


def test_that_there_is_no_room_for_it_loses_nothing(place: Path, connected: Connected) -> None:
    compacted(place)
    with closing(opened(place, connected)) as storage:
        storage.stage_records(0, RECORDS[:STEP])
        connected.last.fail("COMMIT", sqlite3.SQLITE_FULL)
        storage.sync()
        storage.stage_records(STEP, RECORDS[STEP:])
        storage.sync()
        storage.install_snapshot(index(9), Term(4), RECORDS)
        connected.last.fail("COMMIT", sqlite3.SQLITE_FULL)
        with pytest.raises(DiskFullError):
            storage.sync()
        assert joined(storage.restored()) == COMPACTED
        storage.stage_records(0, OLD[:STEP])
        storage.sync()
    assert records_in(place) == RECORDS


# --- room ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("aside", [0, 10])
def test_a_vote_waits_for_no_room_for_an_unfinished_snapshot(aside: int, place: Path, connected: Connected) -> None:
    """Nothing depends on what is aside; if it took the last of the room, this replica could promise nothing more."""
    compacted(place)
    with closing(opened(place, connected)) as storage:
        (pages,) = connected.last.execute("PRAGMA page_count").fetchone()
        connected.last.execute(f"PRAGMA max_page_count = {pages + 20}")
        storage.stage_records(0, RECORDS[: aside * STEP])
        storage.save_hard_state(Term(9), PEER)
        storage.sync()
        assert not storage.needs_sync()
    found = found_in(place)
    assert found is not None
    assert (found.term, found.voted_for) == (9, PEER)


def test_where_little_room_is_left_nothing_is_written_aside(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replica = compacted(place)
    before = tables(replica)
    with closing(opened(place)) as storage:
        stage(storage, RECORDS[:STEP])
        assert tables(replica) == before | {"staged"}
        monkeypatch.setattr("storage.sqlite.has_room", lambda _: False)
        storage.stage_records(STEP, RECORDS[STEP : 2 * STEP])
        storage.sync()
        assert tables(replica) == before, "what was there has made room"
        commits = storage.commits
        storage.stage_records(2 * STEP, RECORDS[2 * STEP : 3 * STEP])
        storage.sync()
        assert storage.commits == commits
        storage.install_snapshot(index(9), Term(4), RECORDS)
        storage.sync()
    assert records_in(place) == RECORDS


def test_when_there_is_room_again_the_next_snapshot_is_written_aside(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica = compacted(place)
    with closing(opened(place)) as storage:
        with monkeypatch.context() as patched:
            patched.setattr("storage.sqlite.has_room", lambda _: False)
            stage(storage, RECORDS[:STEP])
        storage.stage_records(STEP, RECORDS[STEP : 2 * STEP])
        storage.sync()
        assert "staged" not in tables(replica), "its beginning is not there"
        stage(storage, OLD)
        assert "staged" in tables(replica)
        storage.install_snapshot(index(9), Term(4), RECORDS)
        storage.sync()
    assert records_in(place) == RECORDS


def test_what_there_is_no_room_for_dropping_is_left_until_something_else_is_written_aside(
    place: Path, connected: Connected
) -> None:
    """Each attempt would leave the beginning of a transaction in the write-ahead log."""
    replica = compacted(place)
    with closing(opened(place, connected)) as storage:
        stage(storage, RECORDS[:STEP])
        connected.last.fail("DROP TABLE", sqlite3.SQLITE_FULL, failures=9)
        storage.stage_records(0, ())
        for term in (7, 8, 9):
            storage.save_hard_state(Term(term), None)
            storage.sync()
        assert (connected.last.failures, "staged" in tables(replica)) == (8, True)
        connected.last.failures = 0
        stage(storage, OLD)
        storage.install_snapshot(index(9), Term(9), OLD)
        storage.sync()
    assert records_in(place) == OLD


def test_what_is_dropped_gives_its_pages_to_what_comes(place: Path) -> None:
    replica = compacted(place)
    with closing(opened(place)) as storage:
        stage(storage)
        storage.stage_records(0, ())
        storage.sync()
        assert "staged" not in tables(replica)
        assert not storage.needs_sync()
    assert found_in(place) == COMPACTED


@pytest.mark.parametrize(("free", "expected"), [(ROOM_BYTES, True), (ROOM_BYTES - 1, False)])
def test_room_is_what_the_file_system_has_left(
    free: int, *, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", {tmp_path: SimpleNamespace(free=free)}.__getitem__)
    assert has_room(tmp_path) == expected


# --- crashes -------------------------------------------------------------------------------------------------------


def test_a_crash_in_the_middle_of_installing_leaves_nothing_or_everything(place: Path) -> None:
    """The write-ahead log as far as it got, in every sector, with what was written aside being durable."""
    replica = compacted(place)
    some = RECORDS[: 2 * STEP]
    with closing(opened(place)) as storage:
        stage(storage, some[:STEP])
        before = copied(replica, place / "before")
        size_before = (replica / WAL).stat().st_size
        storage.install_snapshot(index(9), Term(4), some)
        storage.sync()
        wal = (replica / WAL).read_bytes()
    outcomes = []
    for size in (*range(size_before, len(wal), 2048), len(wal)):
        copy = copied(before, place / "crashed")
        (copy / WAL).write_bytes(wal[:size])
        outcomes.append(found_in(copy.parent))
    assert outcomes[:-1] == [COMPACTED] * (len(outcomes) - 1)
    assert outcomes[-1] is not None
    assert (outcomes[-1].records, outcomes[-1].snapshot) == (some, (9, 4))
