"""Clients that send the same request twice, as one does that does not know what became of it."""

from __future__ import annotations

import pytest

from simulator.outcome import request_figures
from tests.simulator.repeating import LONGEST_S, attempt_of, staged, twice
from tests.simulator.stage import Message, requests_in


def said(request: Message) -> Message:
    """All but to whom."""
    return {name: value for name, value in request.items() if name not in {"dst", "leader"}}


def test_a_request_is_sent_again_as_it_was() -> None:
    first, second = twice(staged())
    assert said(first) == said(second)


def test_it_is_sent_once_more_only() -> None:
    stage = staged()
    twice(stage)
    assert requests_in(stage.until(9.0)) == []
    assert stage.run.clients.has_repeats_due is False
    assert request_figures(stage.run).repeats == 1


@pytest.mark.parametrize(("repeats", "least", "most"), [(0, 0, 0), (30, 35, 85), (100, 190, 200)])
def test_so_much_is_sent_twice(repeats: float, least: int, most: int) -> None:
    stage = staged(repeats=repeats, requests=200)
    for _ in range(120):
        for request in requests_in(stage.until(stage.now + 0.1 - 0.5)):
            stage.answer(request)
    assert least <= request_figures(stage.run).repeats <= most
    assert request_figures(stage.run).sent == 200


def test_it_comes_within_milliseconds_or_seconds() -> None:
    delays = []
    for seed in range(60):
        stage = staged(seed=seed)
        request = twice(stage)[0]
        first, second = attempt_of(stage, request).sendings
        delays.append(second.sent_at - first.sent_at)
    assert 0.0002 <= min(delays) < 0.001
    assert 0.2 < max(delays) <= LONGEST_S


def test_it_goes_to_the_same_replica_or_to_another() -> None:
    pairs = [twice(staged(seed=seed)) for seed in range(40)]
    same = sum(first["dst"] == second["dst"] for first, second in pairs)
    assert 10 < same < 40


def test_what_was_answered_ok_may_be_sent_again_and_what_was_redirected_or_failed_is_not() -> None:
    """Who was turned away knows it, and has asked somebody else since."""
    counts = []
    for kind in ("ok", "redirect", "fail"):
        stage = staged()
        stage.answer(stage.first_request(), kind)
        again = requests_in(stage.until(LONGEST_S))
        counts.append(sum(request["MID"].endswith("-000000") for request in again if isinstance(request["MID"], str)))
    assert counts == [1, 0, 0]


def test_of_what_is_tried_often_nothing_is_repeated_any_more() -> None:
    stage = staged()
    waiting = [stage.first_request()]
    for _ in range(50):
        waiting += requests_in(stage.answer(waiting.pop(), "fail"))
    assert stage.run.repeats.due == 3


def test_a_run_with_repeats_draws_the_same_requests_as_one_without() -> None:
    """Each part draws from a generator of its own."""
    plain, repeated = staged(repeats=0.0, requests=30), staged(requests=30)
    for stage in (plain, repeated):
        stage.until(10.0)
    assert [said_of(request) for request in plain.run.clients.requests] == [
        said_of(request) for request in repeated.run.clients.requests
    ]


def said_of(request: object) -> tuple[object, ...]:
    return tuple(getattr(request, name) for name in ("client", "kind", "key", "value", "asked_at"))
