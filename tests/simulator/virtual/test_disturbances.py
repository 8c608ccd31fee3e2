"""What machines do to actors: they are scheduled late, but get on, and sockets lose what finds no room."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

import pytest

from messages.socket_reader import Datagrams
from simulator.actions import Deliver
from simulator.config import Config
from simulator.events import Buffers, Heal, LateTimers, Slow, SlowActor
from simulator.run import Run
from simulator.virtual.disturbances import Disturbances
from simulator.virtual.mailbox import Mailbox
from simulator.virtual.node import Node
from tests.simulator.stage import datagram
from tests.simulator.virtual.stage import FIRST, Doing, actor, config, nothing, only, play, reader

FROM_A_REPLICA = datagram("0001", "0000", "append")


def drawing(*numbers: float) -> Disturbances:
    """Disturbances that draw these numbers, over and over."""
    drawn: list[float] = []

    def draw() -> float:
        drawn.append(numbers[len(drawn) % len(numbers)])
        return drawn[-1]

    return Disturbances(draw)


def request() -> bytes:
    """What a client sends to a replica."""
    run = Run(Config(lifetime=1, replicas=3, requests=1), seed=1)
    for name in run.cluster.replicas:
        run.advance(0.0)
        run.receive(0.1, name, datagram(name, "FFFF", "hello"))
    (deliver,) = (action for action in run.advance(5.0) if isinstance(action, Deliver))
    return deliver.payload


# --- until when --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", [Slow(time=0), LateTimers(time=0), Buffers(time=0)])
def test_while_a_disturbance_is_on_nobody_knows_when_it_will_be_over(event: Slow | LateTimers | Buffers) -> None:
    disturbances = drawing(0.5)
    assert disturbances.until == 0.0
    disturbances.set(event, now=3.0)
    assert disturbances.until == math.inf


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (Slow(time=0, max_ms=400), Slow(time=0, rate=0)),
        (Slow(time=0, max_ms=400), None),
        (LateTimers(time=0, max_ms=400), LateTimers(time=0, max_ms=0)),
        (LateTimers(time=0, max_ms=400), None),
    ],
)
def test_a_disturbance_is_over_when_the_last_of_what_it_held_up_has_gone_on(
    begin: Slow | LateTimers, end: Slow | LateTimers | None
) -> None:
    disturbances = drawing(0.5)
    disturbances.set(begin, now=3.0)
    disturbances.set(end, now=5.0)
    assert disturbances.until == pytest.approx(5.4)


def test_a_disturbance_that_ends_leaves_those_of_other_kinds_on() -> None:
    disturbances = drawing(0.5)
    disturbances.set(Slow(time=0), now=1.0)
    disturbances.set(Buffers(time=0), now=1.0)
    disturbances.set(Slow(time=0, rate=0), now=2.0)
    assert disturbances.slow is None
    assert disturbances.until == math.inf
    disturbances.set(Buffers(time=0, datagrams=0), now=3.0)
    assert disturbances.until < math.inf


# --- timers and buffers ------------------------------------------------------------------------------------------


def test_timers_are_always_a_little_late_and_counted_only_when_they_are_made_so() -> None:
    disturbances = drawing(0.5)
    assert disturbances.lateness_s() == 0.0005
    assert not disturbances.counts
    disturbances.set(LateTimers(time=0, max_ms=200), now=0.0)
    assert disturbances.lateness_s() == 0.1
    assert disturbances.counts == {"rang late": 1}


def test_a_buffer_that_is_full_loses_what_replicas_send() -> None:
    disturbances = drawing(0.5)
    disturbances.set(Buffers(time=0, datagrams=4), now=0.0)
    assert disturbances.has_room(3, FROM_A_REPLICA)
    assert not disturbances.has_room(4, FROM_A_REPLICA)
    assert disturbances.counts == {"found no room": 1}


def test_a_buffer_that_is_full_never_loses_what_clients_send() -> None:
    disturbances = drawing(0.5)
    disturbances.set(Buffers(time=0, datagrams=1), now=0.0)
    assert disturbances.has_room(1000, request())
    assert not disturbances.counts


def test_without_the_event_buffers_have_room_for_all() -> None:
    assert drawing(0.5).has_room(1_000_000, FROM_A_REPLICA)


def test_a_socket_loses_the_datagrams_of_replicas_that_find_no_room_and_keeps_those_of_clients() -> None:
    batches: list[Datagrams] = []
    asked = request()

    def furnish(node: Node) -> None:
        reader(node, batches.append)
        node.world.disturbances.set(Buffers(time=0, datagrams=2), 0.0)
        for _ in range(3):
            node.arrive(FROM_A_REPLICA)
            node.arrive(asked)

    play(only(FIRST, furnish))
    assert [batch.payloads for batch in batches] == [(FROM_A_REPLICA, asked, asked, asked)]


# --- slow actors -------------------------------------------------------------------------------------------------


def taken(event: Slow | None, *, count: int = 20) -> list[tuple[float, object]]:
    """When the actor of a node took each of its messages, all of which it was told at once."""
    order: list[tuple[float, object]] = []

    def furnish(node: Node) -> None:
        node.world.disturbances.set(event, 0.0)
        clerk = actor(node, "clerk", lambda message: order.append((node.world.now - began, message)))
        began = node.world.now
        for number in range(count):
            clerk.tell(number)

    play(only(FIRST, furnish))
    return order


def increases(times: Iterable[float]) -> bool:
    """Whether each is later than the one before."""
    return all(first < second for first, second in pairwise(times))


def test_a_slow_actor_waits_before_each_of_its_messages_and_gets_on_even_at_a_rate_of_1() -> None:
    order = taken(Slow(time=0, rate=1.0, max_ms=20))
    assert [number for _, number in order] == list(range(20))
    assert increases(time for time, _ in order)
    assert order[-1][0] <= 20 * 0.020


def test_a_slow_actor_keeps_the_order_of_its_messages_at_any_rate() -> None:
    order = taken(Slow(time=0, rate=0.3, max_ms=20), count=50)
    assert [number for _, number in order] == list(range(50))
    assert 5 < len({time for time, _ in order}) < 30


def test_actors_are_not_slow_without_the_event() -> None:
    assert {time for time, _ in taken(None)} == {0.0}


@pytest.mark.parametrize(("slow", "waits"), [("log_store", True), ("replicator", False), ("any", True)])
def test_only_actors_of_the_kind_that_is_named_wait(slow: SlowActor, waits: bool) -> None:
    disturbances = drawing(0.0)
    event = Slow(time=0, rate=1.0, max_ms=20, actor=slow)
    mailboxes: list[Mailbox[object]] = []
    play(only(FIRST, lambda node: mailboxes.append(Mailbox(node, "log_store", Doing(nothing)))))
    assert disturbances.falls_asleep(mailboxes[0], event, 0.0) == waits


def test_the_replicator_of_any_peer_is_one_of_its_kind() -> None:
    disturbances = drawing(0.0)
    mailboxes: list[Mailbox[object]] = []
    play(only(FIRST, lambda node: mailboxes.append(Mailbox(node, "replicator/0001", Doing(nothing)))))
    assert disturbances.falls_asleep(mailboxes[0], Slow(time=0, rate=1.0, actor="replicator"), 0.0)


def test_a_slow_actor_does_not_hold_up_another() -> None:
    order: list[tuple[float, object]] = []

    def furnish(node: Node) -> None:
        for name in "ab":
            actor(node, name, lambda message: order.append((node.world.now, message))).tell(name)
        node.world.disturbances.set(Slow(time=0, rate=1.0, max_ms=100), 0.0)

    play(only(FIRST, furnish))
    assert len({time for time, _ in order}) == 2


def test_an_actor_takes_nothing_before_it_wakes_whatever_it_is_told_meanwhile() -> None:
    order: list[tuple[float, object]] = []

    def furnish(node: Node) -> None:
        clerk = Mailbox(node, "clerk", Doing(lambda message: order.append((node.world.now, message))))
        clerk.wakes_at = 1.0
        clerk.tell("one")
        node.world.at(0.7, clerk.tell, "two")
        node.world.at(1.2, clerk.tell, "three")

    play(only(FIRST, furnish))
    assert order == [(1.0, "one"), (1.0, "two"), (1.2, "three")]


def test_heal_ends_every_disturbance() -> None:
    """The events are at times before the first request, for in this world nobody is there to be asked."""
    played = play(nothing, config(Slow(time=-1.9), LateTimers(time=-1.9), Buffers(time=-1.9), Heal(time=-1.0)))
    assert played.disturbances.slow is None
    assert played.disturbances.until == pytest.approx(1.1)
