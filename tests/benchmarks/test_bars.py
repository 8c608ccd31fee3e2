"""Bars: what is measured of several runs, and when it holds."""

from __future__ import annotations

import pytest

from benchmarks.bars import Verdict, closing, table, verdicts
from benchmarks.families import Family, Part, shortened
from benchmarks.measuring import Turn
from simulator.config import Config
from simulator.events import KillLeader, KillNonLeader
from tests.benchmarks.runs import run, turns

STEADY = Config(lifetime=30, replicas=5, requests=500)
KILL = Config(lifetime=30, replicas=5, requests=500, events=(KillLeader(time=12),))

MESSAGES: tuple[Part, ...] = ("messages",)


def family(part: Part, config: Config = STEADY, *, below: int | None = None, gap_ms: int | None = None) -> Family:
    return Family(name="some", parts=(part,), config=config, messages_below=below, gap_max_ms=gap_ms)


def first(of: Family, judged: list[Turn]) -> Verdict:
    """The verdict on the bar that is the family's own."""
    return verdicts(of, judged, of.parts)[0]


def by_bar(of: Family, judged: list[Turn]) -> dict[str, Verdict]:
    return {verdict.bar: verdict for verdict in verdicts(of, judged, of.parts)}


def test_the_worst_run_decides_over_messages() -> None:
    counted = family("messages", below=2_000)
    assert first(counted, turns(run(messages=1_500), run(messages=1_999))).held is True
    verdict = first(counted, turns(run(messages=1_500), run(messages=2_000), run(messages=1_400)))
    assert (verdict.measured, verdict.held) == ("1,500, 2,000, 1,400", False)


def test_messages_of_shortened_turns_are_told_and_not_judged() -> None:
    counted = shortened(family("messages", below=2_000), 5)
    verdict = first(counted, turns(run(messages=9_000)))
    assert (verdict.measured, verdict.held) == ("9,000", None)


@pytest.mark.parametrize(("median_ms", "held"), [(1.29, True), (1.31, False)])
def test_the_median_of_medians_is_compared_with_the_floor_programs(median_ms: float, held: bool) -> None:
    floor = turns(run(median_ms=1.0), run(median_ms=1.0), run(median_ms=7.0), program="floor")
    replica = turns(run(median_ms=median_ms), run(median_ms=0.1), run(median_ms=9.0))
    verdict = first(family("latency"), floor + replica)
    assert (verdict.measured, verdict.held) == (f"{median_ms:.2f} ms : 1.00 ms = {median_ms:.2f}", held)


@pytest.mark.parametrize(("p99_ms", "held"), [(4.0, True), (4.1, False)])
def test_the_slowest_hundredth_may_take_twice_the_floor_programs(p99_ms: float, held: bool) -> None:
    both = turns(run(p99_ms=2.0), program="floor") + turns(run(p99_ms=p99_ms))
    assert by_bar(family("latency"), both)["p99 at most 2 times the floor program's"].held is held


def test_a_floor_program_that_answered_nothing_proves_nothing() -> None:
    both = turns(run(median_ms=0.0), program="floor") + turns(run())
    assert first(family("latency"), both).held is False


def test_every_gap_counts() -> None:
    verdict = first(family("failover", KILL, gap_ms=4_800), turns(run(gaps=(1_000,)), run(gaps=(4_800,))))
    assert (verdict.measured, verdict.held) == ("worst 4,800 ms, median 2,900 ms", True)
    assert first(family("failover", KILL, gap_ms=4_800), turns(run(gaps=(1_000,)), run(gaps=(4_801,)))).held is False


def test_a_gap_that_never_ended_is_the_worst() -> None:
    verdict = first(family("failover", KILL, gap_ms=4_800), turns(run(gaps=(1_000,)), run(gaps=(None,))))
    assert (verdict.measured, verdict.held) == ("worst without end, median without end", False)


def test_a_run_without_a_kill_says_nothing_of_gaps() -> None:
    verdict = first(family("failover", KILL, gap_ms=4_800), turns(run(gaps=(1_000,)), run()))
    assert (verdict.measured, verdict.held) == (
        "worst 1,000 ms, median 1,000 ms; 1 runs without a kill",
        False,
    )
    assert first(family("failover", KILL, gap_ms=4_800), turns(run())).held is False


@pytest.mark.parametrize(("slowest_ms", "held"), [(250.0, True), (251.0, False)])
def test_one_late_answer_is_too_many_when_a_follower_dies(slowest_ms: float, held: bool) -> None:
    assert first(family("follower"), turns(run(), run(max_ms=slowest_ms))).held is held


@pytest.mark.parametrize(("reigns", "held"), [(0, False), (1, True), (2, False)])
def test_a_large_cluster_has_one_leader_for_good(reigns: int, held: bool) -> None:
    assert first(family("size"), turns(run(), run(reigns=reigns))).held is held


def test_failures_and_duplicates_are_none_in_every_family() -> None:
    found = by_bar(family("size"), turns(run(), run(failures=1), run(duplicates=2)))
    assert (found["no failures"].measured, found["no failures"].held) == ("0, 1, 0", False)
    assert (found["no duplicates"].measured, found["no duplicates"].held) == ("0, 0, 2", False)


def test_what_died_with_a_killed_leader_is_excused() -> None:
    excused = "no failures but what died with the leader"
    killed = family("failover", KILL, gap_ms=4_800)
    assert by_bar(killed, turns(run(gaps=(1,), failures=2, died_with_leader=2)))[excused].held is True
    assert by_bar(killed, turns(run(gaps=(1,), failures=3, died_with_leader=2)))[excused].held is False


def test_what_died_with_a_follower_is_not_excused() -> None:
    config = Config(lifetime=30, replicas=5, requests=500, events=(KillNonLeader(time=10),))
    assert by_bar(family("follower", config), turns(run(failures=1, died_with_leader=1)))["no failures"].held is False


def test_runs_of_both_programs_must_hold_but_only_the_replicas_figures_count() -> None:
    floor = turns(run(failures=1), run(broken=("history linearizable",)), program="floor")
    found = by_bar(family("latency"), floor + turns(run(), run()))
    assert found["no failures"].held is True
    assert (found["every run holds all checks"].measured, found["every run holds all checks"].held) == ("3 of 4", False)


def test_bars_of_parts_that_were_not_asked_for_are_left_out() -> None:
    both = Family(name="some", parts=("messages", "latency"), config=STEADY, messages_below=2_000)
    bars = [verdict.bar for verdict in verdicts(both, turns(run()), MESSAGES)]
    assert bars == ["messages below 2,000", "no failures", "no duplicates", "every run holds all checks"]


def test_the_table_has_a_row_for_each_bar() -> None:
    judged = [
        Verdict(family="reads", bar="messages below 900", measured="850", held=True),
        Verdict(family="reads", bar="no failures", measured="1", held=False),
        Verdict(family="writes", bar="messages below 2,000", measured="400", held=None),
    ]
    assert table(judged).splitlines() == [
        "| Family | Bar | Measured | Held |",
        "|---|---|---|---|",
        "| reads | messages below 900 | 850 | yes |",
        "| reads | no failures | 1 | **no** |",
        "| writes | messages below 2,000 | 400 | not judged |",
    ]
    assert closing(judged) == "1 of 2 bars held. Bars on messages are for whole turns: 1 were not judged."
    assert closing(judged[:2]) == "1 of 2 bars held."
