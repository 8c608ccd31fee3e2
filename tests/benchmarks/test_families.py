"""Families: what is run, how often, in which order, and how much shorter in a trial."""

from __future__ import annotations

import pytest

from benchmarks.families import FAMILIES, PARTS, Family, Part, chosen, failover_families, schedule, shortened
from simulator.limits import problems

FAILOVERS = failover_families({"simulator": 2_400, "cluster": 600})
MESSAGES: tuple[Part, ...] = ("messages",)
ALL = (*FAMILIES, *FAILOVERS)


def named(name: str) -> Family:
    return next(family for family in ALL if family.name == name)


@pytest.mark.parametrize("family", ALL, ids=lambda family: family.name)
def test_the_simulator_accepts_every_configuration_whole_and_shortened(family: Family) -> None:
    assert list(problems(family.config)) == []
    assert list(problems(shortened(family, 5).config)) == []


def test_every_part_has_a_family() -> None:
    assert {part for family in ALL for part in family.parts} == set(PARTS)
    assert [family.name for family in chosen(ALL, ("follower", "size"))] == ["kill-follower", "replicas-21"]


def test_whoever_counts_messages_has_a_bar_for_them() -> None:
    assert all((family.messages_below is not None) == ("messages" in family.parts) for family in ALL)
    assert all((family.gap_max_ms is not None) == ("failover" in family.parts) for family in ALL)


def test_a_profile_has_twice_its_longest_timeout_for_a_failover() -> None:
    assert [(family.profile, family.gap_max_ms) for family in FAILOVERS] == [("simulator", 4_800), ("cluster", 1_200)]


def test_the_floor_program_is_run_only_to_compare_latencies() -> None:
    assert named("steady-reads").programs(PARTS) == ("floor", "replica")
    assert named("steady-reads").programs(MESSAGES) == ("replica",)
    assert named("loss-15").programs(PARTS) == ("replica",)


def test_only_a_killed_leader_takes_requests_with_it() -> None:
    excused = [family.name for family in ALL if family.loses_its_leader]
    assert excused == ["kill-leader", "failover-simulator", "failover-cluster"]


def test_families_take_turns() -> None:
    reads, killed = named("steady-reads"), named("failover-cluster")
    assert [(family.name, seed) for family, seed in schedule((reads, killed), 2, 3)] == [
        ("steady-reads", 1),
        ("failover-cluster", 1),
        ("steady-reads", 2),
        ("failover-cluster", 2),
        ("failover-cluster", 3),
    ]


def test_a_shorter_turn_has_its_requests_and_events_in_proportion() -> None:
    shorter = shortened(named("two-hard-partitions"), 15)
    assert (shorter.config.lifetime, shorter.config.requests) == (15, 150)
    assert [event.time for event in shorter.config.events] == [3, 6, 9, 12]
    assert not shorter.whole


def test_a_turn_that_is_short_already_stays_as_it_is() -> None:
    assert shortened(named("steady-reads"), 30) == named("steady-reads")
    assert shortened(named("failover-cluster"), 5) == named("failover-cluster")
