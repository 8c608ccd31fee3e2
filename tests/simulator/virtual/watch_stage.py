"""A world's watch, and nodes that show it what a test says: each deed is a step."""

from __future__ import annotations

from typing import Final, Literal

from actors.settings import Settings
from actors.state_machine import StateMachine
from messages.entry import Entry
from messages.ids import NOBODY, ClientId, NodeId, RequestId, Term
from messages.log_store import SaveSnapshot
from messages.state_machine import Apply, Read
from messages.wire import AppendAccepted, AppendEntries, Get, Outbound, RequestVote, VoteReply
from simulator.cluster import State
from simulator.config import Virtual
from simulator.virtual.node import Node
from simulator.virtual.watch import Step
from tests.actors.probes import AuditProbe, Probe, Wire
from tests.actors.samples import at, index
from tests.simulator.virtual.stage import FIRST, NAMES, as_the_run_sees, config, nothing, world


class Scene:
    """Three nodes that a test has show what they do; each deed is a step."""

    def __init__(self, storage: Literal["memory", "synced"] = "memory") -> None:
        self._world: Final = world(nothing, config(virtual=Virtual(storage=storage)))
        self.watch: Final = self._world.watch
        self.nodes: Final = {name: self.enter(name) for name in NAMES}
        self._steps = 0

    def enter(self, name: NodeId, incarnation: int = 1) -> Node:
        """A process of that name begins."""
        node = Node(self._world, name, incarnation, clock_start=0.0, clock_rate=1.0)
        node.spawn(
            "state_machine",
            StateMachine,
            me=name,
            settings=Settings(),
            audit=AuditProbe().log,
            datagrams=Wire(),
            log_store=Probe[SaveSnapshot](),
        )
        self.watch.enter(node)
        return node

    @property
    def found(self) -> list[str]:
        """The rules that were broken, in the order in which it showed."""
        return [finding.rule for finding in self.watch.findings]

    def _step(self, name: NodeId) -> Node:
        self._steps += 1
        self.watch.step = Step(self._steps)
        self.watch.acting = "consensus"
        return self.nodes[name]

    def saves(self, name: NodeId, term: int, voted_for: NodeId | None) -> None:
        """A storage is told to keep a term and a vote."""
        self.watch.saved(self._step(name), Term(term), voted_for)
        self.watch.look()

    def appends(self, name: NodeId, *entries: Entry) -> None:
        """A storage is told to keep entries."""
        self.watch.appended(self._step(name), entries)
        self.watch.look()

    def truncates(self, name: NodeId, after: int) -> None:
        """A storage is told to forget entries."""
        self.watch.truncated(self._step(name), index(after))
        self.watch.look()

    def syncs(self, *names: NodeId) -> None:
        """Storages have made everything durable."""
        for name in names:
            self.watch.synced(self._step(name))
        self.watch.look()

    def applies(self, name: NodeId, first: int, *entries: Entry) -> None:
        """A state machine is told what is committed."""
        node, batch = self._step(name), Apply(first=index(first), entries=entries)
        self.watch.told(node, batch)
        node.state_machine.on_receive(batch)
        self.watch.look()

    def asks(self, at_s: float) -> Get:
        """A client asks for what it reads."""
        for name in NAMES:
            as_the_run_sees(self._world, name).state = State.UP
        clients = self._world.run.clients
        clients.ask(at_s, "get")
        (attempt,) = clients.attempts()
        client, mid = ClientId(attempt.request.client), RequestId(attempt.mid)
        return Get(src=client, dst=FIRST, leader=NOBODY, MID=mid, key=attempt.request.key)

    def reads(self, name: NodeId, request: Get) -> None:
        """A state machine is told what may be read."""
        self.watch.told(self._step(name), Read(requests=(request,), leader=name))
        self.watch.look()

    def sends(self, name: NodeId, message: Outbound) -> None:
        """A datagram leaves."""
        self.watch.sent(self._step(name), message)
        self.watch.look()

    def says(self, name: NodeId, event: str, **fields: object) -> None:
        """A named event is said."""
        self.watch.said(self._step(name), event, fields)
        self.watch.look()

    def elects(self, name: NodeId, term: int, *voters: NodeId) -> None:
        """A replica leads a term, with its own vote and those of others."""
        for voter in (name, *voters):
            self.saves(voter, term, name)
        self.says(name, "term.advanced", term=term)
        self.says(name, "role.changed", role="leader", term=term)

    def steps_down(self, name: NodeId, term: int) -> None:
        """A leader gives up."""
        self.says(name, "role.changed", role="follower", term=term)


def granted(src: NodeId, dst: NodeId, term: int) -> VoteReply:
    return VoteReply(src=src, dst=dst, leader=NOBODY, term=Term(term), granted=True)


def append(src: NodeId, dst: NodeId, term: int, commit_index: int = 0) -> AppendEntries:
    return AppendEntries(
        src=src,
        dst=dst,
        leader=src,
        term=Term(term),
        prev_log_index=index(0),
        prev_log_term=Term(0),
        entries=(),
        commit_index=index(commit_index),
        at=at(1.0),
        quiet=False,
    )


def accepted(src: NodeId, dst: NodeId, term: int, match_index: int, commit_index: int = 0) -> AppendAccepted:
    return AppendAccepted(
        src=src,
        dst=dst,
        leader=dst,
        term=Term(term),
        match_index=index(match_index),
        commit_index=index(commit_index),
        at=at(1.0),
    )


def ask(src: NodeId, dst: NodeId, term: int) -> RequestVote:
    return RequestVote(src=src, dst=dst, leader=NOBODY, term=Term(term), last_log_index=index(0), last_log_term=Term(0))
