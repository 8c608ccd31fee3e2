"""A few of the mutants, of different families, are caught within the few seeds that every run of the tests can afford.

`make mutants` tries all of them, with as many seeds as it takes.
"""

from __future__ import annotations

from typing import Final

import pytest

from tests.mutants.copies import trial_of
from tests.mutants.report import holds_on_the_right_code
from tests.mutants.table import MUTANTS

SEEDS: Final = 40
CAUGHT_BY: Final = {
    "older-term-committed-by-counting": "Raft's rules",
    "redirect-before-the-fate-is-known": "answers",
    "pre-vote-begins-a-term": "liveness",
    "first-value-stays": "answers",
}


@pytest.mark.parametrize(("name", "checker"), CAUGHT_BY.items())
def test_a_classic_bug_is_caught_within_a_few_seeds(name: str, checker: str) -> None:
    (mutant,) = (each for each in MUTANTS if each.name == name)
    trial = trial_of(mutant, seeds=SEEDS)
    assert trial.seed is not None, f"{name} survived {SEEDS} seeds"
    assert trial.checker == checker, trial.sentence


def test_a_failing_scenario_is_cut_to_a_tenth_of_its_steps() -> None:
    (mutant,) = (each for each in MUTANTS if each.name == "vote-without-looking-at-the-log")
    trial = trial_of(mutant, seeds=SEEDS, tries=150)
    assert trial.shrunk_steps is not None
    assert trial.shrunk_steps * 10 <= trial.steps
    assert holds_on_the_right_code(trial)


def test_the_code_as_it_is_survives_the_same_seeds() -> None:
    """Otherwise, what catches mutants might be a false alarm."""
    assert trial_of(None, seeds=SEEDS).seed is None
