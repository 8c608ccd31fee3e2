"""Who runs next, and when time passes: one seed decides, within what threads and networks may do."""

from __future__ import annotations

import pytest

from messages.ids import NOBODY
from messages.wire import Hello
from simulator.config import Virtual
from simulator.events import Caption
from simulator.virtual.node import Node
from simulator.virtual.world import ASSERTIONS, COMES_TO_REST
from tests.simulator.virtual.stage import (
    FIRST,
    SECOND,
    Probes,
    actor,
    as_the_run_sees,
    config,
    hello,
    nothing,
    only,
    play,
    reader,
)


def taken(seed: int, counts: dict[str, int]) -> list[tuple[str, object]]:
    """In which order actors of one node take so many messages each."""
    order: list[tuple[str, object]] = []

    def furnish(node: Node) -> None:
        for name, count in counts.items():

            def note(message: object, name: str = name) -> None:
                order.append((name, message))

            address = actor(node, name, note)
            for number in range(count):
                address.tell(number)

    play(only(FIRST, furnish), seed=seed)
    return order


def test_an_actor_takes_its_messages_in_the_order_in_which_they_were_told() -> None:
    order = taken(1, {"a": 20, "b": 20})
    assert [number for name, number in order if name == "a"] == list(range(20))
    assert [number for name, number in order if name == "b"] == list(range(20))


def test_the_seed_decides_which_of_several_actors_is_next() -> None:
    orders = [taken(seed, {"a": 5, "b": 5}) for seed in (1, 1, 2, 3)]
    assert orders[0] == orders[1]
    assert len({tuple(order) for order in orders}) == 3


def test_an_actor_is_the_more_likely_next_the_more_messages_wait_for_it() -> None:
    first = taken(1, {"busy": 900, "idle": 100})[:100]
    assert 80 < sum(name == "busy" for name, _ in first) < 100


def test_each_message_taken_is_a_step() -> None:
    def furnish(node: Node) -> None:
        for number in range(7):
            actor(node, f"{number}", nothing).tell("begin")

    assert play(only(FIRST, furnish)).steps == 7


@pytest.mark.parametrize(("least_ms", "most_ms"), [(0.05, 0.25), (30.0, 50.0), (10.0, 10.0)])
def test_a_datagram_takes_as_long_as_the_configuration_allows(least_ms: float, most_ms: float) -> None:
    arrivals: list[float] = []

    def furnish(node: Node) -> None:
        hello(node)
        reader(node, lambda batch: arrivals.extend([node.world.now] * len(batch.payloads)))

    virtual = Virtual(clocks="exact", latency_ms=(least_ms, most_ms))
    played = play(furnish, config(virtual=virtual))
    sent = [attempt.sent_at for attempt in played.run.clients.attempts()]
    took_ms = [1000 * (came - left) for came, left in zip(arrivals, sent, strict=True)]
    assert len(took_ms) == 10
    assert all(least_ms - 1e-6 <= each <= most_ms + 1e-6 for each in took_ms)


def test_what_an_actor_sends_leaves_when_it_has_handled_its_message() -> None:
    seen: list[float | None] = []

    def furnish(node: Node) -> None:
        def greet(_: object) -> None:
            node.send(Hello(src=node.name, dst=NOBODY, leader=NOBODY))
            seen.append(as_the_run_sees(node.world, FIRST).ready_at)

        actor(node, "greeter", greet).tell("begin")

    played = play(only(FIRST, furnish))
    assert seen == [None]
    assert as_the_run_sees(played, FIRST).ready_at is not None


# --- an actor that raises ----------------------------------------------------------------------------------------


def failing(node: Node) -> None:
    """Its one actor says hello and raises; another would have been told more."""

    def fail(_: object) -> None:
        node.send(Hello(src=node.name, dst=NOBODY, leader=NOBODY))
        raise AssertionError("two and two are four")

    actor(node, "clerk", fail).tell("begin")


def test_an_actor_that_raises_is_a_finding_that_names_it_and_its_node() -> None:
    (found,) = play(only(SECOND, failing)).watch.findings
    assert (found.checker, found.rule, found.step) == ("assertions", ASSERTIONS, 1)
    assert found.sentence == "clerk of 0001 raises AssertionError: two and two are four (virtual/test_world.py:110)"


def test_an_actor_that_raises_ends_its_node_and_the_run_counts_a_death() -> None:
    household = Probes(only(SECOND, failing))
    played = play(household)
    node = played.machines.nodes[SECOND]
    assert node.is_dead
    assert household.failures == [(node, "two and two are four")]
    assert node not in household.stops
    (death,) = played.run.breaches.deaths
    assert "0001 died by itself (exit code 1): AssertionError: two and two are four" in death.text


def test_a_run_ends_with_the_step_in_which_an_actor_raises() -> None:
    played = play(only(SECOND, failing))
    assert played.run.over
    assert played.steps == 1
    assert played.now < 0.5


def test_what_an_actor_sent_before_it_raised_has_left() -> None:
    assert as_the_run_sees(play(only(SECOND, failing)), SECOND).ready_at is not None


# --- time --------------------------------------------------------------------------------------------------------


def endless(node: Node) -> None:
    """Two actors that always have something to tell each other."""
    left = actor(node, "left", lambda _: right.tell("you"))
    right = actor(node, "right", lambda _: left.tell("no, you"))
    left.tell("begin")


@pytest.mark.parametrize("haste", [0.0, 0.1])
def test_actors_that_tell_one_another_for_ever_at_one_instant_are_found(haste: float) -> None:
    played = play(only(FIRST, endless), config(Caption(time=-1.0, text=""), virtual=Virtual(haste=haste)))
    (found,) = played.watch.findings
    assert (found.checker, found.rule) == ("liveness", COMES_TO_REST)


def instants(haste: float, *, starts_s: float = 0.0) -> set[float]:
    """When an actor takes 200 messages that it tells itself one after another, from `starts_s` on.

    The last event is at half a second; nobody says hello, so that time is before that of the first request.
    """
    seen: set[float] = set()

    def furnish(node: Node) -> None:
        def count_down(message: object) -> None:
            seen.add(node.world.now)
            assert isinstance(message, int)
            if message:
                myself.tell(message - 1)

        myself = actor(node, "clerk", count_down)
        others = actor(node, "other", nothing)
        for number in range(1000):
            node.world.at(number / 1000, others.tell, "time passes")
        node.world.at(starts_s, myself.tell, 200)

    play(only(FIRST, furnish), config(Caption(time=-1.5, text="the last event"), virtual=Virtual(haste=haste)))
    return seen


def test_without_haste_no_time_passes_while_somebody_has_something_to_do() -> None:
    assert len(instants(0.0)) == 1


def test_with_haste_time_passes_although_somebody_has_something_to_do() -> None:
    assert len(instants(0.3)) > 10


def test_behind_the_last_event_there_is_no_haste() -> None:
    assert len(instants(0.9, starts_s=0.6)) == 1
