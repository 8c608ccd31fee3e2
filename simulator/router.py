"""Carrying messages between replicas: counting each, and putting the network's verdict into effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from simulator.agenda import Agenda
from simulator.cluster import GONE, Cluster, State
from simulator.ids import BROADCAST, NodeId
from simulator.network import Network

Way: TypeAlias = tuple[NodeId, NodeId]
"""From a sender to a receiver."""
Parcel: TypeAlias = tuple[str, bytes]
"""A message, behind its type."""


@dataclass(slots=True)
class Traffic:
    """Messages between replicas; a broadcast counts once per other replica, hello does not count."""

    total: int = 0
    to_gone: int = 0
    """Of these, for replicas that had ended."""
    by_type: Counter[str] = field(default_factory=Counter)


class Router:
    """Takes messages between replicas, and hands them to `deliver` when and if the network lets them through."""

    def __init__(
        self, cluster: Cluster, network: Network, agenda: Agenda, deliver: Callable[[NodeId, bytes], None]
    ) -> None:
        self._cluster = cluster
        self._network = network
        self._agenda = agenda
        self._deliver = deliver
        self._held: dict[Way, Parcel] = {}
        names = tuple(cluster.replicas)
        self._others = {name: tuple(other for other in names if other != name) for name in names}
        self.traffic = Traffic()

    def route(self, now: float, src: NodeId, dst: NodeId, kind: str, payload: bytes) -> tuple[NodeId, ...]:
        """Carry one message; return the receivers that must not be sent anything, for they have not said hello."""
        receivers = self._others[src] if dst == BROADCAST else (dst,)
        self.traffic.total += len(receivers)
        self.traffic.by_type[kind] += len(receivers)
        return tuple(name for name in receivers if not self._send(now, (src, name), (kind, payload)))

    def _send(self, now: float, way: Way, parcel: Parcel) -> bool:
        """Carry one copy; False when its receiver has not said hello."""
        src, dst = way
        state = self._cluster.replicas[dst].state
        if state in GONE:
            self.traffic.to_gone += 1
        elif state is State.WAITING or state is State.STARTING:
            return self._was_there_before(dst)
        elif self._network.lose(src, dst, parcel[0]) is None:
            self._pass_on(now, way, parcel)
        return True

    def _was_there_before(self, dst: NodeId) -> bool:
        """A replica that is restarted has said hello before: what comes too early for its new process is just lost."""
        if self._cluster.replicas[dst].incarnation == 1:
            return False
        self.traffic.to_gone += 1
        return True

    def _pass_on(self, now: float, way: Way, parcel: Parcel) -> None:
        if self._network.faults.harmless and not self._held:
            self._deliver(way[1], parcel[1])
            return
        overtaken = self._held.pop(way, None)
        wait_s = self._network.hold_back_s() if overtaken is None else None
        if wait_s is not None:
            self._hold_back(now, way, parcel, wait_s)
            return
        self._arrive(now, way[1], parcel)
        if overtaken is not None:
            self._arrive(now, way[1], overtaken)

    def _hold_back(self, now: float, way: Way, parcel: Parcel, wait_s: float) -> None:
        self._held[way] = parcel

        def release(then: float) -> None:
            if self._held.get(way) is parcel:
                del self._held[way]
                self._arrive(then, way[1], parcel)

        self._agenda.at(now + wait_s, release)

    def _arrive(self, now: float, dst: NodeId, parcel: Parcel) -> None:
        for delivery in self._network.deliveries(*parcel):
            if delivery.delay_s == 0:
                self._deliver(dst, delivery.payload)
            else:
                self._deliver_at(now + delivery.delay_s, dst, delivery.payload)

    def _deliver_at(self, time_s: float, dst: NodeId, payload: bytes) -> None:
        self._agenda.at(time_s, lambda _: self._deliver(dst, payload))
