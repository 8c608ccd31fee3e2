"""The runtime on real threads: order, fail-stop and the end; synchronised by events, without sleeps."""

import threading
from collections.abc import Iterator

import pytest

from messages.address import Address
from tests.actors.runtime_stage import GENEROUS_S, Breaker, Stage, next_of, staged


@pytest.fixture
def stage() -> Iterator[Stage]:
    yield from staged()


def tell_all(address: Address[str], name: str) -> None:
    """Tell 200 messages that begin with `name`."""
    for number in range(200):
        address.tell(f"{name}{number}")


# --- delivery ---


def test_messages_of_one_sender_are_handled_in_the_order_in_which_they_were_told(stage: Stage) -> None:
    address, recorder = stage.record()
    stage.runtime.run()
    for number in range(1000):
        address.tell(str(number))
    assert [next_of(recorder) for _ in range(1000)] == [str(number) for number in range(1000)]


def test_messages_of_several_senders_are_all_handled_each_senders_in_order(stage: Stage) -> None:
    address, recorder = stage.record()
    stage.runtime.run()
    senders = [threading.Thread(target=tell_all, args=(address, name)) for name in "abc"]
    for sender in senders:
        sender.start()
    received = [str(next_of(recorder)) for _ in range(600)]
    for name in "abc":
        assert [text for text in received if text[0] == name] == [f"{name}{number}" for number in range(200)]
    for sender in senders:
        sender.join()


def test_nothing_is_handled_before_the_runtime_runs(stage: Stage) -> None:
    address, recorder = stage.record()
    address.tell("early")
    assert recorder.received.empty()
    stage.runtime.run()
    assert next_of(recorder) == "early"


def test_every_actor_has_one_thread_of_its_own(stage: Stage) -> None:
    (one, one_recorder), (other, other_recorder) = stage.record(), stage.record()
    stage.runtime.run()
    for _ in range(3):
        one.tell("x")
        other.tell("x")
    threads = [
        {recorder.received.get(timeout=GENEROUS_S)[1] for _ in range(3)} for recorder in (one_recorder, other_recorder)
    ]
    assert [len(idents) for idents in threads] == [1, 1]
    assert len({threading.get_ident()}.union(*threads)) == 3


# --- fail-stop ---


@pytest.mark.parametrize(
    "error",
    [ValueError("x"), AssertionError("x"), KeyboardInterrupt(), SystemExit(3), GeneratorExit(), OSError(5, "x")],
)
def test_whatever_a_handler_raises_stops_the_node_with_exactly_that(stage: Stage, error: BaseException) -> None:
    """Scenario 33; fail-stop is what Raft assumes."""
    breaker = stage.runtime.spawn("breaker", Breaker)
    stage.runtime.run()
    breaker.tell(error)
    assert stage.failures.get(timeout=GENEROUS_S) is error


def test_after_a_failure_the_actor_handles_nothing_more(stage: Stage) -> None:
    breaker = stage.runtime.spawn("breaker", Breaker)
    stage.runtime.run()
    first, second = ValueError("first"), ValueError("second")
    breaker.tell(first)
    breaker.tell(second)
    stage.runtime.stop()
    assert stage.failures.get(timeout=GENEROUS_S) is first
    assert stage.failures.empty()


def test_one_who_tells_a_dead_actor_goes_on(stage: Stage) -> None:
    """The node is stopping; another traceback would only hide the first."""
    breaker = stage.runtime.spawn("breaker", Breaker)
    stage.runtime.run()
    breaker.tell(ValueError("x"))
    stage.failures.get(timeout=GENEROUS_S)
    breaker.tell(ValueError("y"))


# --- the end ---


def test_stopping_ends_all_threads() -> None:
    before = set(threading.enumerate())
    stage = Stage()
    stage.record()
    stage.runtime.spawn("breaker", Breaker)
    stage.runtime.run()
    during = set(threading.enumerate()) - before
    assert len(during) == 3, "two actors and the timers"
    stage.runtime.stop()
    for thread in during:
        thread.join(GENEROUS_S)
    assert not any(thread.is_alive() for thread in during)
    stage.bound.close()
