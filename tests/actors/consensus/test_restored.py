"""A replica that comes back is bound by what it promised (Raft Figure 2, 'Persistent state'; scenarios 1 and 2)."""

from __future__ import annotations

from actors.consensus.role import Role
from messages.consensus import Restored
from messages.ids import LogIndex, NodeId, Term
from messages.wire import AppendAccepted, PreVoteReply, RequestVote, VoteReply
from tests.actors.consensus.driver import Replica, campaigns, is_elected
from tests.actors.consensus.sayings import A, B, C, accepted, append, entries, pre_vote, put, request_vote


def restored(term: int, *terms: int, vote: NodeId | None = None, parts: int = 1, size: int = 3) -> Replica:
    """A comes back in `term`, with an entry of each of `terms`, which its disk gives back in so many parts."""
    log = entries(*terms)
    each = -(-len(log) // parts) or 1
    found = [(LogIndex(start + 1), log[start : start + each]) for start in range(0, max(len(log), 1), each)]
    told = [Restored(term=Term(term), voted_for=vote, first=first, entries=part) for first, part in found]
    return Replica(size, restored=told)


def patient(replica: Replica) -> Replica:
    """So long after its start that no lease can count on it any more."""
    replica.passes(replica.settings.election_timeout_min_ms + 50)
    return replica


def test_a_vote_that_was_given_before_a_crash_is_not_given_again() -> None:
    """Scenario 1: between saving the vote and answering it crashed; another candidate of the same term asks."""
    replica = patient(restored(3, vote=B))
    replica.hears(request_vote(C, term=3))
    assert [reply.granted for reply in replica.says(VoteReply)] == [False]


def test_whoever_got_the_vote_before_a_crash_gets_it_again() -> None:
    replica = patient(restored(3, vote=B))
    replica.hears(request_vote(B, term=3))
    assert [reply.granted for reply in replica.says(VoteReply)] == [True]


def test_terms_go_on_where_they_were() -> None:
    """Scenario 2: all replicas restart at once, and terms never go back."""
    replica = restored(7, 1, 5)
    campaigns(replica)
    assert {ask.term for ask in replica.says(RequestVote)} == {8}


def test_nobody_votes_before_a_lease_of_before_the_crash_is_over() -> None:
    replica = restored(3)
    replica.hears(pre_vote(B, term=4), request_vote(B, term=4))
    assert [reply.granted for reply in replica.says(PreVoteReply)] == [False]
    assert replica.core.term == 3


def test_a_log_is_put_together_from_its_parts_and_none_of_it_counts_as_committed() -> None:
    replica = restored(5, 1, 1, 2, 4, 4, parts=3)
    assert replica.log_terms == [1, 1, 2, 4, 4]
    assert (replica.commit_index, replica.core.log.durable_index) == (0, 5)
    assert replica.applied() == []


def test_what_was_restored_is_committed_when_the_leader_says_so() -> None:
    replica = restored(5, 1, 1, 2)
    replica.hears(append(B, term=6, prev=(3, 2), commit=3))
    assert len(replica.applied()) == 3
    assert [reply.match_index for reply in replica.says(AppendAccepted)] == [3]


def test_what_was_restored_and_never_committed_gives_way_to_another_leaders_entries() -> None:
    replica = restored(5, 1, 1, 2)
    replica.hears(append(B, term=6, prev=(1, 1), entries=entries(5, 5)))
    assert replica.log_terms == [1, 5, 5]


def test_a_leader_commits_what_was_restored_with_an_entry_of_its_own_term() -> None:
    """Raft §5.4.2, also across a restart: counting restored entries commits nothing."""
    replica = restored(2, 1, 2)
    campaigns(replica)
    is_elected(replica)
    replica.hears(accepted(B, term=3, match=2, at=replica.now))
    assert replica.commit_index == 0
    replica.hears(accepted(B, term=3, match=3, at=replica.now))
    assert replica.commit_index == 3


def test_a_cluster_that_goes_on_does_not_wait_for_siblings_that_start_slowly() -> None:
    """A new one does: it must not talk to a sibling that has not said hello."""
    new, again = restored(0), restored(1)
    waits = [replica.timer.told[0].since - replica.now for replica in (new, again)]
    assert waits[0] > 1.0
    assert waits[1] == 0.0


def test_a_candidate_that_comes_back_is_a_follower() -> None:
    replica = restored(3, vote=A)
    assert replica.role() is Role.FOLLOWER
    replica.asked(put("1"))
    assert replica.wire.take()[1:] == []
