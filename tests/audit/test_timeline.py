"""The timeline: the right records, in the order of cause and effect, in lines that can be read."""

import json
from pathlib import Path
from typing import Final

import pytest

from audit.__main__ import main
from audit.points import cut_at
from audit.reading import read
from tests.audit.small_run import small_run
from tests.audit.trails import Replica, chatter, encoded, opened


@pytest.fixture
def run(tmp_path: Path) -> Path:
    small_run(tmp_path)
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], directory: Path, *arguments: str) -> list[str]:
    assert main(["timeline", str(directory), *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_line_says_when_where_who_what_and_the_essentials(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, run, "--kind", "append", "--node", "0001")
    assert lines[0] == (
        "  1.001000  0001  consensus        sends append            t1 prev 0/t0 + index 1 (t1 M1) commit 0 → 0002"
    )


def test_all_records_are_shown_when_nothing_is_asked_for(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = sum(len(path.read_text().splitlines()) for path in run.glob("*.jsonl"))
    assert len(shown(capsys, run)) == lines


LIFE_OF_M1: Final = """\
0001 socket_reader Datagrams
0001 consensus Inbound
0001 consensus sends append
0001 consensus sends append
0001 log_store Append
0001 log_store stores append
0002 socket_reader Datagrams
0002 log_store Append
0002 log_store stores append
0002 log_store sends append_accepted
0001 socket_reader Datagrams
0001 consensus sends ok
0001 consensus request.answered
0001 state_machine Apply
0001 replicator/0002 sends append
0002 socket_reader Datagrams
0002 state_machine Apply
"""


def outline(lines: list[str]) -> str:
    """Who did what, without times and essentials."""
    return "".join(f"{' '.join(line[12:57].split())}\n" for line in lines)


def test_a_request_is_told_from_the_clients_datagram_to_the_last_replica_that_applies_it(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outline(shown(capsys, run, "--mid", "M1")) == LIFE_OF_M1


def test_an_entry_is_told_with_the_request_that_it_is_of(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outline(shown(capsys, run, "--index", "1")) == LIFE_OF_M1


def test_a_request_that_was_redirected_is_told(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outline(shown(capsys, run, "--mid", "M2")) == (
        "0002 socket_reader Datagrams\n"
        "0002 consensus Inbound\n"
        "0002 consensus request.held\n"
        "0002 consensus sends redirect\n"
        "0002 consensus request.answered\n"
    )


def test_a_request_is_told_as_far_as_events_tell_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small_run(tmp_path, events_only=True)
    assert outline(shown(capsys, tmp_path, "--mid", "M1")) == (
        "0001 consensus request.answered\n0001 state_machine entry.committed\n0002 state_machine entry.committed\n"
    )


def test_of_a_batch_what_belongs_is_shown_and_the_rest_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replica = Replica(node="0001", peers=[])
    asks = [{"src": "0011", "dst": "0001", "leader": "FFFF", "type": "get", "MID": mid, "key": "k"} for mid in "ABC"]
    replica.hears(1.0, *map(json.dumps, asks))
    replica.write(tmp_path)
    lines = shown(capsys, tmp_path, "--mid", "B")
    assert [line[57:].strip() for line in lines] == ["get B key k ← 0011 (and 2 more)"] * 2


@pytest.mark.parametrize(
    ("arguments", "first", "count"),
    [
        (["--event-only"], "pre_candidate", 16),
        (["--kind", "request.*"], "M1", 3),
        (["--kind", "vote.granted", "--kind", "vote.refused"], "candidate 0001 term 1", 2),
        (["--kind", "redirect"], "M2 to 0001 → 0011", 1),
        (["--kind", "opened"], "peers 0002, 0003", 3),
        (["--kind", "storage", "--node", "0002"], "1 entry (t1 M1)", 1),
        (["--actor", "replicator"], "log 1 commit 1", 3),
        (["--actor", "election_*"], "epoch 1", 1),
        (["--term", "1", "--event-only"], "term 1 previous 0", 4),
        (["--from", "2.05", "--to", "2.2"], "epoch 1", 1),
        (["--node", "0003", "--kind", "took"], "request_vote t1 log 0/t0 ← 0001", 3),
        (["--limit", "2"], "peers 0002, 0003", 2),
    ],
)
def test_what_is_asked_for_is_shown(
    run: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], first: str, count: int
) -> None:
    lines = shown(capsys, run, *arguments)
    assert first in lines[0]
    assert len(lines) == count


def test_places_are_points_of_the_run(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (plain,) = shown(capsys, run, "--kind", "request.held")
    (line,) = shown(capsys, run, "--kind", "request.held", "--places")
    assert line.endswith(f"  {plain}")
    assert line.split()[0].startswith("0002.jsonl:"), "an event is of no delivery"
    trails = read(run)
    for line in shown(capsys, run, "--kind", "took", "--places"):
        place, delivery = line.split()[:2]
        assert cut_at(trails, place).counts == cut_at(trails, delivery).counts
    (line,) = shown(capsys, run, "--kind", "redirect", "--places")
    (record,) = shown(capsys, run, "--kind", "redirect", "--json")
    assert line.split()[1] == f"0002/consensus/{json.loads(record)['n']}", (
        "what is done is of the delivery in whose handling it was done"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "9", "--to", "8"], "--from 9 is behind --to 8: nothing can be between them.\n"),
        (["--from", "nan", "--to", "8"], "--from nan: so many seconds since the run began must be a number.\n"),
        (["--to", "nan"], "--to nan: so many seconds since the run began must be a number.\n"),
        (["--limit", "0"], "--limit 0: at least 1 line must be allowed.\n"),
        (["--limit", "-1"], "--limit -1: at least 1 line must be allowed.\n"),
        (["--index", "0"], "--index 0: the first entry of a log has index 1.\n"),
        (["--term", "-1"], "--term -1: terms count from 0.\n"),
    ],
)
def test_what_no_record_can_be_is_one_sentence_and_exit_code_2(
    run: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(["timeline", str(run), *arguments]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", told)


def test_json_is_the_record_and_its_place(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = shown(capsys, run, "--json", "--kind", "request.held")
    assert json.loads(line) == {
        "record": "event",
        "at": 2.5,
        "clock": json.loads(line)["clock"],
        "node": "0002",
        "event": "request.held",
        "level": "info",
        "actor": "consensus",
        "mid": "M2",
        "client": "0011",
        "place": json.loads(line)["place"],
    }
    assert json.loads(line)["place"].startswith("0002.jsonl:")


def test_json_of_everything_is_everything(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    by_place = {json.loads(line)["place"]: json.loads(line) for line in shown(capsys, run, "--json")}
    for path in run.glob("*.jsonl"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            written = json.loads(line)
            del written["crc"]
            read = by_place[f"{path.name}:{number}"]
            del read["place"]
            assert read == written


def test_effects_stand_behind_their_causes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chatter(tmp_path, seed=3, messages=100)
    sent: set[tuple[str, int]] = set()
    for line in shown(capsys, tmp_path, "--json"):
        record = json.loads(line)
        if record["record"] == "did":
            sent.add((record["node"], record["clock"]))
        for payload in record.get("message", {}).get("payloads", []):
            assert (json.loads(payload)["src"], json.loads(payload)["clock"]) in sent


def test_machines_whose_clocks_differ_are_put_on_one_time_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for node, at in (("0001", 100.0), ("0002", 7000.0)):
        peers = [peer for peer in ("0001", "0002") if peer != node]
        (tmp_path / f"{node}.jsonl").write_bytes(encoded([opened(node, peers, at=at)]))
    assert [line[:10] for line in shown(capsys, tmp_path)] == ["  0.000000"] * 2


def test_a_damaged_trail_is_shown_and_gives_exit_code_1(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = run / "0001.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"candidate"', b'"undecided"', 1))
    assert main(["timeline", str(run)]) == 1
    captured = capsys.readouterr()
    assert "damage: 0001.jsonl:" in captured.err
    assert "undecided" in captured.out


def test_a_message_that_cannot_be_decoded_is_shown_as_that(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replica = Replica(node="0001", peers=[])
    replica.takes(1.0, "consensus", "Lament", about="nothing")
    replica.does(1.0, "consensus", 1, "datagrams", "send", type="novel")
    replica.write(tmp_path)
    lines = shown(capsys, tmp_path, "--kind", "took", "--kind", "did")
    assert lines[0].endswith("Lament                  cannot be decoded: no actor takes a Lament")
    assert "cannot be decoded: no replica sends novel so" in lines[1]


@pytest.mark.parametrize(
    "asked", [["--kind", "snapshot.*"], ["--actor", "replicator/0001"], ["--mid", "M1", "--to", "0"]]
)
def test_nothing_found_is_said(run: Path, capsys: pytest.CaptureFixture[str], asked: list[str]) -> None:
    """There might have been some: that is an answer, and no mistake."""
    assert main(["timeline", str(run), *asked]) == 0
    assert capsys.readouterr().err == "No record is what was asked for.\n"


def test_a_replica_that_is_not_there_is_said(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["timeline", str(run), "--node", "0009"]) == 2
    assert capsys.readouterr().err == "There is no trail of 0009 here, only of 0001, 0002, 0003.\n"
