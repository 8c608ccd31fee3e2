"""A node in virtual time: its clock, its socket, its timers, and what becomes of them while it is paused, or dead."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

import pytest

from actors.core_inbox import DATAGRAMS_AT_ONCE
from messages.codec import stamped
from messages.ids import Instant
from messages.socket_reader import Datagrams
from messages.timer import Rang
from simulator.events import LateTimers
from simulator.virtual.node import Node
from simulator.virtual.world import World
from tests.simulator.virtual.stage import FIRST, Doing, actor, nothing, play, reader, world


class Lowest(Random):
    """Dice that always show the lowest number."""

    def random(self) -> float:
        """The lowest."""
        return 0.0


class Diary:
    """A node in a world in which nothing else happens, and what its actors took, at which time of the run."""

    def __init__(self, *, clock_start: float = 0.0, clock_rate: float = 1.0, dice: Random | None = None) -> None:
        self.world: Final = world(nothing, dice=dice)
        self.node: Final = Node(self.world, FIRST, 1, clock_start=clock_start, clock_rate=clock_rate)
        self.taken: Final[list[tuple[float, object]]] = []
        self.batches: Final[list[Datagrams]] = []
        self.on_read: Callable[[], object] = lambda: None
        self.clerk: Final = actor(self.node, "clerk", self._note)
        reader(self.node, self._read)

    def _note(self, message: object) -> None:
        self.taken.append((self.world.now, message))

    def _read(self, batch: Datagrams) -> None:
        self._note("datagrams")
        self.batches.append(batch)
        self.on_read()

    def at(self, time_s: float, do: Callable[[], object]) -> None:
        """Do something at a time of the run."""

        def happen(_: None) -> None:
            do()

        self.world.at(time_s, happen, None)

    def pause(self) -> None:
        """The process is stopped where it stands."""
        self.node.is_paused = True

    def die(self) -> None:
        """The process is gone."""
        self.node.is_dead = True

    def play(self) -> World:
        """To the end, which is at two seconds."""
        self.world.play()
        return self.world


# --- its clock ---------------------------------------------------------------------------------------------------


def test_a_nodes_clock_begins_anywhere_and_goes_at_its_rate() -> None:
    diary = Diary(clock_start=1000.0, clock_rate=1.02)
    shown: list[float] = []
    diary.at(1.5, lambda: shown.append(diary.node.now()))
    diary.play()
    assert shown == [pytest.approx(1000.0 + 1.5 * 1.02)]


def test_the_time_of_an_instant_is_when_the_nodes_clock_shows_it() -> None:
    diary = Diary(clock_start=1000.0, clock_rate=0.98)
    assert diary.node.time_of(Instant(1000.98)) == pytest.approx(1.0)


def test_a_clock_that_drifts_goes_on_from_what_it_showed_at_another_rate() -> None:
    diary = Diary(clock_start=1000.0, clock_rate=1.02)
    shown: list[float] = []
    diary.at(0.5, lambda: diary.node.drift(0.98))
    for time_s in (0.5, 1.5):
        diary.at(time_s, lambda: shown.append(diary.node.now()))
    diary.play()
    assert shown == [pytest.approx(1000.0 + 0.5 * 1.02), pytest.approx(1000.0 + 0.5 * 1.02 + 0.98)]


# --- its timers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.98, 1.0, 1.02])
def test_a_timer_never_rings_before_it_is_due_by_its_nodes_clock_and_soon_after(rate: float) -> None:
    diary = Diary(clock_start=5e5, clock_rate=rate)
    for number in range(100):
        diary.node.timer(diary.clerk).set(Instant(5e5 + number / 100), number)
    diary.play()
    rings = [(now, message) for now, message in diary.taken if isinstance(message, Rang)]
    assert len(rings) == 100
    for now, rang in rings:
        due_s = rang.epoch / 100 / rate
        assert due_s - 1e-9 <= now <= due_s + 0.002
        assert rang.at >= 5e5 + rang.epoch / 100


@pytest.mark.parametrize("rate", [0.7, 1.3])
def test_a_timer_rings_when_it_is_due_by_a_clock_that_has_drifted(rate: float) -> None:
    diary = Diary(clock_rate=1.0, dice=Lowest())
    timer = diary.node.timer(diary.clerk)
    timer.set(Instant(1.0), 7)
    diary.at(0.5, lambda: diary.node.drift(rate))
    diary.play()
    ((rang_s, _),) = diary.taken
    assert rang_s == pytest.approx(0.5 + 0.5 / rate)


def test_a_timer_that_has_rung_does_not_ring_again_when_the_clock_drifts() -> None:
    diary = Diary(dice=Lowest())
    diary.node.timer(diary.clerk).set(Instant(0.5), 7)
    diary.at(1.0, lambda: diary.node.drift(1.3))
    diary.play()
    assert len(diary.taken) == 1


def test_a_timer_that_is_not_late_at_all_says_that_it_is_due() -> None:
    """However the times are rounded: an actor that is told an earlier time would set it again."""
    diary = Diary(clock_rate=0.98, dice=Lowest())
    dues = [Instant(number / 77) for number in range(100)]
    for number, due in enumerate(dues):
        diary.node.timer(diary.clerk).set(due, number)
    diary.play()
    rings = [message for _, message in diary.taken if isinstance(message, Rang)]
    assert len(rings) == 100
    assert all(rang.at >= dues[rang.epoch] for rang in rings)


def test_a_timer_that_was_set_anew_rings_only_for_the_latest() -> None:
    diary = Diary()
    timer = diary.node.timer(diary.clerk)
    timer.set(Instant(0.5), 1)
    timer.set(Instant(1.0), 2)
    timer.set(Instant(0.7), 3)
    diary.play()
    assert [message.epoch for _, message in diary.taken if isinstance(message, Rang)] == [3]


def test_a_timer_that_is_due_in_the_past_rings_at_once() -> None:
    diary = Diary()
    timer = diary.node.timer(diary.clerk)
    diary.at(1.0, lambda: timer.set(Instant(0.25), 1))
    diary.play()
    (ring,) = diary.taken
    assert ring[0] == pytest.approx(1.0, abs=0.002)


def test_timers_ring_in_order_unless_they_are_made_late() -> None:
    def order(event: LateTimers | None) -> list[int]:
        diary = Diary()
        diary.world.disturbances.set(event, 0.0)
        for number in range(20):
            diary.node.timer(diary.clerk).set(Instant(number / 100), number)
        diary.play()
        return [message.epoch for _, message in diary.taken if isinstance(message, Rang)]

    assert order(None) == list(range(20))
    late = order(LateTimers(time=0, max_ms=200))
    assert late != list(range(20))
    assert sorted(late) == list(range(20))


# --- its socket --------------------------------------------------------------------------------------------------


def test_all_datagrams_that_have_come_are_handed_to_the_reader_at_once_in_their_order() -> None:
    diary = Diary(clock_start=100.0)
    payloads = tuple(b"%d" % number for number in range(5))
    for payload in payloads:
        diary.node.arrive(payload)
    diary.play()
    assert diary.batches == [Datagrams(payloads=payloads, at=Instant(100.0))]


def test_no_batch_is_larger_than_on_threads() -> None:
    diary = Diary()
    for _ in range(DATAGRAMS_AT_ONCE + 3):
        diary.node.arrive(b"{}")
    diary.play()
    assert [len(batch.payloads) for batch in diary.batches] == [DATAGRAMS_AT_ONCE, 3]


def test_the_reader_is_never_handed_nothing() -> None:
    """Although something comes while more waits than one batch holds."""
    diary = Diary()
    for _ in range(DATAGRAMS_AT_ONCE + 3):
        diary.node.arrive(b"{}")
    diary.on_read = lambda: diary.node.arrive(b"[]") if len(diary.batches) < 3 else None
    diary.play()
    assert [len(batch.payloads) for batch in diary.batches] == [DATAGRAMS_AT_ONCE, 4, 1]


def test_a_batch_moves_the_nodes_logical_clock_beyond_the_sendings() -> None:
    diary = Diary()
    diary.node.arrive(stamped(b'{"type":"x"}', 41))
    diary.play()
    assert diary.node.clock.value == 42


# --- its life ----------------------------------------------------------------------------------------------------


def disturbed(diary: Diary) -> None:
    """From half a second on, things come to a node that is paused, or dead, by then."""
    timer = diary.node.timer(diary.clerk)
    diary.at(0.5, lambda: diary.clerk.tell("one"))
    diary.at(0.6, lambda: diary.clerk.tell("two"))
    diary.at(0.7, lambda: diary.node.arrive(b"{}"))
    diary.at(0.8, lambda: diary.node.arrive(b"[]"))
    timer.set(Instant(0.9), 7)


def test_a_paused_node_takes_nothing() -> None:
    diary = Diary()
    diary.at(0.4, diary.pause)
    disturbed(diary)
    assert diary.play().steps == 0


def test_a_node_that_goes_on_takes_all_that_was_told_sent_and_rang_meanwhile() -> None:
    diary = Diary()
    diary.at(0.4, diary.pause)
    disturbed(diary)
    diary.at(1.2, diary.node.resume)
    diary.play()
    assert {now for now, _ in diary.taken} == {1.2}
    told = [message for _, message in diary.taken if isinstance(message, str) and message != "datagrams"]
    assert told == ["one", "two"]
    assert [message for _, message in diary.taken if isinstance(message, Rang)] == [Rang(epoch=7, at=Instant(1.2))]
    assert [batch.payloads for batch in diary.batches] == [(b"{}", b"[]")]


def test_a_node_that_went_on_goes_on_as_before() -> None:
    diary = Diary()
    diary.at(0.1, diary.pause)
    diary.at(0.2, diary.node.resume)
    disturbed(diary)
    diary.play()
    assert [round(now, 2) for now, _ in diary.taken] == [0.5, 0.6, 0.7, 0.8, 0.9]


def test_a_timer_that_was_replaced_while_its_node_was_paused_does_not_ring() -> None:
    diary = Diary()
    timer = diary.node.timer(diary.clerk)
    timer.set(Instant(0.5), 1)
    diary.at(0.4, diary.pause)
    diary.at(0.6, lambda: timer.set(Instant(1.5), 2))
    diary.at(0.7, diary.node.resume)
    diary.play()
    assert [message.epoch for _, message in diary.taken if isinstance(message, Rang)] == [2]


def test_what_comes_to_a_dead_node_is_lost() -> None:
    diary = Diary()
    diary.at(0.4, diary.die)
    disturbed(diary)
    assert diary.play().steps == 0


def test_what_waits_in_a_node_that_dies_is_lost() -> None:
    diary = Diary()
    disturbed(diary)
    diary.at(0.4, diary.pause)
    diary.at(1.0, diary.die)
    diary.at(1.1, diary.node.resume)
    assert diary.play().steps == 0


def test_of_two_nodes_one_that_is_paused_does_not_hold_up_the_other() -> None:
    took: list[str] = []

    def furnish(node: Node) -> None:
        node.is_paused = node.name == FIRST
        address = node.spawn("clerk", Doing, lambda _: took.append(node.name))
        address.tell("begin")

    play(furnish)
    assert sorted(took) == ["0001", "0002"]
