"""What a client may read back of what it wrote itself."""

from __future__ import annotations

import pytest

from simulator.ids import NodeId
from simulator.requests import Attempt, Kind, Outcome, Request, Sending, is_permitted


def attempt(kind: Kind, value: str, sent_at: float, answered_at: float | None, outcome: Outcome) -> Attempt:
    request = Request(client=NodeId("0015"), kind=kind, key="k", value=value, asked_at=sent_at)
    return Attempt(
        mid="m",
        request=request,
        sendings=[Sending(replica=NodeId("0000"), sent_at=sent_at)],
        answered_at=answered_at,
        outcome=outcome,
        redirects=int(outcome is Outcome.REDIRECTED),
    )


def put(value: str, sent_at: float, answered_at: float | None = None) -> Attempt:
    outcome = Outcome.WAITING if answered_at is None else Outcome.OK
    return attempt("put", value, sent_at, answered_at, outcome)


def permitted(value: str, *writes: Attempt, read_from: float, to: float) -> bool:
    read = attempt("get", "", read_from, None, Outcome.WAITING)
    return is_permitted(read, value, to, list(writes))


def test_the_last_acknowledged_value_is_permitted_and_the_one_before_is_not() -> None:
    writes = (put("a", 1, 2), put("b", 3, 4))
    assert permitted("b", *writes, read_from=5, to=6)
    assert not permitted("a", *writes, read_from=5, to=6)


def test_nothing_is_permitted_only_before_the_first_acknowledgement() -> None:
    assert permitted("", put("a", 1), read_from=2, to=3)
    assert not permitted("", put("a", 1, 2), read_from=3, to=4)


def test_the_value_of_an_outstanding_put_is_permitted_beside_the_acknowledged_one() -> None:
    writes = (put("a", 1, 2), put("b", 3))
    assert permitted("a", *writes, read_from=5, to=6)
    assert permitted("b", *writes, read_from=5, to=6)


def test_a_put_that_failed_may_come_to_light_at_any_later_time() -> None:
    failed = attempt("put", "b", 3, 4, Outcome.FAILED)
    assert permitted("b", put("a", 1, 2), failed, read_from=9, to=10)
    assert permitted("b", put("a", 1, 2), failed, put("c", 5, 6), read_from=9, to=10)


def test_the_value_of_a_redirected_put_is_not_permitted() -> None:
    redirected = attempt("put", "b", 3, 4, Outcome.REDIRECTED)
    assert not permitted("b", put("a", 1, 2), redirected, read_from=9, to=10)


@pytest.mark.parametrize("value", ["a", "b"])
def test_of_puts_that_overlap_either_may_be_the_latest(value: str) -> None:
    assert permitted(value, put("a", 1, 4), put("b", 2, 3), read_from=5, to=6)


@pytest.mark.parametrize("value", ["a", "b"])
def test_a_put_acknowledged_during_the_read_may_come_before_or_after_it(value: str) -> None:
    assert permitted(value, put("a", 1, 2), put("b", 3, 5.5), read_from=5, to=6)


def test_a_value_that_nobody_wrote_is_not_permitted() -> None:
    assert not permitted("x", put("a", 1, 2), read_from=3, to=4)


def test_a_redirected_attempt_did_not_happen() -> None:
    assert attempt("put", "a", 1, 2, Outcome.REDIRECTED).operation() is None


def test_an_unanswered_get_says_nothing() -> None:
    assert attempt("get", "", 1, None, Outcome.WAITING).operation() is None


@pytest.mark.parametrize("outcome", [Outcome.WAITING, Outcome.FAILED])
def test_a_put_without_ok_may_have_happened_at_any_time(outcome: Outcome) -> None:
    operation = attempt("put", "a", 1, 2, outcome).operation()
    assert operation is not None
    assert operation.returned_at is None


def test_an_answered_get_says_what_was_read() -> None:
    read = attempt("get", "", 1, 2, Outcome.OK)
    read.value = "a"
    operation = read.operation()
    assert operation is not None
    assert (operation.kind, operation.value, operation.invoked_at, operation.returned_at) == ("get", "a", 1, 2)
