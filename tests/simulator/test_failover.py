"""How long clients waited after a leader was taken away."""

from __future__ import annotations

from simulator.events import KillLeader, PartEnd, PartOneway
from simulator.events import Pause as PauseEvent
from simulator.events import Resume as ResumeEvent
from simulator.failover import Failovers
from simulator.ids import NodeId
from tests.simulator.stage import LEADER, Stage, config

A, B = NodeId("0000"), NodeId("0001")


def test_a_failover_ends_with_the_first_ok_of_another_replica_to_a_later_request() -> None:
    failovers = Failovers()
    failovers.begin(10.0, A, "killed")
    failovers.served(10.1, B, sent_at=9.9)
    failovers.served(10.5, B, sent_at=10.2)
    failovers.served(10.9, B, sent_at=10.6)
    assert failovers.all[0].took_s == 0.5


def test_an_old_leader_that_still_answers_does_not_end_the_failover() -> None:
    failovers = Failovers()
    failovers.begin(10.0, A, "cut off")
    failovers.served(10.1, A, sent_at=10.05)
    assert failovers.all[0].took_s is None


def test_an_old_leader_that_was_given_back_ends_the_failover() -> None:
    failovers = Failovers()
    failovers.begin(10.0, A, "cut off")
    failovers.give_back("paused")
    failovers.served(11.0, A, sent_at=10.9)
    assert failovers.all[0].took_s is None
    failovers.give_back("cut off")
    failovers.served(12.0, A, sent_at=11.9)
    assert failovers.all[0].took_s == 2.0


def test_a_leader_that_is_killed_cut_off_or_paused_begins_a_failover() -> None:
    stage = Stage(
        config(
            PauseEvent(time=1),
            ResumeEvent(time=2),
            PartOneway(time=3),
            PartEnd(time=4),
            KillLeader(time=4.5),
            requests=1,
        )
    )
    stage.say(LEADER, "0001", "append", leader=LEADER)
    stage.until(5.0)
    causes = [(failover.leader, failover.cause) for failover in stage.run.failovers.all]
    assert causes == [(LEADER, "paused"), (LEADER, "cut off"), (LEADER, "killed")]


def test_a_follower_that_is_paused_begins_none() -> None:
    stage = Stage(config(PauseEvent(time=1, replica="0002"), requests=1))
    stage.say(LEADER, "0001", "append", leader=LEADER)
    stage.until(2.0)
    assert stage.run.failovers.all == []
