"""A replica that is killed and started again: its process, whom it means, its messages."""

from __future__ import annotations

import pytest

from simulator.actions import Action, Exit, Start, Terminate
from simulator.cluster import State
from simulator.events import AnyEvent, KillLeader, Pause, Restart, Resume
from simulator.ids import NodeId
from simulator.report import make_report
from tests.simulator.machine import Machine
from tests.simulator.stage import FOLLOWER, LEADER, broken, config, delivered_to, play


def on_processes(actions: list[Action]) -> list[Start | Terminate]:
    return [action for action in actions if isinstance(action, Start | Terminate)]


# --- its process -------------------------------------------------------------------------------------------------


def test_a_replica_is_killed_and_started_again_a_while_later() -> None:
    machine = Machine(Restart(time=1, after_s=0.5))
    assert on_processes(machine.until(1.499)) == [Terminate(replica=LEADER)]
    assert machine.state() is State.KILLED
    assert on_processes(machine.until(1.5)) == [Start(replica=LEADER)]
    assert machine.state() is State.STARTING
    machine.say(LEADER, "FFFF", "hello")
    assert machine.state() is State.UP


def test_the_journal_tells_the_kill_and_the_second_start() -> None:
    machine = Machine(Restart(time=1, replica="0001", after_s=0.5))
    machine.until(2.0)
    assert machine.texts[-2:] == ["killed 0001, which did not lead", "0001 is started again"]
    assert [entry.at for entry in machine.run.journal.entries[-2:]] == [1.0, 1.5]


def test_what_it_showed_is_forgotten_by_its_new_process() -> None:
    machine = Machine(Restart(time=1, after_s=0.5))
    replica = machine.run.cluster.replicas[LEADER]
    assert (replica.term, replica.commit_index, replica.incarnation) == (4, 9, 1)
    machine.until(1.5)
    assert (replica.term, replica.commit_index, replica.incarnation) == (None, None, 2)
    assert (replica.started_at, replica.ready_at, replica.exit, replica.restarts_at) == (2.0, None, None, None)


def test_a_restart_without_a_pause_waits_until_the_old_process_is_gone() -> None:
    machine = Machine(Restart(time=1, after_s=0))
    machine.ends = False
    assert on_processes(machine.until(2.0)) == [Terminate(replica=LEADER)]
    assert machine.run.exited(2.6, LEADER, Exit(code=0)) == [Start(replica=LEADER)]
    assert (machine.state(), machine.run.breaches.deaths) == (State.STARTING, [])


def test_a_process_that_is_gone_before_its_time_is_not_started_early() -> None:
    machine = Machine(Restart(time=1, after_s=2))
    assert on_processes(machine.until(2.99)) == [Terminate(replica=LEADER)]


@pytest.mark.parametrize("after_s", [0.5, 0.6, 600.0])
def test_nothing_is_started_at_the_end_of_the_run_or_after_it(after_s: float) -> None:
    machine = Machine(Restart(time=5, after_s=after_s))
    assert [action.replica for action in on_processes(machine.until(5.5))] == ["0000", "0001", "0002"]
    assert machine.run.over
    assert machine.state() is State.KILLED


def test_a_driver_that_is_late_starts_nothing_after_the_end() -> None:
    machine = Machine(Restart(time=5, after_s=0.6))
    machine.until(5.0)
    assert Start(replica=LEADER) not in machine.run.advance(60.0)


def test_a_process_that_is_gone_only_after_the_end_has_no_successor() -> None:
    machine = Machine(Restart(time=5, after_s=0))
    machine.ends = False
    machine.until(60.0)
    assert machine.run.exited(60.5, LEADER, Exit(code=0)) == []


def test_it_can_be_restarted_again_and_again() -> None:
    machine = Machine(*(Restart(time=number, replica="0001", after_s=0.5) for number in (1, 2, 3)))
    for number in (1, 2, 3):
        assert on_processes(machine.until(number + 0.6)) == [Terminate(replica=FOLLOWER), Start(replica=FOLLOWER)]
        machine.say(FOLLOWER, "FFFF", "hello")
    assert machine.run.cluster.replicas[FOLLOWER].incarnation == 4


def test_a_second_kill_is_for_good() -> None:
    machine = Machine(Restart(time=1, after_s=0.5), KillLeader(time=2))
    machine.until(1.5)
    machine.say(LEADER, "FFFF", "hello")
    machine.say(LEADER, "FFFF", "append", LEADER)
    assert on_processes(machine.until(5.0)) == [Terminate(replica=LEADER)]
    assert machine.state() is State.KILLED


@pytest.mark.parametrize("event", [Restart(time=1.2, replica="0001"), Pause(time=1.2, replica="0001")])
def test_nothing_is_done_to_a_replica_between_its_kill_and_its_second_hello(event: AnyEvent) -> None:
    machine = Machine(Restart(time=1, replica="0001", after_s=0.1), event)
    assert on_processes(machine.until(4.0)) == [Terminate(replica=FOLLOWER), Start(replica=FOLLOWER)]
    assert machine.texts[-1].startswith("there is no such replica to ")


def test_a_paused_replica_that_is_restarted_is_not_resumed() -> None:
    machine = Machine(Pause(time=1), Restart(time=2, after_s=0.5), Resume(time=3))
    machine.until(3.0)
    assert machine.state() is State.STARTING
    assert "resumed 0000" not in machine.texts


def test_a_new_process_that_dies_by_itself_fails_the_run() -> None:
    machine = Machine(Restart(time=1, after_s=0.5))
    machine.until(1.6)
    machine.run.exited(machine.now, LEADER, Exit(code=1, last_words="ValueError: no"))
    assert machine.state() is State.DIED
    assert [entry.text for entry in machine.run.breaches.deaths] == [
        "0000 died by itself (exit code 1): ValueError: no"
    ]


def test_the_run_goes_on_while_only_a_restart_is_expected() -> None:
    machine = Machine(Restart(time=1, after_s=1))
    machine.until(1.0)
    for name in ("0001", "0002"):
        machine.run.exited(machine.now, NodeId(name), Exit(code=1))
    assert not machine.run.over


def test_the_report_counts_restarts() -> None:
    machine = Machine(Restart(time=1, after_s=0.5))
    machine.until(1.5)
    machine.say(LEADER, "FFFF", "hello")
    machine.until(60.0)
    report = make_report(machine.run, "x", "y")
    assert [(each.state, each.restarts) for each in report.replicas] == [("ended", 1), ("ended", 0), ("ended", 0)]
    assert machine.run.injected == {"restart": 1}


# --- whom it means -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("replica", ["leader", "follower"])
def test_a_restart_of_the_leader_or_of_a_follower_waits_until_a_leader_is_known(replica: str) -> None:
    machine = Machine(Restart(time=1, replica=replica), leader=None)
    assert on_processes(machine.until(2.0)) == []
    (action,) = on_processes(machine.ended(machine.say("0001", "FFFF", "append", "0001")))
    assert isinstance(action, Terminate)
    assert (action.replica == "0001") == (replica == "leader")
    assert machine.run.cluster.replicas[action.replica].restarts_at == 2.5 + 1.0


@pytest.mark.parametrize("replica", ["random", "0002"])
def test_a_restart_of_anybody_does_not_wait_for_a_leader(replica: str) -> None:
    machine = Machine(Restart(time=1, replica=replica), leader=None)
    assert len(on_processes(machine.until(1.0))) == 1


def test_whom_a_random_restart_means_depends_on_the_seed() -> None:
    names = set()
    for seed in range(20):
        machine = Machine(Restart(time=1, replica="random"), seed=seed)
        names |= {action.replica for action in on_processes(machine.until(1.0))}
    assert names == {"0000", "0001", "0002"}


def test_a_restart_of_a_replica_that_is_dead_is_only_told() -> None:
    machine = Machine(KillLeader(time=1), Restart(time=2, replica=LEADER))
    assert on_processes(machine.until(5.0)) == [Terminate(replica=LEADER)]
    assert machine.texts[-1] == "there is no such replica to restart"


# --- its messages ------------------------------------------------------------------------------------------------


def test_what_comes_for_it_before_its_second_hello_is_lost_and_ends_nobody() -> None:
    machine = Machine(Restart(time=1, after_s=0.5))
    for time_s in (1.2, 1.6):
        machine.until(time_s)
        assert delivered_to(machine.say(FOLLOWER, "FFFF", "vote")) == ["0002"]
    assert machine.state() is State.STARTING
    assert machine.run.breaches.early == []
    assert machine.run.router.traffic.to_gone == 2


def test_after_its_second_hello_messages_reach_it_again() -> None:
    machine = Machine(Restart(time=1, after_s=0.5))
    machine.until(1.6)
    machine.say(LEADER, "FFFF", "hello")
    assert delivered_to(machine.say(FOLLOWER, "FFFF", "vote")) == ["0000", "0002"]


def test_a_message_of_its_own_before_its_second_hello_is_incorrect() -> None:
    machine = Machine(Restart(time=1, after_s=0.5))
    machine.until(1.6)
    machine.say(LEADER, "0001", "append")
    assert machine.run.breaches.incorrect == 1


def test_an_obedient_cluster_bears_the_restart_of_a_follower() -> None:
    report = play(config(Restart(time=2, replica="0001", after_s=1), requests=100))
    assert report.passed, broken(report)
    assert [each.restarts for each in report.replicas] == [0, 1, 0]
