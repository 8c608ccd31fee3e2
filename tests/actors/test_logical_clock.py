"""A node's logical clock: it grows with all that is sent and heard, and believes nobody too much."""

import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.logical_clock import CREDIBLE, JUMP_MAX, LogicalClock

LARGEST_STAMP = 10**16 - 1
"""No stamp that is read at all is larger."""


def clock_at(value: int) -> LogicalClock:
    """A clock that has come so far."""
    clock = LogicalClock()
    clock.value = value
    return clock


def heard(value: int, *stamps: int) -> int:
    """Where a clock at `value` stands after it heard these."""
    clock = clock_at(value)
    clock.heard(stamps)
    return clock.value


def test_each_sending_has_a_time_of_its_own_and_the_first_is_1() -> None:
    clock = LogicalClock()
    assert [clock.tick() for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("value", "stamps", "then"),
    [
        (5, [9], 10),
        (5, [5], 6),
        (5, [3], 6),
        (5, [0], 6),
        (5, [7, 9, 8], 10),
        (5, [], 6),
        (5, [-1], 6),
        (5, [CREDIBLE + JUMP_MAX], CREDIBLE + JUMP_MAX + 1),
        (5, [CREDIBLE + JUMP_MAX + 1], 6),
        (5, [LARGEST_STAMP], 6),
        (CREDIBLE + 7, [CREDIBLE + 7 + JUMP_MAX], CREDIBLE + 7 + JUMP_MAX + 1),
        (CREDIBLE + 7, [CREDIBLE + 7 + JUMP_MAX + 1], CREDIBLE + 8),
    ],
)
def test_what_is_heard_moves_it_beyond_all_that_can_be_believed(value: int, stamps: list[int], then: int) -> None:
    assert heard(value, *stamps) == then


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_forged_time_does_not_hide_the_honest_ones_that_came_with_it(position: int) -> None:
    """Else what follows from the honest ones could stand before their sending."""
    stamps = [40, 60]
    stamps.insert(position, LARGEST_STAMP)
    assert heard(5, *stamps) == 61


@given(st.lists(st.one_of(st.none(), st.lists(st.integers(0, LARGEST_STAMP))), max_size=50))
def test_it_only_grows_whatever_is_heard_and_no_flood_of_forged_times_uses_it_up(steps: list[list[int] | None]) -> None:
    clock = LogicalClock()
    values = [clock.value]
    for stamps in steps:
        if stamps is None:
            with clock.lock:
                clock.tick()
        else:
            clock.heard(stamps)
        values.append(clock.value)
    assert all(before < after for before, after in pairwise(values))
    heard_of = sum(len(stamps) for stamps in steps if stamps is not None)
    assert clock.value <= CREDIBLE + JUMP_MAX * (heard_of + 1) + len(steps)


def test_sendings_and_hearings_of_many_threads_all_count() -> None:
    clock = LogicalClock()
    times: list[list[int]] = [[] for _ in range(4)]

    def send(mine: list[int]) -> None:
        for _ in range(2000):
            with clock.lock:
                mine.append(clock.tick())
            clock.heard([1])

    threads = [threading.Thread(target=send, args=(mine,)) for mine in times]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.value == 16_000
    assert len({time for mine in times for time in mine}) == 8000
    assert all(mine == sorted(mine) for mine in times)
