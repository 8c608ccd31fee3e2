"""A leader hears how far a follower has come with its snapshot: an answer like any other (Raft §7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.consensus.role import Role
from messages.replicator import ChunkTaken, Heartbeat, Lead
from messages.wire import SnapshotReply
from tests.actors.consensus.driver import Replica, forget, leader
from tests.actors.consensus.sayings import B, C, accepted, append, get
from tests.actors.consensus.snapshot_sayings import part_taken

LAST = 1
"""The leader's no-op is committed, and more than that no snapshot of it can include."""


def serving(size: int = 3) -> Replica:
    replica = leader(size)
    replica.hears(*(accepted(peer, term=1, match=1, at=replica.now) for peer in replica.peers))
    forget(replica)
    return replica


def test_what_a_follower_has_taken_is_told_to_its_replicator() -> None:
    replica = serving()
    asked_at = replica.now
    replica.hears(part_taken(B, term=1, last=LAST, offset=7, at=asked_at))
    (taken,) = replica.told(B, ChunkTaken)
    assert (taken.last_included_index, taken.offset, taken.sent_at, taken.at) == (LAST, 7, asked_at, replica.now)
    assert replica.told(C, ChunkTaken) == []


@pytest.mark.parametrize(("last", "later_s"), [(LAST + 1, 0.0), (LAST, 1.0)])
def test_what_answers_nothing_that_was_ever_sent_is_impossible(last: int, later_s: float) -> None:
    """No snapshot goes beyond what is committed; and nobody echoes the future."""
    replica = serving()
    replica.hears(part_taken(B, term=1, last=last, offset=7, at=replica.now + later_s))
    assert [event["type"] for event in replica.audit.events("message.impossible")] == ["snapshot_reply"]
    assert replica.told(B, ChunkTaken) == []


def test_who_leads_no_more_is_not_interested() -> None:
    replica = serving()
    replica.hears(append(C, term=2, prev=(1, 1)))
    replica.hears(*(part_taken(B, term=term, last=LAST, offset=7, at=replica.now) for term in (1, 2)))
    assert [event["type"] for event in replica.audit.events("message.outdated")] == ["snapshot_reply"] * 2
    assert replica.told(B, ChunkTaken) == []


def test_a_leader_that_hears_of_a_newer_term_steps_down() -> None:
    """Raft §5.1."""
    replica = serving()
    replica.hears(part_taken(B, term=2, last=LAST, offset=0, at=replica.now))
    assert (replica.role(), replica.core.term) == (Role.FOLLOWER, 2)


def test_an_answer_to_a_part_confirms_the_leader() -> None:
    """Raft §8: the follower followed it when the part came."""
    replica = serving()
    replica.passes(5000)
    replica.asked(get("1"))
    assert replica.read() == []
    replica.hears(part_taken(B, term=1, last=LAST, offset=7, at=replica.now))
    assert replica.read() == ["1"]


def test_a_stranger_confirms_no_leader_by_it() -> None:
    replica = serving()
    replica.passes(5000)
    replica.asked(get("1"))
    replica.hears(replace(part_taken(B, term=1, last=LAST, offset=7, at=replica.now), introduced=False))
    assert replica.read() == []
    assert len(replica.told(B, ChunkTaken)) == 1, "but gets the snapshot"


def test_a_leader_whose_followers_take_its_snapshot_has_not_lost_them() -> None:
    """Check-quorum (thesis §6.2)."""
    replica = serving()
    for _ in range(6):
        replica.passes(300)
        replica.hears(part_taken(B, term=1, last=LAST, offset=7, at=replica.now))
    replica.times_out(after_ms=0)
    assert replica.role() is Role.LEADER


def test_a_follower_with_another_disk_is_asked_anew_and_its_answer_not_handed_on() -> None:
    """It is not the one that the transfer was for."""
    replica = serving()
    replica.hears(disk_of(part_taken(B, term=1, last=LAST, offset=7, at=replica.now), "old"))
    replica.replicators[B].take()
    replica.hears(disk_of(part_taken(B, term=1, last=LAST, offset=0, at=replica.now), "new"))
    told = replica.replicators[B].take()
    assert [type(message) for message in told] == [Lead, Heartbeat]
    assert len(replica.audit.events("follower.replaced")) >= 1
    replica.hears(disk_of(part_taken(B, term=1, last=LAST, offset=1, at=replica.now), "new"))
    assert len(replica.told(B, ChunkTaken)) == 1


def disk_of(reply: SnapshotReply, disk: str) -> SnapshotReply:
    return replace(reply, disk=disk)


def test_what_a_follower_takes_of_a_snapshot_commits_nothing() -> None:
    """Only what it acknowledges, when all of it is durable."""
    replica = leader(3)
    replica.hears(part_taken(B, term=1, last=0, offset=7, at=replica.now))
    assert replica.commit_index == 0
