"""Giving votes: once per term, to logs that lack nothing, durably, and never while a leader lives."""

import pytest

from actors.consensus.role import Role
from messages.election_timer import Reset
from messages.ids import Term
from messages.log_store import SaveHardState
from messages.wire import PreVoteReply, VoteReply
from tests.actors.consensus.driver import Replica, candidate, voter
from tests.actors.consensus.sayings import (
    NOWHERE,
    B,
    C,
    Place,
    pre_vote,
    request_vote,
    vote_reply,
)


def answer(replica: Replica) -> VoteReply:
    """The one vote reply that A has sent."""
    (reply,) = replica.says(VoteReply)
    return reply


# --- once per term ---------------------------------------------------------------------------------------------


def test_the_first_who_asks_gets_the_vote() -> None:
    """Raft §5.2: first come, first served."""
    replica = voter()
    replica.hears(request_vote(B, term=1), request_vote(C, term=1))
    assert [(reply.dst, reply.granted) for reply in replica.says(VoteReply)] == [(C, False), (B, True)]
    assert replica.core.voted_for == B


def test_who_has_the_vote_is_told_so_again() -> None:
    """Scenario 37: its request, or the answer, may have been lost or duplicated."""
    replica = voter()
    replica.hears(request_vote(B, term=1))
    replica.wire.take()
    replica.hears(request_vote(B, term=1))
    assert answer(replica).granted
    assert replica.core.voted_for == B


def test_a_new_term_has_a_new_vote() -> None:
    """Raft §5.2."""
    replica = voter()
    replica.hears(request_vote(B, term=1))
    replica.wire.take()
    replica.hears(request_vote(C, term=2))
    assert (answer(replica).granted, replica.core.voted_for) == (True, C)


def test_a_candidate_of_an_older_term_is_refused_and_told_the_term() -> None:
    """Raft Figure 2, RequestVote 1."""
    replica = voter(4)
    replica.hears(request_vote(B, term=3))
    reply = answer(replica)
    assert (reply.granted, reply.term) == (False, 4)


def test_a_candidate_gives_its_vote_to_nobody_else() -> None:
    """Raft §5.2: it has voted for itself."""
    replica = candidate(3)
    replica.wire.take()
    replica.hears(request_vote(C, term=1))
    assert not answer(replica).granted


def test_a_candidate_of_a_newer_term_gets_a_candidates_vote() -> None:
    """Raft §5.1: the older candidacy is over."""
    replica = candidate(3)
    replica.wire.take()
    replica.hears(request_vote(C, term=2))
    assert (answer(replica).granted, replica.role()) == (True, Role.FOLLOWER)


def test_a_granted_vote_resets_the_timer() -> None:
    """Scenario 10, Raft §5.2."""
    replica = voter()
    replica.timer.take()
    replica.hears(request_vote(B, term=1))
    assert [asked for asked in replica.timer.told if isinstance(asked, Reset)][-1].since == replica.now


def test_a_refused_vote_does_not_reset_the_timer() -> None:
    """Scenario 10: or a replica with a short log could put off every election."""
    replica = voter(1, 1)
    replica.timer.take()
    replica.hears(request_vote(B, term=2))
    assert not answer(replica).granted
    assert replica.timer.told == []


# --- to logs that lack nothing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "granted"),
    [
        ((3, 2), True),  # as long, and of the same term
        ((4, 2), True),  # longer
        ((1, 3), True),  # shorter, but of a later term
        ((2, 2), False),  # shorter
        ((9, 1), False),  # longer, but of an earlier term
        (NOWHERE, False),
    ],
)
def test_only_a_log_that_is_up_to_date_gets_the_vote(last: Place, granted: bool) -> None:
    """Raft §5.4.1: the later last term, or with the same the longer log; the pre-vote follows the same rule."""
    replica = voter(1, 2, 2)
    replica.hears(pre_vote(C, term=4, last=last))
    assert [reply.granted for reply in replica.says(PreVoteReply)] == [granted]
    replica.hears(request_vote(C, term=4, last=last))
    assert answer(replica).granted is granted
    assert replica.core.voted_for == (C if granted else None)


def test_the_term_of_a_candidate_is_entered_even_when_it_is_refused() -> None:
    """Raft §5.1: so that this replica's next campaign is for a later one (scenario 12)."""
    replica = voter(1, 1)
    replica.hears(request_vote(B, term=6))
    assert replica.core.term == 6


# --- durably -----------------------------------------------------------------------------------------------------


def test_a_vote_is_not_given_before_it_is_durable() -> None:
    """Scenario 1, Raft Figure 2: or it could be given again after a crash, to another candidate of the same term."""
    replica = voter(prompt_disk=False)
    replica.hears(request_vote(B, term=1))
    assert replica.log_store.only(SaveHardState) == [
        SaveHardState(term=Term(1), voted_for=None),
        SaveHardState(term=Term(1), voted_for=B),
    ]
    replica.disk_hears()
    assert not replica.wire.only(VoteReply)
    replica.disk()
    assert answer(replica).granted


def test_a_term_that_is_durable_without_the_vote_is_not_enough() -> None:
    """Scenario 1: two writes, and only the second one holds the vote."""
    replica = voter(prompt_disk=False)
    replica.hears(vote_reply(C, term=1, granted=False))
    replica.disk_writes()
    replica.hears(request_vote(B, term=1))
    replica.disk_reports()
    assert not replica.wire.only(VoteReply)
    replica.disk()
    assert answer(replica).granted


def test_votes_of_two_terms_leave_in_the_order_in_which_they_were_given() -> None:
    """Scenario 1, Raft Figure 2: each behind its own write, never the older one behind the newer one."""
    replica = voter(prompt_disk=False)
    replica.hears(request_vote(B, term=1))
    replica.hears(request_vote(C, term=2))
    replica.disk()
    assert [(reply.dst, reply.term, reply.granted) for reply in replica.says(VoteReply)] == [(B, 1, True), (C, 2, True)]


def test_while_a_vote_is_on_its_way_to_the_disk_nobody_else_gets_it() -> None:
    """Scenario 1: it counts from the moment of the decision."""
    replica = voter(prompt_disk=False)
    replica.hears(request_vote(B, term=1))
    replica.hears(request_vote(C, term=1))
    replica.disk()
    assert {(reply.dst, reply.granted) for reply in replica.says(VoteReply)} == {(B, True), (C, False)}
