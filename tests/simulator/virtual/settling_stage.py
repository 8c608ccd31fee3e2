"""A cluster whose replicas do as a test says, so that it settles, or does not."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Final

import msgspec

from actors.settings import Settings
from actors.state_machine import StateMachine
from messages.codec import decode
from messages.entry import Entry, no_op
from messages.ids import NodeId, Term
from messages.log_store import SaveSnapshot
from messages.socket_reader import Datagrams
from messages.state_machine import Apply
from messages.wire import Get, GetOk, Redirect
from simulator.events import AnyEvent
from simulator.virtual.node import Node
from simulator.virtual.settling import SETTLES
from simulator.virtual.world import World
from tests.actors.probes import AuditProbe, Probe, Wire
from tests.actors.samples import index
from tests.simulator.virtual.stage import FIRST, NAMES, SECOND, THIRD, Probes, config, hello, reader, world

SETTINGS: Final = Settings(election_timeout_min_ms=50, election_timeout_max_ms=100, heartbeat_ms=10, probe_max_ms=100)
"""So it must settle within a second, and then be quiet for 0.7 seconds."""

ENDS_AT: Final = 8.0


class Cluster:
    """Three replicas that say hello and answer gets; what they store, and who leads, the test says.

    The first request is asked at two seconds, the last within a second of it; by then, nothing is wrong any more.
    """

    def __init__(self, *events: AnyEvent, answers: bool = True, burst: int = 0, settings: Settings = SETTINGS) -> None:
        self._answers: Final = answers
        self.silent_towards = frozenset[NodeId]()
        """To whom nobody sends anything."""
        self.silent = frozenset[tuple[NodeId, NodeId]]()
        """Who sends whom nothing."""
        asked = msgspec.structs.replace(config(*events), mix=1.0, end_wait=ENDS_AT - 3.0, burst=burst)
        self.world: Final = world(Probes(self._furnish), asked, settings=settings)
        self.watch: Final = self.world.watch

    def _furnish(self, node: Node) -> None:
        node.spawn(
            "state_machine",
            StateMachine,
            me=node.name,
            settings=SETTINGS,
            audit=AuditProbe().log,
            datagrams=Wire(),
            log_store=Probe[SaveSnapshot](),
        )
        reader(node, lambda batch: self._answer(node, batch))
        hello(node)

    def _answer(self, node: Node, batch: Datagrams) -> None:
        for payload in batch.payloads:
            message = decode(payload)
            if isinstance(message, Get) and self._answers:
                node.send(_answer(node.name, message))

    def at(self, time_s: float, do: Callable[[], object]) -> None:
        """Do something at a time of the run."""

        def happen(_: None) -> None:
            do()

        self.world.at(time_s, happen, None)

    def elects(self, leader: NodeId, term: int, *voters: NodeId) -> None:
        """Some replicas are in a term, and one of them leads it."""
        for name in (leader, *voters):
            self.watch.saved(self.world.machines.nodes[name], Term(term), leader)
        self.watch.said(self.world.machines.nodes[leader], "role.changed", {"role": "leader", "term": term})

    def stores(self, *names: NodeId) -> None:
        """Replicas store an entry, and commit it."""
        for name in names:
            self.watch.appended(self.world.machines.nodes[name], (no_op(Term(1)),))
        for name in names:
            self.commits(name)

    def commits(self, name: NodeId) -> None:
        """A replica applies the entry that it stores."""
        self.watch.told(self.world.machines.nodes[name], Apply(first=index(1), entries=(no_op(Term(1)),)))
        self.applies(name, no_op(Term(1)))

    def applies(self, name: NodeId, entry: Entry) -> None:
        """A state machine applies what it likes."""
        self.world.machines.nodes[name].state_machine.on_receive(Apply(first=index(1), entries=(entry,)))

    def _send_heartbeats(self) -> None:
        """Everybody sends everybody something, now and every tenth of a second."""
        for src, dst in permutations(NAMES, 2):
            if dst not in self.silent_towards and (src, dst) not in self.silent:
                self.watch.sent_at[src, dst] = self.world.now
        self.at(self.world.now + 0.1, self._send_heartbeats)

    def agrees(self) -> None:
        """All is as it should be: one leads, all store the same."""
        self.elects(FIRST, 1, SECOND, THIRD)
        self.stores(*NAMES)

    def play(self, prepare: Callable[[], object] | None = None) -> World:
        """Play to the end; `prepare` says how the cluster stands before the first request."""
        self.at(1.0, self.agrees if prepare is None else prepare)
        self.at(1.0, self._send_heartbeats)
        self.world.play()
        return self.world

    def found(self) -> list[tuple[str, str]]:
        """The findings' rules and sentences."""
        assert {finding.checker for finding in self.watch.findings} <= {"liveness"}, self.watch.findings
        return [(finding.rule, finding.sentence) for finding in self.watch.findings]


def _answer(me: NodeId, get: Get) -> GetOk | Redirect:
    """The first replica serves, for it never lags; the others send clients there."""
    if me == FIRST:
        return GetOk(src=me, dst=get.src, leader=FIRST, MID=get.MID, value="")
    return Redirect(src=me, dst=get.src, leader=FIRST, MID=get.MID)


def lacking(cluster: Cluster, prepare: Callable[[], object] | None = None, *, bound_s: float = 1.0) -> str:
    """What is missing in the end, which is just behind the bound."""
    cluster.play(prepare)
    ((rule, sentence),) = cluster.found()
    assert rule == SETTLES
    since, _, missing = sentence.partition(" s after the last fault and request, ")
    assert bound_s <= float(since) <= bound_s + 0.2
    return missing
