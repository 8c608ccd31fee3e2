"""A follower that takes a snapshot answers, and can store nothing else: a leader does not count on it (Raft §7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from messages.consensus import AnswerOverdue
from messages.ids import Instant, NodeId, Term
from messages.replicator import Heartbeat, Replicate
from tests.actors.consensus.driver import SETTINGS, Replica, forget, leader
from tests.actors.consensus.sayings import B, C, D, E, accepted, put
from tests.actors.consensus.snapshot_sayings import part_taken

THRIFTY: Final = replace(SETTINGS, thrifty=1)


def serving(size: int = 3, *, answering: tuple[NodeId, ...] = (C, B), storing: tuple[NodeId, ...] = (B,)) -> Replica:
    """The no-op of term 1 is committed, and a put behind it; these followers answered in that order, and store both."""
    replica = leader(size, settings=THRIFTY)
    for peer in answering:
        replica.hears(accepted(peer, term=1, match=1, at=replica.now))
    replica.asked(put("first"))
    for peer in storing:
        replica.hears(accepted(peer, term=1, match=2, at=replica.now))
    forget(replica)
    return replica


def takes_a_part(replica: Replica, *peers: NodeId, last: int = 2) -> None:
    """Of the snapshot up to `last`."""
    replica.hears(*(part_taken(peer, term=1, last=last, offset=2, at=replica.now) for peer in peers))


def is_overdue(replica: Replica, *peers: NodeId) -> None:
    for peer in peers:
        replica.tell(AnswerOverdue(peer=peer, term=Term(1), at=Instant(replica.now)))


def asked_to_store(replica: Replica) -> list[NodeId]:
    """Whom the leader counts on for the next entry."""
    forget(replica)
    replica.asked(put(f"{replica.core.log.last_index}"))
    return [peer for peer in replica.peers if replica.told(peer, Replicate)]


def test_a_thrifty_leader_counts_on_who_answered_first() -> None:
    """The tests below could not fail otherwise."""
    assert asked_to_store(serving()) == [C]


def test_a_leader_does_not_count_on_who_takes_a_snapshot() -> None:
    replica = serving()
    takes_a_part(replica, C)
    assert asked_to_store(replica) == [B]


def test_not_either_when_the_other_one_has_lost_a_datagram_and_is_back() -> None:
    replica = serving(answering=(B,))
    takes_a_part(replica, C)
    is_overdue(replica, B)
    replica.hears(accepted(B, term=1, match=1, at=replica.now))
    takes_a_part(replica, C)
    assert asked_to_store(replica) == [B]


def test_who_has_taken_the_snapshot_comes_behind_those_that_answered_meanwhile() -> None:
    replica = serving()
    takes_a_part(replica, C)
    replica.hears(accepted(C, term=1, match=2, at=replica.now))
    assert asked_to_store(replica) == [B]
    is_overdue(replica, B)
    assert asked_to_store(replica) == [C]


def test_who_answers_heartbeats_meanwhile_is_not_welcomed_back_after_each_part() -> None:
    """It was never away; each welcome would cost a heartbeat and its answer, as long as the transfer lasts."""
    replica = leader(3, settings=replace(SETTINGS, thrifty=0))
    replica.hears(accepted(B, term=1, match=1, at=replica.now))
    for _ in range(5):
        forget(replica)
        takes_a_part(replica, C, last=1)
        replica.hears(accepted(C, term=1, match=0, at=replica.now))
        assert replica.told(C, Heartbeat) == []


def test_who_falls_silent_while_it_takes_one_is_welcomed_back_by_the_next_part_already() -> None:
    replica = serving()
    takes_a_part(replica, C)
    is_overdue(replica, C)
    demoted = [event["peer"] for event in replica.audit.events("follower.demoted")]
    takes_a_part(replica, C)
    replica.hears(accepted(C, term=1, match=0, at=replica.now))
    assert (demoted, replica.told(C, Heartbeat)) == ([C], [])
    assert asked_to_store(replica) == [B]


def test_who_has_taken_many_parts_and_then_all_is_silent_no_more() -> None:
    replica = serving()
    for _ in range(3):
        takes_a_part(replica, C)
    replica.hears(accepted(C, term=1, match=2, at=replica.now))
    is_overdue(replica, C)
    demoted = [event["peer"] for event in replica.audit.events("follower.demoted")]
    assert demoted == [C], "it falls silent only now"


def test_the_only_one_that_can_store_is_asked_again_when_its_answer_is_overdue() -> None:
    """Whoever takes a snapshot is no way round it."""
    replica = serving()
    takes_a_part(replica, C)
    forget(replica)
    is_overdue(replica, B)
    assert len(replica.told(B, Heartbeat)) == 1
    assert asked_to_store(replica) == [B]


def test_an_overdue_part_does_not_make_a_follower_one_that_can_store() -> None:
    replica = serving()
    takes_a_part(replica, C)
    is_overdue(replica, C)
    replica.hears(accepted(C, term=1, match=0, at=replica.now))
    is_overdue(replica, B)
    replica.hears(accepted(B, term=1, match=2, at=replica.now))
    assert asked_to_store(replica) == [B]


def test_a_late_word_of_a_part_makes_nobody_take_a_snapshot() -> None:
    replica = serving()
    takes_a_part(replica, C)
    replica.hears(accepted(C, term=1, match=2, at=replica.now))
    takes_a_part(replica, C)
    is_overdue(replica, B)
    assert asked_to_store(replica) == [C]


def test_who_has_just_taken_all_and_is_needed_gets_at_once_what_came_meanwhile() -> None:
    replica = serving()
    takes_a_part(replica, C)
    is_overdue(replica, B)
    replica.asked(put("more"))
    forget(replica)
    replica.hears(accepted(C, term=1, match=2, at=replica.now))
    assert len(replica.told(C, Heartbeat)) == 1


def test_who_takes_a_snapshot_is_asked_where_the_others_are_too_few() -> None:
    """It may be done with it before anybody else is there."""
    replica = serving(5, answering=(B, C, D, E), storing=(B, D))
    takes_a_part(replica, C)
    is_overdue(replica, D, E)
    assert len(asked_to_store(replica)) >= 2


def test_what_it_takes_is_no_reason_to_leave_the_others() -> None:
    replica = serving(5, answering=(B, C, D, E), storing=(B, D))
    for _ in range(3):
        takes_a_part(replica, E)
        assert asked_to_store(replica) == [B, C]


def test_if_all_take_a_snapshot_somebody_is_asked_all_the_same() -> None:
    replica = serving(5, answering=(B, C, D, E), storing=(D, E))
    takes_a_part(replica, B, C)
    is_overdue(replica, D, E)
    assert len(asked_to_store(replica)) >= 2
