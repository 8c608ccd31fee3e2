"""The runtime on threads: an actor is a pykka thread with a mailbox, and one more thread rings the timers.

What another runtime must provide is the protocol `Runtime`; actors do not know which one runs them.
"""

import socket
from collections.abc import Callable
from functools import partial
from typing import Final, Generic, ParamSpec, Protocol, TypeVar

import pykka
from pykka._actor import ActorInbox
from pykka._envelope import Envelope

from actors.actor import Actor
from actors.core_inbox import CoreInbox
from actors.logical_clock import LogicalClock
from actors.ports import Timer
from actors.timers import ThreadTimer, TimerThread
from messages.address import Address
from messages.socket_reader import Datagrams
from messages.timer import Rang

P = ParamSpec("P")
M = TypeVar("M")
M_contra = TypeVar("M_contra", contravariant=True)


class Receives(Protocol[M_contra]):
    """Any actor class's instance, seen from what its `on_receive` takes."""

    def on_receive(self, message: M_contra, /) -> object:
        """Handle one message."""


class Runtime(Protocol):
    """Makes actors run, and time pass for them.

    One is the core. Others may share its thread, where there are threads: an actor cannot tell the difference, for
    each still has its mailbox and handles one message at a time. Each has a name, unique within its replica.
    """

    def spawn(self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs) -> Address[M]:
        """Build an actor of the class `actor`, to be run by itself; what it handles is what its address takes."""

    def spawn_beside(
        self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Address[M]:
        """The same for an actor that never waits, and on whose work the core's next step depends."""

    def spawn_core(
        self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Address[M]:
        """The same for the core."""

    def spawn_reader(
        self, name: str, reader: Callable[P, Receives[Datagrams]], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """The same for the actor that is told what comes from the network, beside the core; nobody else tells it."""

    def timer(self, owner: Address[Rang], /) -> Timer:
        """A timer that tells `owner`."""


class ThreadRuntime:
    """A thread for each actor, but one for the core and those beside it, and one for all timers.

    `bound` is the UDP socket of the node, `clock` its logical clock; `fail_stop` is called with whatever any actor
    raises. Why not a thread for every single actor: a hop between threads costs more than what most of them do
    (`docs/performance.md`).
    """

    def __init__(
        self, *, bound: socket.socket, clock: LogicalClock, fail_stop: Callable[[BaseException], None]
    ) -> None:
        self._fail_stop: Final = fail_stop
        self._core_inbox: Final = CoreInbox(bound, clock)
        self._timers: Final = TimerThread(fail_stop)
        self._actors: Final[list[Actor]] = []

    def spawn(self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs) -> Address[M]:
        """Build an actor; its mailbox takes messages, and its thread starts with `run`."""
        del name
        built = actor(*args, **kwargs)
        assert isinstance(built, Actor), "what has a thread is pykka's"
        self._actors.append(built)
        return Mailbox(built.actor_inbox)

    def spawn_beside(
        self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Address[M]:
        """Build an actor that runs on the core's thread, between the core's messages."""
        del name
        return MailboxBeside(self._core_inbox, actor(*args, **kwargs))

    def spawn_core(
        self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Address[M]:
        """Build the core: its thread serves the actors beside it, and the socket when there is nothing else to do."""
        del name
        built = actor(*args, **kwargs)
        assert isinstance(built, Actor), "what has a thread is pykka's"
        built.actor_inbox = built.actor_ref.actor_inbox = self._core_inbox
        self._actors.append(built)
        return Mailbox(built.actor_inbox)

    def spawn_reader(
        self, name: str, reader: Callable[P, Receives[Datagrams]], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Build the actor that the core's inbox hands what the socket holds."""
        del name
        self._core_inbox.read = reader(*args, **kwargs).on_receive

    def timer(self, owner: Address[Rang], /) -> Timer:
        """A timer on the common timer thread."""
        return ThreadTimer(self._timers, owner)

    def run(self) -> None:
        """Start all threads: what `pykka.Actor.start` does, once everybody knows everybody."""
        for actor in self._actors:
            actor.fail_stop = self._fail_stop
            pykka.ActorRegistry.register(actor.actor_ref)
            actor._start_actor_loop()

    def stop(self) -> None:
        """End all threads; for tests, a node just exits. One that has failed is not waited for."""
        self._timers.stop()
        for actor in reversed(self._actors):
            if not actor.has_failed:
                actor.actor_ref.stop()


class Mailbox(Generic[M]):
    """The address of a running actor: what `ActorRef.tell` does, without looking whether the actor is alive.

    An actor that has died has ended the node.
    """

    def __init__(self, inbox: ActorInbox) -> None:
        self._put: Final = inbox.put

    def tell(self, message: M, /) -> None:
        """Put `message` into the actor's inbox."""
        self._put(Envelope(message))


class MailboxBeside(Generic[M]):
    """The address of an actor on the core's thread."""

    def __init__(self, inbox: CoreInbox, actor: Receives[M]) -> None:
        self._inbox: Final = inbox
        self._handle: Final = actor.on_receive

    def tell(self, message: M, /) -> None:
        """Queue `message`, in order with all that is told on that thread."""
        self._inbox.queue(partial(self._handle, message))
