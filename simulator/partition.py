"""Which replicas can talk to which."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from simulator.ids import NodeId


@dataclass(slots=True)
class Partition:
    """Two groups that do not hear each other, and replicas that only send or only receive."""

    majority: frozenset[NodeId] | None = None
    """One of the two groups; None when the replicas are not split."""
    mute: set[NodeId] = field(default_factory=set)
    """They receive, and nobody receives from them."""
    deaf: set[NodeId] = field(default_factory=set)
    """They send, and receive nothing."""
    active: bool = False

    def split(self, majority: Collection[NodeId]) -> None:
        """Cut `majority` off from the rest, instead of any earlier split."""
        self.majority = frozenset(majority)
        self.active = True

    def silence(self, name: NodeId) -> None:
        """Let `name` only receive."""
        self.mute.add(name)
        self.active = True

    def deafen(self, name: NodeId) -> None:
        """Let `name` only send."""
        self.deaf.add(name)
        self.active = True

    def heal(self) -> None:
        """Let all talk to all."""
        self.majority = None
        self.mute.clear()
        self.deaf.clear()
        self.active = False

    def cuts(self, src: NodeId, dst: NodeId) -> bool:
        """Whether a message from `src` to `dst` is lost."""
        if src in self.mute or dst in self.deaf:
            return True
        return self.majority is not None and (src in self.majority) != (dst in self.majority)

    def is_cut(self, name: NodeId) -> bool:
        """Whether `name` is on the wrong side: in the minority, or with one way only."""
        in_minority = self.majority is not None and name not in self.majority
        return in_minority or name in self.mute or name in self.deaf
