"""What no replica that follows the protocol sends: dropped, without any effect, and without a crash."""

import pytest

from actors.consensus.credible import TERM_CREDIBLE, TERM_JUMP_MAX
from actors.consensus.role import Role
from messages.entry import no_op
from messages.ids import Term
from messages.wire import AppendAccepted, AppendEntries, AppendRejected, PeerMessage, Redirect
from tests.actors.consensus.driver import Replica, campaigns, leader
from tests.actors.consensus.sayings import (
    B,
    C,
    accepted,
    append,
    entries,
    leader_check,
    put,
    rejected,
    request_vote,
    vote_reply,
)

ABSURD = TERM_CREDIBLE + 3 * TERM_JUMP_MAX


def state(replica: Replica) -> object:
    """All that A believes."""
    core = replica.core
    return (
        core.term,
        core.role,
        core.voted_for,
        core.leader,
        replica.log_terms,
        core.log.commit_index,
        core.log.durable_index,
    )


def has_no_effect(replica: Replica, message: PeerMessage) -> bool:
    """Whether `message` changes nothing, is answered with nothing, and is written down."""
    before = state(replica)
    replica.wire.take()
    replica.timer.take()
    replica.hears(message)
    dropped = bool(replica.audit.events("message.impossible"))
    return dropped and state(replica) == before and not replica.wire.sent and not replica.timer.told


def test_a_second_leader_of_the_same_term_is_ignored() -> None:
    """Raft §5.2, election safety: there is none."""
    replica = Replica(3)
    replica.hears(append(B, term=1, entries=entries(1, 1)))
    assert has_no_effect(replica, append(C, term=1, entries=entries(1), commit=1))


def test_a_leader_ignores_another_leader_of_its_term() -> None:
    """Raft §5.2."""
    assert has_no_effect(leader(3), append(B, term=1, entries=entries(1)))


@pytest.mark.parametrize(
    "message",
    [
        request_vote(C, term=ABSURD),
        vote_reply(C, term=ABSURD),
        append(C, term=ABSURD),
        accepted(C, term=ABSURD, match=0, at=1.0),
        rejected(C, term=ABSURD, prev=1, conflict=(1, 0), at=1.0),
        leader_check(C, term=ABSURD),
    ],
    ids=lambda message: message.type,
)
def test_a_term_that_no_election_can_have_reached_is_not_entered(message: PeerMessage) -> None:
    """Scenario 39: it would use up the terms; and nobody who lost a bit may depose a leader."""
    replica = Replica(3)
    replica.passes(1000)
    assert has_no_effect(replica, message)


def test_jumps_of_the_term_lock_nobody_out() -> None:
    """Scenario 39: what one replica was made to enter, all others enter when they hear of it; then they elect."""
    jumper, other = Replica(3), leader(3)
    for term in (10**6, 10**9, 10**15):
        jumper.hears(vote_reply(B, term=term, granted=False))
    jumper.wire.take()
    jumper.hears(append(B, term=1))
    (reply,) = jumper.says(AppendRejected)
    other.hears(rejected(C, term=reply.term, prev=1, conflict=(1, 0), at=other.now))
    assert (other.core.term, other.role()) == (10**15, Role.FOLLOWER)
    campaigns(other)
    assert other.core.term == 10**15 + 1


@pytest.mark.parametrize(
    "message",
    [
        accepted(B, term=2, match=4, at=1.0),
        accepted(B, term=2, match=3, at=1e9),
        rejected(B, term=2, prev=0, conflict=(1, 0), at=1.0),
        rejected(B, term=2, prev=4, conflict=(1, 0), at=1.0),
        rejected(B, term=2, prev=2, conflict=(1, 0), at=1e9),
    ],
    ids=["beyond the log", "from the future", "of nothing", "of what is not there", "in the future"],
)
def test_an_answer_to_what_was_never_sent_is_ignored(message: AppendAccepted | AppendRejected) -> None:
    """Scenario 39: it neither counts, nor renews the lease, nor reaches a replicator."""
    replica = leader(3, behind=entries(1, 1))
    replica.replicators[B].take()
    assert has_no_effect(replica, message)
    assert replica.replicators[B].told == []


@pytest.mark.parametrize(
    "message",
    [
        append(C, term=2, entries=entries(2)),
        append(C, term=2, prev=(1, 1), entries=entries(2, 2), commit=3),
    ],
)
def test_what_is_committed_is_never_replaced(message: AppendEntries) -> None:
    """Raft §5.4, leader completeness: whoever was elected has it."""
    replica = Replica(3)
    replica.hears(append(B, term=1, entries=entries(1, 1, 1), commit=2))
    replica.hears(message)
    assert (replica.log_terms, replica.commit_index) == ([1, 1, 1], 2)
    assert replica.audit.events("message.impossible")
    assert not replica.wire.only(AppendRejected)


def test_an_entry_that_only_has_the_term_of_an_own_write_is_not_taken_for_it() -> None:
    """Scenario 39: A owns a write of term 1 at index 2; what a forger commits there is a no-op of term 1.

    The client hears `redirect`: its write is not there.
    """
    replica = leader(3)
    replica.asked(put("1"))
    replica.hears(append(B, term=2, entries=entries(2)))
    replica.hears(append(C, term=3, entries=(no_op(Term(1)), no_op(Term(1))), commit=2))
    assert [answer.MID for answer in replica.says(Redirect)] == ["1"]


def test_a_leader_does_not_step_down_for_an_older_term() -> None:
    """Scenario 8: whatever it says."""
    replica = leader(3, behind=entries(4))
    replica.hears(
        append(B, term=4),
        request_vote(B, term=4),
        vote_reply(B, term=4),
        accepted(B, term=4, match=1, at=1.0),
        rejected(B, term=4, prev=1, conflict=(1, 0), at=1.0),
        leader_check(B, term=4),
    )
    assert (replica.role(), replica.core.term) == (Role.LEADER, 5)
