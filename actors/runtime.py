"""The runtime on threads: an actor is a pykka thread with a mailbox, and one more thread rings the timers.

What another runtime must provide is the protocol `Runtime`; actors do not know which one runs them.
"""

import contextlib
import heapq
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Final, Generic, ParamSpec, Protocol, TypeVar, cast

import pykka
from pykka._actor import ActorInbox
from pykka._envelope import Envelope

from actors.actor import Actor
from actors.ports import Timer
from messages.address import Address
from messages.codec import DATAGRAM_BYTES_MAX
from messages.ids import Instant
from messages.socket_reader import Datagrams
from messages.timer import Rang

P = ParamSpec("P")
M = TypeVar("M")
M_contra = TypeVar("M_contra", contravariant=True)

DATAGRAMS_AT_ONCE: Final = 4096
"""The socket reader takes at most so many datagrams in one message: under a flood, replicas' among them come first."""


class Receives(Protocol[M_contra]):
    """Any actor class's instance, seen from what its `on_receive` takes."""

    def on_receive(self, message: M_contra, /) -> object:
        """Handle one message."""


class Runtime(Protocol):
    """Makes actors run, and time pass for them.

    One, the core, is told what comes from the network. Others may share its thread, where there are threads:
    an actor cannot tell the difference, for each still has its mailbox and handles one message at a time.
    """

    def spawn(self, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs) -> Address[M]:
        """Build an actor of the class `actor`, to be run by itself; what it handles is what its address takes."""

    def spawn_beside(self, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs) -> Address[M]:
        """The same for an actor that never waits, and on whose work the core's next step depends."""

    def spawn_core(
        self, reader: Receives[Datagrams], actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Address[M]:
        """The same for the core; `reader` is told the datagrams, and tells the core what they mean."""

    def timer(self, owner: Address[Rang], /) -> Timer:
        """A timer that tells `owner`."""


def now() -> Instant:
    """This node's monotonic clock."""
    return Instant(time.monotonic())


class ThreadRuntime:
    """A thread for each actor, but one for the core and those beside it, and one for all timers.

    `bound` is the UDP socket of the node; `fail_stop` is called with whatever any actor raises. Why not a thread for
    every single actor: a hop between threads costs more than what most of them do (`docs/performance.md`).
    """

    def __init__(self, *, bound: socket.socket, fail_stop: Callable[[BaseException], None]) -> None:
        self._fail_stop: Final = fail_stop
        self._core_inbox: Final = CoreInbox(bound)
        self._timers: Final = _TimerThread(fail_stop)
        self._actors: Final[list[Actor]] = []

    def spawn(self, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs) -> Address[M]:
        """Build an actor; its mailbox takes messages, and its thread starts with `run`."""
        built = cast("Actor", actor(*args, **kwargs))
        self._actors.append(built)
        return Mailbox(built.actor_inbox)

    def spawn_beside(self, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs) -> Address[M]:
        """Build an actor that runs on the core's thread, between the core's messages."""
        return MailboxBeside(self._core_inbox, actor(*args, **kwargs))

    def spawn_core(
        self, reader: Receives[Datagrams], actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Address[M]:
        """Build the core: its thread serves the actors beside it, and the socket when there is nothing else to do."""
        built = cast("Actor", actor(*args, **kwargs))
        self._core_inbox.reader = reader
        built.actor_inbox = built.actor_ref.actor_inbox = self._core_inbox
        self._actors.append(built)
        return Mailbox(built.actor_inbox)

    def timer(self, owner: Address[Rang], /) -> Timer:
        """A timer on the common timer thread."""
        return _ThreadTimer(self._timers, owner)

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

    def __init__(self, inbox: "CoreInbox", actor: Receives[M]) -> None:
        self._inbox: Final = inbox
        self._handle: Final = actor.on_receive

    def tell(self, message: M, /) -> None:
        """Queue `message`, in order with all that is told on that thread."""
        self._inbox.queue(partial(self._handle, message))


class CoreInbox(ActorInbox):
    """The mailbox of the core, which the actors beside it share, and which a UDP socket fills, too.

    Told messages come in the order in which they were told. When there are none, what the socket holds is given
    to `reader`, here, on the core's thread. The socket's buffer bounds what comes from the network: what does not
    fit, the kernel drops, as networks do.
    """

    def __init__(self, bound: socket.socket) -> None:
        self.reader: Receives[Datagrams] | None = None
        self._socket: Final = bound
        self._address: Final = bound.getsockname()
        self._told: Final[deque[Envelope[object] | Callable[[], object]]] = deque()
        self._is_waiting = False
        self._buffer: Final = bytearray(DATAGRAM_BYTES_MAX + 1)
        self._view: Final = memoryview(self._buffer)

    def put(self, envelope: Envelope[object], /) -> None:
        """Queue a message for the core."""
        self.queue(envelope)

    def queue(self, told: Envelope[object] | Callable[[], object]) -> None:
        """Queue a message for the core, or one for an actor beside it; wake the thread if it waits for the socket."""
        self._told.append(told)
        if self._is_waiting:
            self._is_waiting = False
            self._socket.sendto(b"", self._address)

    def get(self) -> Envelope[object]:
        """Wait for a message to the core; meanwhile the reader and the actors beside it do their part."""
        while True:
            if not self._told:
                self._read()
            elif isinstance(told := self._told.popleft(), Envelope):
                return told
            else:
                told()

    def empty(self) -> bool:
        """Whether no told message waits; datagrams may be lost."""
        return not self._told

    def _read(self) -> None:
        """Hand the reader what has come meanwhile, in one batch; or wait for one datagram, and lose no time with it."""
        assert self.reader is not None, "the core has a reader"
        payloads = self._pending() or self._wait()
        if payloads:
            self.reader.on_receive(Datagrams(payloads=payloads, at=now()))

    def _pending(self) -> tuple[bytes, ...]:
        """All that the socket holds, up to a bound; empty datagrams are only wake-ups."""
        payloads: list[bytes] = []
        with contextlib.suppress(BlockingIOError):
            while len(payloads) < DATAGRAMS_AT_ONCE:
                payloads.append(self._receive(socket.MSG_DONTWAIT))
        return tuple(payload for payload in payloads if payload)

    def _wait(self) -> tuple[bytes, ...]:
        """The next datagram; nothing when woken for a told message.

        Who tells looks at `_is_waiting` after queueing, and this looks at the queue after setting it: one of them sees.
        """
        self._is_waiting = True
        payload = b"" if self._told else self._receive(0)
        self._is_waiting = False
        return (payload,) if payload else ()

    def _receive(self, flags: int) -> bytes:
        size = self._socket.recv_into(self._buffer, 0, flags)
        return bytes(self._view[:size])


class _ThreadTimer:
    """One owner's timer; `serial` tells an alarm that was replaced from the one that counts."""

    def __init__(self, thread: "_TimerThread", owner: Address[Rang]) -> None:
        self._thread = thread
        self.owner = owner
        self.serial = 0

    def set(self, due: Instant, epoch: int) -> None:
        """Replace the alarm."""
        self._thread.set(self, due, epoch)


class _TimerThread:
    """Rings all timers, from a heap of what is due."""

    def __init__(self, fail_stop: Callable[[BaseException], None]) -> None:
        self._fail_stop = fail_stop
        self._changed = threading.Condition()
        self._order = count()
        self._alarms: list[tuple[Instant, int, _ThreadTimer, int, int]] = []
        self._stopped = False
        threading.Thread(target=self._run, name="timers", daemon=True).start()

    def set(self, timer: _ThreadTimer, due: Instant, epoch: int) -> None:
        """Wake the thread only for an alarm that is the next one."""
        with self._changed:
            timer.serial += 1
            is_next = not self._alarms or due < self._alarms[0][0]
            heapq.heappush(self._alarms, (due, next(self._order), timer, timer.serial, epoch))
            if is_next:
                self._changed.notify()

    def stop(self) -> None:
        """Ring no more."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _run(self) -> None:
        try:
            while (ringing := self._next()) is not None:
                timer, epoch = ringing
                timer.owner.tell(Rang(epoch=epoch, at=now()))
        except BaseException as error:
            self._fail_stop(error)
            raise

    def _next(self) -> tuple[_ThreadTimer, int] | None:
        """Wait for the next alarm that still counts; None when stopped."""
        with self._changed:
            while not self._stopped:
                while self._alarms and self._alarms[0][3] != self._alarms[0][2].serial:
                    heapq.heappop(self._alarms)
                if self._alarms and self._alarms[0][0] <= now():
                    _, _, timer, _, epoch = heapq.heappop(self._alarms)
                    return timer, epoch
                self._changed.wait(self._alarms[0][0] - now() if self._alarms else None)
        return None
