"""Asking beforehand: a campaign that cannot be won begins no term (thesis §9.6)."""

from actors.consensus.role import Role
from messages.election_timer import Reset, ResetShort
from messages.ids import NOBODY
from messages.wire import PreVote, PreVoteReply
from tests.actors.consensus.driver import Replica
from tests.actors.consensus.sayings import (
    B,
    C,
    D,
    append,
    entries,
    pre_vote,
    pre_vote_reply,
)


def test_a_follower_that_hears_nobody_asks_beforehand_and_begins_no_term() -> None:
    """Thesis §9.6: with its own term, the one that it would leave, and the end of its log (scenario 11)."""
    replica = Replica(3)
    replica.hears(append(B, term=4, entries=entries(3, 4)))
    replica.times_out()
    asked = replica.says(PreVote)
    assert [(ask.dst, ask.term, ask.last_log_index, ask.last_log_term) for ask in asked] == [(B, 4, 2, 4), (C, 4, 2, 4)]
    assert (replica.role(), replica.core.term) == (Role.PRE_CANDIDATE, 4)


def test_a_cut_off_replica_never_raises_its_term() -> None:
    """Scenario 11, 14: it may ask for ever; when it comes back, it disturbs nobody."""
    replica = Replica(3)
    for _ in range(50):
        replica.times_out()
    assert replica.core.term == 0


def test_a_majority_of_pre_votes_begins_the_next_term() -> None:
    """Thesis §9.6: the candidate itself is one of three of five."""
    replica = Replica(5)
    replica.times_out()
    replica.hears(pre_vote_reply(B, proposed=1))
    assert replica.role() is Role.PRE_CANDIDATE
    replica.hears(pre_vote_reply(C, proposed=1))
    assert (replica.role(), replica.core.term) == (Role.CANDIDATE, 1)


def test_a_pre_vote_given_twice_counts_once() -> None:
    """Scenario 3."""
    replica = Replica(5)
    replica.times_out()
    replica.hears(pre_vote_reply(B, proposed=1), pre_vote_reply(B, proposed=1))
    assert replica.role() is Role.PRE_CANDIDATE


def test_a_pre_vote_for_another_term_does_not_count() -> None:
    """Scenario 4: it answers a question of an earlier campaign."""
    replica = Replica(3)
    replica.hears(append(B, term=3))
    replica.times_out()
    replica.hears(pre_vote_reply(C, proposed=3))
    assert (replica.role(), replica.core.term) == (Role.PRE_CANDIDATE, 3)


def test_a_pre_vote_that_comes_after_a_leader_was_heard_does_not_count() -> None:
    """Thesis §9.6: the campaign is over."""
    replica = Replica(3)
    replica.times_out()
    replica.hears(append(B, term=0 + 1))
    replica.hears(pre_vote_reply(C, proposed=2))
    assert (replica.role(), replica.core.term) == (Role.FOLLOWER, 1)


def test_a_refusal_by_a_majority_ends_the_campaign() -> None:
    """And the next one waits for another random timeout (Raft §5.2)."""
    replica = Replica(3)
    replica.times_out()
    replica.timer.take()
    replica.hears(*(pre_vote_reply(peer, proposed=1, granted=False) for peer in (B, C)))
    assert replica.role() is Role.FOLLOWER
    assert isinstance(replica.timer.told[-1], Reset)


def test_a_refusal_of_a_later_term_is_entered() -> None:
    """Scenario 12: one that is behind learns the term by asking, and asks for a later one next time."""
    replica = Replica(3)
    replica.times_out()
    replica.hears(pre_vote_reply(B, proposed=1, granted=False, term=7))
    assert (replica.role(), replica.core.term) == (Role.FOLLOWER, 7)
    replica.times_out()
    assert [ask.term for ask in replica.says(PreVote)][-1] == 7


def test_those_who_have_not_answered_are_asked_again() -> None:
    """Datagrams get lost; who has answered is left alone."""
    replica = Replica(5)
    replica.times_out()
    replica.hears(pre_vote_reply(B, proposed=1), pre_vote_reply(C, proposed=1, granted=False))
    replica.wire.take()
    replica.times_out(after_ms=120)
    assert [ask.dst for ask in replica.says(PreVote)] == [D, "000E"]


def asks_until_it_is_tired(replica: Replica) -> None:
    """A campaigns, and asks as often as it does; nobody answers."""
    replica.times_out()
    for _ in range(replica.settings.campaign_tries):
        assert isinstance(replica.timer.take()[-1], ResetShort)
        replica.times_out(after_ms=120)


def test_after_a_few_tries_a_random_timeout_decides_who_is_next() -> None:
    """Raft §5.2."""
    replica = Replica(3)
    asks_until_it_is_tired(replica)
    assert isinstance(replica.timer.take()[-1], Reset)
    replica.says(PreVote)
    replica.times_out()
    assert [ask.dst for ask in replica.says(PreVote)] == [B, C]
    assert isinstance(replica.timer.take()[-1], ResetShort)


def test_until_then_late_answers_count() -> None:
    """Over a slow network, a round trip takes longer than all tries."""
    replica = Replica(3)
    asks_until_it_is_tired(replica)
    replica.passes(500)
    replica.hears(pre_vote_reply(C, proposed=1))
    assert (replica.role(), replica.core.term) == (Role.CANDIDATE, 1)


def test_answers_of_the_campaign_before_do_not_count_in_the_next_one() -> None:
    replica = Replica(5)
    asks_until_it_is_tired(replica)
    replica.hears(pre_vote_reply(B, proposed=1))
    replica.times_out()
    replica.hears(pre_vote_reply(C, proposed=1))
    assert replica.role() is Role.PRE_CANDIDATE


def test_who_would_not_vote_for_another_does_not_campaign_either() -> None:
    """A leader may hold a lease that counts on it: it was heard, or this replica began, not long ago (Raft §6)."""
    replica = Replica(3)
    replica.hears(append(B, term=1))
    since = replica.core.heard_at
    replica.core.timer_since = since
    replica.times_out(after_ms=120)
    assert replica.role() is Role.FOLLOWER
    assert replica.timer.told[-1] == Reset(epoch=replica.core.timer_epoch, since=since)
    assert replica.says(PreVote) == []


def test_a_leader_that_was_not_heard_for_long_is_not_named() -> None:
    """Whoever hears of it would send clients there."""
    replica = Replica(3)
    replica.hears(append(B, term=1))
    replica.passes(replica.settings.election_timeout_max_ms - 100)
    replica.hears(pre_vote(C, term=1))
    replica.passes(200)
    replica.hears(pre_vote(C, term=1))
    assert [reply.leader for reply in replica.says(PreVoteReply)] == [B, NOBODY]
