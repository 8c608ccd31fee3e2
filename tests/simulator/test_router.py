"""Carrying messages between replicas: what is counted, and what arrives when."""

from __future__ import annotations

import random

import pytest

from simulator.actions import Exit, Start
from simulator.agenda import Agenda
from simulator.cluster import Cluster, State
from simulator.events import Delay, Duplicate, Reorder, Restart
from simulator.ids import BROADCAST, NodeId
from simulator.network import Network
from simulator.router import Router
from simulator.run import Run
from tests.simulator.stage import config, datagram, delivered_to

A, B, C = (NodeId(f"000{number}") for number in range(3))


class Bench:
    """A router whose deliveries are noted."""

    def __init__(self) -> None:
        self.cluster = Cluster.of(3)
        for replica in self.cluster.replicas.values():
            replica.state = State.UP
        self.network = Network(random.Random(1))
        self.agenda = Agenda()
        self.arrived: list[tuple[NodeId, bytes]] = []
        self.router = Router(self.cluster, self.network, self.agenda, self.note)

    def note(self, to: NodeId, payload: bytes) -> None:
        self.arrived.append((to, payload))


def test_a_message_arrives_at_once() -> None:
    bench = Bench()
    assert bench.router.route(0.0, A, B, "append", b"x") == ()
    assert bench.arrived == [(B, b"x")]


def test_a_broadcast_reaches_and_counts_every_other_replica() -> None:
    bench = Bench()
    bench.router.route(0.0, B, BROADCAST, "vote", b"x")
    assert bench.arrived == [(A, b"x"), (C, b"x")]
    assert bench.router.traffic.total == 2
    assert bench.router.traffic.by_type == {"vote": 2}


def test_a_lost_message_counts() -> None:
    bench = Bench()
    bench.network.faults.drops = 1.0
    bench.router.route(0.0, A, B, "append", b"x")
    assert bench.arrived == []
    assert bench.router.traffic.total == 1


def test_a_message_for_a_replica_that_is_gone_counts_and_vanishes() -> None:
    bench = Bench()
    bench.cluster.replicas[B].state = State.KILLED
    assert bench.router.route(0.0, A, B, "append", b"x") == ()
    assert bench.arrived == []
    assert (bench.router.traffic.total, bench.router.traffic.to_gone) == (1, 1)


def test_a_message_for_a_replica_before_its_hello_is_told() -> None:
    bench = Bench()
    bench.cluster.replicas[B].state = State.STARTING
    bench.cluster.replicas[C].state = State.WAITING
    assert bench.router.route(0.0, A, BROADCAST, "vote", b"x") == (B, C)


def test_a_message_for_a_paused_replica_waits_at_its_socket() -> None:
    bench = Bench()
    bench.cluster.replicas[B].state = State.PAUSED
    bench.router.route(0.0, A, B, "append", b"x")
    assert bench.arrived == [(B, b"x")]


def test_a_delayed_message_arrives_later() -> None:
    bench = Bench()
    bench.network.faults.set(Delay(time=0, min_ms=10, max_ms=10))
    bench.router.route(1.0, A, B, "append", b"x")
    bench.agenda.run_due(1.009)
    assert bench.arrived == []
    bench.agenda.run_due(1.0101)
    assert bench.arrived == [(B, b"x")]


def test_a_duplicated_message_arrives_twice_and_counts_once() -> None:
    bench = Bench()
    bench.network.faults.set(Duplicate(time=0, rate=1.0, max_ms=5))
    bench.router.route(0.0, A, B, "append", b"x")
    bench.agenda.run_due(0.006)
    assert bench.arrived == [(B, b"x"), (B, b"x")]
    assert bench.router.traffic.total == 1


def test_a_reordered_message_is_overtaken_by_the_next_on_its_way() -> None:
    bench = Bench()
    bench.network.faults.set(Reorder(time=0, rate=1.0, max_ms=50))
    for payload in (b"1", b"2"):
        bench.router.route(0.0, A, B, "append", payload)
    assert bench.arrived == [(B, b"2"), (B, b"1")]


def test_a_reordered_message_does_not_wait_for_other_ways() -> None:
    bench = Bench()
    bench.network.faults.set(Reorder(time=0, rate=1.0, max_ms=50))
    bench.router.route(0.0, A, B, "append", b"1")
    bench.router.route(0.0, A, C, "append", b"2")
    assert bench.arrived == []


def test_a_reordered_message_that_nothing_follows_arrives_after_all() -> None:
    bench = Bench()
    bench.network.faults.set(Reorder(time=0, rate=1.0, max_ms=50))
    bench.router.route(0.0, A, B, "append", b"1")
    bench.agenda.run_due(0.051)
    assert bench.arrived == [(B, b"1")]


def test_a_message_held_back_is_released_when_the_network_has_healed() -> None:
    bench = Bench()
    bench.network.faults.set(Reorder(time=0, rate=1.0, max_ms=50))
    bench.router.route(0.0, A, B, "append", b"1")
    bench.network.heal()
    bench.router.route(0.001, A, B, "append", b"2")
    bench.agenda.run_due(1.0)
    assert bench.arrived == [(B, b"2"), (B, b"1")]


@pytest.mark.parametrize("state", [State.KILLED, State.STARTING])
def test_a_message_for_a_replica_that_is_being_restarted_counts_and_vanishes(state: State) -> None:
    bench = Bench()
    bench.cluster.replicas[B].state = state
    bench.cluster.replicas[B].incarnation = 2
    assert bench.router.route(0.0, A, BROADCAST, "vote", b"x") == ()
    assert bench.arrived == [(C, b"x")]
    assert (bench.router.traffic.total, bench.router.traffic.to_gone) == (2, 1)


def test_a_delayed_message_for_a_replica_that_was_restarted_meanwhile_is_lost_before_its_hello() -> None:
    run = Run(config(Delay(time=0, min_ms=300, max_ms=300), Restart(time=0.1, replica=B, after_s=0.1)), 1)
    run.advance(0.0)
    for name in (A, B, C):
        run.receive(0.0, name, datagram(name, "FFFF", "hello"))
    run.advance(0.5)
    run.receive(0.5, A, datagram(A, B, "append"))
    run.advance(0.6)
    run.exited(0.6, B, Exit(code=0))
    assert Start(replica=B) in run.advance(0.7)
    assert B not in delivered_to(run.advance(0.8))
