"""`python -m audit log`: what a data directory holds, for people and for machines, while a replica runs or not."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path

import pytest

from audit.__main__ import main
from messages.entry import no_op
from messages.ids import DiskId, Term
from storage import SqliteStorage
from tests.actors.samples import ME, PEER, PEERS, index, put
from tests.audit.readings import locked
from tests.storage.places import altered, compacted, copied, kept, opened
from tests.storage.version_1 import made_by_1

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
  no snapshot
  entries 1 to 3; 1 transactions
  index  term  client  MID  key      value
      1     1               (no-op)
      2     1  0015    M1   colour   blue
      3     3  0015    M2   ""       {"x" * 57}...
{data}/0001: replica 0001 of the cluster 0000, 0001, 0002
  term 0, no vote
  disk ITS; known disks: none
  no snapshot
  no entries; 0 transactions
"""
    )


def test_of_the_disks_that_are_known_those_of_others_are_shown_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def line() -> str:
        assert main(["log", str(tmp_path)]) == 0
        return capsys.readouterr().out.splitlines()[2]

    with closing(opened(tmp_path)) as storage:
        for replica, disk in ((PEERS[1], "b" * 16), (PEERS[0], "c" * 16)):
            storage.save_disk(replica, DiskId(disk))
        storage.sync()
    own = line().split()[1].rstrip(";")
    others = f"  disk {own}; known disks: {'c' * 16} of {PEERS[0]}, {'b' * 16} of {PEERS[1]}"
    assert line() == others
    with closing(opened(tmp_path)) as storage:
        storage.save_disk(ME, DiskId(own))
        storage.sync()
    assert line() == others


def test_the_last_index_is_not_taken_for_a_count(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["log", "--help"])
    help_ = " ".join(capsys.readouterr().out.split())
    assert "--last INDEX entries up to this index; no count" in help_
    assert "--first 100 --last 104" in help_


def test_only_what_is_asked_for_is_shown(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", str(data / ME), "--first", "2", "--last", "2"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[6:]] == ["2"]


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
    assert (full["snapshot"], full["records"], full["missing"], full["faults"]) == (None, None, [], [])


# --- snapshots ---------------------------------------------------------------------------------------------------


def shown(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> list[str]:
    """What is printed behind the lines that say whose directory it is."""
    assert main(["log", *map(str, arguments)]) == code
    captured = capsys.readouterr()
    assert captured.err == ""
    return [*captured.out.splitlines()[3:]]


SNAPSHOT = "  snapshot of the entries up to 4, of term 3; 4 records"


def test_a_snapshot_is_shown_and_what_is_kept_of_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, compacted(tmp_path)) == [
        SNAPSHOT,
        "  entries 4 to 5; 2 transactions",
        "  index  term  client  MID  key  value",
        "      4     3  0015    4    k    v",
        "      5     3  0015    5    k    v",
    ]


def test_records_are_shown_when_they_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replica = compacted(tmp_path)
    with closing(opened(tmp_path)) as storage:
        storage.save_snapshot(index(5), (("v/ two\nlines", "a\nb"), ("v/size", "x" * 99)), index(6))
        storage.sync()
    assert shown(capsys, replica, "--records") == [
        "  snapshot of the entries up to 5, of term 3; 5 records",
        "  no entries behind 5; 3 transactions",
        "  record           content",
        "  t/1              1",
        "  t/3              3",
        r'  "v/ two\nlines"  "a\nb"',
        "  v/shape          round",
        f"  v/size           {'x' * 57}...",
    ]


def test_for_machines_snapshots_and_records_are_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", str(compacted(tmp_path)), "--records", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["snapshot"] == {"last_included_index": 4, "last_included_term": 3, "record_count": 4}
    assert (said["first_index"], said["last_index"]) == (4, 5)
    assert said["records"][-1] == {"name": "v/size", "content": "é", "damaged": False}
    assert [entry["index"] for entry in said["entries"]] == [4, 5]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--first", 1, "--last", 9), ("dropped 1 to 3", 4, 5)),
        (("--first", 3), ("dropped 3", 4, 5)),
        (("--last", 2), ("dropped 1 to 2",)),
        (("--first", 4), (4, 5)),
        (("--first", 5, "--last", 5), (5,)),
        (("--first", 6), ("  the log ends before entry 6",)),
        (("--first", 10**30), (f"  the log ends before entry {2**63 - 1}",)),
    ],
)
def test_of_a_log_that_was_compacted_what_is_asked_for_is_there_or_it_is_said_why_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[object, ...], expected: tuple[object, ...]
) -> None:
    lines = shown(capsys, compacted(tmp_path), *arguments)[2:]
    said = [
        line.replace("  there no more, because the snapshot includes what they did: ", "dropped ")
        if line.startswith("  the")
        else int(line.split()[0])
        for line in lines
        if "client" not in line
    ]
    assert tuple(said) == expected


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--first", "5", "--last", "4"), "--first 5 is behind --last 4: there is nothing between them.\n"),
        (("--first", "0"), "argument --first: '0' is no index: the first entry has index 1\n"),
        (("--last", "-1"), "argument --last: "),
        (("--last", "x"), "argument --last: 'x' is no index: the first entry has index 1\n"),
    ],
)
def test_what_is_no_part_of_a_log_is_refused(
    data: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    try:
        code = main(["log", str(data), *arguments])
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    assert code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert told in captured.err


@pytest.mark.parametrize(
    ("change", "marked"),
    [
        ("DELETE FROM entries WHERE log_index = 3", ["3  MISSING"]),
        ("DELETE FROM entries WHERE log_index BETWEEN 2 AND 3", ["2 to 3  MISSING"]),
        ("DELETE FROM entries WHERE log_index IN (1, 4)", ["1  MISSING", "4  MISSING"]),
        ("DELETE FROM entries", ["1 to 4  MISSING"]),
        ("UPDATE records SET content = 'red' WHERE name = 'v/colour'", ["v/colour  DAMAGED"]),
        ("DELETE FROM records WHERE name = 'v/colour'", ["MISSING: 2 of 3 records are there"]),
        ("DELETE FROM records", ["MISSING: 0 of 3 records are there"]),
    ],
)
def test_what_is_missing_is_marked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str, marked: list[str]
) -> None:
    replica = kept(tmp_path)
    altered(replica, change)
    lines = shown(capsys, replica, "--records", code=1)
    assert [line.strip() for line in lines if "MISSING" in line or "DAMAGED" in line] == marked
    assert main(["log", str(replica), "--records", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert len(said["missing"]) == sum("MISSING" in each and "records" not in each for each in marked)


def test_only_the_gaps_in_what_is_asked_for_are_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replica = kept(tmp_path)
    altered(replica, "DELETE FROM entries WHERE log_index BETWEEN 2 AND 3")
    assert "       3  MISSING" not in shown(capsys, replica, "--first", 4)
    assert shown(capsys, replica, "--first", 3, code=1)[3:] == [
        "      3  MISSING",
        "      4        3  0015    4    k    v",
    ]


def test_a_directory_of_version_1_is_shown_and_not_migrated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replica = made_by_1(tmp_path)
    before = (replica / "raft.sqlite").read_bytes()
    assert shown(capsys, replica, "--records")[:2] == ["  no snapshot", "  entries 1 to 3; 2 transactions"]
    assert main(["check", str(replica)]) == 0
    assert (replica / "raft.sqlite").read_bytes() == before


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
        ("DELETE FROM state", "  term, vote, snapshot and the log's ends DAMAGED"),
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
    assert captured.err == f"damage: {data}/0000: the header of the write-ahead log is not as it was written.\n"
    assert "blue" in captured.out


def test_an_end_that_is_gone_is_said_behind_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the end of the write-ahead log, or all of it, the database is whole, and older."""
    with closing(opened(tmp_path / "running")) as storage:
        for number in range(1, 4):
            storage.append((put(1, f"M{number}"),))
            storage.sync()
        replica = copied(tmp_path / "running" / ME, tmp_path / "copy")
    wal = replica / "raft.sqlite-wal"
    whole = wal.read_bytes()
    for content, there in ((whole[:-1], 2), (whole[:40], 0), (None, 0)):
        wal.unlink() if content is None else wal.write_bytes(content)
        for options in ((), ("--json",)):
            assert main(["log", str(replica), *options]) == 1
            captured = capsys.readouterr()
            assert captured.out.count("0015") == there
            said = f"ACKNOWLEDGED says that 3 transactions were acknowledged, and only {there} are there: the end of"
            assert captured.err.startswith(f"damage: {replica}: {said} ")
            assert captured.err.count("\n") == 1
            if options:
                (fault,) = json.loads(captured.out)["faults"]
                assert fault.startswith(said)


def test_that_nothing_tells_whether_the_end_is_there_is_said(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / ME / "ACKNOWLEDGED").unlink()
    assert main(["log", str(data / ME)]) == 1
    captured = capsys.readouterr()
    assert "blue" in captured.out
    assert captured.err == (
        f"damage: {data}/0000: ACKNOWLEDGED is missing, or not as it was written, "
        "so nothing tells whether the end of the log is there.\n"
    )


@pytest.mark.parametrize("name", ["ACKNOWLEDGED", "raft.sqlite-wal"])
@pytest.mark.parametrize("command", ["log", "check"])
def test_a_file_that_cannot_be_read_is_one_sentence(
    data: Path, capsys: pytest.CaptureFixture[str], name: str, command: str
) -> None:
    path = data / ME / name
    path.unlink(missing_ok=True)
    path.mkdir()
    assert main([command, str(data / ME)]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"{path}: it cannot be read: is a directory.\n")


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
        (
            "LOCK",
            "LOCK is a file; name the directory of one replica, or the one above it, which was given",
        ),
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


def test_what_may_not_be_read_is_one_sentence(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with locked(data / ME / "raft.sqlite"):
        assert main(["log", str(data / ME)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("command", ["log", "check"])
def test_a_replica_whose_directory_may_not_be_read_hides_no_other(
    data: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """It is said as where it is named by itself, and the exit code is the same."""
    for named in (data, data / ME):
        with locked(data / ME):
            assert main([command, str(named)]) == 2
        captured = capsys.readouterr()
        assert captured.err == f"{data}/0000: the directory cannot be read: permission denied.\n"
        assert captured.out.startswith(f"{data}/0001: ") == (named == data)


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_an_empty_database_is_that_and_nothing_else(
    data: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    """SQLite would make a new one of it, which is nobody's yet."""
    (data / ME / "raft.sqlite").write_bytes(b"")
    assert main(["log", str(data), *options]) == 2
    captured = capsys.readouterr()
    assert captured.err == f"damage: {data}/0000: raft.sqlite is empty.\n"
    assert "0001" in captured.out
