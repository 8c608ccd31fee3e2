"""Probes for the simulator: a run whose replicas a test plays by hand, and one whose replicas are small models."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable
from typing import Protocol, TypeAlias

from simulator.actions import Action, Deliver, Disturb, Exit, Pause, Resume, Spoil, Start, Terminate, Wipe
from simulator.config import Config
from simulator.events import AnyEvent
from simulator.ids import NodeId
from simulator.report import Report, make_report
from simulator.run import Run

Message: TypeAlias = dict[str, object]

LEADER = NodeId("0000")
FOLLOWER = NodeId("0001")
START_WAIT_S = 0.5


def config(
    *events: AnyEvent,
    lifetime: float = 5.0,
    replicas: int = 3,
    requests: int = 20,
    mix: float = 0.5,
    drops: float = 0.0,
    burst: int = 0,
    shared_keys: int = 0,
    repeats: float = 0.0,
    max_packets: int = 20_000,
) -> Config:
    """A short run, which a configuration file could not ask for."""
    return Config(
        lifetime=lifetime,
        replicas=replicas,
        requests=requests,
        mix=mix,
        drops=drops,
        burst=burst,
        shared_keys=shared_keys,
        repeats=repeats,
        max_packets=max_packets,
        start_wait=START_WAIT_S,
        end_wait=0.5,
        extra_events=events,
    )


def datagram(src: str, dst: str, kind: str, leader: str = "FFFF", **fields: object) -> bytes:
    """A message as a replica sends it."""
    return json.dumps({"src": src, "dst": dst, "leader": leader, "type": kind, **fields}).encode()


def decoded(payload: bytes) -> Message:
    """A message as a replica reads it."""
    message = json.loads(payload)
    assert isinstance(message, dict)
    return message


def delivered_to(actions: list[Action]) -> list[str]:
    """Who is handed a datagram, in order."""
    return [action.to for action in actions if isinstance(action, Deliver)]


def requests_in(actions: list[Action]) -> list[Message]:
    """The clients' requests among the datagrams that are delivered."""
    messages = [decoded(action.payload) for action in actions if isinstance(action, Deliver)]
    return [message for message in messages if message["type"] in {"get", "put"}]


class Stage:
    """A run whose replicas have started, and all have said hello; a test is the replicas."""

    def __init__(self, config: Config, seed: int = 1, *, hello: bool = True) -> None:
        self.run = Run(config, seed)
        self.now = 0.0
        self.started = self.run.advance(0.0)
        if hello:
            for name in self.run.cluster.replicas:
                self.say(name, "FFFF", "hello")

    def say(self, src: str, dst: str, kind: str, leader: str = "FFFF", **fields: object) -> list[Action]:
        """Let a replica send a message now."""
        return self.run.receive(self.now, NodeId(src), datagram(src, dst, kind, leader, **fields))

    def until(self, time_s: float) -> list[Action]:
        """Let time pass, to so many seconds from the first request."""
        actions: list[Action] = []
        end = time_s + START_WAIT_S
        while (due := self.run.next_time) is not None and due <= end:
            actions += self.run.advance(due)
        self.now = end
        return actions

    def first_request(self) -> Message:
        """Let time pass until the first request is sent."""
        return requests_in(self.until(0.0))[0]

    def answer(self, request: Message, kind: str = "ok", leader: str = "FFFF", **fields: object) -> list[Action]:
        """Let the replica that was asked answer."""
        return self.say(str(request["dst"]), str(request["src"]), kind, leader, MID=request["MID"], **fields)


class Model(Protocol):
    """A replica as a test models it: messages in, messages out."""

    def receive(self, message: Message) -> list[Message]:
        """Take a message, and say what to send."""


class Obedient:
    """Keeps the contract in the simplest way: 0000 leads for good, and copies nothing before it answers."""

    def __init__(self, name: NodeId, others: tuple[NodeId, ...]) -> None:
        self.name = name
        self.others = others
        self.values: dict[object, object] = {}

    def receive(self, message: Message) -> list[Message]:
        """Answer requests, and let the others know of puts."""
        if message["type"] not in {"get", "put"}:
            return []
        if self.name != LEADER:
            return [self.answer(message, "redirect")]
        if message["type"] == "get":
            return [self.answer(message, "ok", value=self.values.get(message["key"], ""))]
        self.values[message["key"]] = message["value"]
        return [self.message("FFFF", "copy"), self.answer(message, "ok")]

    def message(self, dst: object, kind: str, **fields: object) -> Message:
        """A message from this replica."""
        return {"src": self.name, "dst": dst, "leader": LEADER, "type": kind, **fields}

    def answer(self, request: Message, kind: str, **fields: object) -> Message:
        """An answer to a client."""
        return self.message(request["src"], kind, MID=request["MID"], **fields)


class World:
    """Plays a run to its end in virtual time; what a model sends arrives a millisecond later."""

    def __init__(self, config: Config, model: Callable[[NodeId, tuple[NodeId, ...]], Model], seed: int = 1) -> None:
        self.run = Run(config, seed)
        names = tuple(self.run.cluster.replicas)
        self._models = {name: model(name, tuple(other for other in names if other != name)) for name in names}
        self._sent: list[tuple[float, int, NodeId, bytes]] = []
        self._count = 0
        self._paused: dict[NodeId, list[bytes]] = {}

    def play(self) -> Report:
        """Play to the end, and sum up."""
        now = 0.0
        while not self.run.over:
            due = self.run.next_time
            assert due is not None
            if self._sent and self._sent[0][0] <= due:
                now, _, name, payload = heapq.heappop(self._sent)
                self._perform(now, self.run.receive(now, name, payload))
            else:
                now = max(now, due)
                self._perform(now, self.run.advance(now))
        return make_report(self.run, "virtual", "model")

    def _perform(self, now: float, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Deliver():
                    self._deliver(now, action.to, action.payload)
                case Start():
                    self._send(now, action.replica, datagram(action.replica, "FFFF", "hello"))
                case Terminate():
                    self._perform(now, self.run.exited(now, action.replica, Exit(code=-15, took_ms=1.0)))
                case Pause():
                    self._paused[action.replica] = []
                case Resume():
                    for payload in self._paused.pop(action.replica):
                        self._deliver(now, action.replica, payload)
                case Disturb() | Spoil() | Wipe():
                    continue  # models are never slow, and have no disks

    def _deliver(self, now: float, to: NodeId, payload: bytes) -> None:
        if to in self._paused:
            self._paused[to].append(payload)
            return
        for message in self._models[to].receive(decoded(payload)):
            self._send(now, to, json.dumps(message).encode())

    def _send(self, now: float, name: NodeId, payload: bytes) -> None:
        self._count += 1
        heapq.heappush(self._sent, (now + 0.001, self._count, name, payload))


def play(config: Config, model: Callable[[NodeId, tuple[NodeId, ...]], Model] = Obedient, seed: int = 1) -> Report:
    """Play a run in virtual time with models for replicas."""
    return World(config, model, seed).play()


def broken(report: Report) -> set[str]:
    """The names of the checks that did not hold."""
    return {check.name for check in report.checks if not check.held}
