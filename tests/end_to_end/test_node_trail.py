"""The trail of a real node: it says what the node was started with, and misses nothing of what it took and did."""

import json
import signal
import time
from base64 import b64encode
from pathlib import Path

import pytest

from actors.settings import Settings
from audit.continuity import Continuity
from audit.reading import NodeTrail, Trails, read
from audit.records import Did, Event, Opened, Took
from audit.rerun import rerun
from messages.codec import stamp_of, stamped
from recording import source_digest
from tests.end_to_end.launch import PATIENT, Launched, Message, run, said
from tests.end_to_end.test_node_failure import APPEND, PRE_VOTE, broken_node

HELLO = {"src": "0000", "dst": "FFFF", "leader": "FFFF", "type": "hello"}


def put(mid: str, value: str) -> Message:
    """What a client asks."""
    return {"src": "0015", "dst": "0000", "leader": "FFFF", "type": "put", "MID": mid, "key": "k", "value": value}


def asked(replica: Launched) -> bytes:
    """Its answer to a question: all that came before is handled."""
    replica.send(PRE_VOTE)
    return replica.answer("pre_vote_reply")


def lived(directory: Path, environment: dict[str, str] | None = None, *, puts: int = 0) -> Trails:
    """The trail of a node that was told a few things and ended."""
    with Launched(directory, {"RAFT_TRAIL": str(directory / "trail"), **(environment or {})}) as replica:
        replica.receive()
        for number in range(puts):
            replica.send(put(f"p{number}", "v" * 60_000))
            asked(replica)
        replica.send(APPEND)
        replica.answer("append_accepted")
        assert replica.end(signal.SIGTERM)[0] == 0
        assert replica.complaints() == ""
    return read(directory / "trail")


def only(trails: Trails) -> NodeTrail:
    """The one trail that there is, of which nothing is missing."""
    (trail,) = trails.nodes
    assert not trails.is_damaged
    assert (trail.is_complete_from_start, trail.has_gaps, trail.cut_off, trail.shed) == (True, False, False, 0)
    return trail


# --- level full ---


def test_a_trail_begins_with_all_that_running_it_again_needs(tmp_path: Path) -> None:
    before = time.time()
    trail = only(lived(tmp_path, {"RAFT_SEED": "a seed", "RAFT_WINDOW": "7"}))
    opened = trail.opened
    assert opened is not None
    assert (opened.format, opened.node, opened.incarnation, opened.part) == (1, "0000", 1, 1)
    assert (opened.peers, opened.seed, opened.storage, opened.level) == (("0001", "0002"), "a seed", "memory", "full")
    assert Settings(**opened.settings) == Settings(window=7)
    assert opened.code == source_digest()
    assert before <= opened.wall <= time.time()
    assert opened.at <= trail.records[1].record.at


def test_each_actors_deliveries_are_there_without_gaps_from_the_first_to_the_end(tmp_path: Path) -> None:
    trail = only(lived(tmp_path))
    continuity = Continuity()
    taken: dict[str, list[int]] = {}
    for located in trail.records:
        continuity.look(located, damaged=False)
        if isinstance(located.record, Took):
            taken.setdefault(located.record.actor, []).append(located.record.n)
    assert not continuity.has_gaps
    assert taken.keys() >= {"socket_reader", "consensus", "log_store", "election_timer"}
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in taken.values())
    (last_event,) = [each.record for each in trail.records if isinstance(each.record, Event)][-1:]
    assert last_event.event == "node.stopped"


def test_a_trail_can_be_run_again_with_the_same_outcome(tmp_path: Path) -> None:
    trail = only(lived(tmp_path, puts=2))
    again = rerun(trail)
    assert (again.divergence, again.stopped) == (None, None)
    assert again.replayed == sum(isinstance(each.record, Took | Did) for each in trail.records) > 10


def test_every_datagram_that_came_or_left_is_in_the_trail_as_it_was(tmp_path: Path) -> None:
    with Launched(tmp_path, PATIENT) as replica:
        left = [replica.receive(), asked(replica)]
        noise = stamped(b'{"type":"\xff"}', 40)
        replica.send_bytes(noise)
        replica.send(APPEND)
        left.append(replica.receive())
        replica.end(signal.SIGTERM)
        records = replica.trail()
    sent = [each for each in records if each["record"] == "did" and each["port"] == "datagrams"]
    assert [as_message(each["value"]) for each in sent] == [said(each) for each in left]
    assert [each["clock"] for each in sent] == [stamp_of(each) for each in left]
    assert [stamp_of(each) for each in left[:2]] == [1, 3]
    assert stamp_of(left[2]) > 40
    took = [as_message(each["message"]) for each in records if each.get("type") == "Datagrams"]
    payloads = [payload for each in took if isinstance(each["payloads"], list) for payload in each["payloads"]]
    texts = [payload.encode() for payload in payloads if isinstance(payload, str)]
    assert [said(text) for text in texts] == [PRE_VOTE, APPEND]
    assert {"base64": b64encode(noise).decode()} in payloads


def as_message(value: object) -> Message:
    """What a record holds, as an object."""
    assert isinstance(value, dict)
    return value


def test_a_node_that_is_killed_leaves_what_it_had_written_and_no_damage(tmp_path: Path) -> None:
    with Launched(tmp_path, {"RAFT_TRAIL": str(tmp_path / "trail")}) as replica:
        replica.receive()
        for number in range(5):
            replica.send(put(f"p{number}", "v" * 60_000))
            asked(replica)
        replica.end(signal.SIGKILL)
    trails = read(tmp_path / "trail")
    (trail,) = trails.nodes
    assert not trails.is_damaged
    assert (trail.is_complete_from_start, trail.has_gaps) == (True, False)
    assert isinstance(trail.records[0].record, Opened)


def test_a_node_that_fails_has_recorded_what_it_failed_at(tmp_path: Path) -> None:
    """The disk refuses: that something is durable is not in the trail, for it is not."""
    environment = {"RAFT_TRAIL": str(tmp_path / "trail")}
    with Launched(tmp_path, environment, script=broken_node(tmp_path)) as replica:
        replica.receive()
        replica.send(APPEND)
        assert replica.exit_code() == 1
    (trail,) = read(tmp_path / "trail").nodes
    records = [each.record for each in trail.records]
    assert [record.type for record in records if isinstance(record, Took) and record.actor == "log_store"][
        -1
    ] == "Flush"
    assert "sync" not in [record.call for record in records if isinstance(record, Did)]
    assert "node.failed" in [record.event for record in records if isinstance(record, Event)]


# --- files ---


def test_a_trail_goes_on_in_parts_of_the_size_that_is_asked_for(tmp_path: Path) -> None:
    trails = lived(tmp_path, {"RAFT_TRAIL_PART_MB": "1"}, puts=18)
    assert only(trails).files == ("0000.jsonl", "0000.part2.jsonl", "0000.part3.jsonl")
    sizes = [(tmp_path / "trail" / name).stat().st_size for name in only(trails).files[:-1]]
    assert all(1_000_000 <= size < 1_200_000 for size in sizes)


def test_only_so_many_parts_are_kept_as_is_asked_for(tmp_path: Path) -> None:
    trails = lived(tmp_path, {"RAFT_TRAIL_PART_MB": "1", "RAFT_TRAIL_PARTS_MAX": "2"}, puts=18)
    (trail,) = trails.nodes
    assert trail.files == ("0000.jsonl", "0000.part3.jsonl")


def test_a_second_process_of_the_same_name_has_files_of_its_own(tmp_path: Path) -> None:
    lived(tmp_path)
    first, second = lived(tmp_path).nodes
    assert (first.files, second.files) == (("0000.jsonl",), ("0000.2.jsonl",))
    assert second.opened is not None
    assert second.opened.incarnation == 2


# --- the other levels ---


def test_of_level_events_are_only_the_named_events(tmp_path: Path) -> None:
    trail = only(lived(tmp_path, {"RAFT_TRAIL_LEVEL": "events"}))
    assert trail.level == "events"
    assert {type(each.record) for each in trail.records} == {Opened, Event}
    names = [each.record.event for each in trail.records if isinstance(each.record, Event)]
    assert (names[0], names[-1]) == ("node.started", "node.stopped")
    assert "term.advanced" in names


def test_without_a_trail_nothing_is_left_behind(tmp_path: Path) -> None:
    with Launched(tmp_path, {"RAFT_TRAIL_LEVEL": "off"}) as replica:
        replica.receive()
        asked(replica)
        replica.end(signal.SIGTERM)
    assert list(tmp_path.iterdir()) == []


def test_without_a_trail_datagrams_are_stamped_all_the_same(tmp_path: Path) -> None:
    """Others of the cluster may write theirs."""
    with Launched(tmp_path, {"RAFT_TRAIL_LEVEL": "off", **PATIENT}) as replica:
        assert said(replica.receive()) == HELLO
        assert stamp_of(asked(replica)) == 3


# --- people's mistakes ---


def test_a_directory_that_cannot_be_written_to_is_said_once_and_the_node_serves(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Launched(tmp_path, {"RAFT_TRAIL": str(tmp_path / "file")}) as replica:
        replica.receive()
        assert json.loads(asked(replica))["type"] == "pre_vote_reply"
        assert replica.end(signal.SIGTERM)[0] == 0
        complaints = replica.complaints()
    why = f"The audit trail cannot be written to {tmp_path / 'file'}: it is no directory."
    assert complaints == f"{why} The replica goes on without it.\n"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RAFT_TRAIL_LEVEL", "loud"),
        ("RAFT_TRAIL_LEVEL", "FULL"),
        ("RAFT_TRAIL_PART_MB", "0"),
        ("RAFT_TRAIL_PART_MB", "1.5"),
        ("RAFT_TRAIL_PART_MB", "100001"),
        ("RAFT_TRAIL_PART_MB", "many"),
        ("RAFT_TRAIL_PARTS_MAX", "1"),
        ("RAFT_TRAIL_PARTS_MAX", "-2"),
    ],
)
def test_a_wrong_value_is_one_sentence_and_exit_code_2(tmp_path: Path, variable: str, value: str) -> None:
    environment = {variable: value, "RAFT_TRAIL": str(tmp_path / "trail")}
    done = run("9000", "0000", "0001", "0002", environment=environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{variable} must be ")
    assert done.stderr.endswith(f"and is {value!r}.\n")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
