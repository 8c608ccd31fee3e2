"""What waits for the writer is bounded; what is shed is counted, where it is missing."""

import threading
from random import Random

import pytest

from tests.trail.stage import event, took
from trail import Did, Took
from trail.backlog import Backlog


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trail.backlog.RECORDS_MAX", 10)
    monkeypatch.setattr("trail.backlog.WEIGHT_BYTES_MAX", 1000)
    monkeypatch.setattr("trail.backlog.EVENTS_MAX", 40)


def drained(backlog: Backlog, count_max: int = 1000) -> list[object]:
    """What was taken: a number for each record, and for a note of what is missing its text."""
    return [
        record.n
        if isinstance(record, Took | Did)
        else f"{record['count']} missing"
        if record["event"] == "trail.shed"
        else record["number"]
        for record in backlog.take(count_max)
    ]


def filled(count: int, weight_bytes: int = 0) -> Backlog:
    backlog = Backlog()
    for number in range(count):
        backlog.add(took(number), weight_bytes)
    return backlog


def test_what_was_added_is_taken_in_order_in_lots() -> None:
    backlog = filled(5)
    assert drained(backlog, 3) == [0, 1, 2]
    assert drained(backlog, 3) == [3, 4]
    assert drained(backlog, 3) == []


def test_the_note_stands_where_the_records_are_missing() -> None:
    backlog = filled(15)
    assert drained(backlog, 8) == list(range(8))
    backlog.add(took(15), 0)
    assert drained(backlog) == [8, 9, "5 missing", 15]


def test_the_note_tells_the_moment_of_the_first_that_is_missing() -> None:
    backlog = filled(15)
    backlog.add_event(event(15))
    note = backlog.take(12)[10]
    assert note == {
        "record": "event",
        "at": 1.0,
        "clock": 10,
        "node": "0001",
        "event": "trail.shed",
        "level": "warning",
        "actor": "node",
        "count": 5,
    }


def test_records_that_are_missing_at_the_end_are_counted_too() -> None:
    backlog = filled(15)
    assert drained(backlog, 10) == list(range(10))
    assert drained(backlog) == ["5 missing"]
    assert drained(backlog) == []


def test_it_sheds_until_half_is_written() -> None:
    backlog = filled(11)
    drained(backlog, 4)
    backlog.add(took(11), 0)
    drained(backlog, 1)
    backlog.add(took(12), 0)
    assert drained(backlog) == [5, 6, 7, 8, 9, "2 missing", 12]


def test_an_event_is_kept_among_what_is_shed_and_each_gap_has_its_note() -> None:
    backlog = filled(12)
    backlog.add_event(event(12))
    backlog.add(took(13), 0)
    backlog.add_event(event(14))
    assert drained(backlog) == [*range(10), "2 missing", 12, "1 missing", 14]


def test_what_keeps_much_memory_is_shed_sooner() -> None:
    backlog = filled(5, weight_bytes=400)
    assert drained(backlog, 3) == [0, 1, 2]
    backlog.add(took(5), 0)
    assert drained(backlog) == ["2 missing", 5]


def test_what_was_written_weighs_nothing_any_more() -> None:
    backlog = Backlog()
    for number in range(100):
        backlog.add(took(number), 999)
        assert drained(backlog) == [number]


def test_events_have_a_bound_of_their_own() -> None:
    backlog = Backlog()
    assert [backlog.add_event(event(number)) for number in range(42)] == [True] * 40 + [False] * 2


def test_whatever_several_threads_add_every_record_is_taken_or_counted() -> None:
    """And of each thread in order, with a note in every gap."""
    backlog, adders, random = Backlog(), 3, Random(7)
    taken: list[object] = []

    def add(adder: int) -> None:
        for number in range(3000):
            backlog.add(took(adder * 10_000 + number), (number % 3) * 50)

    threads = [threading.Thread(target=add, args=(adder,)) for adder in range(adders)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        taken.extend(drained(backlog, random.randint(1, 12)))
    while rest := drained(backlog):
        taken.extend(rest)
    kept = [each for each in taken if isinstance(each, int)]
    shed = sum(int(each.split()[0]) for each in taken if isinstance(each, str))
    assert len(kept) + shed == adders * 3000
    assert shed
    for adder in range(adders):
        _assert_gaps_have_notes([each for each in taken if isinstance(each, str) or each // 10_000 == adder])  # type: ignore[operator]  # an int


def _assert_gaps_have_notes(taken: list[object]) -> None:
    last, noted = None, False
    for each in taken:
        if isinstance(each, int):
            assert last is None or each == last + 1 or (each > last and noted), f"{last} then {each}"
            last, noted = each, False
        else:
            noted = True


def test_when_there_is_no_time_events_get_through_and_the_rest_is_counted() -> None:
    backlog = Backlog()
    for number in range(10):
        backlog.add(took(number), 0)
    backlog.add_event(event(10))
    backlog.leave_out_what_is_traced()
    assert backlog.take(100) == [event(10)]
    (note,) = backlog.take(100)
    assert isinstance(note, dict)
    assert (note["event"], note["count"]) == ("trail.shed", 10)
    assert backlog.take(100) == []


def test_when_there_is_no_time_and_no_event_what_is_missing_is_still_said() -> None:
    backlog = Backlog()
    backlog.add(took(1), 5)
    backlog.leave_out_what_is_traced()
    (note,) = backlog.take(100)
    assert isinstance(note, dict)
    assert note["count"] == 1
