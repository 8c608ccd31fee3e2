"""The machines of virtual time: processes that begin, end and come back, each on a clock of its own."""

from __future__ import annotations

from typing import Final

import pytest

from actors.settings import Settings
from messages.ids import Instant, NodeId
from simulator.actions import Exit
from simulator.cluster import State
from simulator.config import Clocks, Virtual
from simulator.events import AnyEvent, Pause, Restart, Resume
from simulator.virtual.household import Furnishing
from simulator.virtual.node import Node
from simulator.virtual.world import World
from tests.simulator.virtual.stage import (
    FIRST,
    NAMES,
    SECOND,
    Probes,
    actor,
    as_the_run_sees,
    config,
    hello,
    nothing,
    play,
    world,
)


class Register:
    """A household whose nodes say hello, and which keeps all that there ever were."""

    def __init__(self) -> None:
        self.nodes: Final[list[Node]] = []
        self.began: Final[list[float]] = []
        self.household: Final = Probes(self._furnish)

    def _furnish(self, node: Node) -> None:
        self.nodes.append(node)
        self.began.append(node.world.now)
        hello(node)

    def of(self, name: NodeId) -> list[Node]:
        """All nodes of one name, in the order in which they began."""
        return [node for node in self.nodes if node.name == name]


def killed(started: World, name: NodeId) -> Exit:
    """What happens when the run ends a replica."""
    as_the_run_sees(started, name).state = State.KILLED
    return started.machines.terminate(name)


# --- their clocks ------------------------------------------------------------------------------------------------


def rates(clocks: Clocks, error_percent: int) -> set[float]:
    """The rates of the clocks of thirty nodes."""
    shown = set()
    for seed in range(10):
        settings = Settings(clock_error_percent=error_percent)
        played = play(nothing, config(virtual=Virtual(clocks=clocks)), seed=seed, settings=settings)
        for node in played.machines.nodes.values():
            second_s = node.time_of(Instant(1e6)) - node.time_of(Instant(1e6 - 1))
            shown.add(round(1 / second_s, 6))
    return shown


@pytest.mark.parametrize("error_percent", [1, 2, 10])
def test_extreme_clocks_are_the_fastest_and_slowest_that_the_settings_allow_for(error_percent: int) -> None:
    error = error_percent / 100
    assert rates("extreme", error_percent) == {round(1 - error, 6), round(1 + error, 6)}


@pytest.mark.parametrize("error_percent", [1, 2, 10])
def test_random_clocks_are_wrong_within_what_the_settings_allow_for(error_percent: int) -> None:
    error, shown = error_percent / 100, rates("random", error_percent)
    assert len(shown) == 30
    assert 1 - error <= min(shown) < 1 - error / 2 < 1 + error / 2 < max(shown) <= 1 + error


def test_exact_clocks_go_as_fast_as_time() -> None:
    assert rates("exact", 2) == {1.0}


def test_drifting_clocks_are_at_one_bound_and_then_at_the_other() -> None:
    """Each of them, within some of the longest election timeouts."""
    settings = Settings(clock_error_percent=10, election_timeout_min_ms=20, election_timeout_max_ms=40, heartbeat_ms=5)
    seen: dict[NodeId, set[float]] = {name: set() for name in NAMES}

    def furnish(node: Node) -> None:
        def look(_: None) -> None:
            seen[node.name].add(round(node.time_of(Instant(1e6)) - node.time_of(Instant(1e6 - 1)), 6))
            node.world.at(node.world.now + 0.02, look, None)

        look(None)

    play(furnish, config(virtual=Virtual(clocks="drifting")), settings=settings)
    assert [rates - {1.0} for rates in seen.values()] == [{round(1 / 0.9, 6), round(1 / 1.1, 6)}] * 3


def test_no_two_clocks_begin_at_the_same_time() -> None:
    played = play(nothing)
    assert len({node.now() for node in played.machines.nodes.values()}) == 3


# --- how they begin ----------------------------------------------------------------------------------------------


def test_every_replica_begins_within_some_tenths_of_a_second_at_a_time_of_its_own() -> None:
    register = Register()
    play(register.household)
    assert {node.name for node in register.nodes} == set(NAMES)
    assert len(set(register.began)) == 3
    assert all(0.1 <= time <= 0.4 for time in register.began)


def test_a_process_that_is_ended_before_it_began_never_begins() -> None:
    register = Register()
    started = world(register.household)
    exits: list[Exit] = []
    started.at(0.05, lambda name: exits.append(killed(started, name)), SECOND)
    started.play()
    assert exits == [Exit(code=0)]
    assert register.of(SECOND) == []
    assert SECOND not in started.machines.nodes


def test_a_process_that_is_started_again_before_it_began_begins_once() -> None:
    register = Register()
    started = world(register.household)
    started.at(0.05, started.machines.start, SECOND)
    started.play()
    assert [node.incarnation for node in register.of(SECOND)] == [2]


# --- how they end ------------------------------------------------------------------------------------------------


def test_a_process_that_is_ended_is_dead_and_is_stopped_once() -> None:
    register = Register()
    started = world(register.household)
    started.at(1.0, lambda name: (killed(started, name), killed(started, name), None)[-1], SECOND)
    started.at(1.1, lambda _: living.append(set(started.machines.living)), None)
    living: list[set[NodeId]] = []
    started.play()
    assert living == [set(NAMES) - {SECOND}]
    assert [node.name for node in register.household.stops].count(SECOND) == 1


def test_every_process_is_stopped_at_the_end_of_the_run() -> None:
    register = Register()
    played = play(register.household)
    assert {node.name for node in register.household.stops} == set(NAMES)
    assert not played.machines.living


# --- how they come back ------------------------------------------------------------------------------------------


def restarted(*more: AnyEvent) -> tuple[Register, World]:
    """A world in which a replica is ended a second before the first request, and comes back."""
    register = Register()
    return register, play(register.household, config(Restart(time=-1.0, replica=FIRST, after_s=0.1), *more))


def test_a_restart_makes_a_new_node() -> None:
    register, played = restarted()
    before, after = register.of(FIRST)
    assert (before.incarnation, after.incarnation) == (1, 2)
    assert before.is_dead
    assert played.machines.nodes[FIRST] is after
    assert as_the_run_sees(played, FIRST).incarnation == 2


def test_a_restarted_replica_has_other_dice() -> None:
    register, played = restarted()
    furnishing = Furnishing(NAMES, played.settings, 7)
    assert [furnishing.seed_of(node) for node in register.of(FIRST)] == ["7", "7.2"]


def test_a_restarted_replicas_memory_is_gone() -> None:
    """What an earlier process of its name held no longer counts as stored."""
    register, played = restarted()
    replica = played.watch.replicas[FIRST]
    assert (replica.incarnation, replica.log.last_index, replica.hard_state) == (2, 0, (0, None))
    assert len(register.of(FIRST)) == 2


def test_what_waits_for_a_process_that_ended_does_not_reach_the_next_one() -> None:
    taken: list[tuple[int, object]] = []

    def furnish(node: Node) -> None:
        hello(node)
        clerk = actor(node, "clerk", lambda message: taken.append((node.incarnation, message)))
        if node.name == FIRST:
            node.world.at(1.5 if node.incarnation == 1 else 1.6, clerk.tell, "late")

    play(furnish, config(Restart(time=-1.0, replica=FIRST, after_s=0.1)))
    assert taken == [(2, "late")]


def test_the_run_pauses_and_resumes_a_node() -> None:
    seen: list[bool] = []

    def furnish(node: Node) -> None:
        hello(node)
        if node.name == FIRST:
            for time in (0.9, 1.1, 1.6):
                node.world.at(time, lambda _: seen.append(node.is_paused), None)

    play(furnish, config(Pause(time=-1.0, replica=FIRST), Resume(time=-0.5)))
    assert seen == [False, True, False]
