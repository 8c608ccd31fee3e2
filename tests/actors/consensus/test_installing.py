"""A follower takes its leader's snapshot part by part, in order, and as a whole or not at all (Raft §7, Figure 13)."""

from __future__ import annotations

import pytest

from messages.ids import NodeId
from messages.log_store import StoreChunk
from messages.snapshot import Chunk
from messages.state_machine import TakeChunk
from messages.wire import AppendAccepted, SnapshotReply
from tests.actors.consensus.driver import Replica
from tests.actors.consensus.sayings import A, B, C, append, entries
from tests.actors.consensus.snapshot_sayings import sent_again, snapshot, wants

TERMS = (1, 1, 2, 2, 2)
"""Those of the entries that the snapshot includes; its records are two of terms and two of values."""


def follower() -> Replica:
    """A follows B in term 3, and has one entry, which is of term 1."""
    replica = Replica(3)
    replica.hears(append(B, term=3, entries=entries(1)))
    replica.wire.take()
    return replica


def offsets(replica: Replica) -> list[int]:
    """What was wanted next, in each answer since the last look."""
    return [reply.offset for reply in replica.says(SnapshotReply)]


def refusals(replica: Replica) -> list[object]:
    return [event["reason"] for event in replica.audit.events("snapshot.refused")]


def handed_on(replica: Replica) -> list[tuple[int, bool]]:
    """Of each part that the state machine was told so far: its offset, and whether it is the last."""
    return [(message.chunk.offset, message.chunk.done) for message in replica.state_machine.only(TakeChunk)]


def is_installed(replica: Replica) -> bool:
    return replica.commit_index == len(TERMS) == replica.storage.snapshot_index()


# --- parts in order ----------------------------------------------------------------------------------------------


def test_each_part_is_answered_with_what_is_wanted_next() -> None:
    replica = follower()
    first, second, *_ = snapshot(B, *TERMS, term=3, each=1)
    replica.hears(first)
    (reply,) = replica.says(SnapshotReply)
    assert (reply.src, reply.leader, reply.term, reply.at) == (A, B, 3, first.at)
    assert wants(reply) == (B, 5, 1)
    replica.hears(second)
    assert offsets(replica) == [2]


def test_parts_go_to_the_log_store_and_to_the_state_machine_as_they_come() -> None:
    replica = follower()
    replica.prompt_disk = False
    for part in snapshot(B, *TERMS, term=3, each=2):
        replica.hears(part)
        chunk = Chunk(
            last_included_index=part.last_included_index,
            last_included_term=part.last_included_term,
            offset=part.offset,
            records=part.records,
            done=part.done,
        )
        assert replica.log_store.only(StoreChunk) == [StoreChunk(chunk=chunk)]
        assert replica.state_machine.only(TakeChunk) == [TakeChunk(chunk=chunk)]
        replica.log_store.take()
        replica.state_machine.take()


def test_the_last_part_is_answered_when_all_of_it_is_in_the_place_of_the_log() -> None:
    replica = follower()
    *others, last = snapshot(B, *TERMS, term=3, each=1)
    replica.hears(*others)
    assert not is_installed(replica)
    replica.wire.take()
    replica.hears(last)
    assert is_installed(replica)
    (answer,) = replica.wire.take()
    assert isinstance(answer, AppendAccepted)
    assert (answer.dst, answer.match_index, answer.commit_index, answer.at) == (B, 5, 5, last.at)


def test_a_snapshot_of_one_part_is_installed_at_once() -> None:
    replica = follower()
    replica.hears(*snapshot(B, *TERMS, term=3))
    assert is_installed(replica)
    assert replica.log_terms == list(TERMS)


def test_the_acknowledgement_of_an_installed_snapshot_leaves_only_when_it_is_durable() -> None:
    """Raft Figure 2: the leader would count what a crash of this replica loses."""
    replica = follower()
    replica.prompt_disk = False
    replica.hears(*snapshot(B, *TERMS, term=3))
    replica.disk_hears()
    assert replica.says(AppendAccepted) == []
    replica.disk()
    assert [answer.match_index for answer in replica.says(AppendAccepted)] == [5]


# --- parts out of order ------------------------------------------------------------------------------------------


def test_a_part_that_comes_twice_is_answered_twice_and_handed_on_once() -> None:
    """The first answer may have been lost."""
    replica = follower()
    first, *_ = snapshot(B, *TERMS, term=3, each=1)
    replica.hears(first, first, sent_again(first, at=5.0))
    assert offsets(replica) == [1, 1, 1]
    assert handed_on(replica) == [(0, False)]


def test_a_last_part_that_comes_twice_is_acknowledged_twice() -> None:
    replica = follower()
    parts = snapshot(B, *TERMS, term=3, each=2)
    replica.hears(*parts, sent_again(parts[-1], at=9.0), parts[0])
    assert [(answer.match_index, answer.at) for answer in replica.says(AppendAccepted)] == [
        (5, 2.0),
        (5, 9.0),
        (5, 1.0),
    ]
    assert handed_on(replica) == [(0, False), (2, True)]


def test_a_stale_part_of_an_earlier_send_is_dropped() -> None:
    """It was overtaken: the leader knows by now that it is here, and an answer would be news of the past."""
    replica = follower()
    first, second, third, _ = snapshot(B, *TERMS, term=3, each=1)
    replica.hears(sent_again(first, at=10.0), sent_again(second, at=11.0), sent_again(third, at=12.0))
    replica.wire.take()
    replica.hears(first, sent_again(second, at=11.5))
    assert replica.wire.take() == []
    assert refusals(replica) == ["stale", "stale"]
    assert handed_on(replica) == [(0, False), (1, False), (2, False)]


def test_a_first_part_that_was_overtaken_does_not_begin_anew() -> None:
    replica = follower()
    parts = snapshot(B, *TERMS, term=3, each=1)
    replica.hears(*parts[:3], sent_again(parts[0], at=2.5), parts[3])
    assert is_installed(replica)


def test_a_part_that_does_not_follow_makes_the_leader_begin_anew() -> None:
    """This replica has restarted, say, and what it had is gone."""
    replica = follower()
    parts = snapshot(B, *TERMS, term=3, each=1)
    replica.hears(parts[1])
    assert [wants(reply) for reply in replica.says(SnapshotReply)] == [(B, 5, 0)]
    assert refusals(replica) == ["out_of_order"]
    assert handed_on(replica) == []


@pytest.mark.parametrize("gap", [2, 3])
def test_after_a_gap_nothing_but_the_first_part_is_taken(gap: int) -> None:
    replica = follower()
    parts = snapshot(B, *TERMS, term=3, each=1)
    replica.hears(parts[0], sent_again(parts[gap], at=8.0), sent_again(parts[1], at=9.0))
    assert offsets(replica) == [1, 0, 0]
    replica.hears(*(sent_again(part, at=10.0 + part.offset) for part in parts))
    assert is_installed(replica)


def test_a_leader_that_begins_anew_is_followed() -> None:
    replica = follower()
    first, second, _, _ = snapshot(B, *TERMS, term=3, each=1)
    again = snapshot(B, *TERMS, term=3, each=3, at=10.0)
    replica.hears(first, second, *again)
    assert offsets(replica) == [1, 2, 3]
    assert is_installed(replica)


# --- parts of different snapshots --------------------------------------------------------------------------------


def test_parts_of_two_leaders_never_mix() -> None:
    """Though they may say the same, C may cut its snapshot elsewhere, or give it in another order."""
    replica = follower()
    replica.hears(snapshot(B, *TERMS, term=3, each=1)[0])
    replica.wire.take()
    theirs = snapshot(C, *TERMS, term=4, each=1, at=50.0)
    replica.hears(theirs[1])
    assert [wants(reply) for reply in replica.says(SnapshotReply)] == [(C, 5, 0)]
    replica.hears(*theirs)
    assert is_installed(replica)


@pytest.mark.parametrize("src", [B, C])
def test_what_a_leader_of_another_term_sends_is_not_stale_whatever_its_clock_says(src: NodeId) -> None:
    """Clocks begin anywhere, and a leader that has restarted has another one."""
    replica = follower()
    replica.hears(snapshot(B, *TERMS, term=3, each=1, at=100.0)[0], *snapshot(src, *TERMS, term=4, each=1, at=1.0))
    assert is_installed(replica)


def test_parts_of_two_terms_of_the_same_leader_never_mix() -> None:
    replica = follower()
    replica.hears(snapshot(B, *TERMS, term=3, each=1)[0])
    replica.hears(snapshot(B, *TERMS, term=5, each=1)[1])
    assert offsets(replica) == [1, 0]


def test_parts_of_two_snapshots_of_a_leader_never_mix() -> None:
    """It has moved on, and who read the one before was no longer waited for."""
    replica = follower()
    replica.hears(snapshot(B, *TERMS, term=3, each=1)[0])
    later = snapshot(B, *TERMS, 3, term=3, each=1, at=20.0)
    replica.hears(later[1])
    assert offsets(replica) == [1, 0]
    replica.hears(*(sent_again(part, at=30.0 + part.offset) for part in later))
    assert replica.log_terms == [*TERMS, 3]


def test_the_first_part_of_a_later_snapshot_takes_the_place_of_the_one_before() -> None:
    replica = follower()
    replica.hears(snapshot(B, *TERMS, term=3, each=1)[0], *snapshot(B, *TERMS, 3, term=3, each=2, at=20.0))
    assert replica.log_terms == [*TERMS, 3]
    assert handed_on(replica) == [(0, False), (0, False), (2, False), (4, True)]


@pytest.mark.parametrize("late", [0, 1])
def test_a_late_part_of_an_earlier_snapshot_is_stale(late: int) -> None:
    """Else a single datagram that was long under way would throw away what has come of the later one."""
    replica = follower()
    old = snapshot(B, *TERMS, term=3, each=1)
    new = snapshot(B, *TERMS, 3, term=3, each=1, at=20.0)
    replica.hears(old[0], new[0], new[1], old[late], *new[2:])
    assert refusals(replica) == ["stale"]
    assert replica.log_terms == [*TERMS, 3]
