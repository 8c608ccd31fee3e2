"""The replicator when there is nothing to replicate: heartbeats, what they bring along, and sleep."""

import pytest

from messages.consensus import HeartbeatDue
from messages.ids import Term
from tests.actors.replicator_stage import TERM, Stage, shape
from tests.actors.samples import PEER, at


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_after_an_interval_without_anything_to_send_consensus_is_asked_for_a_heartbeat(stage: Stage) -> None:
    stage.catch_up()
    assert stage.wait() == []
    assert stage.now == pytest.approx(100.2)
    assert stage.consensus.told == [HeartbeatDue(peer=PEER, term=Term(TERM), at=at(stage.now))]


def test_a_heartbeat_is_empty_behind_what_is_agreed_and_tells_the_commit_index(stage: Stage) -> None:
    """Behind the match index, no follower of this term rejects it."""
    stage.catch_up(last=3)
    stage.replicate()
    (sent,) = stage.heartbeat(commit=4)
    assert (sent.prev_log_index, sent.prev_log_term, sent.entries, sent.commit_index) == (4, TERM, (), 4)


def test_a_heartbeat_is_sent_though_the_window_is_full_and_takes_no_room_in_it(stage: Stage) -> None:
    stage.catch_up()
    for _ in range(3):
        stage.replicate()
    assert len(stage.heartbeat()) == 1
    stage.acknowledge(2)
    assert shape(stage.replicate()) == [(4, 1)]


def test_each_heartbeat_and_each_append_puts_the_next_heartbeat_off(stage: Stage) -> None:
    stage.catch_up()
    stage.now = 100.15
    stage.replicate()
    stage.acknowledge(2)
    stage.wait()
    assert stage.now == pytest.approx(100.35)
    stage.consensus.take()
    stage.heartbeat()
    stage.acknowledge(2)
    stage.wait()
    assert stage.now == pytest.approx(100.55)


def test_a_heartbeat_brings_what_the_peer_was_spared_so_far(stage: Stage) -> None:
    """Thrift: a follower that is not needed for a majority gets entries with its next heartbeat."""
    stage.catch_up()
    stage.write_thriftily(3)
    assert stage.wait() == []
    assert stage.heartbeat() == []
    assert shape(stage.read()) == [(1, 3)]
    stage.acknowledge(4)
    assert shape(stage.replicate()) == [(4, 1)]


def test_while_a_heartbeat_waits_for_its_entries_no_other_is_asked_for(stage: Stage) -> None:
    """One datagram is enough to be heard of."""
    stage.catch_up()
    stage.write_thriftily(3)
    stage.wait()
    stage.consensus.take()
    stage.heartbeat()
    if stage.timer.due <= stage.now:
        stage.ring()
    assert stage.dues() == 0


def test_after_a_gap_that_it_was_not_told_of_it_reads_from_where_the_peer_is(stage: Stage) -> None:
    stage.catch_up()
    stage.write_thriftily(3)
    assert stage.replicate() == []
    assert shape(stage.read()) == [(1, 4)]


def test_a_heartbeat_is_empty_while_the_entries_are_under_way(stage: Stage) -> None:
    stage.catch_up()
    for _ in range(3):
        stage.replicate()
    stage.write_thriftily(2)
    assert shape(stage.heartbeat()) == [(1, 0)]
    stage.acknowledge(4)
    assert shape(stage.read()) == [(4, 2)]


def test_appends_tell_the_commit_index_that_was_told_last(stage: Stage) -> None:
    stage.catch_up()
    stage.acknowledge(1, commit=1)
    stage.replicate(5)
    (sent,) = stage.read()
    assert sent.commit_index == 0, "of the Replicate, which came later"


# --- sleep ---


def test_it_sleeps_unless_its_node_leads(stage: Stage) -> None:
    stage.heartbeat()
    stage.acknowledge(0)
    stage.reject(1, next_prev=0)
    assert stage.heard() == []
    assert (stage.reads.told, stage.consensus.told, stage.timer.alarms) == ([], [], [])


def test_stepping_down_ends_everything(stage: Stage) -> None:
    stage.catch_up()
    stage.replicate(6)
    stage.step_down()
    assert stage.read() == []
    assert stage.ring() == []
    assert stage.heard() == []
    assert stage.heartbeat() == []
    assert stage.consensus.told == []


def test_a_new_term_begins_anew_whatever_was_under_way(stage: Stage) -> None:
    stage.catch_up()
    for _ in range(3):
        stage.replicate()
    stage.step_down()
    assert shape(stage.lead(last=30, term=TERM + 2)) == [(30, 1)]
    stage.replicate(1, term=TERM + 2)
    stage.reject(30, next_prev=0)
    assert [wanted.first for wanted in stage.reads.told] == [1], "what was agreed before is forgotten"
