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


@pytest.mark.parametrize("seconds", [PATIENCE_S - 0.0005, PATIENCE_S + 0.01])
def test_what_is_overdue_before_it_could_be_answered_does_not_go_along(stage: Stage, seconds: float) -> None:
    """The alarm may be late; whoever rings decides then where to send it again."""
    late(stage, seconds)
    assert shape(stage.replicate()) == [(6, 1)]
    stage.alarm()
    assert [type(told) for told in stage.consensus.told] == [AnswerOverdue]


def test_what_consensus_sends_itself_takes_nothing_along(stage: Stage) -> None:
    """It sends to a peer that has answered everything; its replicator may hear of that later."""
    stage.replicate(sent=True)
    sent_at = stage.now
    stage.now += 0.02
    assert stage.replicate(sent=True) == []
    stage.acknowledge(6, sent_at=sent_at)
    assert (stage.reads.told, stage.audit.events("append.goes_along")) == ([], [])


def test_a_heartbeat_without_an_answer_has_nothing_that_could_go_along(stage: Stage) -> None:
    stage.heartbeat()
    asked_at = stage.now
    stage.now += 0.02
    assert shape(stage.replicate()) == [(5, 1)]
    sent_at = stage.now
    stage.acknowledge(5, sent_at=asked_at)
    stage.alarm()
    assert stage.now > sent_at + PATIENCE_S - 0.0001, "the late answer was to the heartbeat"


def test_a_late_answer_to_a_heartbeat_changes_nothing_of_patience(stage: Stage) -> None:
    stage.replicate()
    sent_at = stage.now
    stage.now += 0.02
    stage.replicate()
    stage.acknowledge(5, sent_at=sent_at)
    stage.read()
    stage.acknowledge(5, sent_at=sent_at)
    stage.alarm()
    assert stage.now == pytest.approx(sent_at + PATIENCE_S)


def test_a_rejection_of_what_was_sent_before_leads_nowhere(stage: Stage) -> None:
    """What the peer lacked is under way."""
    stage.write_thriftily(2)
    stage.heartbeat(quiet=True)
    stage.read()
    stage.write_thriftily(1)
    stage.heartbeat()
    assert shape(stage.read()) == [(7, 1)]
    rejected_at = stage.now
    stage.now += 0.01
    stage.replicate()
    assert shape(stage.read()) == [(5, 4)]
    stage.now += 0.0005
    assert stage.reject(7, next_prev=5, sent_at=rejected_at) == []
    assert stage.reads.told == []
    stage.acknowledge(9)
    assert shape(stage.replicate()) == [(9, 1)]


def test_the_first_question_of_a_term_may_still_be_rejected_when_it_was_asked_again() -> None:
    stage = Stage()
    stage.catch_up(last=49)
    stage.step_down()
    stage.lead_with(tuple(stage.log), term=TERM + 1)
    sent_at = stage.now
    stage.now += 0.02
    stage.replicate(term=TERM + 1)
    assert shape(stage.read(term=TERM + 1)) == [(50, 2)]
    stage.reject(50, next_prev=20, sent_at=sent_at)
    assert shape(stage.read(term=TERM + 1)) == [(20, 4)]


def test_in_the_next_term_nobody_waits_since_the_last(stage: Stage) -> None:
    late(stage)
    stage.replicate()
    stage.read()
    stage.step_down()
    stage.now += 1.0
    stage.lead_with(tuple(stage.log), term=TERM + 1)
    began = stage.now
    stage.alarm()
    assert stage.now >= began + PATIENCE_S


def test_while_the_next_batch_is_read_nothing_goes_along(stage: Stage) -> None:
    assert shape(stage.replicate(8)) == [(5, 4)]
    assert len(stage.reads.told) == 1
    stage.now += 0.02
    stage.replicate()
    assert len(stage.reads.told) == 1
    assert shape(stage.read()) == [(9, 4)]
    assert stage.audit.events("append.goes_along") == []


def test_a_part_of_a_snapshot_takes_nothing_along() -> None:
    """It is sent again when its time is over, whatever clients write meanwhile."""
    stage = SnapshotStage()
    stage.go_on(stage.begin())
    sent_at = stage.now
    stage.now += 0.02
    stage.replicate()
    assert (stage.sent(), stage.reads.told, stage.audit.events("append.goes_along")) == ([], [], [])
    stage.alarm()
    assert len(stage.sent()) == 1
    assert stage.now < sent_at + 3 * PATIENCE_S
