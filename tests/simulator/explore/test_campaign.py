"""A campaign plays each of its seeds once, and what it finds does not depend on who is quick."""

from __future__ import annotations

import pytest

from simulator.explore.campaign import Campaign, Plan
from simulator.explore.lots import Result, code_digest
from simulator.explore.summary import Explored, Summary
from simulator.explore.workers import WorkersError
from tests.simulator.explore.players import Handmade, fail, play_other_code, pretend, result

WHOLE = Plan(first=100, count=50)


def campaign(plan: Plan, workers: Handmade) -> Campaign:
    return Campaign(plan, workers, code=code_digest(), look=workers.finish_one, has_time=lambda: True)


def results_of(plan: Plan, workers: Handmade) -> list[Result]:
    return list(campaign(plan, workers).results())


def summed_up(plan: Plan, workers: Handmade) -> Explored:
    summary = Summary(plan)
    for each in campaign(plan, workers).results():
        summary.add(each)
    return summary.conclude("all seeds played", code="", wall_s=1.0, branches=())


def test_lots_divide_the_seeds() -> None:
    assert [lot.seeds for lot in Plan(first=3, count=20).lots()] == [range(3, 11), range(11, 19), range(19, 23)]


def test_lots_are_of_the_scenarios_that_were_asked_for() -> None:
    assert [lot.amnesia for lot in Plan(first=0, count=9, amnesia=True).lots()] == [True, True]


def test_without_a_count_there_is_always_another_lot() -> None:
    lots = Plan(first=0, count=None).lots()
    assert [next(lots).seeds for _ in range(100)][-1] == range(792, 800)


@pytest.mark.parametrize("order", range(10))
def test_results_come_in_the_order_of_the_seeds_whoever_finishes_first(order: int) -> None:
    found = results_of(WHOLE, Handmade(order=order))
    assert found == [result(seed, broken=seed % 10 == 7) for seed in range(100, 150)]


def test_the_summary_is_the_same_for_any_order_and_number_of_workers() -> None:
    alone = summed_up(WHOLE, Handmade(capacity=1))
    assert all(summed_up(WHOLE, Handmade(capacity=7, order=order)) == alone for order in range(10))


def test_workers_are_kept_busy_and_not_swamped() -> None:
    workers = Handmade(capacity=3)
    results = campaign(Plan(first=0, count=80), workers).results()
    next(results)
    assert 1 <= len(workers.under_way) <= 3
    results.close()


@pytest.mark.parametrize("order", range(10))
def test_a_campaign_that_stops_at_the_first_failure_gives_no_seed_beyond_it(order: int) -> None:
    """The seed 117 may well be over before 107 is."""
    plan = Plan(first=100, count=50, stop_at_failure=True, lot_seeds=2)
    workers = Handmade(order=order)
    assert [each.seed for each in results_of(plan, workers)] == list(range(100, 108))
    assert workers.closed == [True]


def test_no_lot_is_begun_when_the_time_is_over_and_those_begun_are_waited_for() -> None:
    workers = Handmade(capacity=2)
    plan = Plan(first=0, count=None)
    whole = Campaign(
        plan, workers, code=code_digest(), look=workers.finish_one, has_time=lambda: len(workers.given) < 5
    )
    assert [each.seed for each in whole.results()] == list(range(40))
    assert workers.closed == [False]


def test_workers_are_let_go_in_peace_when_all_is_played() -> None:
    workers = Handmade()
    results_of(WHOLE, workers)
    assert workers.closed == [False]


def test_workers_are_ended_at_once_when_the_campaign_is_broken_off() -> None:
    workers = Handmade()

    def look() -> None:
        raise KeyboardInterrupt

    broken_off = Campaign(WHOLE, workers, code=code_digest(), look=look, has_time=lambda: True)
    with pytest.raises(KeyboardInterrupt):
        list(broken_off.results())
    assert workers.closed == [True]


def test_results_of_other_code_are_refused() -> None:
    workers = Handmade(play_other_code)
    with pytest.raises(
        WorkersError, match=r"^A worker runs other code \(other\) than this command \(.*\): start .*\.$"
    ):
        results_of(WHOLE, workers)
    assert workers.closed == [True]


def test_a_lot_that_fails_is_explained_by_the_workers() -> None:
    with pytest.raises(WorkersError, match="explained: seven is not lucky"):
        results_of(WHOLE, Handmade(fail))


def test_pretended_seeds_break_where_the_tests_believe() -> None:
    lot = next(Plan(first=0, count=20, lot_seeds=20).lots())
    assert [each.seed for each in pretend(lot).results if each.findings] == [7, 17]
