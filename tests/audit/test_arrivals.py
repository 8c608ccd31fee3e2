"""What arrives is what was sent, and a trail whose end was cut away is not whole."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.invariants import Rule
from audit.reading import read
from audit.verify import BROKEN, HELD, INCOMPLETE, Verdict, verify
from messages.codec import encode, stamped
from messages.wire import AppendEntries, Outbound
from tests.actors import cluster
from tests.audit import sealing, stories
from tests.audit.trails import Replica, replicas

ASKED = {"term": 1, "last_log_index": 0, "last_log_term": 0}


def found(directory: Path, *all_of_them: Replica) -> tuple[list[str], tuple[str, ...]]:
    """What is said of arrivals in these trails: what was broken, and what could not be checked."""
    for replica in all_of_them:
        replica.write(directory)
    verdict = verify(read(directory))
    broken = [each.sentence for each in verdict.violations if each.rule is Rule.ARRIVES_AS_SENT]
    return broken, tuple(each for each in verdict.unchecked if each.startswith("the end of"))


def resealed(payload: str, **changes: object) -> str:
    """The same datagram, saying something else, with a seal that fits."""
    message = json.loads(payload)
    clock = message.pop("clock")
    del message["crc"]
    return stamped(json.dumps(message | changes, separators=(",", ":")).encode(), clock).decode()


# --- what arrives -----------------------------------------------------------------------------------------------


def asked() -> tuple[Replica, Replica, str]:
    """One replica has sent another one a question."""
    first, second, _ = replicas()
    n = first.takes(0.1, "consensus", "ElectionTimeout", epoch=1, at=0.1)
    return first, second, first.sends(0.1, "consensus", n, "request_vote", "0002", **ASKED)


def test_what_arrives_as_it_was_sent_breaks_nothing_however_often(tmp_path: Path) -> None:
    first, second, payload = asked()
    second.receives(0.2, payload, payload)
    assert found(tmp_path, first, second) == ([], ())


def test_what_arrives_otherwise_than_it_was_sent_left_its_sender_so(tmp_path: Path) -> None:
    first, second, payload = asked()
    second.receives(0.2, resealed(payload, last_log_index=7))
    (sentence,), _ = found(tmp_path, first, second)
    assert sentence == (
        "0002 received the request_vote with clock 1 of 0001 otherwise than it was sent: last_log_index 0 became 7; "
        "its seal fits, so it left 0001 so"
    )


def test_the_same_content_in_other_bytes_is_what_was_sent(tmp_path: Path) -> None:
    first, second, payload = asked()
    message = json.loads(payload)
    body = {name: message[name] for name in sorted(message) if name not in {"clock", "crc"}}
    second.receives(0.2, stamped(json.dumps(body).encode(), message["clock"]).decode())
    assert found(tmp_path, first, second) == ([], ())


@pytest.mark.parametrize(("introduced", "count"), [(True, 0), (False, 1)])
def test_a_field_whose_name_was_damaged_is_not_believed(tmp_path: Path, introduced: bool, count: int) -> None:
    """Where it would have said what is assumed without it, the datagram is understood, and sealed, as it was sent."""
    first, second, _ = replicas()
    accepted = {"term": 1, "match_index": 1, "commit_index": 0, "at": 1.0, "disk": "", "introduced": introduced}
    payload = first.sends(0.1, "log_store", 1, "append_accepted", "0002", **accepted)
    second.receives(0.2, resealed(payload.replace('"introduced"', '"intro uced"')))
    assert len(found(tmp_path, first, second)[0]) == count


def test_what_was_damaged_on_its_way_is_not_held_against_its_sender(tmp_path: Path) -> None:
    first, second, payload = asked()
    second.receives(0.2, payload.replace('"term":1', '"term":2'))
    assert found(tmp_path, first, second) == ([], ())


def test_what_arrives_and_was_never_sent_is_found(tmp_path: Path) -> None:
    first, second, payload = asked()
    del first.records[-1]
    first.says(0.1, "node.stopped", "node")
    second.receives(0.2, payload)
    (sentence,), _ = found(tmp_path, first, second)
    assert sentence == "0002 received the request_vote with clock 1 in the name of 0001, which never sent it"


def test_what_a_trail_with_gaps_does_not_show_may_have_been_sent(tmp_path: Path) -> None:
    first, second, payload = asked()
    del first.records[-1]
    first.says(0.1, "trail.shed", "node", count=1)
    second.receives(0.2, payload)
    assert found(tmp_path, first, second) == ([], ())


def test_what_was_sent_otherwise_is_found_whatever_else_is_missing(tmp_path: Path) -> None:
    first, second, payload = asked()
    first.says(0.1, "trail.shed", "node", count=1)
    second.receives(0.2, resealed(payload, term=4))
    (sentence,), _ = found(tmp_path, first, second)
    assert " term 1 became 4;" in sentence


def test_what_comes_from_a_replica_without_a_trail_is_not_judged(tmp_path: Path) -> None:
    _, second, payload = asked()
    second.receives(0.2, payload)
    assert found(tmp_path, second) == ([], ())


def test_a_codec_that_writes_something_else_than_it_was_given_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(message: Outbound) -> bytes:
        datagram = json.loads(encode(message))
        return json.dumps(datagram | ({"commit_index": 0} if isinstance(message, AppendEntries) else {})).encode()

    monkeypatch.setattr(cluster, "encode", forgetful)
    stories.short(tmp_path)
    verdict = verify(read(tmp_path))
    assert verdict.code == BROKEN
    assert {each.rule for each in verdict.violations} == {Rule.ARRIVES_AS_SENT}
    assert not verdict.divergences
    assert all(len(each.places) == 2 and " commit_index " in each.sentence for each in verdict.violations)


# --- ends that were cut away ------------------------------------------------------------------------------------


def story(directory: Path) -> Path:
    """Six seconds in which nothing goes wrong; one of the replicas' trails."""
    quiet = stories.Story(directory, 5, size=3, clients=2)
    quiet.quiet(6.0)
    quiet.cluster.close()
    return directory / "0001.jsonl"


@pytest.mark.parametrize(
    "cut", [lambda lines: lines[: len(lines) // 2], lambda lines: lines[:1]], ids=["half", "opened"]
)
def test_a_trail_whose_end_was_cut_away_is_not_whole(cut: Callable[[list[bytes]], list[bytes]], tmp_path: Path) -> None:
    path = story(tmp_path)
    sealing.write(path, cut(sealing.lines(path)))
    verdict = verify(read(tmp_path))
    assert verdict.code == INCOMPLETE
    (sentence,) = _ends(verdict)
    assert sentence.startswith("the end of the trail of 0001 is missing: others heard of it until 5.9")


def test_that_a_replica_stopped_does_not_hide_that_it_was_heard_of_later(tmp_path: Path) -> None:
    path = story(tmp_path)
    lines = sealing.lines(path)
    half = lines[: len(lines) // 2]
    record = json.loads(half[-1])
    stopped = {name: record[name] for name in ("at", "clock", "node")} | {"event": "node.stopped", "level": "info"}
    body = json.dumps({"record": "event", **stopped, "actor": "node"}, separators=(",", ":"))
    sealing.write_sealed(path, [*half, sealing.unsealed(body[:-1])])
    assert len(_ends(verify(read(tmp_path)))) == 1


def test_a_replica_that_was_killed_was_heard_of_for_a_moment_longer(tmp_path: Path) -> None:
    path = story(tmp_path)
    lines = sealing.lines(path)
    end_s = json.loads(lines[-1])["at"]
    sealing.write(path, [line for line in lines if json.loads(line)["at"] < end_s - 0.9])
    assert verify(read(tmp_path)).code == HELD


def test_what_a_replica_that_stood_still_reads_late_had_come_before(tmp_path: Path) -> None:
    """The sender was killed with its last words unwritten; whoever got them was asleep for long."""
    first, second, payload = asked()
    del first.records[-1]
    first.clock = 0
    second.takes(0.2, "election_timer", "Rang", epoch=1, at=0.2)
    second.receives(9.0, payload)
    assert found(tmp_path, first, second) == ([], ())


@pytest.mark.parametrize(
    ("level", "missing"),
    [("full", ("the end of the trail of 0001 is missing: others heard of it until 9.000 s",)), ("events", ())],
)
def test_what_a_replica_that_was_awake_reads_late_was_sent_late(
    level: str, missing: tuple[str, ...], tmp_path: Path
) -> None:
    """A trail of events alone may fall silent, and says of itself that it does not show everything."""
    first, second, payload = asked()
    del first.records[-1]
    first.records[0]["level"] = level
    for at in (0.2, 4.0, 8.0):
        second.takes(at, "election_timer", "Rang", epoch=1, at=at)
    second.receives(9.0, payload)
    assert found(tmp_path, first, second) == ([], missing)


def _ends(verdict: Verdict) -> list[str]:
    return [each for each in verdict.unchecked if each.startswith("the end of the trail")]
