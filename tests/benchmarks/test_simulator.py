"""The whole command, but for the runs: what is asked for is what is run and judged."""

from __future__ import annotations

from benchmarks.options import parse
from benchmarks.simulator import families_for, judge
from tests.benchmarks.runs import run, turns


def test_leaders_are_killed_in_every_profile() -> None:
    families = families_for(parse(["--only", "failover"], ""))
    assert [(family.profile, family.gap_max_ms) for family in families] == [("simulator", 4_800), ("cluster", 1_200)]


def test_a_trial_shortens_what_is_long() -> None:
    families = families_for(parse(["--seconds", "5", "--only", "follower"], ""))
    assert [family.config.lifetime for family in families] == [5]


def test_a_family_is_judged_by_its_own_turns() -> None:
    options = parse(["--only", "follower,size"], "")
    judged = judge(
        families_for(options),
        turns(run(max_ms=300.0), family="kill-follower") + turns(run(max_ms=999.0), family="replicas-21"),
        options,
    )
    assert [(verdict.family, verdict.measured) for verdict in judged if verdict.held is False] == [
        ("kill-follower", "300 ms")
    ]
