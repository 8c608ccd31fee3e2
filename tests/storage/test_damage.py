"""Whatever was changed in a data directory is noticed, named, and never passed on."""

from __future__ import annotations

import sqlite3
import struct
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from messages.ids import LogIndex, Term
from storage import DamageError, StorageError
from storage.checking import faults
from storage.layout import ACKNOWLEDGED, DATABASE, PAGE_BYTES, WAL
from storage.reading import state_of
from storage.rows import State, record_row
from storage.version_1 import insert_state
from tests.actors.samples import ME, index, puts
from tests.storage.places import COMPACTED, KEPT, altered, compacted, flipped, found_in, kept, opened

REMEDY = (
    "; restore the directory from a copy that was made after the replica had stopped for the last time, "
    "or remove it: then the replica comes back without a vote, and follows."
)


def refusal(directory: Path) -> str:
    with pytest.raises(DamageError) as refused:
        opened(directory)
    return str(refused.value)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE entries SET term = 2 WHERE log_index = 3", "the checksum of entry 3 does not fit"),
        ("UPDATE entries SET write = NULL WHERE log_index = 2", "the checksum of entry 2 does not fit"),
        (
            "UPDATE entries SET write = replace(write, '\"v\"', '\"w\"') WHERE log_index = 2",
            "the checksum of entry 2 does not fit",
        ),
        ("UPDATE entries SET write = x'00ff' WHERE log_index = 2", "the checksum of entry 2 does not fit"),
        ("UPDATE entries SET checksum = 'none' WHERE log_index = 1", "the checksum of entry 1 does not fit"),
        (
            "UPDATE entries SET (term, write, checksum) ="
            " (SELECT term, write, checksum FROM entries WHERE log_index = 3) WHERE log_index = 4",
            "the checksum of entry 4 does not fit",
        ),
        ("DELETE FROM entries WHERE log_index = 2", "entry 2 is missing"),
        ("DELETE FROM entries WHERE log_index > 2", "entries 3 to 4 are missing"),
        ("DELETE FROM entries", "entries 1 to 4 are missing"),
        (
            "UPDATE entries SET log_index = 5 WHERE log_index = 4",
            "entry 5 is outside of the log, which goes from 1 to 4",
        ),
        ("UPDATE entries SET log_index = -7 WHERE log_index = 1", "entry -7 is outside of the log"),
        (
            "UPDATE state SET voted_for = '0002'",
            "the row of the table state (term, vote, the log's ends, snapshot, disks) is missing, or",
        ),
        ("UPDATE state SET voted_for = NULL", "the row of the table state"),
        ('UPDATE state SET disks = \'{"0001":"forged"}\'', "the row of the table state"),
        ("UPDATE identity SET disk = 'another'", "the row of the table identity"),
        ("UPDATE state SET term = 2", "the row of the table state"),
        ("UPDATE state SET first_index = 2", "the row of the table state"),
        ("UPDATE state SET last_index = 3", "the row of the table state"),
        ("UPDATE state SET snapshot_index = 3", "the row of the table state"),
        ("UPDATE state SET snapshot_term = 3", "the row of the table state"),
        ("UPDATE state SET records = 2", "the row of the table state"),
        ("UPDATE state SET records_checksum = records_checksum + 1", "the row of the table state"),
        ("UPDATE state SET transactions = 9", "the row of the table state"),
        ("DELETE FROM state", "the row of the table state"),
        ("UPDATE identity SET replica = '0001'", "the row of the table identity is missing, or its checksum"),
        ("DELETE FROM identity", "the row of the table identity"),
        ("DROP TABLE entries", "raft.sqlite cannot be read: no such table: entries"),
        ("DROP TABLE records", "raft.sqlite cannot be read: no such table: records"),
        (
            "UPDATE records SET content = 'red' WHERE name = 'v/colour'",
            'the checksum of record "v/colour" of the snapshot does not fit',
        ),
        (
            "UPDATE records SET name = 'v/color' WHERE name = 'v/colour'",
            'the checksum of record "v/color" of the snapshot does not fit',
        ),
        (
            "UPDATE records SET name = 'v/colou', content = 'rblue' WHERE name = 'v/colour'",
            'the checksum of record "v/colou" of the snapshot does not fit',
        ),
        (
            "UPDATE records SET checksum = 'none' WHERE name = 't/1'",
            'the checksum of record "t/1" of the snapshot does not fit',
        ),
        (
            "UPDATE records SET (content, checksum) = (SELECT content, checksum FROM records WHERE name = 'v/shape')"
            " WHERE name = 'v/colour'",
            'the checksum of record "v/colour" of the snapshot does not fit',
        ),
        (
            "UPDATE records SET content = x'ff' WHERE name = 'v/shape'",
            'the checksum of record "v/shape" of the snapshot does not fit',
        ),
        (
            "UPDATE records SET name = CAST(name AS BLOB) WHERE name = 'v/shape'",
            'record "v/shape" of the snapshot is not text',
        ),
        (
            "UPDATE records SET content = CAST(content AS BLOB) WHERE name = 't/1'",
            'record "t/1" of the snapshot is not text',
        ),
        ("DELETE FROM records WHERE name = 't/1'", "the snapshot has 2 records, and had 3 when it was written"),
        ("DELETE FROM records WHERE name > 't/1'", "the snapshot has 1 record, and had 3 when it was written"),
        ("DELETE FROM records", "the snapshot has 0 records, and had 3 when it was written"),
    ],
)
def test_every_record_that_was_changed_is_named(place: Path, change: str, fault: str) -> None:
    altered(kept(place), change)
    said = refusal(place)
    assert said.startswith(f"{place / ME} is damaged: {fault}")
    assert said.endswith(REMEDY)


NOT_THE_LAST = (
    f"the snapshot's 3 records are not those that were written last: one at least is older, or another one{REMEDY}"
)


def with_record(replica: Path, name: str, content: str) -> None:
    """One that fits its own checksum, in the place of that of the same name, if there is one."""
    with closing(sqlite3.connect(replica / DATABASE)) as connection:
        connection.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", record_row(name, content))
        connection.commit()


def test_a_record_that_is_older_than_the_snapshot_is_noticed(place: Path) -> None:
    with_record(kept(place), "v/colour", "red")
    assert refusal(place) == f"{place / ME} is damaged: {NOT_THE_LAST}"


def test_two_records_that_are_older_in_the_same_way_are_noticed(place: Path) -> None:
    """The checksum of one may have grown by as much as that of the other fell: CRC-32 is linear."""
    names = [f"v/{key:09}" for key in Random(1).sample(range(10**9), 300)]
    before, after = (tuple((name, value) for name in names) for value in ("1", "2"))
    with closing(opened(place)) as storage:
        storage.append(puts(1, 2))
        storage.save_snapshot(index(1), before, index(1))
        storage.save_snapshot(index(2), after, index(1))
        storage.sync()
    changes = [record_row(*old)[2] - record_row(*new)[2] for old, new in zip(before, after, strict=True)]
    one = next(each for each, change in enumerate(changes) if -change in changes)
    other = changes.index(-changes[one])
    for each in (one, other):
        with_record(place / ME, *before[each])
    assert "the snapshot's 300 records are not those that were written last" in refusal(place)


def test_a_record_in_the_place_of_another_one_is_noticed(place: Path) -> None:
    replica = kept(place)
    altered(replica, "DELETE FROM records WHERE name = 'v/colour'")
    with_record(replica, "v/color", "blue")
    assert refusal(place) == f"{place / ME} is damaged: {NOT_THE_LAST}"


def test_a_record_too_many_is_noticed(place: Path) -> None:
    with_record(kept(place), "v/new", "1")
    assert "the snapshot has 4 records, and had 3 when it was written; " in refusal(place)
    with_record(kept(place / "another"), "", "")
    assert 'record "" of the snapshot is not in its place' in refusal(place / "another")


@pytest.mark.parametrize(
    ("forged", "fault"),
    [
        (
            lambda state: replace(state, snapshot_index=LogIndex(5)),
            "the snapshot includes the entries up to 5, and the log goes from 1 to 4",
        ),
        (
            lambda state: replace(state, first_index=LogIndex(4)),
            "the snapshot includes the entries up to 2, and the log goes from 4 to 4",
        ),
        (
            lambda state: replace(state, snapshot_term=Term(2)),
            "entry 2 is of term 1, and the snapshot says that it is of term 2",
        ),
        (
            lambda state: replace(state, snapshot_index=LogIndex(3)),
            "entry 3 is of term 3, and the snapshot says that it is of term 1",
        ),
        (
            lambda state: replace(state, first_index=LogIndex(3), snapshot_term=Term(4)),
            "entry 1 is outside of the log, which goes from 3 to 4",
        ),
        (
            lambda state: replace(state, records_checksum=1),
            "the snapshot's 3 records are not those that were written last",
        ),
    ],
)
def test_what_fits_its_checksum_but_nothing_else_is_refused(
    place: Path, forged: Callable[[State], State], fault: str
) -> None:
    forge(kept(place), forged)
    assert f" is damaged: {fault}" in refusal(place)


def test_a_snapshot_of_a_term_that_is_newer_than_the_entry_behind_it_is_refused(place: Path) -> None:
    replica = kept(place)
    forge(replica, lambda state: replace(state, first_index=LogIndex(3), snapshot_term=Term(4)))
    altered(replica, "DELETE FROM entries WHERE log_index < 3")
    assert "entry 3 is of term 3, and the one before of term 4; " in refusal(place)


def forge(replica: Path, change: Callable[[State], State]) -> None:
    """Change the row of the table state, its checksum included."""
    with closing(sqlite3.connect(replica / DATABASE)) as connection:
        connection.text_factory = bytes
        state = state_of(connection)
        assert state is not None
        connection.execute("DELETE FROM state")
        insert_state(connection, change(state))
        connection.commit()


def test_all_that_is_damaged_is_found(place: Path) -> None:
    replica = kept(place)
    altered(
        replica,
        "UPDATE entries SET term = 9 WHERE log_index = 1",
        "DELETE FROM entries WHERE log_index = 2",
        "UPDATE entries SET term = 9 WHERE log_index = 4",
        "UPDATE records SET content = '2' WHERE name = 't/1'",
        "DELETE FROM records WHERE name = 'v/shape'",
    )
    assert list(faults(replica)) == [
        "the checksum of entry 1 does not fit",
        "entry 2 is missing",
        "the checksum of entry 4 does not fit",
        'the checksum of record "t/1" of the snapshot does not fit',
        "the snapshot has 2 records, and had 3 when it was written",
    ]


def test_what_is_well_has_no_faults(place: Path) -> None:
    assert list(faults(kept(place))) == []
    assert found_in(place) == KEPT
    assert list(faults(compacted(place / "later"))) == []
    assert found_in(place / "later") == COMPACTED


def test_in_a_log_that_was_compacted_every_index_counts(place: Path) -> None:
    altered(compacted(place), "UPDATE entries SET log_index = 3 WHERE log_index = 4")
    assert "entry 3 is outside of the log, which goes from 4 to 5; " in refusal(place)


def test_a_name_that_is_long_or_no_text_is_named_as_far_as_it_goes(place: Path) -> None:
    replica = kept(place)
    altered(replica, f"INSERT INTO records VALUES ('{'n' * 99}', '', 0), (x'00ff22', '', 0)")
    assert list(faults(replica)) == [
        f'the checksum of record "{"n" * 55}..." of the snapshot does not fit',
        'the checksum of record "\\u0000\N{REPLACEMENT CHARACTER}\\"" of the snapshot does not fit',
        "the snapshot has 5 records, and had 3 when it was written",
        'record "\\u0000\N{REPLACEMENT CHARACTER}\\"" of the snapshot is not text',
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "raft.sqlite is missing"),
        (b"", "raft.sqlite is empty"),
        (b"no database" * 999, "raft.sqlite cannot be read: file is not a database"),
    ],
)
def test_a_database_that_is_gone_is_not_made_anew(place: Path, content: bytes | None, fault: str) -> None:
    path = kept(place) / DATABASE
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    assert refusal(place).startswith(f"{place / ME} is damaged: {fault}; ")


def test_a_database_that_is_a_directory_is_no_error_of_the_disk(place: Path) -> None:
    (place / ME / DATABASE).mkdir(parents=True)
    assert refusal(place) == f"{place / ME} is damaged: raft.sqlite is not a file{REMEDY}"


def test_a_write_ahead_log_without_a_database_is_not_thrown_away(place: Path) -> None:
    (place / ME).mkdir()
    (place / ME / WAL).write_bytes(b"what is left")
    assert "raft.sqlite is missing" in refusal(place)
    assert (place / ME / WAL).read_bytes() == b"what is left"


def test_any_byte_of_the_database_may_be_damaged_and_none_is_believed(place: Path) -> None:
    """What is never read may be anything: then all is as it was."""
    path = compacted(place) / DATABASE
    dice = Random(7)
    refused = 0
    for _ in range(300):
        before = path.read_bytes()
        used = [offset for offset, byte in enumerate(before) if byte]
        flipped(path, dice.choice(used), 1 << dice.randrange(8))
        try:
            found = found_in(place)
        except OSError as error:
            assert "version" in str(error) or "another program" in str(error)  # noqa: PT017  # most are no such error
            found = None
        refused += found is None
        assert found in {None, COMPACTED}
        path.write_bytes(before)
    assert refused > 200


@pytest.mark.parametrize("table", ["state", "records"])
def test_every_byte_of_the_snapshot_may_be_damaged_and_none_is_believed(place: Path, table: str) -> None:
    path = compacted(place) / DATABASE
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    whole = path.read_bytes()
    start = (page - 1) * PAGE_BYTES
    (content,) = struct.unpack(">H", whole[start + 5 : start + 7])
    for offset in (*range(start, start + 24), *range(start + content, start + PAGE_BYTES)):
        for by in (0x01, 0xFF):
            flipped(path, offset, by)
            assert found_in(place) in {None, COMPACTED}, f"byte {offset - start}"
            path.write_bytes(whole)


# --- the note of what was acknowledged ---------------------------------------------------------------------------


def test_an_older_copy_of_the_database_alone_is_refused(place: Path) -> None:
    replica = kept(place)
    older = (replica / DATABASE).read_bytes()
    storage = opened(place)
    storage.save_hard_state(Term(4), None)
    storage.sync()
    storage.close()
    (replica / DATABASE).write_bytes(older)
    assert "ACKNOWLEDGED says that 2 transactions were acknowledged, and only 1 are there: " in refusal(place)


@pytest.mark.parametrize("content", [None, b"", b"1 transaction\n", b"00000000000000000009 00000000\n"])
def test_a_note_that_is_gone_or_torn_is_refused(place: Path, content: bytes | None) -> None:
    """It is there from the beginning: without it, a log that lost all of its end would look whole."""
    path = kept(place) / ACKNOWLEDGED
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    assert "ACKNOWLEDGED is missing, or not as it was written" in refusal(place)


def test_a_process_that_came_no_further_than_the_first_note_leaves_no_fault(place: Path) -> None:
    replica = kept(place)
    for path in replica.iterdir():
        path.unlink()
    for content in (b"", b"%b %08x\n" % (b"0" * 20, zlib.crc32(b"0" * 20))):
        (replica / ACKNOWLEDGED).write_bytes(content)
        opened(place).close()
        (replica / DATABASE).unlink()


# --- read later --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE entries SET term = 2 WHERE log_index = 3", "entry 3 cannot be read: its checksum does not fit"),
        ("DELETE FROM entries WHERE log_index = 3", "entry 3 cannot be read: it is missing"),
    ],
)
def test_what_is_damaged_while_the_replica_runs_is_noticed_when_it_is_read(
    place: Path, change: str, fault: str
) -> None:
    replica = kept(place)
    storage = opened(place)
    altered(replica, change)
    with pytest.raises(DamageError, match=fault):
        storage.read(index(2), 2)
    with pytest.raises(DamageError, match=fault):
        list(storage.restored())
    storage.close()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            "UPDATE records SET content = 'red' WHERE name = 'v/colour'",
            'record "v/colour" of the snapshot cannot be read: its checksum does not fit; restore the directory from',
        ),
        ("DELETE FROM records WHERE name = 'v/colour'", "the snapshot cannot be read: it has 2 records, and had 3; "),
    ],
)
def test_a_record_that_is_damaged_while_the_replica_runs_is_noticed_when_it_is_read(
    place: Path, change: str, fault: str
) -> None:
    replica = kept(place)
    with closing(opened(place)) as storage:
        altered(replica, change)
        assert storage.read_snapshot(0, "", 1) == KEPT.records[:1]
        with pytest.raises(DamageError, match=fault):
            storage.read_snapshot(1, "t/1", 9)
        with pytest.raises(DamageError, match=fault):
            list(storage.restored())


def test_nothing_is_built_on_a_record_that_is_damaged(place: Path) -> None:
    """It would take the place of a damaged one, and nobody would ever know that there was damage."""
    replica = kept(place)
    with closing(opened(place)) as storage:
        altered(replica, "UPDATE records SET content = 'red' WHERE name = 'v/colour'")
        storage.save_snapshot(index(3), (("v/colour", "green"),), index(1))
        for _ in range(2):
            with pytest.raises(StorageError, match='record "v/colour" of the snapshot cannot be read'):
                storage.sync()
        assert storage.needs_sync()
    assert 'the checksum of record "v/colour" of the snapshot does not fit' in refusal(place)


def test_a_change_of_a_record_that_is_missing_hides_nothing(place: Path) -> None:
    replica = kept(place)
    with closing(opened(place)) as storage:
        altered(replica, "DELETE FROM records WHERE name = 'v/colour'")
        storage.save_snapshot(index(3), (("v/colour", "green"),), index(1))
        storage.sync()
    assert "the snapshot has 3 records, and had 4 when it was written" in refusal(place)
