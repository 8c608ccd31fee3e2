"""The clients of the contract: whom they ask, and what they make of answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator.actions import Action
from simulator.ids import client_ids
from tests.simulator.stage import FOLLOWER, LEADER, START_WAIT_S, Message, Stage, config, requests_in


def staged(*, mix: float = 0.0, requests: int = 20, shared_keys: int = 0) -> Stage:
    return Stage(config(mix=mix, requests=requests, shared_keys=shared_keys))


def each_request(stage: Stage) -> Iterator[Message]:
    """All requests of a run, each given when it is sent."""
    for number in range(stage.run.config.requests):
        yield from requests_in(stage.until(stage.run.config.lifetime * number / stage.run.config.requests + 1e-9))


def test_requests_are_spread_evenly_over_the_lifetime() -> None:
    stage = staged(requests=5)
    stage.until(10.0)
    asked = [request.asked_at - START_WAIT_S for request in stage.run.clients.requests]
    assert asked == pytest.approx([0, 1, 2, 3, 4])


def test_gets_and_puts_come_in_the_configured_shares() -> None:
    stage = staged(mix=0.8, requests=100)
    for request in each_request(stage):
        stage.answer(request, value="")
    kinds = [request.kind for request in stage.run.clients.requests]
    ungenerated = stage.run.clients.answers.ungenerated_gets
    assert kinds.count("get") + ungenerated == 80
    assert ungenerated < 10


def test_about_half_of_the_puts_make_a_new_key_of_32_characters() -> None:
    stage = staged(requests=400)
    for request in each_request(stage):
        stage.answer(request)
    keys = [request.key for request in stage.run.clients.requests]
    assert all(len(key) == 32 for key in keys)
    assert 160 < len(set(keys)) < 240


def test_every_value_is_different() -> None:
    stage = staged(requests=100)
    for request in each_request(stage):
        stage.answer(request)
    values = {request.value for request in stage.run.clients.requests}
    assert len(values) == 100
    assert all(len(value) == 32 for value in values)


def test_every_attempt_has_a_mid_of_its_own() -> None:
    stage = staged()
    mids = [request["MID"] for request in each_request(stage)]
    assert len(set(mids)) == len(mids)


def test_attempts_are_found_by_their_mids_and_listed_as_they_were_sent() -> None:
    stage = staged(requests=10)
    mids = [str(request["MID"]) for request in each_request(stage)]
    assert [attempt.mid for attempt in stage.run.clients.attempts()] == mids
    assert [attempt and attempt.mid for attempt in map(stage.run.clients.attempt, mids)] == mids
    assert stage.run.clients.attempt("made up") is None


def test_a_client_reads_only_keys_that_it_wrote_and_that_were_acknowledged() -> None:
    stage = staged(mix=0.5, requests=200)
    written: dict[object, set[object]] = {client: set() for client in client_ids(3)}
    values: dict[object, object] = {}
    for request in each_request(stage):
        if request["type"] == "get":
            assert request["key"] in written[request["src"]]
            stage.answer(request, value=values[request["key"]])
        elif len(values) % 3:
            stage.answer(request)
            written[request["src"]].add(request["key"])
        values[request["key"]] = request.get("value", values.get(request["key"]))


def test_a_get_that_cannot_be_generated_becomes_a_put_and_is_counted() -> None:
    stage = staged(mix=1.0, requests=4)
    kinds = [request["type"] for request in each_request(stage)]
    assert kinds == ["put"] * 4
    assert stage.run.clients.answers.ungenerated_gets == 4


def test_without_a_known_leader_a_random_replica_is_asked() -> None:
    stage = staged(requests=60)
    assert {request["dst"] for request in each_request(stage)} == {"0000", "0001", "0002"}


def test_a_client_learns_the_leader_from_answers_and_says_so() -> None:
    stage = staged(requests=400)
    taught = set()
    for request in each_request(stage):
        if request["src"] in taught:
            assert (request["dst"], request["leader"]) == (LEADER, LEADER)
        else:
            assert request["leader"] == "FFFF"
        stage.answer(request, leader=LEADER)
        taught.add(request["src"])


def test_a_redirected_request_is_sent_anew_under_a_new_mid_to_the_leader() -> None:
    stage = staged(requests=1)
    request = stage.first_request()
    (again,) = requests_in(stage.answer(request, "redirect", leader=FOLLOWER))
    assert again["MID"] != request["MID"]
    assert again["dst"] == FOLLOWER
    assert (again["key"], again["value"]) == (request["key"], request["value"])


def test_a_redirect_to_nobody_goes_to_a_random_living_replica() -> None:
    stage = staged(requests=1)
    request = stage.first_request()
    asked = set()
    for _ in range(50):
        (request,) = requests_in(stage.answer(request, "redirect"))
        asked.add(request["dst"])
    assert asked == {"0000", "0001", "0002"}


def test_a_fail_is_counted_and_the_request_sent_anew() -> None:
    stage = staged(requests=1)
    (again,) = requests_in(stage.answer(stage.first_request(), "fail", leader=LEADER))
    assert again["dst"] == LEADER
    assert stage.run.clients.answers.by_type == {"fail": 1}
    assert stage.run.breaches.incorrect == 0


def test_a_second_ok_to_a_mid_is_a_duplicate_and_not_incorrect() -> None:
    stage = staged(requests=1)
    request = stage.first_request()
    stage.answer(request)
    stage.answer(request)
    assert stage.run.clients.answers.duplicates == 1
    assert stage.run.breaches.incorrect == 0


@pytest.mark.parametrize("first", ["redirect", "fail"])
def test_an_answer_to_a_mid_that_is_no_longer_waited_for_is_incorrect(first: str) -> None:
    stage = staged(requests=1)
    request = stage.first_request()
    stage.answer(request, first)
    stage.answer(request)
    assert stage.run.breaches.incorrect == 1


def test_any_replica_may_answer() -> None:
    stage = staged(requests=1)
    request = stage.first_request()
    other = "0002" if request["dst"] != "0002" else "0001"
    stage.say(other, str(request["src"]), "ok", MID=request["MID"])
    assert stage.run.clients.requests[0].answered_at is not None
    assert stage.run.breaches.incorrect == 0


def incorrect_after(stage: Stage, actions: list[Action]) -> bool:
    assert actions == []
    return stage.run.breaches.incorrect == 1


def test_an_answer_to_a_mid_that_was_never_sent_is_incorrect() -> None:
    stage = staged(requests=1)
    request = stage.first_request()
    assert incorrect_after(stage, stage.say(LEADER, str(request["src"]), "ok", MID="made up"))


def test_an_answer_to_another_client_is_incorrect() -> None:
    stage = staged(requests=1)
    request = stage.first_request()
    other = next(name for name in client_ids(3) if name != request["src"])
    assert incorrect_after(stage, stage.say(LEADER, other, "ok", MID=request["MID"]))


@pytest.mark.parametrize("fields", ["", ',"MID":5', ',"MID":"x","value":5'])
def test_an_answer_without_its_fields_is_incorrect(fields: str) -> None:
    stage = staged(requests=1)
    client = stage.first_request()["src"]
    payload = f'{{"src":"0000","dst":"{client}","leader":"FFFF","type":"ok"{fields}}}'
    assert incorrect_after(stage, stage.run.receive(stage.now, LEADER, payload.encode()))


def test_an_answer_of_another_type_is_incorrect() -> None:
    stage = staged(requests=1)
    assert incorrect_after(stage, stage.answer(stage.first_request(), "maybe"))


def read_after_write(value: str | None) -> Stage:
    """Put, acknowledged; then a get of the same key, answered with `value`, or what was written when it is 'right'."""
    stage = staged(mix=0.5, requests=40)
    written: dict[object, object] = {}
    for request in each_request(stage):
        if request["type"] == "get":
            stage.answer(request, value=written[request["key"]] if value == "right" else value)
            return stage
        written[request["key"]] = request["value"]
        stage.answer(request)
    raise AssertionError("the run had no get")


def test_a_get_that_is_answered_with_the_last_value_is_correct() -> None:
    assert read_after_write("right").run.breaches.incorrect == 0


@pytest.mark.parametrize("value", ["", "something else", None])
def test_a_get_that_is_answered_otherwise_is_incorrect(value: str | None) -> None:
    assert read_after_write(value).run.breaches.incorrect == 1


def test_with_shared_keys_all_clients_use_the_same_few() -> None:
    stage = staged(mix=0.5, requests=100, shared_keys=3)
    keys = {request["key"] for request in each_request(stage)}
    assert len(keys) == 3
    assert stage.run.clients.answers.ungenerated_gets == 0


def test_the_history_leaves_out_redirected_attempts_and_unanswered_gets() -> None:
    stage = staged(mix=0.5, requests=4, shared_keys=1)
    first, *rest = each_request(stage)
    stage.answer(first, "redirect")
    puts = [request["MID"] for request in rest if request["type"] == "put"]
    history = [operation.mid for operation in stage.run.clients.history() if operation.kind == "put"]
    assert first["MID"] not in history
    assert set(puts) <= set(history)
    assert not [operation for operation in stage.run.clients.history() if operation.kind == "get"]


def test_in_a_burst_only_so_many_requests_wait_at_a_time() -> None:
    stage = Stage(config(mix=0.0, requests=100, burst=10))
    requests = requests_in(stage.until(0.0))
    assert len(requests) == 10
    (following,) = requests_in(stage.answer(requests[0]))
    assert following["MID"] not in {request["MID"] for request in requests}
    assert stage.run.clients.in_flight == 10


def test_a_burst_ends_the_run_soon_after_its_last_answer() -> None:
    stage = Stage(config(mix=0.0, requests=30, burst=10))
    waiting = requests_in(stage.until(0.0))
    while waiting:
        waiting += requests_in(stage.answer(waiting.pop()))
    stage.until(0.6)
    assert stage.run.over
    assert stage.run.workload.unsent == 0


def told(stage: Stage, words: str) -> list[str]:
    return [entry.text for entry in stage.run.journal.entries if words in entry.text]


def test_the_first_duplicates_are_told_with_replica_and_mid() -> None:
    stage = staged()
    request = stage.first_request()
    for _ in range(9):
        stage.answer(request)
    assert (
        told(stage, "duplicate")
        == [f"duplicate: {request['dst']} answers MID {request['MID']} again, 0.0 ms after its ok"] * 5
    )


def test_a_request_that_is_redirected_a_hundred_times_is_told_once() -> None:
    stage = staged(requests=1)
    (request,) = requests_in(stage.until(0.0))
    first = request["MID"]
    for _ in range(250):
        assert len(told(stage, "redirected")) == (stage.run.clients.answers.by_type["redirect"] >= 100)
        last = request["MID"]
        (request,) = requests_in(stage.answer(request, "redirect"))
        if stage.run.clients.answers.by_type["redirect"] == 100:
            sentence = f"a put of client {request['src']} was redirected 100 times (MID {first} to {last})"
            assert told(stage, "redirected") == [sentence]
