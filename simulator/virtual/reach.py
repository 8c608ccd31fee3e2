"""Who can talk to whom, both ways: what liveness can be asked of while some replicas are cut off for good."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations, islice
from typing import Final

from simulator.cluster import State
from simulator.ids import NodeId
from simulator.run import Run

_GROUPS_MAX: Final = 10_000
"""More than the majorities of 15 replicas; of larger clusters, some groups are not tried."""


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


def among(
    reached: Mapping[NodeId, frozenset[NodeId]], wanted: Callable[[NodeId], bool]
) -> Mapping[NodeId, frozenset[NodeId]]:
    """The same, of those that are wanted only."""
    names = frozenset(name for name in reached if wanted(name))
    return {name: others & names for name, others in reached.items() if name in names}


def has_core(reached: Mapping[NodeId, frozenset[NodeId]], majority: int) -> bool:
    """Whether so many replicas can all talk to one another: then one of them can lead, whatever the others do.

    Whoever has too few links is in no such group; of the others, all groups are tried, unless there are very many.
    """
    able = [name for name in sorted(reached) if len(reached[name]) >= majority]
    if all(reached[name].issuperset(able) for name in able):
        return len(able) >= majority
    groups = islice(combinations(able, majority), _GROUPS_MAX)
    return any(all(reached[name].issuperset(group) for name in group) for group in groups)
