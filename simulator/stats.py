"""Figures of a run: percentiles, and the tiers in which the contract grades them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from simulator.config import Benchmarks, Thresholds

Tier: TypeAlias = Literal["bonus", "full", "partial", "none"]
_TIERS: Final[tuple[Tier, Tier, Tier]] = ("bonus", "full", "partial")


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One figure that the contract grades; `tier` is None when the configuration has no thresholds for it.

    `value` is None when there was nothing to measure, which is in the tier `none`.
    """

    name: str
    value: float | None
    thresholds: Thresholds | None
    tier: Tier | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long something took, in milliseconds, over `count` of them; all 0 when there were none."""

    count: int
    median_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float


def tier_of(value: float | None, thresholds: Thresholds) -> Tier:
    """Grade a figure: the first tier whose threshold it does not exceed."""
    if value is None:
        return "none"
    for tier, threshold in zip(_TIERS, thresholds, strict=True):
        if value <= threshold:
            return tier
    return "none"


def percentile(ordered: Sequence[float], fraction: float) -> float:
    """The smallest of the values that at least `fraction` of them do not exceed; 0 when there are none."""
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(fraction * len(ordered)) - 1)]


def median(ordered: Sequence[float]) -> float:
    """The middle value, or the mean of the two in the middle; 0 when there are none."""
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2 if ordered else 0.0


def latency_of(durations_s: Iterable[float]) -> Latency:
    """Sum up durations, given in seconds."""
    ordered = sorted(duration * 1000 for duration in durations_s)
    return Latency(
        count=len(ordered),
        median_ms=median(ordered),
        p90_ms=percentile(ordered, 0.9),
        p99_ms=percentile(ordered, 0.99),
        max_ms=ordered[-1] if ordered else 0.0,
    )


def benchmarks_of(
    asked: Benchmarks, *, total_msgs: int, failures: int, duplicates: int, median_latency_s: float | None
) -> tuple[Benchmark, ...]:
    """Grade the four figures of the contract."""
    figures = (
        ("total_msgs", float(total_msgs), asked.total_msgs),
        ("failures", float(failures), asked.failures),
        ("duplicates", float(duplicates), asked.duplicates),
        ("median_latency", median_latency_s, asked.median_latency),
    )
    return tuple(
        Benchmark(
            name=name,
            value=value,
            thresholds=thresholds,
            tier=None if thresholds is None else tier_of(value, thresholds),
        )
        for name, value, thresholds in figures
    )
