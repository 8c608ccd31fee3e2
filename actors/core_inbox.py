"""The mailbox of the core: told messages, and the UDP socket."""

import contextlib
import socket
from collections import deque
from collections.abc import Callable
from typing import Final

from pykka._actor import ActorInbox
from pykka._envelope import Envelope

from actors.clock import now
from actors.logical_clock import LogicalClock
from messages.codec import DATAGRAM_BYTES_MAX, stamp_of
from messages.socket_reader import Datagrams

DATAGRAMS_AT_ONCE: Final = 4096
"""The socket reader takes at most so many datagrams in one message: under a flood, replicas' among them come first."""


class CoreInbox(ActorInbox):
    """The mailbox of the core, which the actors beside it share, and which a UDP socket fills, too.

    Told messages come in the order in which they were told. When there are none, what the socket holds is given
    to `read`, here, on the core's thread. The socket's buffer bounds what comes from the network: what does not
    fit, the kernel drops, as networks do.
    """

    def __init__(self, bound: socket.socket, clock: LogicalClock) -> None:
        self.read: Callable[[Datagrams], object] | None = None
        self._clock: Final = clock
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
        assert self.read is not None, "the core has a reader"
        payloads = self._pending() or self._wait()
        if payloads:
            self._clock.heard(tuple(map(stamp_of, payloads)))
            self.read(Datagrams(payloads=payloads, at=now()))

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
