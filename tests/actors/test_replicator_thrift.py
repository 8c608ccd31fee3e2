"""The replicator of a thrifty leader: answers that nobody needs are not asked for, and a loss is not paid for twice."""

from dataclasses import replace

import pytest

from actors.replicator import QUIET_MAX
from messages.consensus import AnswerOverdue
from messages.ids import Term
from messages.wire import AppendEntries
from tests.actors.replicator_stage import SETTINGS, TERM, Stage, shape
from tests.actors.samples import PEER, at


@pytest.fixture
def stage() -> Stage:
    stage = Stage(replace(SETTINGS, thrifty=1))
    stage.catch_up()
    return stage


def quiet_heartbeat(stage: Stage) -> AppendEntries:
    """What a quiet heartbeat sends, with the entries that the peer was spared."""
    (sent,) = (*stage.heartbeat(quiet=True), *stage.read())
    return sent


# --- quiet heartbeats --------------------------------------------------------------------------------------------


def test_a_quiet_heartbeat_need_not_be_answered_and_any_other_must_be(stage: Stage) -> None:
    assert quiet_heartbeat(stage).quiet
    assert [sent.quiet for sent in stage.heartbeat()] == [False]


def test_nobody_waits_for_the_answer_to_a_quiet_heartbeat(stage: Stage) -> None:
    """The next thing that is due is the next heartbeat."""
    quiet_heartbeat(stage)
    since = stage.now
    stage.wait()
    assert stage.now == pytest.approx(since + 0.2)
    assert stage.dues() == 1


def test_a_quiet_heartbeat_brings_what_the_peer_was_spared_once(stage: Stage) -> None:
    stage.write_thriftily(2)
    sent = quiet_heartbeat(stage)
    assert (sent.quiet, shape([sent])) == (True, [(1, 2)])
    assert shape([quiet_heartbeat(stage)]) == [(3, 0)]


def test_what_a_quiet_heartbeat_lost_is_sent_again_when_the_peer_says_that_it_lacks_it(stage: Stage) -> None:
    stage.write_thriftily(2)
    quiet_heartbeat(stage)
    stage.now += 0.2
    assert shape([quiet_heartbeat(stage)]) == [(3, 0)]
    stage.reject(3, next_prev=1)
    (sent,) = stage.read()
    assert (sent.quiet, shape([sent])) == (False, [(1, 2)])


def test_now_and_then_a_heartbeat_is_to_be_answered_all_the_same(stage: Stage) -> None:
    loud = [not quiet_heartbeat(stage).quiet for _ in range(QUIET_MAX + 1)]
    assert loud == [False] * QUIET_MAX + [True]


def test_the_answer_to_that_tells_how_far_the_peer_is(stage: Stage) -> None:
    stage.write_thriftily(2)
    for _ in range(QUIET_MAX):
        quiet_heartbeat(stage)
    assert shape([quiet_heartbeat(stage)]) == [(3, 0)], "behind all that was sent, so that it is all acknowledged"


def test_before_it_is_known_where_the_logs_agree_every_heartbeat_is_to_be_answered() -> None:
    stage = Stage(replace(SETTINGS, thrifty=1))
    stage.lead(last=3)
    assert [sent.quiet for sent in stage.heartbeat(quiet=True)] == [False]


def test_a_peer_that_lacks_more_than_one_datagram_holds_is_to_answer(stage: Stage) -> None:
    """Only answers keep a leader from sending faster than the peer can take it."""
    stage.write_thriftily(SETTINGS.batch_entries + 1)
    stage.heartbeat(quiet=True)
    (sent,) = stage.read()
    assert (sent.quiet, len(sent.entries)) == (False, SETTINGS.batch_entries)


def test_entries_that_a_majority_needs_are_to_be_answered_whatever_was_quiet_before(stage: Stage) -> None:
    quiet_heartbeat(stage)
    assert [sent.quiet for sent in stage.replicate()] == [False]


def test_what_was_to_be_answered_is_so_though_a_quiet_heartbeat_comes_before_it_is_read(stage: Stage) -> None:
    stage.write_thriftily(1)
    stage.heartbeat()
    stage.heartbeat(quiet=True)
    assert [sent.quiet for sent in stage.read()] == [False]


def test_while_the_log_store_is_slow_heartbeats_are_sent_without_what_is_being_read(stage: Stage) -> None:
    sent = []
    for _ in range(3):
        stage.write_thriftily(1)
        stage.now += 0.2
        sent += stage.heartbeat(quiet=True)
    assert shape(sent) == [(1, 0), (1, 0)]


# --- losses ------------------------------------------------------------------------------------------------------


def test_what_is_overdue_is_told_and_not_sent_again_for_another_follower_may_take_its_place(stage: Stage) -> None:
    stage.replicate()
    assert stage.wait() == []
    assert stage.consensus.told == [AnswerOverdue(peer=PEER, term=Term(TERM), at=at(stage.now))]


def test_it_is_sent_again_as_soon_as_consensus_wants_it(stage: Stage) -> None:
    stage.replicate()
    stage.wait()
    stage.heartbeat()
    assert shape(stage.read()) == [(1, 1)]


def test_otherwise_the_next_heartbeat_brings_it(stage: Stage) -> None:
    stage.replicate()
    sent_at = stage.now
    stage.wait()
    stage.wait()
    assert stage.now == pytest.approx(sent_at + 0.2)
    assert stage.dues() == 1
    assert [sent.quiet for sent in (*stage.heartbeat(quiet=True), *stage.read())] == [False]


def test_a_heartbeat_that_is_not_answered_is_overdue_as_well(stage: Stage) -> None:
    """An idle leader learns as soon as any other that a follower is gone."""
    stage.now += 0.2
    stage.heartbeat()
    stage.wait()
    assert stage.now == pytest.approx(100.241)
    assert stage.consensus.told == [AnswerOverdue(peer=PEER, term=Term(TERM), at=at(stage.now))]


def test_a_question_that_was_lost_is_asked_again_not_another(stage: Stage) -> None:
    """Where the logs agree is not known yet, so an empty append behind nothing would only say that they begin alike."""
    stage = Stage(replace(SETTINGS, thrifty=1))
    stage.lead(last=3)
    stage.wait()
    stage.heartbeat()
    assert shape(stage.read()) == [(3, 1)]
