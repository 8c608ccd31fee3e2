"""Liveness: a run that settles ends early, and nothing is asked of it while anything is wrong."""

from __future__ import annotations

import msgspec
import pytest

from simulator.cluster import State
from simulator.config import Virtual
from simulator.events import AnyEvent, Buffers, Caption, Drops, Hostile, LateTimers, PartOneway, Restart, Slow, Unseat
from simulator.ids import NodeId as RunId
from simulator.virtual import play as play_run
from tests.simulator.virtual.cases import small
from tests.simulator.virtual.settling_stage import ENDS_AT, Cluster
from tests.simulator.virtual.stage import FIRST, SECOND, THIRD

# --- a run that settles ------------------------------------------------------------------------------------------


def test_a_run_that_settles_ends_early_and_says_so() -> None:
    cluster = Cluster()
    played = cluster.play()
    assert cluster.found() == []
    assert 2.9 + 0.7 < played.now < 2.9 + 0.7 + 0.5
    assert played.settling.describe().startswith("settled 0.1 s after the last fault and request, and quiet for 0.")


def test_a_real_run_settles_and_its_report_says_so() -> None:
    asked = msgspec.structs.replace(small(Virtual()), drops=0.0, end_wait=60.0)
    played = play_run(asked, 1)
    assert played.virtual_s < 20.0
    (check,) = (check for check in played.report.checks if check.name == "settles, and stays quiet")
    assert check.held
    assert check.detail.startswith("settled ")


# --- nothing is asked while anything is wrong --------------------------------------------------------------------


@pytest.mark.parametrize(
    "events",
    [
        (Drops(time=0.1, rate=0.01),),
        (Hostile(time=0.1, per_second=1),),
        (PartOneway(time=0.1, replica=FIRST), PartOneway(time=0.1, replica=SECOND)),
        (Slow(time=0.1),),
        (LateTimers(time=0.1),),
        (Buffers(time=0.1),),
        (Unseat(time=0.1),),
        (Caption(time=5.5, text="the last event"),),
    ],
)
def test_nothing_is_asked_while_anything_is_wrong_or_to_come(events: tuple[AnyEvent, ...]) -> None:
    cluster = Cluster(*events)
    played = cluster.play(lambda: None)
    assert cluster.found() == []
    assert played.now == pytest.approx(ENDS_AT)


def test_a_run_that_is_never_left_alone_says_so() -> None:
    played = Cluster(Slow(time=0.1)).play(lambda: None)
    assert played.settling.describe() == "not asked, for something was wrong until the end"


def test_nothing_is_asked_while_requests_are_not_sent() -> None:
    """In a burst, no more are sent while those that were are not answered."""
    cluster = Cluster(answers=False, burst=2)
    cluster.play(lambda: None)
    assert cluster.world.run.workload.unsent == 8
    assert cluster.found() == []


def test_a_restart_is_an_event_until_its_process_is_to_start() -> None:
    assert Cluster(Restart(time=0.5, after_s=3.0)).world.settling.events_until == 2.0 + 0.5 + 3.0


def test_what_a_slow_actor_still_waits_for_when_that_ends_is_waited_for() -> None:
    cluster = Cluster(Slow(time=-0.9, rate=0.0001, max_ms=4000), Slow(time=0.9, rate=0))
    cluster.play(lambda: None)
    assert cluster.found() == []
    assert cluster.world.disturbances.until == pytest.approx(6.9)


def test_nothing_is_asked_while_a_majority_does_not_run() -> None:
    cluster = Cluster()

    def pause() -> None:
        for name in (FIRST, SECOND):
            cluster.world.run.cluster.replicas[RunId(name)].state = State.PAUSED

    cluster.play(pause)
    assert cluster.found() == []


def test_nothing_is_asked_while_a_replica_is_to_come_back() -> None:
    cluster = Cluster()

    def kill() -> None:
        replica = cluster.world.run.cluster.replicas[RunId(THIRD)]
        replica.state, replica.restarts_at = State.KILLED, 100.0

    cluster.play(kill)
    assert cluster.found() == []


def test_what_goes_wrong_again_before_all_agree_begins_the_time_anew() -> None:
    cluster = Cluster()
    faults = cluster.world.run.network.faults
    for time in (3.6, 4.5, 5.4, 6.3, 7.2):
        cluster.at(time, lambda: setattr(faults, "drops", 0.1))
        cluster.at(time + 0.15, lambda: setattr(faults, "drops", 0.0))
    cluster.play(lambda: None)
    assert cluster.found() == []
