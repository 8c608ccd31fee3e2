"""Disks whose content is not what was written: nobody uses it, and what is written again is well."""

from __future__ import annotations

import pytest

from messages.ids import LogIndex, Term
from simulator.virtual.disk import Disk
from simulator.virtual.disk_rows import STATE, Row
from simulator.virtual.storage import DiskStorage
from storage.errors import DamageError
from tests.actors.samples import PEER, puts

RECORDS = (("v/a", "1"), ("v/b", "2"), ("v/c", "3"))
ENTRY = Row("entry", 4)
RECORD = Row("record", "v/b")
ROWS = (STATE, ENTRY, RECORD)


def written() -> tuple[Disk, DiskStorage]:
    """A disk with a vote, a snapshot and a log behind it, and the storage that wrote it."""
    disk = Disk()
    storage = DiskStorage(disk)
    storage.save_hard_state(Term(2), PEER)
    storage.append(puts(1, 6))
    storage.save_snapshot(LogIndex(3), RECORDS, LogIndex(3))
    storage.sync()
    return disk, storage


def is_refused(disk: Disk) -> bool:
    try:
        disk.verify_all()
    except DamageError:
        return True
    return False


def test_all_that_was_written_can_be_damaged() -> None:
    disk, _ = written()
    entries = [Row("entry", index) for index in (3, 4, 5, 6)]
    assert disk.rows() == (STATE, *entries, *(Row("record", name) for name, _ in RECORDS))


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.parametrize("drawn", [0.0, 0.37, 0.999_999])
def test_a_bit_that_is_another_is_noticed_by_who_starts(row: Row, drawn: float) -> None:
    disk, _ = written()
    assert not is_refused(disk)
    disk.damage.flip(row, disk.content(row), drawn)
    assert is_refused(disk)
    assert disk.has_failed


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_stands_in_the_place_of_something_else_is_noticed(row: Row) -> None:
    disk, _ = written()
    other = next(each for each in disk.rows() if each != row)
    disk.damage.misdirect(row, other, disk.content(other))
    assert is_refused(disk)


def test_the_sentence_names_the_row() -> None:
    disk, _ = written()
    disk.damage.flip(ENTRY, disk.content(ENTRY), 0.5)
    with pytest.raises(DamageError, match="the disk disk is damaged: the entry at 4 is not as it was written; "):
        disk.verify_all()


def test_who_reads_a_damaged_entry_does_not_get_it() -> None:
    disk, storage = written()
    disk.damage.flip(ENTRY, disk.content(ENTRY), 0.5)
    assert storage.read(LogIndex(3), 1) == puts(1, 1, first=3)
    assert len(storage.read(LogIndex(5), 10)) == 2
    with pytest.raises(DamageError):
        storage.read(LogIndex(3), 2)


def test_who_reads_a_damaged_record_does_not_get_it() -> None:
    disk, storage = written()
    disk.damage.flip(RECORD, disk.content(RECORD), 0.5)
    assert storage.read_snapshot(0, "", 1) == RECORDS[:1]
    with pytest.raises(DamageError):
        storage.read_snapshot(1, "v/a", 1)


def test_what_is_not_durable_yet_is_not_read_from_the_disk() -> None:
    disk, storage = written()
    disk.damage.flip(ENTRY, disk.content(ENTRY), 0.5)
    disk.damage.flip(RECORD, disk.content(RECORD), 0.5)
    storage.truncate(LogIndex(3))
    storage.append(puts(2, 3, first=4))
    storage.save_snapshot(LogIndex(4), (("v/b", "new"),), LogIndex(3))
    assert len(storage.read(LogIndex(3), 10)) == 4
    assert storage.read_snapshot(0, "", 9)[1] == ("v/b", "new")


def test_what_is_written_again_is_well() -> None:
    disk, storage = written()
    for row in ROWS:
        disk.damage.flip(row, disk.content(row), 0.5)
    storage.truncate(LogIndex(3))
    storage.append(puts(2, 3, first=4))
    storage.save_snapshot(LogIndex(5), (("v/b", None),), LogIndex(3))
    assert is_refused(disk)
    storage.sync()
    assert not disk.damage


def test_what_is_dropped_does_not_matter_any_more() -> None:
    disk, storage = written()
    disk.damage.flip(ENTRY, disk.content(ENTRY), 0.5)
    storage.save_snapshot(LogIndex(5), (), LogIndex(5))
    storage.sync()
    assert not disk.damage


def test_nor_does_what_another_snapshot_takes_the_place_of() -> None:
    disk, storage = written()
    for row in (ENTRY, RECORD, Row("record", "v/c")):
        disk.damage.flip(row, disk.content(row), 0.5)
    storage.install_snapshot(LogIndex(40), Term(2), (("v/a", "9"),))
    assert storage.read_snapshot(0, "", 9) == (("v/a", "9"),)
    storage.sync()
    assert not disk.damage


# --- torn transactions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("drawn", "torn"), [(0.51, 0), (0.75, 1), (0.99, 1)])
def test_a_transaction_whose_tail_is_torn_is_not_there_at_all(drawn: float, torn: int) -> None:
    disk, storage = written()
    storage.save_hard_state(Term(3), None)
    storage.append(puts(3, 5, first=7))
    storage.save_snapshot(LogIndex(5), (("v/b", None), ("v/d", "4")), LogIndex(5))
    disk.crash(storage.unfinished(), lambda: drawn)
    assert (disk.term, disk.first, len(disk.entries), disk.snapshot_index) == (2, 3, 4, 3)
    assert (tuple(disk.records.items()), disk.torn_count) == (RECORDS, torn)
    assert not is_refused(disk)


def test_one_that_is_whole_is_there_with_the_snapshot() -> None:
    disk, storage = written()
    storage.append(puts(3, 5, first=7))
    storage.save_snapshot(LogIndex(5), (("v/b", None), ("v/d", "4")), LogIndex(5))
    disk.crash(storage.unfinished(), lambda: 0.49)
    assert (disk.first, len(disk.entries), disk.snapshot_index, disk.torn_count) == (5, 7, 5, 0)
    assert dict(disk.records) == {"v/a": "1", "v/c": "3", "v/d": "4"}
