"""Sending hostile datagrams to every replica, so many a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from simulator.agenda import Agenda
from simulator.cluster import Cluster
from simulator.hostile import HostileSource
from simulator.ids import NodeId

_CATCH_UP_S: Final = 0.05
"""How far the stream may be behind and still catch up; what is older than that is left out."""


class Hostility:
    """A steady stream of hostile datagrams, while it is switched on."""

    def __init__(
        self, source: HostileSource, cluster: Cluster, agenda: Agenda, deliver: Callable[[NodeId, bytes], None]
    ) -> None:
        self._source = source
        self._cluster = cluster
        self._agenda = agenda
        self._deliver = deliver
        self._per_s = 0.0
        self._epoch = 0
        self.sent = 0

    @property
    def is_on(self) -> bool:
        """Whether hostile datagrams are being sent."""
        return bool(self._per_s)

    def set(self, now: float, per_second: float) -> None:
        """Send `per_second` datagrams a second to each replica from now on; 0 ends it."""
        self._per_s = per_second
        self._epoch += 1
        self._send(now, now, self._epoch)

    def overhear(self, payload: bytes) -> None:
        """Let the stream contain broken copies of a message between replicas."""
        if self._per_s:
            self._source.overhear(payload)

    def _send(self, now: float, due: float, epoch: int) -> None:
        """Send one to each replica, which was due at `due`, and go on until the rate is set anew."""
        if epoch != self._epoch or not self._per_s:
            return
        for name in self._cluster.living():
            self.sent += 1
            self._deliver(name, self._source.make(name))
        following = max(due + 1 / self._per_s, now - _CATCH_UP_S)
        self._agenda.at(following, lambda then: self._send(then, following, epoch))
