"""A campaign small enough for every run of the tests: random scenarios break no rule."""

from __future__ import annotations

import os
from typing import Final

import pytest

from simulator.explore.drawing import drawn
from simulator.virtual import play

SEEDS: Final = range(int(os.environ.get("EXPLORE_SEEDS", "200")))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_scenario_breaks_no_rule(seed: int) -> None:
    """Raft Figure 3 holds after every step, clients get what they are owed, and the cluster settles when it can."""
    findings = play(drawn(seed), seed).findings
    assert not findings, f"{findings[0]}: python -m simulator --virtual random --seed {seed}"


def test_the_scenarios_are_eventful() -> None:
    """A test that nothing happens in could not fail: leaders change, logs conflict, reads and writes get through."""
    events = [play(drawn(seed), seed).events for seed in range(20)]
    assert sum(each.get("role.changed: elected", 0) for each in events) >= 25
    assert sum(each.get("log.truncated", 0) for each in events) >= 1
    assert sum(each.get("request.answered: ok", 0) for each in events) >= 1000
