"""A campaign is summed up for people and as JSON, and each failure comes with what reproduces it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import get_type_hints

import pytest
from rich.console import Console

from simulator.explore.campaign import Plan
from simulator.explore.coverage_source import Branch
from simulator.explore.lots import Result
from simulator.explore.progress import LiveProgress, PlainProgress
from simulator.explore.summary import FAILURES_KEPT, Explored, Failure, Summary, encode
from simulator.explore.summary_text import FAILURES_SHOWN, closing_text
from simulator.virtual import Finding
from tests.layout import ROOT
from tests.simulator.explore.players import BROKEN, result

BRANCHES = (
    Branch(event="role.changed: elected", place="actors/consensus/core.py:102"),
    Branch(event="vote.granted", place="actors/consensus/election.py:154"),
)


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def summary_of(results: Iterable[Result], plan: Plan) -> Summary:
    summary = Summary(plan)
    for each in results:
        summary.add(each)
    return summary


def explored(*results: Result, amnesia: bool = False) -> Explored:
    plan = Plan(first=5, count=len(results), amnesia=amnesia)
    return summary_of(results, plan).conclude("all seeds played", code="abc", wall_s=2.0, branches=BRANCHES)


def test_everything_is_summed_up() -> None:
    whole = explored(result(5), result(6), result(7, broken=True))
    assert not whole.passed
    assert (whole.first_seed, whole.seeds, whole.failures) == (5, 3, 1)
    assert (whole.steps, whole.virtual_s, whole.cpu_s) == (180, 4.5, 0.75)
    assert (whole.seeds_per_s, whole.virtual_per_cpu) == (1.5, 6.0)
    assert whole.faults == {"lost": 18, "slow": 3}
    assert whole.replicas == {"3": 1, "4": 1, "5": 1}
    assert [(each.event, each.count) for each in whole.coverage.exercised] == [("vote.granted", 1 + 2 + 3)]


def test_a_campaign_that_found_nothing_has_passed() -> None:
    whole = explored(result(5))
    assert whole.passed
    assert whole.failed == ()
    text = closing_text(whole)
    assert text.startswith("random, seeds 5 to 5 (all seeds played): all held in 1 seed\n")
    assert text.endswith("\nVerdict: all held in 1 seed\n")


def test_a_failure_is_told_with_what_reproduces_it() -> None:
    text = closing_text(explored(result(5), result(6), result(7, broken=True)))
    assert "DID NOT HOLD in 1 of 3 seeds" in text
    assert "  seed 7, 4 replicas, Raft's rules: seven is lucky\n    this one is not\n" in text
    assert "    1.500 s after the first request, at step 70\n" in text
    assert "    again: python -m simulator --virtual random --seed 7    (--trails runs" in text
    assert "    small: python -m simulator shrink 7\n" in text


def test_a_failure_of_amnesia_is_reproduced_with_amnesia() -> None:
    (failure,) = explored(result(7, broken=True), amnesia=True).failed
    assert failure.reproduce == "python -m simulator --virtual random-amnesia --seed 7"
    assert failure.shrink == "python -m simulator shrink 7 --amnesia"


def test_what_else_did_not_hold_is_kept_with_the_first_finding() -> None:
    second = Finding(rule="eight is even", sentence="not here", at=2.0, step=80)
    (failure,) = explored(replace(result(7), findings=(BROKEN, second))).failed
    assert failure.rule == BROKEN.rule
    assert failure.others == (second,)
    assert "at step 70, and 1 finding more\n" in closing_text(explored(replace(result(7), findings=(BROKEN, second))))


def test_where_everything_fails_the_first_failures_are_kept_and_all_are_counted() -> None:
    whole = explored(*(result(seed, broken=True) for seed in range(FAILURES_KEPT + 50)))
    assert whole.failures == FAILURES_KEPT + 50
    assert [failure.seed for failure in whole.failed] == list(range(FAILURES_KEPT))
    text = closing_text(whole)
    assert text.count("again: python") == FAILURES_SHOWN
    assert f"and {FAILURES_KEPT + 50 - FAILURES_SHOWN} more; --json has the first {FAILURES_KEPT}" in text


def test_branches_that_were_never_exercised_are_named() -> None:
    text = closing_text(explored(result(5)))
    assert "Branches of the actors: 1 of 2 exercised, 1 never:\n" in text
    assert "Never exercised:\n  role.changed: elected  actors/consensus/core.py:102\n" in text


def test_figures_say_how_much_faster_than_real_time_a_core_plays() -> None:
    text = closing_text(explored(result(5), result(6)))
    assert "2 seeds in 2.0 s, 1.0 a second; 0 failures" in text
    assert "0.00 virtual hours in 0.5 s of processor time: 6.0 times faster than real time per core" in text
    assert "110 messages taken by actors" in text


def test_a_campaign_without_a_single_seed_can_be_told() -> None:
    text = closing_text(Summary(Plan(first=5, count=9)).conclude("interrupted", code="", wall_s=0.0, branches=()))
    assert text.startswith("random (interrupted): no seed was played\n")
    assert text.endswith("\nVerdict: no seed was played\n")


def test_the_json_report_says_the_same() -> None:
    whole = explored(result(7, broken=True))
    read = json.loads(encode(whole))
    assert read["version"] == 1
    assert read["failed"][0]["reproduce"] == whole.failed[0].reproduce
    assert read["coverage"]["never"] == [
        {"event": "role.changed: elected", "place": "actors/consensus/core.py:102", "remark": ""}
    ]


@pytest.mark.parametrize("kind", [Explored, Failure])
def test_every_field_of_the_json_report_is_documented(kind: type) -> None:
    document = (ROOT / "docs" / "exploring.md").read_text("utf-8")
    assert [name for name in get_type_hints(kind) if f"`{name}`" not in document] == []


def test_plain_progress_is_a_line_every_five_seconds() -> None:
    out, clock, summary = io.StringIO(), Clock(), Summary(Plan(first=0, count=100))
    progress = PlainProgress(summary, clock, None, out)
    for seed in range(40):
        summary.add(result(seed))
        clock.now += 0.3
        progress.look()
    assert out.getvalue().splitlines() == [
        "17 of 100 seeds: 3.3 seeds/s, 0.01 virtual hours, 0 failures",
        "34 of 100 seeds: 3.3 seeds/s, 0.01 virtual hours, 0 failures",
    ]


def test_plain_progress_tells_a_failure_at_once() -> None:
    out, summary = io.StringIO(), summary_of([result(7, broken=True)], Plan(first=7, count=1))
    PlainProgress(summary, Clock(), None, out).failed(summary.failed[0])
    assert out.getvalue() == "FAILED  seed 7: seven is lucky: this one is not\n"


def test_live_progress_shows_how_the_campaign_stands() -> None:
    screen, clock = io.StringIO(), Clock()
    console = Console(file=screen, width=100, force_terminal=True, color_system=None)
    summary = summary_of([result(6), result(7, broken=True)], Plan(first=6, count=100))
    progress = LiveProgress(summary, clock, None, console)
    clock.now += 4
    progress.look()
    progress.failed(summary.failed[0])
    progress.close()
    shown = screen.getvalue()
    assert "2 of 100 seeds" in shown
    assert "0.5 seeds/s, 0.00 virtual hours, 1 failure" in shown
    assert "13 lost" in shown
    assert "FAILED  seed 7: seven is lucky: this one is not" in shown


def test_progress_of_a_campaign_that_ends_by_time_is_in_seconds() -> None:
    out, clock, summary = io.StringIO(), Clock(), Summary(Plan(first=0, count=None))
    progress = PlainProgress(summary, clock, 600.0, out)
    clock.now += 60
    progress.look()
    assert out.getvalue().startswith("0 seeds in 60 of 600 s: ")
