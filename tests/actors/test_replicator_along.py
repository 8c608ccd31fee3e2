"""What is probably lost goes along with the next entries: one datagram for both, before anybody's patience is over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from messages.consensus import AnswerOverdue
from messages.ids import Term
from tests.actors.replicator_stage import SETTINGS, TERM, Stage, shape
from tests.actors.samples import PEER, at
from tests.actors.snapshot_stage import SnapshotStage

PATIENCE_S = 0.04


@pytest.fixture(params=[0, 1], ids=["eager", "thrifty"])
def stage(request: pytest.FixtureRequest) -> Stage:
    """A peer that has answered a few times, each time after a millisecond."""
    stage = Stage(replace(SETTINGS, thrifty=request.param))
    stage.catch_up()
    for number in range(2, 6):
        answered(stage, number)
    return stage


def answered(stage: Stage, number: int) -> None:
    """One more entry, up to this one, is sent and acknowledged."""
    stage.replicate()
    stage.now += 0.001
    stage.acknowledge(number, sent_at=stage.now - 0.001)


def late(stage: Stage, seconds: float = 0.02) -> None:
    """An entry is sent, and its answer should have come by now."""
    stage.replicate()
    stage.now += seconds


def test_the_next_entry_takes_along_what_is_probably_lost(stage: Stage) -> None:
    late(stage)
    assert stage.replicate() == [], "it is read from the log first"
    assert shape(stage.read()) == [(5, 2)]
    assert [event["prev_log_index"] for event in stage.audit.events("append.goes_along")] == [5]


def test_what_may_still_be_answered_is_not_sent_twice(stage: Stage) -> None:
    late(stage, seconds=0.0005)
    assert shape(stage.replicate()) == [(6, 1)]


def test_of_a_window_nothing_goes_along(stage: Stage) -> None:
    """Many are under way where there is much to do: then late is not lost."""
    stage.replicate()
    late(stage)
    assert stage.read() == []
    assert shape(stage.replicate()) == [(7, 1)]


def test_what_was_taken_along_and_is_lost_too_is_taken_along_again(stage: Stage) -> None:
    late(stage, 0.01)
    stage.replicate()
    stage.read()
    stage.now += 0.01
    stage.replicate()
    assert shape(stage.read()) == [(5, 3)]


def test_behind_both_it_goes_on_without_waiting(stage: Stage) -> None:
    """It has answered before, so there is no question where the logs agree."""
    late(stage)
    stage.replicate()
    stage.read()
    assert shape(stage.replicate()) == [(7, 1)]


def test_once_the_first_one_is_answered_patience_is_for_the_other(stage: Stage) -> None:
    late(stage)
    stage.replicate()
    stage.read()
    sent_at = stage.now
    stage.acknowledge(6, sent_at=stage.now - 0.02)
    stage.alarm()
    assert stage.now > sent_at + PATIENCE_S - 0.0001


def test_once_both_are_answered_it_goes_on_as_before(stage: Stage) -> None:
    late(stage)
    stage.replicate()
    stage.read()
    stage.now += 0.001
    stage.acknowledge(7, sent_at=stage.now - 0.001)
    assert shape([*stage.replicate(), *stage.replicate()]) == [(7, 1), (8, 1)]


def test_a_late_answer_to_the_first_one_counts(stage: Stage) -> None:
    late(stage)
    stage.replicate()
    stage.read()
    stage.acknowledge(6, sent_at=stage.now - 0.02)
    assert shape(stage.wait()) == ([] if stage.settings.thrifty else [(6, 1)])


def test_patience_counts_from_the_first_time_that_it_was_sent(stage: Stage) -> None:
    """Otherwise a dead follower would never be given up while clients go on writing."""
    stage.replicate()
    sent_at = stage.now
    for _ in range(3):
        stage.now += 0.01
        stage.replicate()
        stage.read()
    assert stage.consensus.told == []
    stage.alarm()
    assert stage.now == pytest.approx(sent_at + PATIENCE_S)
    assert stage.consensus.told == [AnswerOverdue(peer=PEER, term=Term(TERM), at=at(stage.now))]


def test_to_a_peer_that_is_overdue_nothing_is_sent_with_each_new_entry(stage: Stage) -> None:
    """It is tried with ever longer waits between, whatever clients do."""
    stage.replicate()
    stage.wait()
    for _ in range(5):
        stage.now += 0.005
        assert stage.replicate() == []
        if not stage.settings.thrifty:
            assert stage.reads.told == []


def test_what_is_being_read_is_not_asked_for_again(stage: Stage) -> None:
    late(stage)
    stage.replicate()
    assert len(stage.reads.told) == 1
    stage.now += 0.005
    stage.replicate()
    assert len(stage.reads.told) == 1
    assert shape(stage.read()) == [(5, 3)]


def test_a_part_of_a_snapshot_takes_nothing_along() -> None:
    stage = SnapshotStage()
    part = stage.go_on(stage.begin())
    stage.now += 0.02
    stage.replicate()
    assert (stage.sent(), stage.reads.told) == ([], [])
    assert part.offset > 0
