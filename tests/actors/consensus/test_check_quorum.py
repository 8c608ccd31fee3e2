"""A leader that hears no majority steps down, and one that does stays (thesis §6.2)."""

from actors.consensus.role import Role
from messages.election_timer import Reset
from messages.replicator import StepDown
from messages.wire import PreVote, Redirect
from tests.actors.consensus.driver import Replica, leader
from tests.actors.consensus.sayings import B, C, accepted, append, get, put, rejected


def test_a_leader_that_hears_nobody_steps_down_within_an_election_timeout() -> None:
    """Scenario 13: it can send, but not receive; somebody else may be elected."""
    replica = leader(3)
    replica.times_out(after_ms=750)
    assert (replica.role(), replica.core.leader) == (Role.FOLLOWER, None)
    assert replica.told(B, StepDown)


def test_stepping_down_begins_no_term_and_gives_no_second_vote() -> None:
    """Raft §5.2: it voted for itself in this term."""
    replica = leader(3)
    replica.times_out()
    assert (replica.core.term, replica.core.voted_for) == (1, "000A")


def test_a_leader_that_hears_a_majority_goes_on() -> None:
    """Thesis §6.2: and looks again an election timeout after the last contact."""
    replica = leader(5)
    replica.passes(500)
    heard_at = replica.now
    replica.hears(accepted(B, term=1, match=1, at=heard_at), accepted(C, term=1, match=1, at=heard_at))
    replica.timer.take()
    replica.times_out(after_ms=700)
    assert replica.role() is Role.LEADER
    (asked,) = replica.timer.take()
    assert isinstance(asked, Reset)
    assert asked.since == heard_at


def test_a_minority_does_not_keep_a_leader_in_office() -> None:
    """Thesis §6.2: two of five, itself included, commit nothing."""
    replica = leader(5)
    for _ in range(10):
        replica.passes(100)
        replica.hears(accepted(B, term=1, match=1, at=replica.now))
    replica.times_out(after_ms=1)
    assert replica.role() is Role.FOLLOWER


def test_answers_to_what_was_sent_long_ago_do_not_keep_a_leader_in_office() -> None:
    """Scenario 37: they were delayed."""
    replica = leader(3)
    sent_at = replica.now
    replica.passes(740)
    replica.hears(accepted(B, term=1, match=1, at=sent_at))
    replica.times_out(after_ms=20)
    assert replica.role() is Role.FOLLOWER


def test_a_follower_whose_log_does_not_fit_yet_keeps_its_leader_in_office() -> None:
    """It follows: a long way back must not cost the leader its term."""
    replica = leader(3)
    replica.passes(700)
    replica.hears(rejected(B, term=1, prev=1, conflict=(1, 0), at=replica.now))
    replica.times_out(after_ms=100)
    assert replica.role() is Role.LEADER


def test_what_a_leader_that_stepped_down_is_asked_is_held_for_the_next_one() -> None:
    """Nobody is sent to somebody who may be dead."""
    replica = leader(3)
    replica.asked(get("1"))
    replica.times_out()
    replica.asked(put("2"))
    assert not replica.says(Redirect)
    replica.hears(append(B, term=2))
    assert [answer.MID for answer in replica.says(Redirect)] == ["1", "2"]


def test_who_stepped_down_campaigns_again() -> None:
    """Raft §5.2: the timer runs in every role; here both others are gone for good."""
    replica = leader(3)
    replica.times_out()
    replica.times_out()
    assert replica.role() is Role.PRE_CANDIDATE
    assert replica.says(PreVote)


def test_a_timer_runs_in_every_role() -> None:
    """A ring is always followed by a request for another one: a replica that nobody wakes would be dead."""
    replica = Replica(3)
    replica.timer.take()
    for _ in range(30):
        replica.times_out(after_ms=1500)
        assert replica.timer.take()
        assert replica.core.timer_epoch > 0
    leading = leader(3)
    leading.timer.take()
    leading.hears(accepted(B, term=1, match=1, at=leading.now))
    leading.times_out(after_ms=1)
    assert leading.timer.take()
