"""Which replica an event means."""

from __future__ import annotations

import random
from typing import Final

from simulator.cluster import Cluster
from simulator.ids import NodeId


class Choice:
    """Chooses among the living; `rng` decides where an event leaves it open."""

    def __init__(self, cluster: Cluster, rng: random.Random) -> None:
        self._cluster: Final = cluster
        self._rng: Final = rng

    def leader(self) -> NodeId | None:
        """Who is believed to lead, and lives."""
        leader = self._cluster.leader
        return leader if leader is not None and self._cluster.is_living(leader) else None

    def of(self, wanted: str, other_than: NodeId | None = None) -> NodeId | None:
        """The replica that an event names, if it lives; a random one of those that it describes."""
        living = [name for name in self._cluster.living() if name != other_than]
        leader = self.leader()
        match wanted:
            case "leader":
                candidates = [name for name in living if name == leader]
            case "follower":
                candidates = [name for name in living if name != leader]
            case "random":
                candidates = living
            case _:
                candidates = [name for name in living if name == wanted]
        return self._rng.choice(candidates) if candidates else None

    def some(self, others: list[NodeId], count: int) -> list[NodeId]:
        """So many of `others` at random, or all where there are no more."""
        return self._rng.sample(others, min(count, len(others)))
