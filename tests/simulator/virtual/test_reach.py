"""Who can talk to whom, both ways, and whether a majority can: on partitions that are made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from simulator.cluster import State
from simulator.config import Config
from simulator.ids import NodeId, replica_ids
from simulator.partition import Partition
from simulator.run import Run
from simulator.virtual.reach import has_core, reach

NAMES: Final = replica_ids(5)
A, B, C, D, E = NAMES
ALL: Final = frozenset(NAMES)


def cluster(cut: Callable[[Partition], None] | None = None) -> Run:
    """Five replicas that run, and a network that is cut so."""
    run = Run(Config(lifetime=1, replicas=5, requests=1), seed=1)
    for replica in run.cluster.replicas.values():
        replica.state = State.UP
    if cut is not None:
        cut(run.network.partition)
    return run


def links(*cut: tuple[NodeId, NodeId]) -> Callable[[Partition], None]:
    """These links carry nothing, from sender to receiver."""

    def cut_all(partition: Partition) -> None:
        for src, dst in cut:
            partition.cut(src, dst)

    return cut_all


def all_but(*names: NodeId) -> frozenset[NodeId]:
    return ALL - set(names)


# --- who reaches whom --------------------------------------------------------------------------------------------


def test_without_a_partition_everybody_reaches_everybody() -> None:
    assert reach(cluster()) == dict.fromkeys(NAMES, ALL)


def test_in_a_split_everybody_reaches_his_own_side() -> None:
    reached = reach(cluster(lambda partition: partition.split({A, B, C})))
    assert reached == {**dict.fromkeys((A, B, C), frozenset({A, B, C})), **dict.fromkeys((D, E), frozenset({D, E}))}


@pytest.mark.parametrize("way", [Partition.silence, Partition.deafen])
def test_whoever_can_only_send_or_only_receive_reaches_himself_alone(way: Callable[[Partition, NodeId], None]) -> None:
    reached = reach(cluster(lambda partition: way(partition, B)))
    assert reached == {**dict.fromkeys(NAMES, all_but(B)), B: frozenset({B})}


def test_in_a_star_all_reach_the_hub_and_the_hub_all() -> None:
    reached = reach(cluster(lambda partition: partition.star(C)))
    assert reached == {**{name: frozenset({name, C}) for name in NAMES}, C: ALL}


def test_a_link_that_is_cut_one_way_is_cut_for_both() -> None:
    reached = reach(cluster(links((A, B))))
    assert reached == {**dict.fromkeys(NAMES, ALL), A: all_but(B), B: all_but(A)}


@pytest.mark.parametrize("state", [State.PAUSED, State.KILLED, State.DIED, State.STARTING])
def test_a_replica_that_does_not_run_reaches_nobody_and_is_reached_by_nobody(state: State) -> None:
    for run in (cluster(), cluster(links((A, B)))):
        run.cluster.replicas[E].state = state
        reached = reach(run)
        assert reached.keys() == all_but(E)
        assert reached[C] == all_but(E)


# --- whether there is a core -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (links(), True),
        (lambda partition: partition.split({A, B, C}), True),
        (lambda partition: partition.split({A, B}), True),
        (lambda partition: partition.silence(A), True),
        (lambda partition: partition.star(A), False),
        (links((A, B)), True),
        (links((A, B), (C, D)), True),
        (links((A, B), (B, C), (C, D), (D, E)), True),
        (links((A, B), (B, C), (C, D), (D, E), (E, A)), False),
        (links((A, B), (C, D), (D, E), (E, C)), False),
    ],
)
def test_there_is_a_core_where_a_majority_can_all_talk_to_one_another(
    cut: Callable[[Partition], None], *, expected: bool
) -> None:
    run = cluster(cut)
    assert has_core(reach(run), run.cluster.majority) is expected


def test_a_split_in_which_no_side_has_a_majority_that_runs_has_no_core() -> None:
    run = cluster(lambda partition: partition.split({A, B, C}))
    run.cluster.replicas[A].state = State.KILLED
    assert not has_core(reach(run), run.cluster.majority)


@pytest.mark.parametrize(("down", "expected"), [(0, True), (2, True), (3, False), (5, False)])
def test_there_is_a_core_while_a_majority_runs(down: int, *, expected: bool) -> None:
    run = cluster()
    for name in NAMES[:down]:
        run.cluster.replicas[name].state = State.PAUSED
    assert has_core(reach(run), run.cluster.majority) is expected
