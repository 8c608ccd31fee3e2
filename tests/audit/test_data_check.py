"""`python -m audit check`: every damaged record is named, whole directories are well, also while a replica writes."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from audit.__main__ import main
from messages.ids import Term
from storage import SqliteStorage
from storage.layout import ACKNOWLEDGED, DATABASE, PAGE_BYTES, WAL
from tests.actors.samples import ME, PEER, PEERS, index, put
from tests.storage.places import altered, copied, flipped, kept, opened


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out.splitlines()


def test_what_is_well_is_said_to_be_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept(tmp_path)
    SqliteStorage.open(tmp_path, me=PEER, cluster=[ME, *PEERS]).close()
    assert main(["check", str(tmp_path)]) == 0
    assert lines(capsys) == [f"{tmp_path}/0000: all is well.", f"{tmp_path}/0001: all is well."]


def test_every_damaged_record_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    altered(
        kept(tmp_path),
        "UPDATE entries SET term = 9 WHERE log_index = 1",
        "DELETE FROM entries WHERE log_index = 3",
        "UPDATE identity SET members = '0000'",
        "UPDATE records SET content = 'red' WHERE name = 'v/colour'",
        "DELETE FROM records WHERE name = 't/1'",
    )
    assert main(["check", str(tmp_path)]) == 1
    assert lines(capsys) == [
        f"{tmp_path}/0000: damaged: the row of the table identity is missing, or its checksum does not fit.",
        f"{tmp_path}/0000: damaged: the checksum of entry 1 does not fit.",
        f"{tmp_path}/0000: damaged: entry 3 is missing.",
        f'{tmp_path}/0000: damaged: the checksum of record "v/colour" of the snapshot does not fit.',
        f"{tmp_path}/0000: damaged: the snapshot has 2 records, and had 3 when it was written.",
    ]


def test_one_that_is_damaged_does_not_hide_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    altered(kept(tmp_path), "DELETE FROM entries")
    SqliteStorage.open(tmp_path, me=PEER, cluster=[ME, *PEERS]).close()
    assert main(["check", str(tmp_path)]) == 1
    assert lines(capsys) == [
        f"{tmp_path}/0000: damaged: entries 1 to 4 are missing.",
        f"{tmp_path}/0001: all is well.",
    ]


def test_pages_that_are_malformed_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The number of cells of the page with the entries."""
    replica = kept(tmp_path)
    with closing(sqlite3.connect(replica / DATABASE)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'entries'").fetchone()
    flipped(replica / DATABASE, (page - 1) * PAGE_BYTES + 4)
    assert main(["check", str(replica)]) == 1
    first = lines(capsys)[0]
    assert first.startswith(f"{replica}: damaged: raft.sqlite is malformed (")


def test_a_write_ahead_log_that_is_damaged_in_the_middle_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = opened(tmp_path / "running")
    for number in range(1, 4):
        storage.append((put(1, str(number)),))
        storage.sync()
    replica = copied(tmp_path / "running" / ME, tmp_path / "copy")
    storage.close()
    flipped(replica / WAL, 5000)
    assert main(["check", str(replica)]) == 1
    assert lines(capsys) == [
        f"{replica}: damaged: frame 2 of the write-ahead log is not as it was written, and another transaction follows."
    ]


def test_a_write_ahead_log_that_is_gone_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    storage = opened(tmp_path / "running")
    storage.append((put(1, "1"),))
    storage.sync()
    replica = copied(tmp_path / "running" / ME, tmp_path / "copy")
    storage.close()
    (replica / WAL).unlink()
    assert main(["check", str(replica)]) == 1
    (line,) = lines(capsys)
    assert f"{ACKNOWLEDGED} says that 1 transactions were acknowledged, and only 0 are there" in line


def test_a_database_that_is_a_directory_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ME / DATABASE).mkdir(parents=True)
    assert main(["check", str(tmp_path)]) == 1
    assert lines(capsys) == [f"{tmp_path}/0000: damaged: raft.sqlite is not a file."]


def test_the_directory_of_another_replica_is_noticed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    replica = kept(tmp_path).rename(tmp_path / PEER)
    whose = "is the directory of replica 0000, not of 0001; give each replica the directory that bears its own name."
    monkeypatch.chdir(replica)
    for named in (tmp_path, replica, Path()):
        assert main(["check", str(named)]) == 1
        (line,) = lines(capsys)
        assert line == f"{replica if named == tmp_path else named} {whose}"


def test_a_misnamed_directory_may_be_damaged_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    altered(kept(tmp_path).rename(tmp_path / PEER), "DELETE FROM entries")
    assert main(["check", str(tmp_path)]) == 1
    damaged, misnamed = lines(capsys)
    assert damaged.endswith(": damaged: entries 1 to 4 are missing.")
    assert "is the directory of replica 0000" in misnamed


def test_a_copy_may_have_any_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = kept(tmp_path).rename(tmp_path / "copy of 0000")
    assert main(["check", str(copy)]) == 0
    assert lines(capsys) == [f"{copy}: all is well."]


def test_while_a_replica_writes_all_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is looked at again and again while pages are copied and the log is begun anew."""
    storage = opened(tmp_path)
    is_over = threading.Event()

    def writes() -> None:
        term = 0
        while not is_over.is_set():
            term += 1
            storage.save_hard_state(Term(term), None)
            storage.append((put(term, str(term), value="v" * 50_000),))
            if term % 10 == 0:
                records = tuple((f"v/{term % 70 + number}", f"{term}") for number in range(30))
                storage.save_snapshot(index(term - 1), records, index(term - 5))
            if term % 100 == 0:
                storage.install_snapshot(index(term + 1), Term(term), (("v/1", "v" * 50_000),))
                term += 1
            storage.sync()

    with closing(storage):
        writer = threading.Thread(target=writes)
        writer.start()
        try:
            codes = [main(["check", str(tmp_path)]) for _ in range(10)]
        finally:
            is_over.set()
            writer.join()
    assert set(codes) == {0}, capsys.readouterr().out
    assert storage.commits > len(codes)
