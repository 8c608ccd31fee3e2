"""Who can talk to whom, both ways: what liveness can be asked of while some replicas are cut off for good."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.cluster import State
from simulator.ids import NodeId
from simulator.run import Run


def reach(run: Run) -> Mapping[NodeId, frozenset[NodeId]]:
    """For each replica that runs, all those, itself included, with which it can exchange messages directly."""
    up = [name for name, replica in run.cluster.replicas.items() if replica.state is State.UP]
    partition = run.network.partition
    if not partition.active:
        return dict.fromkeys(up, frozenset(up))
    return {
        name: frozenset(
            other for other in up if other == name or not (partition.cuts(name, other) or partition.cuts(other, name))
        )
        for name in up
    }


def has_core(reached: Mapping[NodeId, frozenset[NodeId]], majority: int) -> bool:
    """Whether so many replicas can all talk to one another: then one of them can lead, whatever the others do.

    Whoever has the fewest links is left out until all that are left have links to all: that need not find the largest
    such group, but where few links are cut it does.
    """
    core = set(reached)
    while core:
        fewest = min(sorted(core), key=lambda name: len(reached[name] & core))
        if len(reached[fewest] & core) == len(core):
            return len(core) >= majority
        core.remove(fewest)
    return False
