"""Whatever was changed in a data directory is noticed, named, and never passed on."""

from __future__ import annotations

import zlib
from pathlib import Path
from random import Random

import pytest

from messages.ids import Term
from storage import DamageError
from storage.checking import faults
from storage.layout import ACKNOWLEDGED, DATABASE, WAL
from tests.actors.samples import ME, index
from tests.storage.places import KEPT, altered, flipped, found_in, kept, opened

REMEDY = (
    "; restore the directory from a copy that was made after the replica had stopped, "
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
            "the row of the table state (term, vote, last index, disks) is missing, or",
        ),
        ("UPDATE state SET voted_for = NULL", "the row of the table state"),
        ('UPDATE state SET disks = \'{"0001":"forged"}\'', "the row of the table state"),
        ("UPDATE identity SET disk = 'another'", "the row of the table identity"),
        ("UPDATE state SET term = 2", "the row of the table state"),
        ("UPDATE state SET last_index = 3", "the row of the table state"),
        ("DELETE FROM state", "the row of the table state"),
        ("UPDATE identity SET replica = '0001'", "the row of the table identity is missing, or its checksum"),
        ("DELETE FROM identity", "the row of the table identity"),
        ("DROP TABLE entries", "raft.sqlite cannot be read: no such table: entries"),
    ],
)
def test_every_record_that_was_changed_is_named(place: Path, change: str, fault: str) -> None:
    altered(kept(place), change)
    said = refusal(place)
    assert said.startswith(f"{place / ME} is damaged: {fault}")
    assert said.endswith(REMEDY)


def test_all_that_is_damaged_is_found(place: Path) -> None:
    replica = kept(place)
    altered(
        replica,
        "UPDATE entries SET term = 9 WHERE log_index = 1",
        "DELETE FROM entries WHERE log_index = 2",
        "UPDATE entries SET term = 9 WHERE log_index = 4",
    )
    assert list(faults(replica)) == [
        "the checksum of entry 1 does not fit",
        "entry 2 is missing",
        "the checksum of entry 4 does not fit",
    ]


def test_what_is_well_has_no_faults(place: Path) -> None:
    assert list(faults(kept(place))) == []
    assert found_in(place) == KEPT


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


def test_a_write_ahead_log_without_a_database_is_not_thrown_away(place: Path) -> None:
    (place / ME).mkdir()
    (place / ME / WAL).write_bytes(b"what is left")
    assert "raft.sqlite is missing" in refusal(place)
    assert (place / ME / WAL).read_bytes() == b"what is left"


def test_any_byte_of_the_database_may_be_damaged_and_none_is_believed(place: Path) -> None:
    """What is never read may be anything: then all is as it was."""
    path = kept(place) / DATABASE
    dice = Random(7)
    refused = 0
    for _ in range(150):
        before = path.read_bytes()
        used = [offset for offset, byte in enumerate(before) if byte]
        flipped(path, dice.choice(used), 1 << dice.randrange(8))
        try:
            found = found_in(place)
        except OSError as error:
            assert "version" in str(error) or "another program" in str(error)  # noqa: PT017  # most are no such error
            found = None
        refused += found is None
        assert found in {None, KEPT}
        path.write_bytes(before)
    assert refused > 100


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
