"""Which replicas can talk to which."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from simulator.ids import NodeId


@dataclass(slots=True)
class Partition:
    """Groups that do not hear each other, replicas that only send or only receive, and links that carry nothing."""

    majority: frozenset[NodeId] | None = None
    """One of the two groups; None when the replicas are not split."""
    mute: set[NodeId] = field(default_factory=set)
    """They receive, and nobody receives from them."""
    deaf: set[NodeId] = field(default_factory=set)
    """They send, and receive nothing."""
    hub: NodeId | None = None
    """The only one whose links carry anything; None when all links do."""
    links: set[tuple[NodeId, NodeId]] = field(default_factory=set)
    """Single links that are cut, from sender to receiver."""
    names: tuple[NodeId, ...] = ()
    """All replicas."""
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

    def star(self, hub: NodeId) -> None:
        """Let `hub` talk to all, and nobody else to anybody but `hub`; instead of any earlier star."""
        self.hub = hub
        self.active = True

    def cut(self, src: NodeId, dst: NodeId) -> None:
        """Let what `src` sends to `dst` be lost."""
        self.links.add((src, dst))
        self.active = True

    def heal(self) -> None:
        """Let all talk to all."""
        self.hub = None
        self.links.clear()
        self.majority = None
        self.mute.clear()
        self.deaf.clear()
        self.active = False

    def cuts(self, src: NodeId, dst: NodeId) -> bool:
        """Whether a message from `src` to `dst` is lost."""
        if src in self.mute or dst in self.deaf or (src, dst) in self.links:
            return True
        if self.hub is not None and self.hub not in {src, dst}:
            return True
        return self.majority is not None and (src in self.majority) != (dst in self.majority)

    def is_cut(self, name: NodeId) -> bool:
        """Whether `name` is on the wrong side: it cannot exchange messages with a majority, itself included."""
        in_minority = self.majority is not None and name not in self.majority
        if in_minority or name in self.mute or name in self.deaf:
            return True
        if self.hub is None and not self.links:
            return False
        reached = [other for other in self.names if not (self.cuts(name, other) or self.cuts(other, name))]
        return len({*reached, name}) <= len(self.names) // 2
