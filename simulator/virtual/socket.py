"""The socket of a replica, as a mailbox: datagrams wait there until the reader takes all of them at once."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from actors.core_inbox import DATAGRAMS_AT_ONCE
from actors.runtime import Receives
from messages.codec import stamp_of
from messages.socket_reader import Datagrams

if TYPE_CHECKING:
    from simulator.virtual.node import Node


class Socket:
    """What a replica was sent, and what hands it to the reader; bounded for what other replicas send.

    Clients lose nothing, by contract: what they send always finds room.
    """

    def __init__(self, node: Node, name: str, reader: Receives[Datagrams]) -> None:
        self.node = node
        self.name = name
        self.wakes_at = 0.0
        self.is_rested = False
        self._handle: Final = reader.on_receive
        self._waiting: Final[deque[bytes]] = deque()
        self._is_ready = False

    def put(self, payload: bytes) -> None:
        """Take a datagram, or lose it."""
        world = self.node.world
        if world.disturbances.has_room(len(self._waiting), payload):
            self._waiting.append(payload)
            if not self._is_ready:
                self._is_ready = True
                world.ready.append(self)

    def holds(self, kind: type[object]) -> bool:
        """Datagrams only."""
        return kind is bytes

    def begins_with(self, kind: type[object]) -> bool:
        """Likewise."""
        return kind is bytes

    def take(self) -> None:
        """Hand the reader all that has come, up to the bound that the node on threads has, too."""
        waiting, node = self._waiting, self.node
        count = min(len(waiting), DATAGRAMS_AT_ONCE)
        payloads = tuple(waiting.popleft() for _ in range(count))
        self._is_ready = bool(waiting)
        if waiting:
            node.world.ready.append(self)
        node.clock.heard(map(stamp_of, payloads))
        self._handle(Datagrams(payloads=payloads, at=node.now()))
