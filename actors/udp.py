"""The Datagrams port over UDP: everything goes to one port of the local host, the network's."""

import socket
from typing import Final

from structlog.typing import FilteringBoundLogger

from actors.logical_clock import LogicalClock
from messages.codec import encode, stamped
from messages.wire import Outbound

RECEIVE_BUFFER_BYTES: Final = 4 * 1024 * 1024


def bound_socket() -> socket.socket:
    """A UDP socket on any free local port, with as large a receive buffer as the system allows."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    bound.bind(("localhost", 0))
    return bound


class UdpDatagrams:
    """Sends from the calling actor's thread; what the system refuses is lost, like anything on a network."""

    def __init__(self, bound: socket.socket, port: int, clock: LogicalClock, audit: FilteringBoundLogger) -> None:
        self._socket: Final = bound
        self._clock: Final = clock
        self._destination: Final = (socket.gethostbyname("localhost"), port)
        self._audit: Final = audit

    def send(self, message: Outbound, /) -> None:
        """Send one datagram, stamped with the time on the node's logical clock."""
        with self._clock.lock:
            stamp = self._clock.tick()
        self.transmit(message, stamp)

    def transmit(self, message: Outbound, stamp: int) -> None:
        """Send one datagram that was stamped already."""
        try:
            self._socket.sendto(stamped(encode(message), stamp), self._destination)
        except OSError as error:
            self._audit.warning("datagram.unsent", type=message.type, dst=message.dst, error=str(error))
