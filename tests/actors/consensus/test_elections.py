"""Asking for votes: the start, the campaign, the timer (Raft §5.2)."""

from actors.consensus.role import Role
from messages.consensus import ElectionTimeout
from messages.election_timer import Reset
from messages.ids import NOBODY, Instant
from messages.log_store import SaveHardState
from messages.wire import Hello, RequestVote
from tests.actors.consensus.driver import STARTED_AT, Replica, campaigns, candidate, is_elected
from tests.actors.consensus.sayings import (
    A,
    B,
    C,
    append,
    entries,
    get,
    pre_vote_reply,
    put,
    request_vote,
    vote_reply,
)

# --- the start -------------------------------------------------------------------------------------------------


def test_the_first_word_is_hello() -> None:
    """Nothing may be delivered to a replica before it has said so."""
    replica = Replica()
    assert replica.wire.take() == [Hello(src=A, dst=NOBODY, leader=NOBODY)]


def test_the_first_election_waits_for_slow_siblings() -> None:
    """Scenario 38: whoever starts two seconds later is not talked to before it has said hello."""
    replica = Replica(5)
    (asked,) = replica.timer.take()
    assert isinstance(asked, Reset)
    settings = replica.settings
    wait_ms = settings.start_wait_ms + 4 * settings.start_wait_per_peer_ms
    assert wait_ms + settings.election_timeout_min_ms >= 2500
    assert asked.since == STARTED_AT + wait_ms / 1000


def test_a_replica_starts_as_a_follower_in_term_0() -> None:
    """Raft §5.2, Figure 2 'State'."""
    replica = Replica()
    assert (replica.role(), replica.core.term, replica.core.voted_for, replica.commit_index) == (
        Role.FOLLOWER,
        0,
        None,
        0,
    )


# --- the campaign ----------------------------------------------------------------------------------------------


def test_a_candidate_votes_for_itself_and_asks_all_others() -> None:
    """Raft §5.2, Figure 2 'Candidates'."""
    replica = Replica(3)
    replica.hears(append(B, term=1, entries=entries(1)))
    campaigns(replica)
    assert (replica.core.term, replica.core.voted_for) == (2, A)
    asked = replica.says(RequestVote)
    assert [(ask.dst, ask.term, ask.last_log_index, ask.last_log_term) for ask in asked] == [(B, 2, 1, 1), (C, 2, 1, 1)]


def test_nobody_is_asked_before_the_own_vote_is_durable() -> None:
    """Scenario 1, Raft Figure 2: who crashed and forgot its vote could vote for another in that term."""
    replica = candidate(prompt_disk=False)
    assert replica.log_store.only(SaveHardState)[-1] == SaveHardState(term=replica.core.term, voted_for=A)
    assert not replica.wire.only(RequestVote)
    replica.times_out(after_ms=120)
    assert not replica.wire.only(RequestVote)
    replica.disk()
    assert len(replica.says(RequestVote)) == 2


def test_a_slow_disk_uses_up_no_tries() -> None:
    """Nobody can be asked meanwhile: afterwards, the others are asked as often as by anybody."""
    replica = candidate(prompt_disk=False)
    for _ in range(replica.settings.campaign_tries):
        replica.times_out(after_ms=120)
    replica.disk()
    for _ in range(replica.settings.campaign_tries - 1):
        replica.times_out(after_ms=120)
    assert len(replica.says(RequestVote)) == 2 * replica.settings.campaign_tries


def test_votes_that_come_late_elect() -> None:
    """Where the disks of voters are slow, they come behind the last try."""
    replica = candidate()
    for _ in range(replica.settings.campaign_tries):
        replica.times_out(after_ms=120)
    replica.passes(700)
    replica.hears(vote_reply(B, term=1))
    assert (replica.role(), replica.core.term) == (Role.LEADER, 1)


def test_the_own_vote_counts_only_when_it_is_durable() -> None:
    """Scenario 1: one vote of three is no majority, even with the own one on its way to the disk."""
    replica = candidate(prompt_disk=False)
    replica.hears(vote_reply(B, term=1))
    assert replica.role() is Role.CANDIDATE
    replica.disk()
    assert replica.role() is Role.LEADER


def test_a_majority_of_votes_makes_a_leader() -> None:
    """Raft §5.2: three of five, the own one included."""
    replica = candidate(5)
    replica.hears(vote_reply(B, term=1))
    assert replica.role() is Role.CANDIDATE
    replica.hears(vote_reply(C, term=1))
    assert (replica.role(), replica.core.leader) == (Role.LEADER, A)


def test_a_vote_given_twice_counts_once() -> None:
    """Scenario 3."""
    replica = candidate(5)
    replica.hears(*(vote_reply(B, term=1) for _ in range(4)))
    assert replica.role() is Role.CANDIDATE


def test_a_refused_vote_does_not_count() -> None:
    """Raft §5.2."""
    replica = candidate(5)
    replica.hears(vote_reply(B, term=1), vote_reply(C, term=1, granted=False))
    assert replica.role() is Role.CANDIDATE


def test_a_vote_of_an_older_term_is_dropped() -> None:
    """Scenario 4: it was given to an earlier candidacy."""
    replica = candidate(3)
    replica.times_out()
    replica.hears(vote_reply(C, term=1, granted=False))
    campaigns_again(replica)
    assert replica.core.term == 2
    replica.hears(vote_reply(B, term=1))
    assert replica.role() is Role.CANDIDATE
    assert replica.audit.events("message.outdated")


def campaigns_again(replica: Replica) -> None:
    """A's candidacy comes to nothing, and it begins another."""
    for _ in range(replica.settings.campaign_tries):
        if replica.role() is not Role.FOLLOWER:
            replica.times_out(after_ms=120)
    campaigns(replica)


def test_a_split_vote_is_followed_by_a_new_term() -> None:
    """Raft §5.2: candidates time out, and begin a new election with a higher term."""
    replica = candidate(5)
    replica.hears(vote_reply(B, term=1))
    campaigns_again(replica)
    assert (replica.role(), replica.core.term) == (Role.CANDIDATE, 2)
    is_elected(replica)
    assert replica.role() is Role.LEADER


def test_a_candidate_that_hears_a_leader_of_its_term_follows_and_keeps_its_vote() -> None:
    """Scenario 9, Raft §5.2: to vote again in the same term could elect two leaders."""
    replica = candidate(3)
    replica.hears(append(B, term=1))
    assert (replica.role(), replica.core.leader, replica.core.voted_for) == (Role.FOLLOWER, B, A)


def test_a_candidate_ignores_a_leader_of_an_older_term() -> None:
    """Raft §5.2: it rejects the message and goes on."""
    replica = Replica(3)
    replica.hears(append(B, term=3))
    campaigns(replica)
    replica.hears(append(B, term=3))
    assert (replica.role(), replica.core.term) == (Role.CANDIDATE, 4)


def test_a_vote_that_arrives_after_the_election_changes_nothing() -> None:
    """A leader needs no more votes."""
    replica = candidate(3)
    is_elected(replica)
    replica.timer.take()
    replica.hears(vote_reply(C, term=1))
    assert replica.role() is Role.LEADER
    assert replica.log_terms == [1]


def test_any_message_of_a_newer_term_ends_a_candidacy() -> None:
    """Raft §5.1: 'If a candidate or leader discovers that its term is out of date, it reverts to follower'."""
    replica = candidate(3)
    replica.hears(vote_reply(B, term=5, granted=False))
    assert (replica.role(), replica.core.term, replica.core.voted_for) == (Role.FOLLOWER, 5, None)


# --- the timer -------------------------------------------------------------------------------------------------


def test_a_timeout_that_was_set_anew_meanwhile_does_nothing() -> None:
    """Timers carry an epoch: a ring that crossed a vote on its way is stale."""
    replica = Replica(3)
    stale = replica.core.timer_epoch
    replica.passes(1000)
    replica.hears(request_vote(B, term=1))
    replica.tell(ElectionTimeout(epoch=stale, at=Instant(replica.now)))
    assert replica.role() is Role.FOLLOWER


def test_a_valid_leader_resets_the_timer() -> None:
    """Scenario 10, Raft §5.2: also with entries that do not fit; the ring is noticed, and put off from then."""
    replica = Replica(3)
    replica.passes(3000)
    replica.hears(append(B, term=1, prev=(9, 1)))
    heard_at = replica.now
    replica.timer.take()
    replica.times_out(after_ms=700)
    (asked,) = replica.timer.take()
    assert isinstance(asked, Reset)
    assert (asked.since, replica.role()) == (heard_at, Role.FOLLOWER)


def test_a_leader_that_is_silent_after_that_is_not_waited_for() -> None:
    """Raft §5.2: put off once for each time that it was heard, and no more."""
    replica = Replica(3)
    replica.passes(3000)
    replica.hears(append(B, term=1))
    replica.times_out(after_ms=700)
    replica.times_out(after_ms=800)
    assert replica.role() is Role.PRE_CANDIDATE


def test_nothing_but_a_leader_or_a_granted_vote_resets_a_followers_timer() -> None:
    """Scenario 10: a rejected candidate, an old leader or a client must not put off an election."""
    replica = Replica(3)
    replica.passes(3000)
    replica.hears(append(B, term=5, entries=entries(5)))
    replica.times_out(after_ms=500)
    replica.timer.take()
    replica.passes(300)
    replica.hears(append(C, term=4))
    replica.hears(request_vote(C, term=4))
    replica.hears(request_vote(C, term=6))
    replica.hears(pre_vote_reply(C, proposed=6, term=5))
    replica.hears(vote_reply(C, term=7))
    replica.asked(put("1"), get("2"))
    assert replica.timer.told == []
    replica.times_out(after_ms=0)
    assert replica.role() is Role.PRE_CANDIDATE
