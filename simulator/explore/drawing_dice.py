"""Dice for drawing: what is drawn is rounded, so that a scenario reads well as a configuration file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from random import Random
from typing import TypeVar

T = TypeVar("T")


def one_of(rng: Random, weights: Mapping[T, int]) -> T:
    """One of the keys, each as likely as its weight says."""
    return rng.choices(tuple(weights), tuple(weights.values()))[0]


def log_uniform(rng: Random, low: float, high: float) -> float:
    """Between two positive bounds, each order of magnitude as likely as another.

    Rounded to so few digits that no two machines' logarithms give different ones.
    """
    return float(f"{math.exp(rng.uniform(math.log(low), math.log(high))):.9g}")


def milliseconds(seconds: float) -> float:
    """Seconds, to the millisecond."""
    return round(seconds, 3)
