"""What is done to machines, and how often each type of event was done at all."""

from __future__ import annotations

import pytest

from simulator.actions import Action, Disturb
from simulator.events import (
    AnyEvent,
    Buffers,
    Caption,
    CutLink,
    Delay,
    Drops,
    Heal,
    Hostile,
    KillLeader,
    LateTimers,
    PartEnd,
    PartStar,
    Pause,
    Resume,
    Slow,
)
from simulator.run import Run
from tests.simulator.stage import LEADER, Stage, config, play


def staged(*events: AnyEvent, leader: str | None = LEADER) -> Stage:
    stage = Stage(config(*events, replicas=5, requests=1))
    if leader is not None:
        stage.say(leader, "FFFF", "append", leader)
    return stage


def disturbances(actions: list[Action]) -> list[AnyEvent | None]:
    return [action.event for action in actions if isinstance(action, Disturb)]


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Slow(time=1, rate=0.25, max_ms=40), "before 25% of all messages, actors wait up to 40 ms from now on"),
        (
            Slow(time=1, rate=0.25, max_ms=40, actor="log_store"),
            "before 25% of all messages, each log_store waits up to 40 ms from now on",
        ),
        (LateTimers(time=1, max_ms=7.5), "timers ring up to 7.5 ms late from now on"),
        (Buffers(time=1, datagrams=3), "a socket holds 3 datagrams of replicas from now on"),
        (Buffers(time=1, datagrams=0), "a socket holds any number of datagrams of replicas from now on"),
    ],
)
def test_a_disturbance_is_handed_to_the_machines_at_its_time_and_told(event: AnyEvent, text: str) -> None:
    stage = staged(event, leader=None)
    assert disturbances(stage.until(0.999)) == []
    assert disturbances(stage.until(1.0)) == [event]
    assert [(entry.at, entry.text) for entry in stage.run.journal.entries] == [(1.0, text)]


def test_heal_ends_what_disturbs_machines() -> None:
    stage = staged(Slow(time=1), Heal(time=2))
    stage.until(1.0)
    assert disturbances(stage.until(2.0)) == [None]
    assert stage.run.journal.entries[-1].text == "network and machines are healed of everything"


def test_the_end_of_partitions_leaves_disturbances_on() -> None:
    stage = staged(Slow(time=1), PartEnd(time=2))
    stage.until(1.0)
    assert disturbances(stage.until(2.0)) == []


def test_each_event_is_counted_by_its_type_when_it_happens() -> None:
    stage = staged(Slow(time=1), Slow(time=2), Drops(time=1, rate=0.1), PartStar(time=1), Hostile(time=3))
    stage.until(0.9)
    assert stage.run.injected == {}
    stage.until(2.0)
    assert stage.run.injected == {"slow": 2, "drops": 1, "part_star": 1}
    stage.until(3.0)
    assert stage.run.injected["hostile"] == 1


def test_an_event_that_waits_is_counted_once_and_only_when_it_happens() -> None:
    stage = staged(CutLink(time=1), leader=None)
    stage.until(2.0)
    assert stage.run.injected == {}
    stage.say(LEADER, "FFFF", "append", LEADER)
    assert stage.run.injected == {"cut_link": 1}


def test_an_event_that_is_given_up_is_never_counted() -> None:
    stage = staged(CutLink(time=1), KillLeader(time=1), PartEnd(time=2), leader=None)
    stage.until(2.0)
    stage.say(LEADER, "FFFF", "append", LEADER)
    assert stage.run.injected == {"kill_leader": 1}


def test_what_harms_nobody_is_not_counted() -> None:
    stage = staged(Caption(time=1, text="Look."), Resume(time=1), Heal(time=1), PartEnd(time=1))
    stage.until(1.0)
    assert stage.run.injected == {}


def test_what_was_done_does_not_depend_on_the_order_in_the_configuration() -> None:
    events = (Pause(time=2, replica="follower"), Delay(time=1), Slow(time=3))
    first, second = staged(*events), staged(*reversed(events))
    for stage in (first, second):
        stage.until(4.0)
    assert first.run.journal.entries == second.run.journal.entries
    assert first.run.injected == second.run.injected == {"pause": 1, "delay": 1, "slow": 1}


def test_models_of_replicas_bear_disturbances_that_no_machine_makes() -> None:
    assert play(config(Slow(time=1), LateTimers(time=1), Buffers(time=1), Heal(time=2))).passed


# --- an end before its time --------------------------------------------------------------------------------------


def ended(stage: Stage) -> tuple[Run, list[str]]:
    """A run that is ended now, and who is ended with it."""
    actions = stage.run.end(stage.now)
    return stage.run, [getattr(action, "replica", "") for action in actions]


def test_a_run_can_be_ended_before_its_time() -> None:
    stage = staged()
    stage.until(1.0)
    run, names = ended(stage)
    assert run.over
    assert names == list(run.cluster.replicas)
    assert (run.ended_at, run.next_time, run.breaches.aborted) == (1.5, None, "")


def test_a_run_ends_once() -> None:
    stage = staged()
    ended(stage)
    stage.now = 3.0
    run, names = ended(stage)
    assert (run.ended_at, names) == (0.0, [])


def test_events_that_still_wait_when_a_run_is_ended_are_told() -> None:
    stage = staged(KillLeader(time=1), leader=None)
    stage.until(1.0)
    run, _ = ended(stage)
    assert run.journal.entries[-1].text == "kill_leader of 1 s never happened: no leader was known"
