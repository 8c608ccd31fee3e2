"""A run may be given so many steps, and no more: what would show later is not looked for."""

from __future__ import annotations

import pytest

from simulator.config import Virtual
from simulator.virtual import play
from simulator.virtual.node import Node
from simulator.virtual.playing import WHOLE
from simulator.virtual.world import ASSERTIONS, World
from tests.simulator.virtual import stage
from tests.simulator.virtual.cases import FORGETFUL, SEED, small
from tests.simulator.virtual.stage import FIRST, actor, only

PLAIN = small(Virtual())


def counting_to(number: int, steps_max: int) -> World:
    """A world with an actor that fails at its message of that number, played for so many steps."""

    def furnish(node: Node) -> None:
        def take(message: object) -> None:
            if message == number:
                raise ArithmeticError("it is too much")

        address = actor(node, "clerk", take)
        for message in range(1, 20):
            address.tell(message)

    played = stage.world(only(FIRST, furnish), steps_max=steps_max)
    played.play()
    return played


def test_so_many_steps_are_taken() -> None:
    played = counting_to(20, steps_max=7)
    assert (played.steps, played.is_cut_short) == (7, True)


def test_what_the_last_step_shows_is_found() -> None:
    (found,) = counting_to(7, steps_max=7).watch.findings
    assert (found.rule, found.step) == (ASSERTIONS, 7)


def test_what_the_next_one_would_show_is_not() -> None:
    assert counting_to(8, steps_max=7).watch.findings == []


def test_a_run_that_has_as_many_steps_as_it_needs_is_not_cut_short() -> None:
    whole = counting_to(20, steps_max=19)
    assert (whole.steps, whole.is_cut_short) == (19, False)


def test_a_failure_is_the_same_within_as_many_steps_as_it_takes() -> None:
    failed = play(FORGETFUL, SEED)
    assert failed.findings
    again = play(FORGETFUL, SEED, steps_max=failed.steps)
    assert (again.findings, again.steps) == (failed.findings, failed.steps)


def test_a_run_that_is_cut_short_is_judged_by_nothing_that_it_had_not_come_to() -> None:
    played = play(PLAIN, SEED, steps_max=150)
    assert (played.findings, played.steps) == ((), 150)
    (whole,) = (check for check in played.report.checks if check.name == WHOLE)
    assert not whole.held
    assert whole.detail.startswith("no: it was stopped at step 150")
    assert not played.report.passed


@pytest.mark.parametrize("steps_max", [0, 1])
def test_no_steps_at_all_or_one_is_a_run_too(steps_max: int) -> None:
    assert play(PLAIN, SEED, steps_max=steps_max).steps == steps_max
