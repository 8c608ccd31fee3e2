"""A data directory of the last release goes on with this one, as a whole or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from messages.consensus import Restored
from messages.ids import NodeId, Term
from messages.snapshot import Change
from storage import DamageError, SqliteStorage, StorageError
from storage.checking import faults
from storage.layout import ACKNOWLEDGED, DATABASE, PAGE_BYTES, VERSION, WAL
from tests.actors.samples import ME, index, put, puts
from tests.storage.contract import joined, records_of
from tests.storage.faulty import Connected
from tests.storage.places import altered, copied, found_in, opened
from tests.storage.version_1 import DISK_OF_1, KEPT_BY_1, made_by_1


def version_in(replica: Path) -> int:
    with closing(sqlite3.connect(replica / DATABASE)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        return int(version)


def test_all_that_it_kept_is_there_and_no_snapshot(place: Path) -> None:
    replica = made_by_1(place)
    with closing(opened(place)) as storage:
        parts = tuple(storage.restored())
        assert joined(parts) == KEPT_BY_1
        assert {part.disk for part in parts if isinstance(part, Restored)} == {DISK_OF_1}
        assert (storage.first_index(), storage.snapshot_index(), records_of(storage)) == (1, 0, ())
    assert version_in(replica) == VERSION
    assert found_in(place) == KEPT_BY_1


def test_a_refused_process_migrates_nothing(place: Path) -> None:
    replica = made_by_1(place)
    with pytest.raises(StorageError, match="belongs to the cluster 0000, 0001, 0002, not to 0000, 0007; "):
        SqliteStorage.open(place, me=ME, cluster=[NodeId("0007")])
    assert version_in(replica) == 1


def test_it_goes_on_like_any_other(place: Path) -> None:
    made_by_1(place)
    with closing(opened(place)) as storage:
        storage.save_hard_state(Term(4), None)
        storage.append(puts(4, 2, first=4))
        storage.save_snapshot(index(3), (("v/colour", "blue"),), index(3))
        storage.sync()
    found = found_in(place)
    assert found is not None
    assert (found.term, found.first, found.snapshot) == (4, 3, (3, 3))
    assert found.entries == (*KEPT_BY_1.entries[2:], *puts(4, 2, first=4))
    assert found.records == (("v/colour", "blue"),)


def test_the_migration_is_a_transaction_that_was_acknowledged(place: Path) -> None:
    """So the file as it was before is known to be older."""
    replica = made_by_1(place)
    older = (replica / DATABASE).read_bytes()
    opened(place).close()
    (replica / DATABASE).write_bytes(older)
    with pytest.raises(DamageError, match="ACKNOWLEDGED says that 3 transactions were acknowledged, and only 2 are"):
        opened(place)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE state SET term = 4", "the row of the table state"),
        ("UPDATE entries SET term = 2 WHERE log_index = 3", "the checksum of entry 3 does not fit"),
        ("DELETE FROM entries WHERE log_index = 2", "entry 2 is missing"),
        ("UPDATE identity SET disk = 'another'", "the row of the table identity"),
    ],
)
def test_a_damaged_one_is_refused_and_left_as_it_is(place: Path, change: str, fault: str) -> None:
    replica = made_by_1(place)
    altered(replica, change)
    before = {path.name: path.read_bytes() for path in replica.iterdir() if path.name != "LOCK"}
    assert any(fault in each for each in faults(replica))
    with pytest.raises(DamageError, match=fault):
        opened(place)
    assert {path.name: path.read_bytes() for path in replica.iterdir() if path.name != "LOCK"} == before


@pytest.mark.parametrize("error_code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR])
@pytest.mark.parametrize("statement", ["BEGIN", "DROP", "CREATE", "INSERT", "PRAGMA user_version", "COMMIT"])
def test_what_fails_in_the_middle_leaves_the_old_tables(place: Path, statement: str, error_code: int) -> None:
    replica = made_by_1(place)
    with pytest.raises(StorageError, match=r"raft.sqlite cannot be opened: a failure for the test\."):
        opened(place, Connected(statement, error_code))
    assert version_in(replica) == 1
    assert found_in(place) == KEPT_BY_1


def test_a_crash_in_the_middle_leaves_the_old_tables_or_the_new(place: Path) -> None:
    replica = made_by_1(place)
    before = copied(replica, place / "before")
    storage = opened(place)
    left = copied(replica, place / "left")
    storage.close()
    wal = (left / WAL).read_bytes()
    assert len(wal) > 2 * PAGE_BYTES
    for size in (*range(0, len(wal), 512), len(wal)):
        crashed = copied(before, place / "crashed")
        (crashed / WAL).write_bytes(wal[:size])
        assert found_in(place / "crashed") == KEPT_BY_1, f"{size} bytes"
        assert version_in(crashed) == VERSION


def test_what_it_left_in_its_write_ahead_log_is_migrated_too(place: Path) -> None:
    """Its process was killed."""
    replica = made_by_1(place)
    with closing(sqlite3.connect(replica / DATABASE, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("UPDATE state SET term = 4")
        connection.execute("UPDATE state SET term = 3")
        killed = copied(replica, place / "killed")
    assert (killed / WAL).stat().st_size > 0
    assert found_in(killed.parent) == KEPT_BY_1


def test_a_file_of_version_1_does_not_grow_but_shrinks_only_when_it_is_made_anew(place: Path) -> None:
    """As docs/storage.md says how."""
    replica = made_by_1(place)
    records: tuple[Change, ...] = (("v/k", "v"),)

    def compacts() -> int:
        with closing(opened(place)) as storage:
            last = storage.last_index()
            storage.append(tuple(put(4, str(number), value="v" * 100_000) for number in range(50)))
            storage.sync()
            for number in range(1, 51):
                storage.save_snapshot(index(last + number), records, index(last + number))
                storage.sync()
        return (replica / DATABASE).stat().st_size

    sizes = [compacts() for _ in range(3)]
    assert sizes[0] > 5_000_000
    assert sizes[2] < sizes[0] * 1.1
    altered(replica, "PRAGMA auto_vacuum = INCREMENTAL", "VACUUM")
    assert (replica / DATABASE).stat().st_size < 500_000
    found = found_in(place)
    assert found is not None
    assert found.records == records
    with closing(sqlite3.connect(replica / DATABASE)) as connection:
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    assert list(faults(replica)) == []
    assert (replica / ACKNOWLEDGED).exists()
    assert replica.name == ME
