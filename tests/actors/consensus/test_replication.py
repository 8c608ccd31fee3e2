"""How a leader replicates: at once where it can, thriftily where it may (Raft §5.3, thesis §10.2.1)."""

from actors.settings import Settings
from messages.consensus import AnswerOverdue, HeartbeatDue
from messages.ids import Instant, NodeId, Term
from messages.replicator import Acknowledged, Heard, Heartbeat, Replicate, StepDown
from messages.wire import AppendEntries, Fail
from tests.actors.consensus.driver import Replica, forget, leader
from tests.actors.consensus.sayings import (
    B,
    C,
    D,
    E,
    accepted,
    append,
    entries,
    get,
    leader_check,
    pre_vote,
    put,
)

# --- replication ---------------------------------------------------------------------------------------------------


def test_writes_of_one_batch_are_appended_and_replicated_together() -> None:
    """One message each to the log store and to every replicator."""
    replica = leader(3)
    for peer in replica.peers:
        replica.replicators[peer].take()
    replica.asked(put("1"), put("2"), put("3"))
    for peer in replica.peers:
        (told,) = replica.told(peer, Replicate)
        assert (told.first, [each.write and each.write.MID for each in told.entries]) == (2, ["1", "2", "3"])


def test_a_write_that_no_datagram_can_carry_is_refused() -> None:
    """It could never be replicated; what came with it is."""
    replica = leader(3)
    replica.asked(put("small"), put("large", "x" * 70_000), put("after"))
    assert [answer.MID for answer in replica.says(Fail)] == ["large"]
    assert replica.log_terms == [1, 1, 1]
    replica.hears(accepted(B, term=1, match=3, at=replica.now))
    assert [each.write and each.write.MID for each in replica.applied()] == [None, "small", "after"]


def test_an_acknowledgement_is_handed_on_after_the_commit() -> None:
    """The replicator learns the match index, its term, and the commit index that followed from it."""
    replica = leader(3)
    sent_at = replica.now
    replica.hears(accepted(B, term=1, match=1, at=sent_at))
    (told,) = replica.told(B, Acknowledged)
    assert (told.match_index, told.match_term, told.commit_index) == (1, 1, 1)
    assert (told.sent_at, told.at) == (sent_at, replica.now)
    assert replica.told(C, Acknowledged) == []


def test_an_older_acknowledgement_does_not_lower_the_match_index() -> None:
    """Scenario 37: they may overtake one another."""
    replica = leader(3)
    replica.asked(put("1"))
    replica.hears(accepted(B, term=1, match=2, at=replica.now))
    replica.hears(accepted(B, term=1, match=1, at=replica.now))
    assert replica.told(B, Acknowledged)[-1].match_index == 2


def test_a_heartbeat_that_is_due_carries_the_commit_index() -> None:
    """Raft §5.2, §5.3: followers learn of commits, and that the leader lives."""
    replica = leader(3)
    replica.hears(accepted(C, term=1, match=1, at=replica.now))
    replica.is_due_a_heartbeat(B, 1)
    (told,) = replica.told(B, Heartbeat)
    assert (told.last_log_index, told.commit_index, told.at) == (1, 1, replica.now)


def test_a_heartbeat_that_was_due_in_an_older_term_is_not_sent() -> None:
    """That term is over: the replicator has been told since."""
    replica = leader(3, behind=entries(1))
    replica.is_due_a_heartbeat(B, 1)
    assert replica.told(B, Heartbeat) == []


def test_a_follower_that_asks_hears_of_its_leader() -> None:
    """It redirects clients only to a leader that it has heard."""
    replica = leader(3)
    replica.hears(leader_check(C, term=1))
    assert len(replica.told(C, Heartbeat)) == 1
    assert replica.told(B, Heartbeat) == []


def test_a_peer_that_says_anything_is_known_to_be_back() -> None:
    """It resumes at once when heard, whatever it says."""
    replica = leader(3)
    replica.replicators[C].take()
    replica.hears(pre_vote(C, term=2))
    assert replica.told(C, Heard) == [Heard(at=Instant(replica.now))]


def test_a_leader_that_steps_down_stops_its_replicators() -> None:
    """Raft §5.1: it sends no AppendEntries of a term that is over."""
    replica = leader(3)
    replica.hears(append(B, term=2))
    assert replica.told(B, StepDown)
    assert replica.told(C, StepDown)


def test_a_peer_that_has_all_before_is_sent_new_entries_at_once() -> None:
    """Without the hop to its replicator, which is told so and watches over them."""
    replica = leader(3)
    replica.hears(accepted(B, term=1, match=1, at=replica.now))
    forget(replica)
    replica.asked(put("1"))
    (sent,) = replica.says(AppendEntries)
    assert (sent.dst, sent.term, sent.prev_log_index, sent.prev_log_term, sent.commit_index) == (B, 1, 1, 1, 1)
    assert [each.write and each.write.MID for each in sent.entries] == ["1"]
    assert [told.sent for told in replica.told(B, Replicate)] == [True]


def test_a_peer_with_something_outstanding_is_sent_new_entries_by_its_replicator() -> None:
    """Which knows what goes before them."""
    replica = leader(3)
    replica.hears(accepted(B, term=1, match=1, at=replica.now))
    replica.asked(put("1"))
    forget(replica)
    replica.asked(put("2"))
    assert not replica.says(AppendEntries)
    assert [told.sent for told in replica.told(B, Replicate)] == [False]


def test_no_more_entries_than_the_bound_are_sent_at_once() -> None:
    """The replicator cuts them into batches."""
    replica = leader(3, settings=Settings(batch_entries=2))
    replica.hears(accepted(B, term=1, match=1, at=replica.now))
    forget(replica)
    replica.asked(put("1"), put("2"), put("3"))
    assert not replica.says(AppendEntries)


def test_what_does_not_fit_into_one_datagram_goes_through_the_replicators() -> None:
    """They cut it into batches."""
    replica = leader(3)
    replica.hears(accepted(B, term=1, match=1, at=replica.now))
    replica.wire.take()
    replica.asked(*(put(str(mid), "x" * 30_000) for mid in range(3)))
    assert not replica.says(AppendEntries)


# --- thrift --------------------------------------------------------------------------------------------------------


def thrifty(size: int = 5) -> Replica:
    """A leads, and an entry of its term is committed: it knows who answers."""
    replica = leader(size)
    replica.hears(*(accepted(peer, term=1, match=1, at=replica.now) for peer in replica.peers))
    forget(replica)
    return replica


def sent_entries(replica: Replica) -> list[str]:
    """To whom entries were sent at once since the last look."""
    return [message.dst for message in replica.says(AppendEntries)]


def overdue(replica: Replica, peer: NodeId, *, term: int = 1) -> None:
    """The replicator of `peer` has waited for an answer for too long."""
    replica.passes(50)
    replica.tell(AnswerOverdue(peer=peer, term=Term(term), at=Instant(replica.now)))


def test_just_enough_followers_for_a_majority_get_entries_at_once() -> None:
    """Two of four; the others get them with a heartbeat."""
    replica = thrifty()
    replica.asked(put("1"))
    assert sent_entries(replica) == [B, C]


def test_every_follower_gets_the_first_entry_of_a_term() -> None:
    """Only by its commit is it known which of them answer."""
    replica = leader(5)
    for peer in replica.peers:
        assert replica.told(peer, Replicate)


def test_without_thrift_every_follower_gets_entries_at_once() -> None:
    """As a setting says."""
    replica = leader(3, settings=Settings(thrifty=0))
    replica.hears(*(accepted(peer, term=1, match=1, at=replica.now) for peer in replica.peers))
    forget(replica)
    replica.asked(put("1"))
    assert sent_entries(replica) == [B, C]


def test_another_follower_takes_the_place_of_one_whose_answer_is_overdue() -> None:
    """At once, with what it lacks: a write waits for nobody who is dead."""
    replica = thrifty()
    replica.asked(put("1"))
    forget(replica)
    overdue(replica, B)
    assert [beat.last_log_index for beat in replica.told(D, Heartbeat)] == [2]
    replica.hears(accepted(C, term=1, match=2, at=replica.now), accepted(D, term=1, match=2, at=replica.now))
    assert replica.commit_index == 2
    replica.asked(put("2"))
    assert sent_entries(replica) == [C, D]


def test_a_follower_that_answers_again_is_no_longer_avoided_but_comes_behind_those_that_always_did() -> None:
    """Going back to it would cost messages, and bring nothing."""
    replica = thrifty()
    overdue(replica, B)
    replica.hears(accepted(B, term=1, match=1, at=replica.now))
    for peer in (C, D):
        overdue(replica, peer)
    replica.asked(put("1"))
    assert sent_entries(replica) == [E, B]


def test_those_that_answer_first_get_entries_at_once() -> None:
    """They are the fastest."""
    replica = leader(5)
    replica.hears(*(accepted(peer, term=1, match=1, at=replica.now) for peer in (E, C, B, D)))
    forget(replica)
    replica.asked(put("1"))
    assert sent_entries(replica) == [E, C]


def test_where_nobody_can_take_its_place_a_silent_follower_is_asked_again_each_time() -> None:
    """It may only have lost a datagram; the other one may be dead."""
    replica = leader(3)
    replica.hears(*(accepted(peer, term=1, match=1, at=replica.now) for peer in replica.peers))
    overdue(replica, B)
    replica.asked(put("1"))
    for _ in range(3):
        forget(replica)
        overdue(replica, C)
        assert replica.told(C, Heartbeat)


def test_where_too_few_answer_and_the_lease_runs_out_all_are_asked() -> None:
    """Those that have been silent for long may be back, and it would step down before it asked them (seed 9027)."""
    replica = thrifty()
    for peer in (D, E, B):
        overdue(replica, peer)
    replica.passes(replica.settings.election_timeout_min_ms * 0.5)
    forget(replica)
    overdue(replica, C)
    assert [peer for peer in replica.peers if replica.told(peer, Heartbeat)] == [C, D, E], "B was asked again before"


def test_a_follower_that_answers_again_and_is_needed_gets_at_once_what_it_lacks() -> None:
    replica = leader(3)
    replica.hears(*(accepted(peer, term=1, match=1, at=replica.now) for peer in replica.peers))
    overdue(replica, B)
    overdue(replica, C)
    replica.asked(put("1"))
    forget(replica)
    replica.hears(accepted(B, term=1, match=1, at=replica.now))
    assert [beat.quiet for beat in replica.told(B, Heartbeat)] == [False]


def test_where_one_is_back_and_the_lease_runs_out_the_other_silent_ones_are_asked_too() -> None:
    """Else the leader would wait for their next probe, and step down before it."""
    replica = thrifty()
    for peer in (B, C, D, E):
        overdue(replica, peer)
    replica.passes(replica.settings.election_timeout_min_ms * 0.5)
    forget(replica)
    replica.hears(accepted(C, term=1, match=1, at=replica.now - 0.3))
    assert [peer for peer in replica.peers if replica.told(peer, Heartbeat)] == [B, D, E]


def test_a_follower_that_lacks_what_a_majority_needs_is_to_answer_however_lately_it_did() -> None:
    replica = thrifty()
    replica.asked(put("1"))
    assert [heartbeat_is_quiet(replica, peer) for peer in (B, C, D)] == [False, False, True]


def test_whoever_takes_the_place_of_one_that_lost_a_heartbeat_is_asked_at_once_where_the_lease_needs_it() -> None:
    replica = thrifty()
    replica.passes(replica.settings.election_timeout_min_ms * 0.6)
    forget(replica)
    overdue(replica, B)
    assert [beat.quiet for beat in replica.told(D, Heartbeat)] == [False]


def test_a_silent_follower_that_is_not_needed_is_left_to_its_next_heartbeat() -> None:
    """It is asked again then, for it may only have lost one datagram."""
    replica = thrifty()
    replica.asked(put("1"))
    forget(replica)
    overdue(replica, B)
    assert not replica.told(B, Heartbeat)


# --- whose answers are needed --------------------------------------------------------------------------------------


def heartbeat_is_quiet(replica: Replica, peer: NodeId) -> bool:
    """Whether the heartbeat that is due for `peer` need not be answered."""
    forget(replica)
    replica.tell(HeartbeatDue(peer=peer, term=Term(1), at=Instant(replica.now)))
    (beat,) = replica.told(peer, Heartbeat)
    return beat.quiet


def test_followers_that_no_majority_needs_need_not_answer() -> None:
    replica = thrifty()
    replica.passes(replica.settings.election_timeout_min_ms * 0.6)
    assert [heartbeat_is_quiet(replica, peer) for peer in (B, C, D, E)] == [False, False, True, True]


def test_nor_need_those_that_have_just_confirmed_this_leader() -> None:
    """They have answered within half of the least election timeout, so the lease holds until they answer next."""
    replica = thrifty()
    replica.passes(replica.settings.election_timeout_min_ms * 0.4)
    assert [heartbeat_is_quiet(replica, peer) for peer in (B, C)] == [True, True]


def test_whoever_takes_the_place_of_a_silent_one_must_answer() -> None:
    replica = thrifty()
    overdue(replica, B)
    replica.passes(replica.settings.election_timeout_min_ms * 0.6)
    assert not heartbeat_is_quiet(replica, D)


def test_without_thrift_all_must_answer() -> None:
    replica = leader(5, settings=Settings(thrifty=0))
    replica.hears(*(accepted(peer, term=1, match=1, at=replica.now) for peer in replica.peers))
    replica.passes(replica.settings.election_timeout_min_ms * 0.6)
    assert not any(heartbeat_is_quiet(replica, peer) for peer in replica.peers)


def test_a_round_that_confirms_a_read_is_to_be_answered_by_all() -> None:
    replica = thrifty()
    replica.passes(replica.settings.election_timeout_min_ms)
    forget(replica)
    replica.asked(get("1"))
    beats = [beat for peer in replica.peers for beat in replica.told(peer, Heartbeat)]
    assert [beat.quiet for beat in beats] == [False] * 4


def test_when_nobody_answers_everybody_is_tried() -> None:
    """In turn: with each overdue answer one more has been sent the entries."""
    replica = thrifty()
    replica.asked(put("1"))
    forget(replica)
    for peer in (B, C, D, E):
        overdue(replica, peer)
    tried = [peer for peer in (D, E) if replica.told(peer, Heartbeat)]
    assert tried == [D, E]


def test_an_overdue_answer_of_an_older_term_is_nobodys_fault() -> None:
    """That term is over."""
    replica = leader(5, behind=entries(1))
    overdue(replica, B, term=1)
    assert not replica.audit.events("follower.demoted")
