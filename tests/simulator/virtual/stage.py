"""Worlds of virtual time whose nodes a test furnishes: small actors that do what the test says."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final, TypeAlias

from actors.settings import Settings
from messages.address import Address
from messages.ids import NOBODY, NodeId
from messages.socket_reader import Datagrams
from messages.wire import Hello
from simulator.cluster import Replica
from simulator.config import Config, Virtual
from simulator.events import AnyEvent
from simulator.ids import NodeId as RunId
from simulator.run import Run
from simulator.virtual.node import Node
from simulator.virtual.world import World

FIRST: Final = NodeId("0000")
SECOND: Final = NodeId("0001")
THIRD: Final = NodeId("0002")
NAMES: Final = (FIRST, SECOND, THIRD)

Furnish: TypeAlias = Callable[[Node], None]


def nothing(_: object) -> None:
    """What an actor does with a message that does not matter."""


class Doing:
    """An actor, or a reader, that does with each message what the test says."""

    def __init__(self, do: Callable[[object], object]) -> None:
        self._do: Final = do

    def on_receive(self, message: object) -> None:
        """Do it."""
        self._do(message)


class Probes:
    """A household that furnishes nodes as the test says, and notes how they end."""

    def __init__(self, furnish: Furnish) -> None:
        self._furnish: Final = furnish
        self.failures: Final[list[tuple[Node, str]]] = []
        self.stops: Final[list[Node]] = []

    def furnish(self, node: Node) -> None:
        """Build actors, and a reader to which nothing matters, unless it is built anew."""
        reader(node, nothing)
        self._furnish(node)

    def failed(self, node: Node, error: Exception) -> None:
        """Note it."""
        self.failures.append((node, str(error)))

    def stopped(self, node: Node) -> None:
        """Note it."""
        self.stops.append(node)


def actor(node: Node, name: str, do: Callable[[object], object]) -> Address[object]:
    """An actor of `node`."""
    return node.spawn(name, Doing, do)


def reader(node: Node, do: Callable[[Datagrams], object]) -> None:
    """The reader of `node`."""

    def read(message: object) -> None:
        assert isinstance(message, Datagrams)
        do(message)

    node.spawn_reader("reader", Doing, read)


def hello(node: Node) -> None:
    """Have the node say hello, in a step of its own."""
    greeting = Hello(src=node.name, dst=NOBODY, leader=NOBODY)
    actor(node, "greeter", lambda _: node.send(greeting)).tell("begin")


def only(name: NodeId, furnish: Furnish) -> Furnish:
    """Furnish one node so; the others have nothing to do."""

    def furnish_one(node: Node) -> None:
        if node.name == name:
            furnish(node)

    return furnish_one


def config(*events: AnyEvent, start_wait: float = 2.0, virtual: Virtual | None = None) -> Config:
    """Three replicas, and ten requests; a run in which nobody says hello is over at `start_wait`."""
    return Config(
        lifetime=1,
        replicas=3,
        requests=10,
        mix=0.5,
        shared_keys=1,
        start_wait=start_wait,
        end_wait=0.5,
        extra_events=events,
        virtual=virtual if virtual is not None else Virtual(clocks="exact"),
    )


def world(
    furnish: Furnish | Probes,
    asked: Config | None = None,
    *,
    seed: int = 1,
    settings: Settings | None = None,
    dice: Random | None = None,
    steps_max: int | None = None,
) -> World:
    """A world that is ready to be played; what the seed would decide, `dice` does, if there are any."""
    household = furnish if isinstance(furnish, Probes) else Probes(furnish)
    run = Run(asked if asked is not None else config(), seed)
    random = dice if dice is not None else Random(f"{seed}/world")
    return World(run, settings if settings is not None else Settings(), household, random, steps_max=steps_max)


def play(
    furnish: Furnish | Probes, asked: Config | None = None, *, seed: int = 1, settings: Settings | None = None
) -> World:
    """A world that was played to its end."""
    played = world(furnish, asked, seed=seed, settings=settings)
    played.play()
    return played


def as_the_run_sees(played: World, name: NodeId) -> Replica:
    """A replica from outside."""
    return played.run.cluster.replicas[RunId(name)]
