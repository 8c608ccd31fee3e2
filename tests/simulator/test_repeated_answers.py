"""What is made of the answers to a request that was sent twice."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from simulator.ids import NodeId
from simulator.outcome import request_figures
from tests.simulator.repeating import LONGEST_S, attempt_of, staged, to_two_replicas, twice
from tests.simulator.stage import Message, Stage, broken, config, play, requests_in

# --- what is answered ------------------------------------------------------------------------------------------


def answers(stage: Stage, *kinds: tuple[Message, str]) -> Stage:
    """Each request is answered so by whoever was asked."""
    for request, kind in kinds:
        stage.answer(request, kind)
    return stage


def test_both_may_be_answered_and_it_is_no_duplicate() -> None:
    stage = staged()
    first, second = twice(stage)
    answers(stage, (first, "ok"), (second, "ok"))
    figures = request_figures(stage.run)
    assert (figures.ok, figures.duplicates, stage.run.breaches.incorrect) == (1, 0, 0)


def test_a_third_answer_is_a_duplicate() -> None:
    stage = staged()
    first, second = twice(stage)
    answers(stage, (first, "ok"), (second, "ok"), (second, "ok"))
    assert (request_figures(stage.run).duplicates, stage.run.breaches.incorrect) == (1, 0)


def test_a_second_answer_before_anything_was_repeated_is_a_duplicate() -> None:
    stage = staged()
    first = stage.first_request()
    answers(stage, (first, "ok"), (first, "ok"))
    assert request_figures(stage.run).duplicates == 1


def test_each_replica_may_answer_what_it_was_asked_once() -> None:
    stage, first, _ = to_two_replicas()
    answers(stage, (first, "ok"), (first, "ok"))
    assert request_figures(stage.run).duplicates == 1


def test_a_put_that_is_redirected_by_one_replica_may_be_done_by_the_other() -> None:
    stage, first, second = to_two_replicas()
    (elsewhere,) = requests_in(stage.answer(first, "redirect", leader=str(second["dst"])))
    assert elsewhere["MID"] != first["MID"]
    assert not attempt_of(stage, first).is_ruled_out
    stage.answer(second)
    operation = attempt_of(stage, first).operation()
    assert operation is not None
    assert operation.returned_at is not None
    assert stage.run.breaches.incorrect == 0


def test_a_put_that_both_have_redirected_never_happens() -> None:
    stage, first, second = to_two_replicas()
    answers(stage, (first, "redirect"), (second, "redirect"))
    assert attempt_of(stage, first).is_ruled_out
    assert attempt_of(stage, first).operation() is None


def test_a_put_that_nobody_has_answered_a_second_time_may_still_happen() -> None:
    stage, first, _ = to_two_replicas()
    answers(stage, (first, "redirect"))
    operation = attempt_of(stage, first).operation()
    assert operation is not None
    assert operation.returned_at is None


def test_a_put_is_done_when_the_first_ok_comes_whoever_says_it() -> None:
    stage, first, second = to_two_replicas()
    stage.answer(second)
    done_at = stage.now
    stage.until(3.0)
    stage.answer(first)
    operation = attempt_of(stage, first).operation()
    assert operation is not None
    assert (operation.invoked_at, operation.returned_at) == (attempt_of(stage, first).sent_at, done_at)


@pytest.mark.parametrize("kind", ["redirect", "fail"])
def test_a_request_goes_on_elsewhere_once_however_often_it_is_turned_away(kind: str) -> None:
    stage, first, second = to_two_replicas()
    assert len(requests_in(stage.answer(first, kind))) == 1
    assert requests_in(stage.answer(second, kind)) == []


def gets(stage: Stage) -> Iterator[Message]:
    """Every message of a run with a get; puts are answered at once, and each of their messages."""
    while stage.now < 10.0:
        for request in requests_in(stage.until(stage.now + 0.01 - 0.5)):
            if request["type"] == "get":
                yield request
            else:
                stage.answer(request)


def right_and(value: str) -> Stage:
    """A run whose first get is answered twice: rightly, and with `value`."""
    stage = staged(mix=0.5, requests=40)
    seen: dict[object, Message] = {}
    for request in gets(stage):
        if request["MID"] in seen:
            written = [each for each in stage.run.clients.requests if each.key == request["key"] and each.value]
            stage.answer(seen[request["MID"]], value=written[-1].value)
            stage.answer(request, value=value or written[-1].value)
            return stage
        seen[request["MID"]] = request
    raise AssertionError("the run had no get that was repeated")


def test_a_get_may_be_answered_twice_alike() -> None:
    stage = right_and("")
    assert (stage.run.breaches.incorrect, request_figures(stage.run).duplicates) == (0, 0)


def test_a_second_answer_to_a_get_that_is_wrong_is_noticed() -> None:
    assert right_and("something else").run.breaches.incorrect == 1


# --- what is waited for ----------------------------------------------------------------------------------------


def waiting_at(stage: Stage, request: Message) -> int:
    return stage.run.clients.waiting_at[NodeId(str(request["dst"]))]


def test_two_replicas_owe_an_answer_each() -> None:
    stage, first, second = to_two_replicas()
    assert (waiting_at(stage, first), waiting_at(stage, second)) == (1, 1)
    stage.answer(first)
    assert (waiting_at(stage, first), waiting_at(stage, second)) == (0, 1)
    stage.answer(second)
    assert stage.run.clients.in_flight == 0


def to_one_replica() -> tuple[Stage, Message]:
    """A request that was sent twice to the same replica before it had answered."""
    for seed in range(40):
        stage = staged(seed=seed)
        first, second = twice(stage)
        if first["dst"] == second["dst"]:
            return stage, first
    raise AssertionError("some seed asks one replica twice")


def test_a_replica_that_is_asked_twice_before_it_has_answered_owes_one_answer() -> None:
    """It may take both for one request."""
    stage, request = to_one_replica()
    assert waiting_at(stage, request) == 1
    stage.answer(request)
    assert (waiting_at(stage, request), stage.run.clients.in_flight) == (0, 0)
    stage.answer(request)
    assert (waiting_at(stage, request), stage.run.breaches.incorrect) == (0, 0)


def test_a_replica_may_have_to_hold_all_that_it_was_sent() -> None:
    stage, request = to_one_replica()
    assert stage.run.clients.open_max_at(NodeId(str(request["dst"]))) == 2


def test_a_replica_that_was_restarted_owes_nothing_of_what_came_before() -> None:
    stage, first, second = to_two_replicas()
    for request in (first, second):
        stage.run.clients.forget_waiting(NodeId(str(request["dst"])))
    assert stage.run.clients.in_flight == 0
    stage.answer(first)
    assert waiting_at(stage, first) == 0


def test_nobody_is_asked_again_when_nobody_lives() -> None:
    stage = staged()
    stage.first_request()
    for replica in stage.run.cluster.replicas.values():
        replica.state = type(replica.state).KILLED
    assert requests_in(stage.until(LONGEST_S)) == []


def test_models_that_keep_the_contract_pass_with_repeats() -> None:
    asked = msgspec.structs.replace(config(requests=60, mix=0.5, lifetime=5.0), repeats=50.0)
    report = play(asked)
    assert broken(report) == set()
    assert report.requests.repeats > 15
