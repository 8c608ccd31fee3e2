"""Figures: percentiles and tiers."""

from __future__ import annotations

import pytest

from simulator.config import Benchmarks
from simulator.stats import benchmarks_of, latency_of, median, percentile, tier_of


@pytest.mark.parametrize(
    ("value", "tier"),
    [(0, "bonus"), (10, "bonus"), (10.1, "full"), (20, "full"), (30, "partial"), (30.1, "none")],
)
def test_a_figure_is_graded_by_the_first_threshold_that_it_does_not_exceed(value: float, tier: str) -> None:
    assert tier_of(value, (10, 20, 30)) == tier


def test_the_median_of_an_even_number_is_between_the_two_in_the_middle() -> None:
    assert median([1, 2, 4, 9]) == 3
    assert median([1, 2, 9]) == 2
    assert median([]) == 0


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(number) for number in range(1, 101)]
    assert percentile(values, 0.99) == 99
    assert percentile(values, 1.0) == 100
    assert percentile([5.0], 0.5) == 5
    assert percentile([], 0.5) == 0


def test_latency_is_given_in_milliseconds() -> None:
    latency = latency_of([0.002, 0.001, 0.003])
    assert (latency.count, latency.median_ms, latency.max_ms) == (3, 2.0, 3.0)


def test_what_has_no_thresholds_is_measured_and_not_graded() -> None:
    graded = benchmarks_of(
        Benchmarks(total_msgs=(100, 200, 300)), total_msgs=150, failures=2, duplicates=0, median_latency_s=0.001
    )
    assert [(each.name, each.value, each.tier) for each in graded] == [
        ("total_msgs", 150, "full"),
        ("failures", 2, None),
        ("duplicates", 0, None),
        ("median_latency", 0.001, None),
    ]


def test_what_could_not_be_measured_is_in_no_tier() -> None:
    asked = Benchmarks(median_latency=(0.001, 0.005, 0.05))
    graded = benchmarks_of(asked, total_msgs=0, failures=0, duplicates=0, median_latency_s=None)
    assert (graded[-1].value, graded[-1].tier) == (None, "none")
