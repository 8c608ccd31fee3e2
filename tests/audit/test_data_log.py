"""`python -m audit log`: what a data directory holds, for people and for machines, while a replica runs or not."""

from __future__ import annotations

import json
import os
import re
from contextlib import closing
from pathlib import Path

import pytest

from audit.__main__ import main
from messages.entry import no_op
from messages.ids import DiskId, Term
from storage import SqliteStorage
from tests.actors.samples import ME, PEER, PEERS, put
from tests.storage.places import altered

ENTRIES = (no_op(Term(1)), put(1, "M1", key="colour", value="blue"), put(3, "M2", key="", value="x" * 99))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """What a replica kept that voted in term 4, and one that is new."""
    with closing(SqliteStorage.open(tmp_path, me=ME, cluster=PEERS)) as storage:
        storage.save_hard_state(Term(4), PEER)
        storage.save_disk(PEER, DiskId("0123456789abcdef"))
        storage.append(ENTRIES)
        storage.sync()
    SqliteStorage.open(tmp_path, me=PEER, cluster=[ME, *PEERS]).close()
    return tmp_path


def test_all_replicas_are_shown_one_after_another(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", str(data)]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    out = re.sub("disk [0-9a-f]{16}", "disk ITS", captured.out)
    assert (
        out
        == f"""\
{data}/0000: replica 0000 of the cluster 0000, 0001, 0002
  term 4, voted for 0001
  disk ITS; known disks: 0123456789abcdef of 0001
  entries 1 to 3; 1 transactions
  index  term  client  MID  key      value
      1     1               (no-op)
      2     1  0015    M1   colour   blue
      3     3  0015    M2   ""       {"x" * 57}...
{data}/0001: replica 0001 of the cluster 0000, 0001, 0002
  term 0, no vote
  disk ITS; known disks: none
  no entries; 0 transactions
"""
    )


def test_only_what_is_asked_for_is_shown(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", str(data / ME), "--first", "2", "--last", "2"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[5:]] == ["2"]


def test_for_machines_it_is_a_line_for_each_replica(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", str(data), "--json"]) == 0
    full, empty = map(json.loads, capsys.readouterr().out.splitlines())
    assert (full["replica"], full["members"], full["term"], full["voted_for"]) == (ME, [ME, *PEERS], 4, PEER)
    assert (full["first_index"], full["last_index"], full["transactions"]) == (1, 3, 1)
    write = {"client": "0015", "MID": "M1", "key": "colour", "value": "blue"}
    assert full["entries"][:2] == [
        {"index": 1, "term": 1, "write": None, "damaged": False},
        {"index": 2, "term": 1, "write": write, "damaged": False},
    ]
    assert (full["disks"], len(full["disk"])) == ({PEER: "0123456789abcdef"}, 16)
    assert (empty["entries"], empty["disks"]) == ([], {})


def test_a_replica_that_runs_is_shown_with_what_it_synced(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(SqliteStorage.open(data, me=ME, cluster=PEERS)) as storage:
        storage.append((put(4, "M3"),))
        storage.sync()
        storage.append((put(4, "M4"),))
        assert main(["log", str(data / ME), "--first", "4", "--json"]) == 0
        assert [entry["write"]["MID"] for entry in json.loads(capsys.readouterr().out)["entries"]] == ["M3"]
        storage.sync()


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ("UPDATE entries SET term = 2 WHERE log_index = 2", "      2  DAMAGED"),
        ("DELETE FROM state", "  term, vote and the log's ends DAMAGED"),
        ("DELETE FROM identity", "/0000: identity DAMAGED"),
    ],
)
def test_what_is_damaged_is_marked_and_the_rest_is_shown(
    data: Path, capsys: pytest.CaptureFixture[str], change: str, shown: str
) -> None:
    altered(data / ME, change)
    assert main(["log", str(data)]) == 1
    out = capsys.readouterr().out
    assert shown in out
    assert "blue" in out or "2  DAMAGED" in out
    assert "/0001: replica 0001 of" in out
    assert main(["log", str(data), "--json"]) == 1


def test_what_sqlite_passes_over_is_said(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / ME / "raft.sqlite-wal").write_bytes(b"no header" * 9)
    assert main(["log", str(data / ME)]) == 1
    captured = capsys.readouterr()
    assert captured.err == f"damage: {data}/0000: the header of the write-ahead log is not as it was written\n"
    assert "blue" in captured.out


def test_nothing_is_changed_by_looking(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (data / ME).iterdir()}

    before = files()
    assert main(["log", str(data)]) == 0
    assert main(["check", str(data)]) == 0
    assert files() == before


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nowhere", "nowhere: there is no such directory."),
        ("LOCK", "LOCK is a file; "),
        ("other", "other: no replica keeps anything there; name a directory that was given as RAFT_DATA."),
        ("foreign", "foreign/raft.sqlite is the database of another program; "),
        ("empty", "empty: the database cannot be read: no such table: identity; 'check' may say more."),
    ],
)
@pytest.mark.parametrize("command", ["log", "check"])
def test_where_there_is_nothing_it_is_one_sentence_and_exit_code_2(
    data: Path, capsys: pytest.CaptureFixture[str], name: str, told: str, command: str
) -> None:
    for each in ("other", "foreign", "empty"):
        (data / each).mkdir()
    (data / "LOCK").write_text("", "utf-8")
    altered(data / "foreign", "CREATE TABLE other (number)")
    altered(data / "empty", f"PRAGMA application_id = {0x52616674}", "PRAGMA user_version = 1")
    code = main([command, str(data / name)])
    captured = capsys.readouterr()
    if (command, name) == ("check", "empty"):
        assert code == 1
        return
    assert (code, captured.out) == (2, "")
    assert told in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_one_sentence(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / ME / "raft.sqlite").chmod(0)
    assert main(["log", str(data / ME)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
