"""No vote is given while a leader may hold a lease that counts on it (Raft §6, thesis §4.2.3, §6.4.1)."""

import pytest

from actors.consensus.role import Role
from messages.wire import PreVoteReply, VoteReply
from tests.actors.consensus.driver import Replica, leader, voter
from tests.actors.consensus.sayings import (
    B,
    C,
    D,
    append,
    pre_vote,
    pre_vote_reply,
    rejected,
    request_vote,
)

LONG_MS = 800
"""Longer than the least election timeout: nobody's lease counts on this replica any more."""


def answer(replica: Replica) -> VoteReply:
    """The one vote reply that A has sent."""
    (reply,) = replica.says(VoteReply)
    return reply


def test_a_pre_vote_is_refused_while_a_leader_lives() -> None:
    """Thesis §9.6, scenario 11: a replica that hears the leader keeps others from unseating it."""
    replica = voter()
    replica.hears(append(B, term=1))
    replica.passes(700)
    replica.hears(pre_vote(C, term=2))
    assert [reply.granted for reply in replica.says(PreVoteReply)] == [False]


def test_a_pre_vote_is_given_when_the_leader_has_been_silent_for_long() -> None:
    """Thesis §9.6: as long as the least election timeout."""
    replica = voter()
    replica.hears(append(B, term=1))
    replica.passes(LONG_MS)
    replica.hears(pre_vote(C, term=2))
    assert [reply.granted for reply in replica.says(PreVoteReply)] == [True]


@pytest.mark.parametrize("term", [1, 2])
def test_a_pre_vote_for_a_term_that_has_begun_is_refused(term: int) -> None:
    """Thesis §9.6: 'would you vote for me in a term that you are in?' No; but you learn the term."""
    replica = voter(2)
    replica.hears(pre_vote(C, term=term, last=(9, term - 1)) if term > 1 else pre_vote(C, term=term))
    (reply,) = replica.says(PreVoteReply)
    assert (reply.granted, reply.term, reply.proposed) == (False, 2, term)


def test_a_pre_vote_changes_nothing_here() -> None:
    """Thesis §9.6: neither term nor vote nor timer."""
    replica = voter()
    before = (replica.core.term, replica.core.voted_for, replica.timer.take())
    assert before[2]
    replica.hears(pre_vote(B, term=9), pre_vote(C, term=10))
    assert [reply.granted for reply in replica.says(PreVoteReply)] == [True, True]
    assert (replica.core.term, replica.core.voted_for, replica.timer.told) == (0, None, [])


def test_a_candidate_is_not_even_heard_while_a_leader_lives() -> None:
    """Raft §6, thesis §4.2.3: within the least election timeout a newer term is not entered for a candidate."""
    replica = voter()
    replica.hears(append(B, term=1))
    replica.passes(700)
    replica.hears(request_vote(C, term=2))
    assert replica.core.term == 1
    assert not [reply for reply in replica.says(VoteReply) if reply.granted]


def test_a_vote_of_the_same_term_is_refused_too_while_a_lease_may_count_on_it() -> None:
    """Thesis §4.2.3, §6.4.1: also when a late answer of another replica has led into the candidate's term before.

    The leader of term 1 counts this replica among those who will elect nobody before its lease is over.
    """
    replica = Replica(5)
    replica.hears(append(B, term=1))
    replica.passes(100)
    replica.hears(pre_vote_reply(D, proposed=2, granted=False, term=2))
    replica.hears(request_vote(C, term=2))
    assert not [reply for reply in replica.says(VoteReply) if reply.granted]


def test_a_leader_votes_for_nobody_while_it_leads() -> None:
    """Thesis §4.2.3, §6.2: a laggard with a higher term is heard when it rejects an append."""
    replica = leader(3)
    replica.passes(5000)
    replica.hears(request_vote(C, term=9, last=(9, 8)))
    assert (replica.role(), replica.core.term) == (Role.LEADER, 1)


def test_a_laggard_with_a_higher_term_is_not_locked_out() -> None:
    """Scenario 12: its rejection carries the term, the leader steps down, and the next term has room for both."""
    replica = leader(3)
    replica.hears(rejected(C, term=4, prev=1, conflict=(1, 0), at=replica.now))
    assert (replica.role(), replica.core.term) == (Role.FOLLOWER, 4)


def test_nobody_is_voted_for_right_after_the_start() -> None:
    """Thesis §6.4.1: before the start a leader may have been heard whose lease still counts on this replica."""
    replica = Replica(3)
    replica.passes(700)
    replica.hears(request_vote(B, term=1), pre_vote(C, term=1))
    assert not [reply for reply in replica.wire.only(VoteReply) if reply.granted]
    assert [reply.granted for reply in replica.says(PreVoteReply)] == [False]
