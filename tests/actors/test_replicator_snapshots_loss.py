"""A snapshot on its way through bad times: lost parts, silent peers, and heartbeats all the while (Raft §7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from actors.transfer import RESENT_AT_ONCE_MAX
from messages.consensus import AnswerOverdue, HeartbeatDue
from messages.wire import InstallSnapshot
from tests.actors.replicator_stage import SETTINGS, shape
from tests.actors.samples import PEER
from tests.actors.snapshot_stage import LAST, SnapshotStage, chunk


@pytest.fixture
def stage() -> SnapshotStage:
    return SnapshotStage()


def resent(stage: SnapshotStage) -> tuple[InstallSnapshot, float]:
    """Let time pass until a part is sent again: which one, and after how many seconds. Heartbeats are said."""
    began = stage.now
    for _ in range(50):
        for _ in range(len(stage.consensus.only(HeartbeatDue))):
            stage.heartbeat()
        stage.consensus.take()
        stage.ring()
        sent = stage.sent()
        if sent:
            assert len(sent) == 1
            return sent[0], stage.now - began
    raise AssertionError("it will never be sent again")


def give_up(stage: SnapshotStage) -> None:
    """All tries at once are in vain."""
    for _ in range(RESENT_AT_ONCE_MAX):
        resent(stage)
    stage.alarm()
    assert stage.sent() == []


# --- loss --------------------------------------------------------------------------------------------------------


def test_a_lost_part_is_sent_again_as_it_was_but_for_its_time(stage: SnapshotStage) -> None:
    part = stage.go_on(stage.begin())
    again, _ = resent(stage)
    assert again.at > part.at
    assert replace(again, at=part.at) == part
    assert [(event["peer"], event["offset"]) for event in stage.audit.events("snapshot.resent")] == [(PEER, 2)]


def test_consensus_is_told_of_each_answer_that_is_overdue(stage: SnapshotStage) -> None:
    stage.begin()
    stage.alarm()
    assert [overdue.peer for overdue in stage.consensus.only(AnswerOverdue)] == [PEER]


def test_the_wait_is_doubled_at_each_loss_up_to_the_heartbeat_interval(stage: SnapshotStage) -> None:
    stage.begin()
    waits = [resent(stage)[1] for _ in range(RESENT_AT_ONCE_MAX)]
    assert waits == pytest.approx([0.04, 0.08, 0.16, 0.2, 0.2])


def test_a_peer_that_answers_none_of_so_many_tries_is_sent_the_part_only_when_it_is_heard(
    stage: SnapshotStage,
) -> None:
    """A part is large; heartbeats are not."""
    stage.begin()
    give_up(stage)
    for _ in range(20):
        stage.alarm()
        stage.heartbeat()
    assert stage.sent() == []


@pytest.mark.parametrize(
    "say",
    [
        lambda stage: stage.heard(),
        lambda stage: stage.acknowledge(0),
        lambda stage: stage.reject(LAST, next_prev=0),
        lambda stage: stage.wants(0, sent_at=1.0, last=3),
    ],
    ids=["anything", "an acknowledgement", "a rejection", "about another snapshot"],
)
def test_whatever_a_given_up_peer_says_it_gets_the_part_again_once(
    stage: SnapshotStage, say: Callable[[SnapshotStage], object]
) -> None:
    part = stage.begin()
    give_up(stage)
    say(stage)
    assert [sent.offset for sent in stage.sent()] == [part.offset]
    say(stage)
    assert stage.sent() == [], "one part is under way"
    stage.alarm()
    assert stage.sent() == [], "and is lost again"
    say(stage)
    assert len(stage.sent()) == 1


def test_an_answer_that_was_long_under_way_takes_the_transfer_on(stage: SnapshotStage) -> None:
    part = stage.begin()
    give_up(stage)
    assert [sent.offset for sent in (stage.go_on(part),)] == [2]
    assert resent(stage)[0].offset == 2, "with all its tries"


def test_a_part_that_was_answered_at_last_is_not_sent_again_while_the_next_one_is_read(stage: SnapshotStage) -> None:
    part = stage.begin()
    give_up(stage)
    stage.takes(part)
    stage.heard()
    stage.acknowledge(0)
    assert stage.sent() == []


def test_hearing_a_peer_that_answers_in_time_sends_nothing_again(stage: SnapshotStage) -> None:
    stage.begin()
    stage.heard()
    stage.acknowledge(0)
    assert stage.sent() == []


def test_while_the_next_part_is_read_nothing_is_overdue_and_nothing_sent_again(stage: SnapshotStage) -> None:
    stage.takes(stage.begin())
    for _ in range(3):
        stage.alarm()
        assert stage.consensus.only(AnswerOverdue) == []
        stage.heartbeat()
        stage.heard()
    assert stage.sent() == []
    assert [part.offset for part in stage.gives()] == [2]


def test_a_lost_last_answer_is_not_the_end(stage: SnapshotStage) -> None:
    """The peer has it all, and says so when it is sent the last part again."""
    last = stage.go_on(stage.go_on(stage.begin()))
    again, _ = resent(stage)
    assert (again.offset, again.done) == (last.offset, True)
    stage.acknowledge(LAST)
    assert shape(stage.read()) == [(LAST, 1)]


@pytest.mark.parametrize("thrifty", [0, 1])
def test_it_does_not_matter_whether_the_leader_is_thrifty(thrifty: int) -> None:
    """The snapshot is for who is far behind; another one has taken its place in the majority by then."""
    stage = SnapshotStage(replace(SETTINGS, thrifty=thrifty))
    part = stage.begin()
    assert resent(stage)[0].offset == part.offset
    assert stage.go_on(part).offset == 2


# --- heartbeats --------------------------------------------------------------------------------------------------


def test_heartbeats_go_on_during_a_transfer_empty_and_behind_what_is_agreed(stage: SnapshotStage) -> None:
    """The peer must not ask for an election; and behind the match index it rejects nothing."""
    part = stage.begin()
    assert shape(stage.heartbeat()) == [(0, 0)]
    stage.takes(part)
    assert shape(stage.heartbeat()) == [(0, 0)]
    stage.gives()
    stage.acknowledge(2)
    assert shape(stage.heartbeat()) == [(2, 0)]
    assert stage.reads.told == []


def test_each_part_puts_the_next_heartbeat_off(stage: SnapshotStage) -> None:
    part = stage.begin()
    stage.now += 0.03
    following = stage.go_on(part)
    stage.takes(following)
    stage.alarm()
    assert stage.dues() == 1
    assert stage.now == pytest.approx(float(following.at) + 0.2)


def test_heartbeats_during_a_transfer_are_to_be_answered(stage: SnapshotStage) -> None:
    """A peer whose answers to parts get lost shows that it lives by them."""
    part = stage.begin()
    assert [sent.quiet for _ in range(5) for sent in stage.heartbeat(quiet=True)] == [False] * 5
    stage.takes(part)
    assert [sent.quiet for _ in range(5) for sent in stage.heartbeat(quiet=True)] == [False] * 5
    stage.gives()
    give_up(stage)
    assert [sent.quiet for _ in range(5) for sent in stage.heartbeat(quiet=True)] == [False] * 5


def test_a_silent_transfer_still_asks_for_heartbeats(stage: SnapshotStage) -> None:
    stage.begin()
    give_up(stage)
    since = stage.now
    for _ in range(5):
        stage.alarm()
        stage.heartbeat()
    assert stage.now - since <= 5 * SETTINGS.probe_max_ms / 1000 + 1e-9


# --- all of it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "disturb",
    [
        lambda stage, part: stage.heartbeat(),
        lambda stage, part: stage.acknowledge(0),
        lambda stage, part: stage.reject(LAST, next_prev=0),
        lambda stage, part: stage.heard(),
        lambda stage, part: stage.replicate(),
        lambda stage, part: stage.ring(),
        lambda stage, part: stage.wants(0, sent_at=0.0),
        lambda stage, part: stage.wants(1, sent_at=float(part.at)),
        lambda stage, part: stage.give(chunk(4)),
        lambda stage, part: give_up(stage),
    ],
)
def test_whatever_happens_the_part_is_sent_again_when_the_peer_answers_heartbeats(
    stage: SnapshotStage, disturb: Callable[[SnapshotStage, InstallSnapshot], object]
) -> None:
    part = stage.begin()
    disturb(stage, part)
    stage.sent()
    for _ in range(3):
        stage.alarm()
        stage.heartbeat()
        stage.acknowledge(0)
    assert 0 in [sent.offset for sent in stage.sent()]
