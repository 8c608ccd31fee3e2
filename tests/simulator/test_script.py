"""The events of a configuration, one by one."""

from __future__ import annotations

import pytest

from simulator.actions import Action, Deliver, Pause, Resume, Terminate
from simulator.cluster import State
from simulator.config import Config
from simulator.events import (
    AnyEvent,
    Caption,
    Corrupt,
    Delay,
    Drops,
    Duplicate,
    Heal,
    Hostile,
    KillLeader,
    KillNonLeader,
    PartEasy,
    PartEnd,
    PartHard,
    PartLeader,
    PartOneway,
    Reorder,
)
from simulator.events import Pause as PauseEvent
from simulator.events import Resume as ResumeEvent
from simulator.ids import NodeId
from tests.simulator.stage import LEADER, Stage, config, delivered_to

FOLLOWERS = ("0001", "0002", "0003", "0004")


def staged(*events: AnyEvent, leader: str | None = LEADER, seed: int = 1) -> Stage:
    """Five replicas that say hello, one of which leads (or nobody)."""
    stage = Stage(config(*events, replicas=5, requests=1), seed)
    if leader is not None:
        stage.say(leader, "0001" if leader != "0001" else "0002", "append", leader)
    return stage


def texts(stage: Stage) -> list[str]:
    return [entry.text for entry in stage.run.journal.entries]


def killed(actions: list[Action]) -> list[NodeId]:
    return [action.replica for action in actions if isinstance(action, Terminate)]


def reached(stage: Stage, src: str) -> list[str]:
    """Whom a broadcast of `src` reaches."""
    return delivered_to(stage.say(src, "FFFF", "probe"))


def test_an_event_happens_at_its_time_from_the_first_request() -> None:
    stage = staged(KillLeader(time=2))
    assert killed(stage.until(1.999)) == []
    assert killed(stage.until(2.001)) == [LEADER]


def test_kill_leader_kills_the_believed_leader_and_nobody_asks_it_again() -> None:
    stage = staged(KillLeader(time=1), leader="0003")
    assert killed(stage.until(1.0)) == ["0003"]
    assert stage.run.cluster.replicas[NodeId("0003")].state is State.KILLED
    assert stage.run.cluster.leader is None
    assert "0003" not in reached(stage, "0000")


def test_a_message_that_names_a_killed_leader_is_not_believed() -> None:
    stage = staged(KillLeader(time=1))
    stage.until(1.0)
    stage.say("0001", "0002", "vote", leader=LEADER)
    assert stage.run.cluster.leader is None


def test_kill_leader_waits_until_a_leader_is_known() -> None:
    stage = staged(KillLeader(time=1), leader=None)
    assert killed(stage.until(2.0)) == []
    assert killed(stage.say("0002", "0001", "append", leader="0002")) == ["0002"]
    assert "kill_leader waits until a leader is known" in texts(stage)


def test_two_kills_that_wait_do_not_kill_the_same_leader() -> None:
    stage = staged(KillLeader(time=1), KillLeader(time=1.5), leader=None)
    stage.until(2.0)
    assert killed(stage.say("0002", "0001", "append", leader="0002")) == ["0002"]
    assert killed(stage.say("0003", "0001", "append", leader="0002")) == []
    assert killed(stage.say("0003", "0001", "append", leader="0003")) == ["0003"]


def test_an_event_that_never_found_a_leader_is_told_at_the_end() -> None:
    stage = staged(KillLeader(time=1), leader=None)
    stage.until(60.0)
    assert "kill_leader of 1 s never happened: no leader was known" in texts(stage)


@pytest.mark.parametrize("seed", range(10))
def test_kill_non_leader_never_kills_the_leader(seed: int) -> None:
    stage = staged(KillNonLeader(time=1), seed=seed)
    (name,) = killed(stage.until(1.0))
    assert name in FOLLOWERS


def test_which_follower_is_killed_depends_on_the_seed() -> None:
    victims = {killed(staged(KillNonLeader(time=1), seed=seed).until(1.0))[0] for seed in range(30)}
    assert victims == set(FOLLOWERS)


@pytest.mark.parametrize("seed", range(10))
def test_an_easy_partition_keeps_the_leader_in_the_majority(seed: int) -> None:
    stage = staged(PartEasy(time=1), seed=seed)
    stage.until(1.0)
    assert stage.run.cluster.leader == LEADER
    assert len(reached(stage, LEADER)) == 2


def test_a_hard_partition_sometimes_cuts_the_leader_off_and_forgets_it() -> None:
    sizes = set()
    for seed in range(20):
        stage = staged(PartHard(time=1), seed=seed)
        stage.until(1.0)
        assert stage.run.cluster.leader is None
        sizes.add(len(reached(stage, LEADER)))
    assert sizes == {1, 2}


@pytest.mark.parametrize("seed", range(10))
def test_a_leader_that_is_cut_off_is_in_the_minority_and_forgotten_and_its_failover_is_timed(seed: int) -> None:
    stage = staged(PartLeader(time=1), seed=seed)
    stage.until(1.0)
    assert stage.run.cluster.leader is None
    assert len(reached(stage, LEADER)) == 1
    assert [(each.leader, each.cause) for each in stage.run.failovers.all] == [(LEADER, "cut off")]
    assert texts(stage)[-1].startswith("the leader is cut off from a majority: ")


def test_a_leader_is_cut_off_though_others_were_killed() -> None:
    stage = staged(KillNonLeader(time=1), KillNonLeader(time=2), PartLeader(time=3))
    stage.until(3.0)
    assert reached(stage, LEADER) == []


def test_to_cut_the_leader_off_waits_until_one_is_known() -> None:
    stage = staged(PartLeader(time=1), leader=None)
    stage.until(1.5)
    stage.say(LEADER, "0001", "append", leader=LEADER)
    assert stage.run.network.partition.is_cut(LEADER)


def test_a_hard_partition_makes_clients_forget_the_leader() -> None:
    stage = Stage(config(PartHard(time=1), requests=20, mix=0.0))
    stage.answer(stage.first_request(), leader=LEADER)
    stage.until(0.99)
    assert any(request.attempts[0].replica == LEADER for request in stage.run.clients.requests)
    (sent,) = [action for action in stage.until(1.0) if isinstance(action, Deliver)]
    assert b'"leader":"FFFF"' in sent.payload


def test_a_majority_is_made_of_living_replicas_where_there_are_enough() -> None:
    stage = staged(KillNonLeader(time=1), KillNonLeader(time=2), PartHard(time=3))
    stage.until(3.0)
    assert len(reached(stage, LEADER)) == 2


def test_clients_reach_replicas_in_the_minority() -> None:
    stage = Stage(config(PartHard(time=0.1), replicas=3, requests=100))
    stage.until(5.0)
    asked = {request.attempts[0].replica for request in stage.run.clients.requests}
    assert asked == {"0000", "0001", "0002"}


def test_part_end_ends_a_partition() -> None:
    stage = staged(PartHard(time=1), PartEnd(time=2))
    stage.until(2.0)
    assert reached(stage, LEADER) == list(FOLLOWERS)


@pytest.mark.parametrize("event", [PartEasy(time=1), PartLeader(time=1)])
def test_a_partition_that_still_waits_for_a_leader_is_given_up_at_its_end(event: AnyEvent) -> None:
    stage = staged(event, PartEnd(time=2), leader=None)
    stage.until(2.0)
    stage.say(LEADER, "0001", "append", leader=LEADER)
    assert reached(stage, LEADER) == list(FOLLOWERS)


def test_a_leader_that_can_only_send_hears_nobody() -> None:
    stage = staged(PartOneway(time=1, direction="send_only"))
    stage.until(1.0)
    assert reached(stage, LEADER) == list(FOLLOWERS)
    assert reached(stage, "0001") == ["0002", "0003", "0004"]


def test_a_leader_that_can_only_receive_is_heard_by_nobody() -> None:
    stage = staged(PartOneway(time=1, direction="receive_only"))
    stage.until(1.0)
    assert reached(stage, LEADER) == []
    assert LEADER in reached(stage, "0001")


def test_a_oneway_partition_can_name_a_replica() -> None:
    stage = staged(PartOneway(time=1, replica="0003", direction="receive_only"), leader=None)
    stage.until(1.0)
    assert reached(stage, "0003") == []


def test_pause_and_resume_stop_a_replica_and_let_it_go_on() -> None:
    stage = staged(PauseEvent(time=1, replica="leader"), ResumeEvent(time=2))
    assert Pause(replica=LEADER) in stage.until(1.0)
    assert stage.run.cluster.replicas[LEADER].state is State.PAUSED
    assert LEADER in reached(stage, "0001")
    assert Resume(replica=LEADER) in stage.until(2.0)
    assert stage.run.cluster.replicas[LEADER].state is State.UP


def test_pause_of_a_follower_spares_the_leader() -> None:
    for seed in range(10):
        actions = staged(PauseEvent(time=1, replica="follower"), seed=seed).until(1.0)
        (pause,) = [action for action in actions if isinstance(action, Pause)]
        assert pause.replica in FOLLOWERS


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        (Drops(time=1, rate=0.5), "drops"),
        (Duplicate(time=1), "duplicate"),
        (Delay(time=1), "delay"),
        (Reorder(time=1), "reorder"),
        (Corrupt(time=1), "corrupt"),
    ],
)
def test_faults_of_the_network_begin_at_their_time_and_end_with_heal(event: AnyEvent, fault: str) -> None:
    stage = staged(event, Heal(time=2))
    stage.until(0.99)
    assert not getattr(stage.run.network.faults, fault)
    stage.until(1.0)
    assert getattr(stage.run.network.faults, fault)
    stage.until(2.0)
    assert not getattr(stage.run.network.faults, fault)


def test_heal_ends_the_configured_loss_too() -> None:
    stage = Stage(Config(lifetime=5, replicas=3, requests=1, start_wait=0.5, drops=1.0, extra_events=(Heal(time=1),)))
    assert reached(stage, "0000") == []
    stage.until(1.0)
    assert reached(stage, "0000") == ["0001", "0002"]


def test_hostile_datagrams_come_at_their_rate_to_every_replica_until_healed() -> None:
    stage = staged(Hostile(time=1, per_second=100), Heal(time=2))
    stage.until(1.5)
    first = stage.run.hostility.sent
    assert first == pytest.approx(5 * 50, abs=5)
    stage.until(3.0)
    assert stage.run.hostility.sent == pytest.approx(5 * 100, abs=5)


def test_hostile_datagrams_that_are_late_are_made_up_for() -> None:
    stage = staged(Hostile(time=1, per_second=1_000))
    stage.until(1.0)
    before = stage.run.hostility.sent
    stage.run.advance(stage.now + 0.040)
    assert stage.run.hostility.sent - before == pytest.approx(5 * 40, abs=5)
    stage.run.advance(stage.now + 10.0)
    assert stage.run.hostility.sent - before < 5 * 150


def test_hostile_datagrams_are_no_messages_between_replicas() -> None:
    stage = staged(Hostile(time=1, per_second=100))
    before = stage.run.router.traffic.total
    stage.until(2.0)
    assert stage.run.router.traffic.total == before


def test_an_answer_to_a_hostile_sender_is_counted_and_not_incorrect() -> None:
    stage = staged(Hostile(time=1, per_second=100))
    stage.until(2.0)
    stage.say("0000", "BAD0", "fail", MID="x")
    assert stage.run.answers_to_outsiders == 1
    assert stage.run.breaches.incorrect == 0


def test_a_caption_is_shown_and_kept() -> None:
    stage = staged(Caption(time=1, text="Look."))
    stage.until(1.0)
    assert stage.run.journal.caption == "Look."
    assert "Look." in texts(stage)


def test_the_journal_gives_times_from_the_first_request() -> None:
    stage = staged(KillLeader(time=2))
    stage.until(2.0)
    (entry,) = [entry for entry in stage.run.journal.entries if "killed" in entry.text]
    assert entry.at == pytest.approx(2.0)
    assert entry.text == "killed 0000, the leader"
