"""What writes down who took what, and what left; and knows on whose behalf this thread is acting."""

import threading
from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

from actors.logical_clock import LogicalClock
from messages.ids import Instant
from messages.socket_reader import Datagrams
from trail.records import Did, Payloads, Took

Cause: TypeAlias = tuple[str, int]
"""An actor, and the number of the delivery that it handles: 1 for its first."""


class Sink(Protocol):
    """Where records go; it never waits."""

    def record(self, record: Took | Did, weight_bytes: int = 0) -> None:
        """Queue `record`, which keeps so many bytes of payload in memory, or shed and count it."""


class _Here(threading.local):
    """What the current thread is handling; None outside of actors."""

    cause: Cause | None = None


class Recorder:
    """Makes the records of one replica; `clock` and `logical_clock` are the node's."""

    def __init__(self, sink: Sink, *, node: str, clock: Callable[[], Instant], logical_clock: LogicalClock) -> None:
        self.logical_clock: Final = logical_clock
        self.here: Final = _Here()
        self._record: Final = sink.record
        self._node: Final = node
        self._clock: Final = clock

    def took(self, actor: str, n: int, by: Cause | None, message: object) -> None:
        """An actor takes its delivery `n`, told in the handling of `by`."""
        at, clock = self._clock(), self.logical_clock.value
        self._record(Took(at, clock, self._node, actor, n, by, type(message).__name__, message))

    def took_datagrams(self, actor: str, n: int, message: Datagrams) -> None:
        """The same for what came from the network."""
        payloads = Payloads(payloads=message.payloads, at=message.at)
        took = Took(self._clock(), self.logical_clock.value, self._node, actor, n, None, "Datagrams", payloads)
        self._record(took, sum(map(len, message.payloads)))

    def did(self, port: str, call: str, value: object, clock: int | None = None) -> None:
        """The actor whose message is being handled acts through a port; a sending has a time of its own."""
        actor, n = self.here.cause or ("node", 0)
        logical = self.logical_clock.value if clock is None else clock
        self._record(Did(self._clock(), logical, self._node, actor, n, port, call, value))
