"""What came of a leader's snapshot is let go when the rest will not come: nobody keeps it for nothing (Raft §7)."""

from __future__ import annotations

import pytest

from messages.ids import NodeId
from messages.log_store import DropChunks
from messages.state_machine import ForgetChunks
from messages.wire import InstallSnapshot
from tests.actors.consensus.driver import Replica, campaigns, is_elected
from tests.actors.consensus.sayings import A, B, C, append, entries
from tests.actors.consensus.snapshot_sayings import sent_again, snapshot

TERMS = (1, 1, 2, 2, 2)


def taking() -> tuple[Replica, tuple[InstallSnapshot, ...]]:
    """A follows B in term 3, and has one part of four of its snapshot."""
    replica = Replica(3)
    replica.prompt_disk = False
    parts = tuple(snapshot(B, *TERMS, term=3, each=1))
    replica.hears(append(B, term=3, entries=entries(1)), parts[0])
    assert dropped(replica) == 0
    return replica, parts


def dropped(replica: Replica) -> int:
    """How often both the log store and the state machine were told to forget what had come."""
    stores, machines = replica.log_store.only(DropChunks), replica.state_machine.only(ForgetChunks)
    assert len(stores) == len(machines)
    return len(stores)


@pytest.mark.parametrize("leader", [B, C])
def test_whoever_leads_the_next_term_begins_anew(leader: NodeId) -> None:
    replica, _ = taking()
    replica.hears(append(leader, term=4, entries=()))
    assert dropped(replica) == 1


def test_it_is_dropped_once() -> None:
    replica, _ = taking()
    replica.hears(append(C, term=4, entries=()), append(C, term=4, entries=()), append(B, term=5, entries=()))
    assert dropped(replica) == 1


def test_a_leader_that_goes_on_loses_nothing() -> None:
    replica, parts = taking()
    replica.hears(append(B, term=3, entries=()), *parts[1:])
    assert (dropped(replica), replica.commit_index) == (0, 5)


def test_a_log_that_has_caught_up_needs_no_snapshot() -> None:
    """The leader had its entries still, and sent them when an answer said how far this log goes."""
    replica, parts = taking()
    replica.hears(append(B, term=3, entries=entries(*TERMS)), sent_again(parts[1], at=9.0))
    assert dropped(replica) == 1


def test_a_late_part_of_an_older_snapshot_that_the_log_has_drops_nothing_of_a_newer_one() -> None:
    """Or a single datagram that was long under way would throw away what has come."""
    replica, parts = taking()
    replica.hears(sent_again(snapshot(B, 1, term=3)[0], at=9.0))
    assert dropped(replica) == 0
    replica.hears(*parts[1:])
    assert replica.commit_index == 5


def test_what_is_installed_need_not_be_dropped() -> None:
    replica, parts = taking()
    replica.hears(*parts[1:], append(C, term=4, entries=()))
    assert (dropped(replica), replica.commit_index) == (0, 5)


def test_a_gap_makes_the_leader_begin_anew_and_what_was_there_is_dropped() -> None:
    replica, parts = taking()
    replica.hears(sent_again(parts[2], at=8.0))
    assert dropped(replica) == 1
    replica.hears(*(sent_again(part, at=10.0 + part.offset) for part in parts))
    assert replica.commit_index == 5


def test_a_replica_that_is_elected_itself_waits_for_no_snapshot() -> None:
    replica, _ = taking()
    replica.hears(append(B, term=3, entries=entries(*TERMS)))
    replica.prompt_disk = True
    campaigns(replica)
    replica.prompt_disk = False
    is_elected(replica)
    assert replica.core.leader == A
    assert dropped(replica) == 1
