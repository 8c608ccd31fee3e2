"""The election timer says once when the deadline is over, and moves its alarm as rarely as it can."""

from random import Random

import pytest

from actors.election_timer import ElectionTimer
from actors.settings import Settings
from messages.consensus import ElectionTimeout
from messages.election_timer import Reset, ResetShort
from messages.ids import Instant
from messages.timer import Rang
from tests.actors.probes import FakeTimer, Probe
from tests.actors.samples import at

SETTINGS = Settings(election_timeout_min_ms=1000, election_timeout_max_ms=2000, campaign_retry_ms=100, heartbeat_ms=300)


class Clock:
    """An election timer with probes around it; `ring` lets the latest alarm ring, now or late."""

    def __init__(self, seed: str = "seed") -> None:
        self.consensus: Probe[ElectionTimeout] = Probe()
        self.timer = FakeTimer()
        self.actor = ElectionTimer(settings=SETTINGS, consensus=self.consensus, timer=self.timer, random=Random(seed))

    def reset(self, epoch: int, since: float) -> None:
        self.actor.on_receive(Reset(epoch=epoch, since=at(since)))

    def reset_short(self, epoch: int, since: float) -> None:
        self.actor.on_receive(ResetShort(epoch=epoch, since=at(since)))

    def ring(self, late_s: float = 0.0) -> Instant:
        """When it rang."""
        rang_at = at(self.timer.due + late_s)
        self.actor.on_receive(Rang(epoch=self.timer.epoch, at=rang_at))
        return rang_at


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_timeout_is_told_with_the_epoch_that_asked_for_it(clock: Clock) -> None:
    clock.reset(7, 10.0)
    rang_at = clock.ring(late_s=0.25)
    assert clock.consensus.told == [ElectionTimeout(epoch=7, at=rang_at)]


def test_every_timeout_is_a_random_one_within_the_bounds(clock: Clock) -> None:
    timeouts = []
    for epoch in range(200):
        clock.reset(epoch, 10.0)
        clock.ring(late_s=5.0)
        timeouts.append(clock.timer.due - 10.0)
    assert all(1.0 <= timeout <= 2.0 for timeout in timeouts)
    assert len(set(timeouts)) == len(timeouts)
    assert min(timeouts) < 1.1
    assert max(timeouts) > 1.9


@pytest.mark.parametrize(("other_seed", "same"), [("seed", True), ("another", False)])
def test_the_seed_decides_all_timeouts(other_seed: str, same: bool) -> None:
    one, other = Clock(), Clock(other_seed)
    for clock in (one, other):
        for epoch in range(5):
            clock.reset(epoch, 10.0 * epoch)
            clock.ring(late_s=5.0)
    assert (one.timer.alarms == other.timer.alarms) is same


def test_a_campaign_is_given_exactly_its_retry_interval(clock: Clock) -> None:
    clock.reset_short(1, 10.0)
    assert clock.timer.due == at(10.1)
    clock.ring()
    assert clock.consensus.told == [ElectionTimeout(epoch=1, at=at(10.1))]


def test_hearing_a_leader_moves_the_deadline_and_not_the_alarm(clock: Clock) -> None:
    for epoch, since in enumerate((10.0, 10.9, 11.0)):
        clock.reset(epoch, since)
    assert len(clock.timer.alarms) == 1


def test_an_alarm_before_the_deadline_is_set_again_for_the_rest(clock: Clock) -> None:
    clock.reset(1, 10.0)
    clock.reset(2, 11.5)
    early = clock.ring()
    assert clock.consensus.told == []
    assert clock.timer.due > early
    assert 12.5 <= clock.timer.due <= 13.5
    clock.ring()
    assert [timeout.epoch for timeout in clock.consensus.told] == [2]


def test_an_earlier_deadline_replaces_the_alarm(clock: Clock) -> None:
    clock.reset(1, 10.0)
    clock.reset_short(2, 10.0)
    assert clock.timer.due == at(10.1)
    clock.ring()
    assert [timeout.epoch for timeout in clock.consensus.told] == [2]


def test_an_alarm_that_was_replaced_is_stale_even_when_it_rings_after_all(clock: Clock) -> None:
    clock.reset(1, 10.0)
    replaced = clock.timer.epoch
    clock.reset_short(2, 10.0)
    clock.actor.on_receive(Rang(epoch=replaced, at=at(99.0)))
    assert clock.consensus.told == []
    clock.ring()
    assert [timeout.epoch for timeout in clock.consensus.told] == [2]


def test_a_deadline_is_told_of_once(clock: Clock) -> None:
    clock.reset(1, 10.0)
    clock.ring()
    clock.ring()
    assert len(clock.consensus.told) == 1


def test_after_a_timeout_the_next_reset_sets_an_alarm_again(clock: Clock) -> None:
    clock.reset(1, 10.0)
    rang_at = clock.ring()
    clock.reset(2, rang_at)
    clock.ring()
    assert [timeout.epoch for timeout in clock.consensus.told] == [1, 2]


def test_a_leader_heard_just_before_a_late_alarm_is_not_overlooked(clock: Clock) -> None:
    clock.reset(1, 10.0)
    due = clock.timer.due
    clock.reset(2, due)
    clock.ring(late_s=0.5)
    assert clock.consensus.told == []
    clock.ring()
    assert [timeout.epoch for timeout in clock.consensus.told] == [2]


def test_the_deadline_may_be_in_the_past_already(clock: Clock) -> None:
    """A paused replica: what it was told long ago is handled only now."""
    clock.reset(1, 10.0)
    clock.ring(late_s=1000.0)
    clock.reset_short(2, 10.0)
    clock.ring(late_s=1000.0)
    assert [timeout.epoch for timeout in clock.consensus.told] == [1, 2]
