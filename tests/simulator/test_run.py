"""One run as a state machine: hello, routing, who leads, and the end."""

from __future__ import annotations

import pytest

from simulator.actions import Deliver, Exit, Start, Terminate
from simulator.cluster import State
from simulator.config import Config, LateStart
from simulator.ids import NodeId
from simulator.report import make_report
from tests.simulator.stage import FOLLOWER, LEADER, Obedient, Stage, World, broken, config, delivered_to, play


def test_all_replicas_start_at_once_in_order() -> None:
    stage = Stage(config(replicas=5), hello=False)
    assert stage.started == [Start(replica=name) for name in stage.run.cluster.replicas]


def test_a_late_replica_starts_after_its_delay() -> None:
    late = Config(lifetime=5, replicas=3, requests=5, late_start=LateStart(replica="0002", delay=2.0))
    stage = Stage(late, hello=False)
    assert Start(replica=NodeId("0002")) not in stage.started
    assert stage.run.advance(1.99) == []
    assert stage.run.advance(2.0) == [Start(replica=NodeId("0002"))]


def test_hello_is_neither_routed_nor_counted() -> None:
    stage = Stage(config(), hello=False)
    assert stage.say("0000", "FFFF", "hello") == []
    assert stage.run.router.traffic.total == 0
    assert stage.run.is_ready(LEADER)


def test_a_message_is_delivered_as_it_was_sent() -> None:
    stage = Stage(config())
    (delivery,) = stage.say("0000", "0001", "append", entries=[1, {"a": None}])
    assert isinstance(delivery, Deliver)
    assert delivery.to == FOLLOWER
    assert b'"entries": [1, {"a": null}]' in delivery.payload


def test_a_broadcast_goes_to_every_other_replica() -> None:
    stage = Stage(config(replicas=5))
    assert delivered_to(stage.say("0002", "FFFF", "vote")) == ["0000", "0001", "0003", "0004"]
    assert stage.run.router.traffic.total == 4


def test_a_message_for_a_replica_before_its_hello_marks_that_replica_dead_and_fails_the_run() -> None:
    stage = Stage(config(), hello=False)
    for name in ("0000", "0001"):
        stage.say(name, "FFFF", "hello")
    actions = stage.say("0000", "FFFF", "vote")
    assert delivered_to(actions) == ["0001"]
    assert Terminate(replica=NodeId("0002")) in actions
    assert stage.run.cluster.replicas[NodeId("0002")].state is State.LOST
    (entry,) = stage.run.breaches.early
    assert entry.text == "0000 sent 0002 a message before 0002 had said hello, 0.000 s after the start"


def test_a_replica_that_was_marked_dead_before_its_start_is_never_started() -> None:
    late = Config(lifetime=5, replicas=3, requests=5, late_start=LateStart(replica="0002", delay=2.0))
    stage = Stage(late, hello=False)
    for name in ("0000", "0001"):
        stage.say(name, "FFFF", "hello")
    assert delivered_to(stage.say("0000", "FFFF", "vote")) == ["0001"]
    assert stage.run.advance(2.0) == []


def test_a_message_before_the_sender_said_hello_is_incorrect() -> None:
    stage = Stage(config(), hello=False)
    stage.say("0000", "0001", "append")
    assert stage.run.breaches.incorrect == 1


@pytest.mark.parametrize(
    "payload",
    [
        b"\xff",
        b"hello",
        b"[]",
        b'{"src":"0000","dst":"0001","type":"append"}',
        b'{"src":"0000","dst":"0001","leader":"FFFF"}',
        b'{"src":0,"dst":"0001","leader":"FFFF","type":"append"}',
        b'{"src":"0001","dst":"0000","leader":"FFFF","type":"append"}',
        b'{"src":"0000","dst":"0009","leader":"FFFF","type":"append"}',
        b'{"src":"0000","dst":"ffff","leader":"FFFF","type":"append"}',
        b'{"src":"0000","dst":"0001","leader":"ffff","type":"append"}',
        b'{"src":"0000","dst":"0001","leader":"","type":"append"}',
        b'{"src":"0000","dst":"BAD0","leader":"FFFF","type":"ok"}',
        b'{"src":"0000","dst":"0001","leader":"FFFF","type":"append","x":' + b"[" * 60_000,
    ],
)
def test_a_datagram_that_breaks_the_contract_is_incorrect_and_goes_nowhere(payload: bytes) -> None:
    stage = Stage(config())
    assert stage.run.receive(0.1, LEADER, payload) == []
    assert stage.run.breaches.incorrect == 1
    assert stage.run.breaches.incorrect_shown[0].text.startswith("0000")


def test_fields_of_the_replicas_own_are_free() -> None:
    stage = Stage(config())
    actions = stage.say("0000", "0001", "append", MID=5, value={"a": 1}, term="x", commit_index=[1], key=None)
    assert delivered_to(actions) == ["0001"]
    assert stage.run.breaches.incorrect == 0


def test_the_leader_is_read_off_every_message() -> None:
    stage = Stage(config())
    stage.say("0001", "0002", "anything", leader="0002")
    assert stage.run.cluster.leader == "0002"


def test_nobody_does_not_overwrite_a_known_leader_unless_the_leader_says_so() -> None:
    stage = Stage(config())
    stage.say("0001", "0002", "anything", leader="0000")
    stage.say("0001", "0002", "vote", leader="FFFF")
    assert stage.run.cluster.leader == "0000"
    stage.say("0000", "0002", "vote", leader="FFFF")
    assert stage.run.cluster.leader is None


def test_leaders_are_listed_when_they_say_so_themselves_in_a_newer_term() -> None:
    stage = Stage(config())
    stage.say("0001", "0002", "append", leader="0001", term=1)
    stage.say("0002", "0001", "vote", leader="0001", term=2)
    stage.say("0002", "0001", "append", leader="0002", term=2)
    stage.say("0001", "0002", "append", leader="0001", term=1)
    assert [(reign.leader, reign.term) for reign in stage.run.cluster.reigns] == [("0001", 1), ("0002", 2)]


def test_leaders_without_terms_are_listed_when_they_change() -> None:
    stage = Stage(config())
    for name in ("0001", "0001", "0002", "0001"):
        stage.say(name, "0000", "append", leader=name)
    assert [reign.leader for reign in stage.run.cluster.reigns] == ["0001", "0002", "0001"]


def test_term_and_commit_index_are_shown_and_never_go_back() -> None:
    stage = Stage(config())
    stage.say("0001", "0002", "append", term=3, commit_index=9)
    stage.say("0001", "0002", "append", term=2, commit_index=8)
    stage.say("0001", "0002", "append", term="many", commit_index=-1)
    replica = stage.run.cluster.replicas[FOLLOWER]
    assert (replica.term, replica.commit_index) == (3, 9)


def test_too_many_messages_end_the_run() -> None:
    stage = Stage(config(max_packets=10))
    for _ in range(6):
        stage.say("0000", "FFFF", "flood")
    assert stage.run.over
    assert "more than 10 messages" in stage.run.breaches.aborted


def test_the_end_terminates_every_living_replica() -> None:
    stage = Stage(config())
    stage.run.exited(0.1, NodeId("0002"), Exit(code=1, last_words="boom"))
    actions = stage.until(60.0)
    assert stage.run.over
    assert [action.replica for action in actions if isinstance(action, Terminate)] == ["0000", "0001"]
    assert stage.run.ended_at == 0.5 + 5.0 + 0.5


def test_nothing_is_taken_after_the_end() -> None:
    stage = Stage(config())
    stage.until(60.0)
    assert stage.say("0000", "0001", "append") == []
    assert stage.run.next_time is None


def test_a_replica_that_exits_by_itself_fails_the_run_and_is_not_asked_again() -> None:
    stage = Stage(config(requests=50))
    stage.run.exited(0.1, LEADER, Exit(code=3, last_words="Traceback\nValueError: no"))
    assert LEADER not in delivered_to(stage.until(60.0))
    report = make_report(stage.run, "x", "y")
    check = next(check for check in report.checks if check.name == "no replica died by itself")
    assert not check.held
    assert check.detail == "0000 died by itself (exit code 3): ValueError: no"


def test_without_a_replica_that_said_hello_the_run_ends_at_the_first_request() -> None:
    stage = Stage(config(), hello=False)
    stage.until(0.0)
    assert stage.run.over
    assert stage.run.breaches.aborted == "no replica had said hello when the first request was due"


def test_the_run_ends_when_no_replica_is_left() -> None:
    stage = Stage(config())
    for name in tuple(stage.run.cluster.replicas):
        stage.run.exited(0.1, name, Exit(code=1))
    assert stage.run.breaches.aborted == "no replica was left"


def test_an_obedient_cluster_holds() -> None:
    report = play(config(requests=100))
    assert report.passed, [check for check in report.checks if not check.held]
    assert report.failures == 0
    assert report.requests.sent == 100
    assert report.traffic.total == 2 * report.requests.puts
    assert report.answers.median_ms == pytest.approx(1.0)


def test_the_same_seed_plays_the_same_run() -> None:
    first, second, other = (play(config(requests=50, drops=0.3), seed=seed) for seed in (5, 5, 6))
    assert first == second
    assert first != other


def test_what_the_network_draws_does_not_change_what_clients_ask() -> None:
    def keys(drops: float) -> list[str]:
        world = World(config(requests=50, drops=drops), Obedient)
        world.play()
        return [request.key for request in world.run.clients.requests]

    assert keys(0.0) == keys(0.3)


def test_a_broken_run_names_what_broke() -> None:
    assert broken(play(config(max_packets=3))) >= {"not too much traffic", "run went to its end"}
