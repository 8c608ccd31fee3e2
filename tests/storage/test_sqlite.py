"""Commits are shared, a full disk is waited for, and any other failure is the last."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from actors.ports import DiskFullError
from messages.consensus import Restored, RestoredChunk
from messages.ids import DiskId, NodeId, Term
from storage import SqliteStorage, StorageError
from storage.layout import DATABASE, VERSION, WAL
from storage.opening import WAL_BYTES_MAX
from storage.restoring import PART_BYTES_MAX
from storage.transactions import CHECKPOINT_BYTES
from tests.actors.samples import ME, OTHER, PEER, PEERS, index, put, puts
from tests.storage.contract import NOTHING, Parts, joined
from tests.storage.faulty import Connected, Faulty
from tests.storage.places import KEPT, altered, copied, kept, opened

# --- commits -----------------------------------------------------------------------------------------------------


def test_all_that_waits_is_one_transaction(storage: SqliteStorage) -> None:
    for number in range(1, 6):
        storage.append(puts(1, 2, first=2 * number - 1))
    storage.save_hard_state(Term(1), PEER)
    storage.sync()
    storage.sync()
    assert (storage.commits, storage.entries_committed) == (1, 10)


def test_a_new_directory_has_nothing_but_a_name_of_its_own(storage: SqliteStorage, place: Path) -> None:
    assert joined(storage.restored()) == NOTHING
    with closing(opened(place / "another")) as another:
        assert named(another) != named(storage)


def named(storage: SqliteStorage) -> set[DiskId | None]:
    """What its disk is called."""
    return {part.disk for part in storage.restored() if isinstance(part, Restored)}


@pytest.mark.parametrize(
    ("chunk", "records", "entries"),
    [(1, [1, 1, 1], [1, 1, 1, 1]), (2, [2, 1], [2, 2]), (3, [3], [3, 1]), (4, [3], [4]), (1000, [3], [4])],
)
def test_what_is_durable_is_restored_in_parts(place: Path, chunk: int, records: list[int], entries: list[int]) -> None:
    kept(place)
    with closing(opened(place)) as storage:
        parts = tuple(storage.restored(chunk))
        assert sizes(parts) == (records, entries)
        assert joined(parts) == KEPT


def sizes(parts: Parts) -> tuple[list[int], list[int]]:
    """How many records, and how many entries, are in each part."""
    chunks = [len(part.chunk.records) for part in parts if isinstance(part, RestoredChunk)]
    return chunks, [len(part.entries) for part in parts if isinstance(part, Restored)]


def test_no_part_is_large_because_much_is_in_it(storage: SqliteStorage) -> None:
    """But for a single record or entry that is."""
    large = "v" * (PART_BYTES_MAX // 2 + 1)
    storage.append(tuple(put(1, str(number), value=large) for number in range(5)))
    storage.save_snapshot(index(1), (("a", large), ("b", "1"), ("c", large), ("d", 2 * large), ("e", "2")), index(1))
    storage.sync()
    parts = tuple(storage.restored())
    assert sizes(parts) == ([3, 1, 1], [2, 2, 1])
    assert len(joined(parts).entries) == 5


def test_the_write_ahead_log_stays_small_because_its_pages_are_copied(storage: SqliteStorage, place: Path) -> None:
    for number in range(1, 100):
        storage.append((put(1, str(number), value="v" * 200_000),))
        storage.sync()
    assert (place / ME / WAL).stat().st_size < 2 * CHECKPOINT_BYTES < WAL_BYTES_MAX
    assert storage.read(index(50), 1) == (put(1, "50", value="v" * 200_000),)


def test_a_write_ahead_log_that_was_left_behind_is_begun_anew(place: Path) -> None:
    """Or processes that are killed again and again would let it grow."""
    wal = place / ME / WAL
    for number in range(1, 8):
        storage = opened(place)
        storage.append((put(1, str(number), value="v" * 1_000_000),))
        storage.sync()
        left = wal.read_bytes()
        storage.close()
        wal.write_bytes(left)
    assert wal.stat().st_size < 2_000_000


def test_what_a_killed_process_wrote_is_durable_before_it_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have been killed before it synced: what is restored must not be lost with the machine's power."""
    storage = opened(place / "first")
    storage.append(puts(1, 3))
    storage.sync()
    replica = copied(place / "first" / ME, place / "killed")
    storage.close()
    synced: set[int] = set()
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.add(os.fstat(descriptor).st_ino))
    with closing(opened(place / "killed")) as restarted:
        assert (replica / WAL).stat().st_ino in synced
        assert joined(restarted.restored()).entries == puts(1, 3)


# --- the disk is full --------------------------------------------------------------------------------------------


def test_what_found_no_room_is_committed_when_there_is_room(storage: SqliteStorage, connected: Connected) -> None:
    storage.append(puts(1, 3))
    storage.sync()
    (pages,) = connected.last.execute("PRAGMA page_count").fetchone()
    connected.last.execute(f"PRAGMA max_page_count = {pages}")
    storage.truncate(index(2))
    storage.save_hard_state(Term(2), OTHER)
    entry = put(2, "large", value="v" * 100_000)
    storage.append((entry,))
    for _ in range(3):
        with pytest.raises(DiskFullError, match=r"no room for .* to grow: .*; what was written waits until there is"):
            storage.sync()
        assert storage.needs_sync()
        assert joined(storage.restored()).entries == puts(1, 3)
        assert storage.read(index(1), 9) == (*puts(1, 2), entry)
    storage.append((put(2, "another"),))
    connected.last.execute("PRAGMA max_page_count = 1000000")
    storage.sync()
    assert joined(storage.restored()).entries == (*puts(1, 2), entry, put(2, "another"))
    assert (storage.commits, storage.entries_committed) == (2, 5)


def test_a_full_disk_at_the_commit_itself_is_the_same(storage: SqliteStorage, connected: Connected) -> None:
    storage.append(puts(1, 3))
    connected.last.fail("COMMIT", sqlite3.SQLITE_FULL)
    with pytest.raises(DiskFullError):
        storage.sync()
    storage.sync()
    assert joined(storage.restored()).entries == puts(1, 3)


def test_what_found_no_room_is_gone_with_the_process(storage: SqliteStorage, connected: Connected, place: Path) -> None:
    storage.append(puts(1, 3))
    connected.last.fail("COMMIT", sqlite3.SQLITE_FULL)
    with pytest.raises(DiskFullError):
        storage.sync()
    storage.close()
    assert joined(opened(place).restored()) == NOTHING


def test_a_full_disk_puts_off_the_copying_of_pages(storage: SqliteStorage, connected: Connected) -> None:
    connected.last.fail("PRAGMA wal_checkpoint", sqlite3.SQLITE_FULL)
    for number in range(1, 3):
        storage.append((put(1, str(number), value="v" * CHECKPOINT_BYTES),))
        storage.sync()
    assert connected.last.failures == 0
    assert storage.commits == 2


# --- the disk fails ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", ["BEGIN", "DELETE", "UPDATE", "COMMIT"])
def test_any_other_error_is_final(storage: SqliteStorage, connected: Connected, statement: str) -> None:
    storage.append(puts(1, 3))
    storage.sync()
    storage.truncate(index(1))
    connected.last.fail(statement, sqlite3.SQLITE_IOERR | 4 << 8)
    for _ in range(3):
        with pytest.raises(StorageError, match=r"raft.sqlite cannot be relied on any more: .*; look after the disk"):
            storage.sync()
    assert storage.needs_sync()
    storage.close()


def test_a_rollback_that_fails_is_final(
    storage: SqliteStorage, connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Faulty) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    storage.append(puts(1, 3))
    connected.last.fail("COMMIT", sqlite3.SQLITE_FULL)
    monkeypatch.setattr(Faulty, "rollback", fails)
    for _ in range(2):
        with pytest.raises(StorageError, match="disk I/O error"):
            storage.sync()


def test_a_failure_to_copy_pages_is_final(storage: SqliteStorage, connected: Connected) -> None:
    connected.last.fail("PRAGMA wal_checkpoint", sqlite3.SQLITE_IOERR)
    storage.append((put(1, "1", value="v" * CHECKPOINT_BYTES),))
    for _ in range(2):
        with pytest.raises(StorageError, match="cannot be relied on"):
            storage.sync()


def test_a_read_that_fails_is_a_sentence(storage: SqliteStorage, connected: Connected) -> None:
    storage.append(puts(1, 3))
    storage.sync()
    connected.last.fail("SELECT", sqlite3.SQLITE_IOERR)
    with pytest.raises(StorageError, match=r"raft.sqlite cannot be read: a failure for the test\."):
        storage.read(index(1), 1)


# --- who may open ------------------------------------------------------------------------------------------------


def test_a_second_process_is_told_of_the_first(storage: SqliteStorage, place: Path) -> None:
    with pytest.raises(StorageError, match=rf"{ME} is in use by process \d+, replica {ME}; end that first"):
        opened(place)
    storage.close()
    opened(place).close()


def test_replicas_share_a_data_directory(storage: SqliteStorage, place: Path) -> None:
    with closing(SqliteStorage.open(place, me=PEER, cluster=[ME, *PEERS])) as other:
        other.append(puts(1, 1))
        other.sync()
    assert storage.last_index() == 0


def test_the_directory_of_another_replica_is_refused(place: Path) -> None:
    kept(place).rename(place / PEER)
    with pytest.raises(StorageError, match=rf"{PEER} is the directory of replica {ME}, not of {PEER}; "):
        SqliteStorage.open(place, me=PEER, cluster=[ME, *PEERS])


def test_the_directory_of_another_cluster_is_refused(place: Path) -> None:
    kept(place)
    with pytest.raises(StorageError, match="belongs to the cluster 0000, 0001, 0002, not to 0000, 0007; "):
        SqliteStorage.open(place, me=ME, cluster=[NodeId("0007")])


@pytest.mark.parametrize("version", [0, VERSION + 1])
def test_another_version_is_refused(place: Path, version: int) -> None:
    altered(kept(place), f"PRAGMA user_version = {version}")
    with pytest.raises(StorageError, match=rf"tables of version {version}, and .* knows only versions 1 and 2: use "):
        opened(place)


def test_the_database_of_another_program_is_refused(place: Path) -> None:
    altered(kept(place), "PRAGMA application_id = 7")
    with pytest.raises(StorageError, match=r"raft.sqlite is the database of another program; "):
        opened(place)


def test_a_place_that_is_no_directory_is_refused(place: Path) -> None:
    for path in (place / "file", place / ME):
        path.write_text("", "utf-8")
    for directory, file in ((place / "file", "file"), (place / "file" / "in it", "file"), (place, ME)):
        with pytest.raises(StorageError) as refused:
            opened(directory)
        assert str(refused.value) == (
            f"{place / file} is no directory, so no replica can keep anything there; "
            "name another RAFT_DATA, or move it away."
        )


def test_what_an_unfinished_beginning_left_is_no_hindrance(place: Path) -> None:
    (place / ME).mkdir()
    (place / ME / f"{DATABASE}.new").write_bytes(b"half a database")
    (place / ME / f"{DATABASE}.new-journal").write_bytes(b"and its journal")
    with closing(opened(place)) as storage:
        assert storage.last_index() == 0
    assert not list((place / ME).glob("*.new*"))


def test_a_directory_that_was_refused_is_as_it_was(place: Path) -> None:
    replica = kept(place)
    altered(replica, "UPDATE entries SET term = 2 WHERE log_index = 3")
    before = {path.name: path.read_bytes() for path in replica.iterdir()}
    with pytest.raises(StorageError):
        opened(place)
    assert {path.name: path.read_bytes() for path in replica.iterdir()} == before
    altered(replica, "UPDATE entries SET term = 3 WHERE log_index = 3")
    opened(place).close()
