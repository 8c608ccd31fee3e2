"""Snapshots that no replica can have are dropped before anybody is told of them; terms come first (Raft §5.1, §7)."""

from __future__ import annotations

import pytest

from actors.consensus.role import Role
from messages.ids import Instant
from messages.snapshot import Record
from messages.state_machine import TakeChunk
from messages.wire import AppendAccepted, InstallSnapshot, Redirect, SnapshotReply, VoteReply
from tests.actors.consensus.driver import Replica, campaigns, candidate, leader
from tests.actors.consensus.sayings import A, B, C, append, entries, put, request_vote
from tests.actors.consensus.snapshot_sayings import snapshot, state

TERMS = (1, 1, 2, 2, 2)


def follower() -> Replica:
    """A follows B in term 3, and its log has one entry, which is committed."""
    replica = Replica(3)
    replica.hears(append(B, term=3, entries=entries(1), commit=1))
    replica.wire.take()
    return replica


def impossible(replica: Replica) -> list[object]:
    """Why messages were dropped."""
    return [event["reason"] for event in replica.audit.events("message.impossible")]


# --- content -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        (("t/0000000000000001", "1"),),
        (("t/0000000000000002", "1"), ("t/0000000000000003", "2")),
        (("t/0000000000000001", "2"), ("t/0000000000000003", "1")),
        (("t/0000000000000001", "2"), ("t/0000000000000003", "2")),
        (("t/0000000000000001", "1"), ("t/0000000000000006", "2")),
        (("t/0000000000000001", "1"), ("t/0000000000000003", "3")),
        (("t/0000000000000001", "1"), ("t/0000000000000001", "2")),
        (("t/0000000000000000", "1"), ("t/0000000000000003", "2")),
        (("t/0000000000000001", "0"), ("t/0000000000000003", "2")),
        (("t/0000000000000001", "-3"), ("t/0000000000000003", "2")),
        (("t/0000000000000001", "one"), ("t/0000000000000003", "2")),
        (("t/first", "1"), ("t/0000000000000003", "2")),
        (*state(*TERMS), ("w/0000000000000001", "")),
        (*state(*TERMS), ("w/0000000000000001", "[]")),
        (*state(*TERMS), ("w/0000000000000001", '[["1","0015","m"]]')),
        (*state(*TERMS), ("w/0000000000000001", '[[1,"0015"]]')),
    ],
    ids=[
        "no terms at all",
        "not the term of its last entry",
        "nothing at index 1",
        "falling terms",
        "the same term twice",
        "a term behind its last entry",
        "another last term",
        "two terms at one index",
        "a term at index 0",
        "term 0",
        "a negative term",
        "no number for a term",
        "no number for an index",
        "no writes",
        "an empty list of writes",
        "an index that is no number",
        "a write without a MID",
    ],
)
@pytest.mark.parametrize("each", [1, 100])
def test_records_that_say_what_cannot_be_are_not_installed(wrong: tuple[Record, ...], each: int) -> None:
    """No assertion fails, here or in the state machine, for what another replica says."""
    replica = follower()
    records = (*wrong, ("v/key", "value"))
    replica.hears(*snapshot(B, *TERMS, term=3, records=records, each=each))
    assert impossible(replica) == ["its records say nothing that could be"]
    assert replica.log_terms == [1]
    assert not [told for told in replica.state_machine.only(TakeChunk) if told.chunk.done]
    replica.hears(*snapshot(B, *TERMS, term=3, each=2, at=50.0))
    assert replica.log_terms == list(TERMS), "and a good one is taken afterwards"


def test_a_snapshot_that_replaces_what_is_committed_is_impossible() -> None:
    """State machine safety (Raft Figure 3)."""
    replica = follower()
    replica.hears(*snapshot(B, 2, term=3))
    assert impossible(replica) == ["it replaces what is committed"]
    assert replica.log_terms == [1]
    assert not replica.says(AppendAccepted)


def test_terms_may_come_in_any_order_and_in_any_part() -> None:
    """The order of records is the storage's."""
    replica = follower()
    first, second, *others = state(*TERMS)
    replica.hears(*snapshot(B, *TERMS, term=3, records=(*others, second, first), each=1))
    assert replica.log_terms == list(TERMS)


# --- terms and leaders -------------------------------------------------------------------------------------------


def test_a_deposed_leaders_snapshot_is_answered_with_the_newer_term() -> None:
    """Raft §5.1: it steps down."""
    replica = follower()
    replica.hears(append(C, term=4, prev=(1, 1)))
    replica.wire.take()
    replica.hears(*snapshot(B, *TERMS, term=3))
    (reply,) = replica.says(SnapshotReply)
    assert (reply.dst, reply.term, reply.leader, reply.offset) == (B, 4, C, 0)
    assert replica.log_terms == [1]


def test_a_snapshot_of_a_newer_term_is_entered_and_its_sender_followed() -> None:
    replica = follower()
    replica.hears(*snapshot(C, *TERMS, term=5))
    assert (replica.core.term, replica.core.leader, replica.log_terms) == (5, C, list(TERMS))


def test_a_candidate_that_hears_a_snapshot_of_its_term_follows_its_sender() -> None:
    """Raft §5.2: the sender leads."""
    replica = candidate()
    replica.hears(*snapshot(C, 1, 1, term=1))
    assert (replica.role(), replica.core.leader) == (Role.FOLLOWER, C)
    assert replica.log_terms == [1, 1]


def test_a_leader_hears_of_no_other_one_in_its_own_term() -> None:
    replica = leader()
    replica.hears(*snapshot(B, 1, 1, term=1))
    assert impossible(replica) == ["another one leads"]
    assert (replica.role(), replica.log_terms) == (Role.LEADER, [1])


def test_a_second_leader_of_the_same_term_is_impossible() -> None:
    replica = follower()
    replica.hears(*snapshot(C, *TERMS, term=3))
    assert impossible(replica) == ["another one leads"]
    assert replica.log_terms == [1]


def test_a_term_that_is_absurd_is_not_entered_for_a_snapshot() -> None:
    replica = follower()
    replica.hears(*snapshot(B, *TERMS, term=2**53 - 1))
    assert replica.core.term == 3
    assert replica.log_terms == [1]


# --- signs of life -----------------------------------------------------------------------------------------------


def part(at: float) -> InstallSnapshot:
    return snapshot(B, *TERMS, term=3, each=1, at=at)[0]


def test_a_part_is_a_sign_of_the_leaders_life() -> None:
    """Nobody is voted for while a transfer goes on, and held requests are redirected to its sender."""
    replica = follower()
    replica.passes(700)
    replica.asked(put("1"))
    replica.hears(part(at=1.0))
    assert [(answer.MID, answer.leader) for answer in replica.says(Redirect)] == [("1", B)]
    replica.passes(700)
    replica.hears(request_vote(C, term=4, last=(9, 3)))
    assert replica.says(VoteReply) == []
    assert replica.core.term == 3


def test_a_part_puts_the_election_off() -> None:
    replica = follower()
    replica.passes(3000)
    replica.hears(part(at=1.0))
    replica.times_out(after_ms=100)
    assert replica.role() is Role.FOLLOWER
    campaigns(replica)
    assert replica.role() is Role.CANDIDATE


def test_a_part_that_is_refused_is_a_sign_of_life_too_and_answered_with_its_time() -> None:
    """The leader's lease may count on it: it was followed when it sent it."""
    replica = follower()
    replica.hears(snapshot(B, *TERMS, term=3, each=1, at=7.0)[2])
    (reply,) = replica.says(SnapshotReply)
    assert (reply.at, reply.src, reply.offset) == (Instant(9.0), A, 0)
    assert replica.core.heard_at == replica.core.now
