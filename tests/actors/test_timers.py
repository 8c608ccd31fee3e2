"""Timers on a real thread: in order, never early, replaced without a trace; synchronised by what they tell."""

from collections.abc import Iterator

import pytest

from actors.clock import now
from messages.ids import Instant
from messages.timer import Rang
from tests.actors.runtime_stage import GENEROUS_S, Stage, next_rang, staged, threads_that_die


@pytest.fixture
def stage() -> Iterator[Stage]:
    yield from staged()


def test_timers_ring_in_the_order_of_their_times_whatever_the_order_of_setting(stage: Stage) -> None:
    address, recorder = stage.record()
    began = now()
    for epoch, delay_s in ((3, 0.03), (1, 0.01), (2, 0.02)):
        stage.runtime.timer(address).set(Instant(began + delay_s), epoch)
    stage.runtime.run()
    assert [next_rang(recorder).epoch for _ in range(3)] == [1, 2, 3]


def test_a_timer_never_rings_early_and_says_when_it_was_noticed(stage: Stage) -> None:
    address, recorder = stage.record()
    stage.runtime.run()
    due = Instant(now() + 0.02)
    stage.runtime.timer(address).set(due, 7)
    rang = next_rang(recorder)
    assert rang.epoch == 7
    assert due <= rang.at <= now()


def test_a_time_that_is_past_rings_at_once(stage: Stage) -> None:
    address, recorder = stage.record()
    stage.runtime.run()
    stage.runtime.timer(address).set(Instant(0.0), 1)
    assert next_rang(recorder).epoch == 1


@pytest.mark.parametrize(("first_s", "second_s"), [(0.01, 0.03), (0.03, 0.01)])
def test_an_alarm_that_was_replaced_does_not_ring(stage: Stage, first_s: float, second_s: float) -> None:
    address, recorder = stage.record()
    stage.runtime.run()
    began = now()
    timer = stage.runtime.timer(address)
    timer.set(Instant(began + first_s), 1)
    timer.set(Instant(began + second_s), 2)
    stage.runtime.timer(address).set(Instant(began + 0.05), 99)
    assert [next_rang(recorder).epoch for _ in range(2)] == [2, 99]


def test_one_owners_timer_does_not_replace_anothers(stage: Stage) -> None:
    (one, one_recorder), (other, other_recorder) = stage.record(), stage.record()
    stage.runtime.run()
    began = now()
    stage.runtime.timer(one).set(Instant(began + 0.01), 1)
    stage.runtime.timer(other).set(Instant(began + 0.01), 2)
    assert (next_rang(one_recorder).epoch, next_rang(other_recorder).epoch) == (1, 2)


def test_an_earlier_alarm_wakes_the_timers_from_a_long_wait(stage: Stage) -> None:
    address, recorder = stage.record()
    stage.runtime.run()
    stage.runtime.timer(address).set(Instant(now() + 3600), 1)
    stage.runtime.timer(address).set(now(), 2)
    assert next_rang(recorder).epoch == 2


def test_a_timer_may_be_set_again_and_again(stage: Stage) -> None:
    address, recorder = stage.record()
    stage.runtime.run()
    timer = stage.runtime.timer(address)
    for epoch in range(100):
        timer.set(now(), epoch)
        assert next_rang(recorder).epoch == epoch


class Deaf:
    """An address that takes nothing."""

    def tell(self, message: Rang, /) -> None:
        raise RuntimeError("deaf")


def test_an_alarm_that_cannot_be_told_stops_the_node(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    died = threads_that_die(monkeypatch)
    stage.runtime.timer(Deaf()).set(now(), 1)
    assert str(stage.failures.get(timeout=GENEROUS_S)) == "deaf"
    assert died.get(timeout=GENEROUS_S) == "timers"
