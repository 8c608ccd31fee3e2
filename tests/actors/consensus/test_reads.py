"""Reads: under the lease, or after a round that confirms leadership; never stale (Raft §8, thesis §6.4)."""

from messages.replicator import Heartbeat
from tests.actors.consensus.driver import Replica, campaigns, forget, is_elected, leader
from tests.actors.consensus.sayings import B, C, D, accepted, append, entries, get, put, rejected

LEASE_MS = 720
"""750 ms, less what two clocks may err by 2 %: 720.6."""


def serving(size: int = 3) -> Replica:
    """A leads, an entry of its term is committed, and its lease has just been confirmed."""
    replica = leader(size)
    for peer in replica.peers:
        replica.hears(accepted(peer, term=1, match=1, at=replica.now))
    forget(replica)
    return replica


def rounds(replica: Replica) -> list[float]:
    """The instants of the confirming rounds that were begun since the last look; all peers are asked in each."""
    asked = [[beat.at for beat in replica.told(peer, Heartbeat)] for peer in replica.peers]
    assert all(each == asked[0] for each in asked)
    return [float(at) for at in asked[0]]


# --- under the lease -----------------------------------------------------------------------------------------------


def test_a_read_is_served_at_once_under_the_lease() -> None:
    """Thesis §6.4.1: without a word to the others."""
    replica = serving()
    replica.passes(LEASE_MS - 10)
    replica.asked(get("1"))
    assert replica.read() == ["1"]
    assert rounds(replica) == []


def test_a_read_is_not_served_when_the_lease_has_lapsed() -> None:
    """Scenario 15, thesis §6.4.1: a leader that was paused cannot know whether another one leads."""
    replica = serving()
    replica.passes(LEASE_MS + 10)
    replica.asked(get("1"))
    assert replica.read() == []
    assert rounds(replica) == [replica.now]


def test_the_lease_is_shorter_than_the_election_timeout_by_what_clocks_may_err() -> None:
    """Scenario 40: in the last part of the least election timeout a fast clock elsewhere may have run out already."""
    replica = serving()
    replica.passes(740)
    replica.asked(get("1"))
    assert replica.read() == []


def test_the_lease_counts_from_when_the_confirmed_message_was_sent() -> None:
    """Thesis §6.4.1: an answer that was long under way confirms the past, not the present."""
    replica = serving()
    sent_at = replica.now
    replica.passes(600)
    replica.hears(accepted(B, term=1, match=1, at=sent_at))
    replica.passes(200)
    replica.asked(get("1"))
    assert replica.read() == []


def test_one_follower_of_four_keeps_no_lease() -> None:
    """A majority of five is three, the leader included."""
    replica = serving(5)
    replica.passes(LEASE_MS + 10)
    replica.hears(accepted(B, term=1, match=1, at=replica.now))
    replica.asked(get("1"))
    assert replica.read() == []
    replica.hears(accepted(C, term=1, match=1, at=replica.now))
    assert replica.read() == ["1"]


def test_a_rejection_in_the_leaders_term_renews_the_lease_too() -> None:
    """Who rejects entries that do not fit follows nevertheless, and refuses its vote to others."""
    replica = serving()
    replica.passes(LEASE_MS + 10)
    replica.hears(rejected(B, term=1, prev=1, conflict=(1, 0), at=replica.now))
    replica.asked(get("1"))
    assert replica.read() == ["1"]


def test_an_answer_of_an_older_term_renews_no_lease() -> None:
    """Scenario 8: that it was followed then says nothing about now."""
    replica = leader(3, behind=entries(1))
    replica.hears(accepted(B, term=2, match=2, at=replica.now))
    replica.passes(LEASE_MS + 10)
    replica.hears(accepted(C, term=1, match=1, at=replica.now))
    replica.asked(get("1"))
    assert replica.read() == []


# --- confirmed (ReadIndex) -----------------------------------------------------------------------------------------


def test_a_read_waits_for_an_entry_of_the_leaders_term() -> None:
    """Scenario 16, Raft §8: before, the leader may not know what is committed."""
    replica = leader(5, behind=entries(1))
    sent_at = replica.now
    replica.asked(get("1"))
    replica.hears(accepted(B, term=2, match=1, at=sent_at), accepted(C, term=2, match=1, at=sent_at))
    assert replica.read() == []
    replica.hears(accepted(B, term=2, match=2, at=replica.now), accepted(C, term=2, match=2, at=replica.now))
    assert replica.read() == ["1"]


def test_a_read_is_served_when_a_majority_confirms_what_was_sent_after_it_came() -> None:
    """Raft §8, thesis §6.4: a heartbeat's round."""
    replica = serving()
    replica.passes(LEASE_MS + 10)
    replica.asked(get("1"))
    (asked_at,) = rounds(replica)
    replica.hears(accepted(B, term=1, match=1, at=asked_at))
    assert replica.read() == ["1"]


def test_a_confirmation_of_what_was_sent_before_the_read_came_is_not_enough() -> None:
    """Thesis §6.4: between that and the read, another one may have been elected, and have committed."""
    replica = serving()
    sent_at = replica.now
    replica.passes(LEASE_MS + 10)
    replica.asked(get("1"))
    replica.hears(accepted(B, term=1, match=1, at=sent_at + 0.0005))
    assert replica.read() == []


def test_reads_that_come_during_a_round_wait_for_the_next_one() -> None:
    """Thesis §6.4: one round at a time, each for all that came before it."""
    replica = serving()
    replica.passes(LEASE_MS + 10)
    replica.asked(get("1"))
    (first,) = rounds(replica)
    replica.asked(get("2"), get("3"))
    assert rounds(replica) == []
    replica.passes(LEASE_MS + 10)
    replica.hears(accepted(B, term=1, match=1, at=first))
    assert replica.read() == ["1"]
    (second,) = rounds(replica)
    assert second == replica.now
    replica.hears(accepted(C, term=1, match=1, at=second))
    assert replica.read() == ["1", "2", "3"]


def test_a_lost_round_is_made_good_by_the_next_heartbeat() -> None:
    """Any confirmation after the read came will do."""
    replica = serving()
    replica.passes(LEASE_MS + 10)
    replica.asked(get("1"))
    forget(replica)
    replica.is_due_a_heartbeat(B, 1)
    (beat,) = replica.told(B, Heartbeat)
    replica.hears(accepted(B, term=1, match=1, at=beat.at))
    assert replica.read() == ["1"]


def test_a_round_that_spans_a_change_of_leader_is_not_reused() -> None:
    """Scenario 17: A leads term 1, B leads term 2, A leads term 3; the answer of term 1 confirms nothing."""
    replica = serving()
    replica.passes(LEASE_MS + 10)
    replica.asked(get("1"))
    (asked_at,) = rounds(replica)
    replica.hears(append(B, term=2, prev=(1, 1), entries=entries(2)))
    assert replica.read() == []
    replica.asked(get("2"))
    campaigns(replica)
    is_elected(replica)
    replica.hears(accepted(C, term=1, match=1, at=asked_at))
    assert replica.read() == []
    replica.hears(accepted(C, term=3, match=3, at=replica.now))
    assert "2" in replica.read()


def test_a_new_leader_inherits_no_confirmation_from_its_earlier_term() -> None:
    """Scenario 17: what was confirmed lately is term 1; term 3 has been confirmed for an instant long ago only."""
    replica = serving()
    replica.hears(append(B, term=2, prev=(1, 1)))
    campaigns(replica)
    is_elected(replica)
    replica.hears(accepted(C, term=1, match=1, at=replica.now))
    replica.asked(get("1"))
    replica.hears(accepted(C, term=3, match=2, at=0.5))
    assert (replica.commit_index, replica.read()) == (2, [])


def test_reads_see_what_was_committed_in_the_same_breath() -> None:
    """The state machine is told of the commit first."""
    replica = serving()
    replica.asked(put("1"))
    replica.receives([accepted(B, term=1, match=2, at=replica.now)], [get("2")])
    assert [type(told).__name__ for told in replica.state_machine.told[-2:]] == ["Apply", "Read"]
    assert replica.read() == ["2"]


def test_a_leader_that_steps_down_serves_no_read() -> None:
    """Raft §8: the reads that wait are held for whoever leads then, in their order, before those that came later."""
    replica = serving(5)
    replica.passes(LEASE_MS + 10)
    replica.asked(get("1"), get("2"))
    replica.hears(accepted(D, term=7, match=1, at=replica.now))
    replica.asked(put("3"))
    assert replica.read() == []
    assert [request.MID for request in replica.consensus._requests.take_held()] == ["1", "2", "3"]
