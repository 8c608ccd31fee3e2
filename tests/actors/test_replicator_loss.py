"""The replicator while the network is not kind: everything is sent again, ever less often to a peer that is silent."""

from collections.abc import Callable

import pytest

from messages.consensus import AnswerOverdue
from messages.ids import Term
from messages.log_store import ReadEntries
from messages.timer import Rang
from tests.actors.replicator_stage import TERM, Stage, shape
from tests.actors.samples import PEER, at


@pytest.fixture
def stage() -> Stage:
    return Stage()


def retry_times(stage: Stage, count: int) -> list[float]:
    """After how many seconds since the last one each of the next retransmissions comes."""
    waits = []
    for _ in range(count):
        began = stage.now
        stage.wait()
        waits.append(stage.now - began)
    return waits


def test_an_append_without_an_answer_is_sent_again(stage: Stage) -> None:
    stage.catch_up()
    stage.replicate()
    sent_at = stage.now
    assert shape(stage.wait()) == [(1, 1)]
    assert stage.now == pytest.approx(sent_at + 0.04)


def test_consensus_is_told_of_each_answer_that_is_overdue(stage: Stage) -> None:
    """It may turn to another follower."""
    stage.catch_up()
    stage.replicate()
    stage.wait()
    assert stage.consensus.told == [AnswerOverdue(peer=PEER, term=Term(TERM), at=at(stage.now))]


def test_a_lost_window_recovers(stage: Stage) -> None:
    """Scenario 32: all replies to a window of appends are lost."""
    stage.catch_up()
    for _ in range(9):
        stage.replicate()
    assert shape(stage.wait()) == [(1, 4)], "one datagram, as a probe, from what is agreed"
    stage.acknowledge(5)
    assert shape([*stage.read(), *stage.read()]) == [(5, 4), (9, 1)]
    stage.acknowledge(10)
    assert shape(stage.replicate()) == [(10, 1)]


def test_a_lost_window_that_had_arrived_is_not_sent_a_third_time(stage: Stage) -> None:
    """Scenario 32, from the other end: the peer has everything, and says so when it is asked again."""
    stage.catch_up()
    for _ in range(3):
        stage.replicate()
    stage.wait()
    stage.acknowledge(4)
    assert stage.read() == []
    assert shape(stage.replicate()) == [(4, 1)]


def test_after_a_loss_it_probes_and_does_not_flood(stage: Stage) -> None:
    stage.catch_up()
    for _ in range(3):
        stage.replicate()
    stage.wait()
    assert stage.replicate() == []
    assert stage.reads.told == []


def test_answers_to_part_of_the_window_are_kept_when_the_rest_is_lost(stage: Stage) -> None:
    stage.catch_up()
    for _ in range(3):
        stage.replicate()
    stage.acknowledge(3)
    assert shape(stage.wait()) == [(3, 1)]


def test_the_first_question_of_a_term_is_repeated_when_it_is_lost(stage: Stage) -> None:
    """Most peers have all but the last entries: one lost datagram is no reason to send them the whole log."""
    stage.lead(last=500)
    assert shape(stage.wait()) == [(500, 1)]
    stage.reject(500, next_prev=300)
    assert shape(stage.read()) == [(300, 4)]
    assert shape(stage.wait()) == [(300, 4)]


def test_the_wait_is_doubled_at_each_loss_up_to_the_heartbeat_interval(stage: Stage) -> None:
    stage.catch_up()
    stage.replicate()
    assert retry_times(stage, 5) == pytest.approx([0.04, 0.08, 0.16, 0.2, 0.2])


def test_a_peer_that_is_silent_for_an_election_timeout_is_tried_ever_less_often(stage: Stage) -> None:
    stage.catch_up()
    stage.replicate()
    waits = retry_times(stage, 14)
    assert waits[-3:] == pytest.approx([1.0, 1.0, 1.0])
    assert waits == sorted(waits)


def test_an_answer_ends_the_backoff(stage: Stage) -> None:
    stage.catch_up()
    stage.replicate(8)
    retry_times(stage, 12)
    stage.acknowledge(5)
    stage.read()
    assert retry_times(stage, 1) == pytest.approx([0.04])


def test_a_rejection_is_an_answer_too(stage: Stage) -> None:
    stage.lead(last=50)
    retry_times(stage, 12)
    stage.reject(50, next_prev=20)
    stage.read()
    assert retry_times(stage, 1)[0] < 0.2


def test_a_peer_that_is_heard_again_is_tried_at_once(stage: Stage) -> None:
    stage.catch_up()
    stage.replicate()
    retry_times(stage, 12)
    stage.now += 0.5
    stage.heard()
    assert shape(stage.read()) == [(1, 1)]


def test_a_peer_that_is_heard_again_just_after_a_try_is_not_left_to_the_long_wait(stage: Stage) -> None:
    stage.catch_up()
    stage.replicate()
    retry_times(stage, 12)
    stage.now += 0.001
    assert stage.heard() == []
    assert retry_times(stage, 1)[0] < 0.2


def test_hearing_a_peer_that_answers_in_time_changes_nothing(stage: Stage) -> None:
    stage.catch_up()
    stage.replicate()
    stage.now += 0.001
    assert stage.heard() == []
    assert stage.reads.told == []
    assert retry_times(stage, 1) == pytest.approx([0.039])


def test_slow_answers_make_it_patient(stage: Stage) -> None:
    """RFC 6298: a round trip of 60 ms is no loss after 40 ms."""
    stage.catch_up()
    for number in range(2, 20):
        stage.now += 0.1
        stage.replicate()
        stage.now += 0.06
        stage.acknowledge(number, sent_at=stage.now - 0.06)
    stage.replicate()
    assert 0.06 < retry_times(stage, 1)[0] <= 0.2


@pytest.mark.parametrize("delay_s", [3.0, 1e9])
def test_one_very_late_answer_never_leaves_a_peer_without_a_sign_of_life(stage: Stage, delay_s: float) -> None:
    """A follower that was paused, or an absurd echo: its election timeout is 900 ms at least."""
    stage.catch_up()
    stage.replicate()
    stage.acknowledge(2, sent_at=stage.now - delay_s)
    stage.replicate()
    assert max(retry_times(stage, 3)) <= 0.2 + 1e-9


def test_an_alarm_that_was_replaced_is_stale(stage: Stage) -> None:
    stage.catch_up()
    stale = stage.timer.epoch
    stage.replicate()
    assert stage.timer.epoch > stale
    stage.now += 10.0
    assert stage.tell(Rang(epoch=stale, at=at(stage.now))) == []
    assert stage.reads.told == []


@pytest.mark.parametrize(
    "disturb",
    [
        lambda stage: stage.acknowledge(1),
        lambda stage: stage.reject(3, next_prev=1),
        lambda stage: stage.heard(),
        lambda stage: stage.heartbeat(),
        lambda stage: stage.replicate(),
        lambda stage: stage.replicate(sent=True),
        lambda stage: stage.ring(),
    ],
)
def test_whatever_happens_there_is_an_alarm_that_will_send_again(
    stage: Stage, disturb: Callable[[Stage], object]
) -> None:
    stage.catch_up()
    for _ in range(3):
        stage.replicate()
    disturb(stage)
    stage.read()
    for _ in range(4):
        if shape(stage.wait()):
            return
        stage.heartbeat()
    raise AssertionError("it sleeps for ever with entries to send")


def test_time_that_goes_back_a_little_does_not_make_a_rejection_stale(stage: Stage) -> None:
    """The timer's thread and Consensus stamp their messages by themselves, and these may overtake one another."""
    stage.lead(last=50)
    stage.alarm()
    stage.now -= 0.0005
    stage.replicate()
    (probe,) = stage.read()
    stage.now += 0.001
    stage.reject(50, next_prev=20, sent_at=float(probe.at))
    assert [wanted.first for wanted in stage.reads.told] == [21]


def test_a_read_from_before_the_loss_is_not_taken_for_the_one_that_was_asked_for_after(stage: Stage) -> None:
    stage.catch_up(last=19)
    stage.replicate(6)
    (early,) = stage.reads.take()
    stage.alarm()
    (late,) = stage.reads.take()
    assert (early.first, late.first) == (25, 21)
    assert stage.tell(stage.entries_for(early)) == []
    asked_again = of_first(stage.reads.take(), 21)
    assert shape(stage.tell(stage.entries_for(late))) == [(20, 4)]
    assert stage.tell(stage.entries_for(asked_again)) == [], "and the answer that came twice is sent once"


def of_first(reads: list[ReadEntries], first: int) -> ReadEntries:
    (read,) = [read for read in reads if read.first == first]
    return read
