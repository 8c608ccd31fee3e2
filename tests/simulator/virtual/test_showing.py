"""A leader that goes silent towards anybody is found, unless its own machine keeps it from sending."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from messages.ids import NodeId
from simulator.events import AnyEvent, Heal, LateTimers, Slow
from simulator.virtual.showing import SHOWS_ITSELF
from tests.simulator.virtual.settling_stage import SETTINGS, Cluster
from tests.simulator.virtual.stage import FIRST, SECOND, THIRD

BOUND_S = SETTINGS.probe_max_ms / 1000 / 0.98 + 0.3


def found(cluster: Cluster, prepare: Callable[[], object] | None = None) -> list[str]:
    """What is said of leaders that are silent."""
    cluster.play(prepare)
    return [sentence for rule, sentence in cluster.found() if rule == SHOWS_ITSELF]


def silent_towards(*names: NodeId) -> Cluster:
    cluster = Cluster()
    cluster.silent_towards = frozenset(names)
    return cluster


def test_a_leader_that_goes_on_sending_is_not_found() -> None:
    assert found(Cluster()) == []


@pytest.mark.parametrize("name", [SECOND, THIRD])
def test_a_leader_that_sends_somebody_nothing_is_found(name: NodeId) -> None:
    (sentence,) = found(silent_towards(name))
    assert sentence.startswith(f"0000 leads, and has sent {name} nothing for ")
    assert sentence.endswith("; 0.4 s are allowed")


def test_it_is_found_as_soon_as_the_time_is_over_that_it_may_be_silent_for() -> None:
    cluster = silent_towards(SECOND)
    cluster.play()
    (finding,) = cluster.watch.findings
    leads_since = 1.0 - cluster.world.run.config.start_wait
    assert BOUND_S <= finding.at - leads_since <= BOUND_S + 0.3


def test_nothing_is_asked_of_who_does_not_lead() -> None:
    cluster = Cluster()
    cluster.silent_towards = frozenset({FIRST})
    assert found(cluster) == []


def test_nothing_is_asked_of_a_leader_that_stands_still() -> None:
    cluster = silent_towards(SECOND)

    def paused() -> None:
        cluster.agrees()
        cluster.world.machines.nodes[FIRST].is_paused = True

    assert found(cluster, paused) == []


@pytest.mark.parametrize("event", [Slow(time=-1.5), LateTimers(time=-1.5)])
def test_nothing_is_asked_while_machines_keep_actors_or_timers_waiting(event: AnyEvent) -> None:
    cluster = Cluster(event, Heal(time=0.9))
    cluster.silent_towards = frozenset({SECOND})
    cluster.play()
    (finding,) = cluster.watch.findings
    assert finding.rule == SHOWS_ITSELF
    assert finding.at > 0.9 + BOUND_S
