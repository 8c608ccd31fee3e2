"""A follower that was not introduced has a log, and no say: in commits, in leases, or in whom to send to first.

Found in a review: what such a follower acknowledged could be lost with a disk that nobody knew of.
"""

from __future__ import annotations

from dataclasses import replace

from actors.consensus.role import Role
from messages.consensus import Restored
from messages.ids import DiskId, LogIndex, NodeId, Term
from messages.replicator import Acknowledged, Heartbeat, Lead, Rejected
from messages.wire import AppendAccepted, AppendRejected
from tests.actors.consensus.driver import Replica, leader
from tests.actors.consensus.sayings import A, B, C, D, E, accepted, append, entries, get, introduced, put, rejected


def stranger(answer: AppendAccepted, disk: str = "new") -> AppendAccepted:
    return replace(answer, disk=disk, introduced=False)


def test_what_a_stranger_stores_commits_nothing() -> None:
    replica = leader(5)
    replica.hears(accepted(B, term=1, match=1, at=replica.now), stranger(accepted(C, term=1, match=1, at=replica.now)))
    assert replica.commit_index == 0
    replica.hears(accepted(D, term=1, match=1, at=replica.now))
    assert replica.commit_index == 1


def test_a_stranger_is_replicated_to_all_the_same() -> None:
    replica = leader()
    replica.hears(stranger(accepted(B, term=1, match=1, at=replica.now)))
    assert [message.match_index for message in replica.told(B, Acknowledged)] == [1]


def test_a_stranger_confirms_no_leader() -> None:
    """Else one that hears only strangers would lead for ever, and commit nothing."""
    replica = leader()
    for _ in range(6):
        replica.passes(300)
        replica.hears(stranger(accepted(B, term=1, match=1, at=replica.now)))
    replica.times_out(after_ms=0)
    assert replica.role() is Role.FOLLOWER


def test_reads_are_not_confirmed_by_a_stranger() -> None:
    replica = leader()
    replica.hears(accepted(C, term=1, match=1, at=replica.now))
    replica.passes(replica.settings.lease_ms)
    replica.asked(get("r"))
    replica.hears(stranger(accepted(B, term=1, match=1, at=replica.now)))
    assert replica.read() == []


def test_once_it_was_introduced_it_counts() -> None:
    replica = leader()
    replica.hears(stranger(accepted(B, term=1, match=1, at=replica.now)))
    assert replica.commit_index == 0
    replica.hears(replace(accepted(B, term=1, match=1, at=replica.now), disk="new"))
    assert replica.commit_index == 1


def test_of_a_follower_with_another_disk_nothing_is_known() -> None:
    """It has lost what it had acknowledged: the leader finds out anew where the logs agree, in the same term."""
    replica = leader()
    replica.hears(replace(accepted(B, term=1, match=1, at=replica.now), disk="old"))
    replica.told(B, Lead)
    empty = replace(rejected(B, term=1, prev=1, conflict=(1, 0), at=replica.now), disk="new", introduced=False)
    replica.hears(empty)
    told = replica.replicators[B].take()
    assert [type(message) for message in told if isinstance(message, Lead | Heartbeat | Rejected)] == [Lead, Heartbeat]
    replica.hears(empty)
    assert [message.next_prev_index for message in replica.told(B, Rejected)] == [0]


def test_what_another_disk_held_is_not_counted_any_more() -> None:
    replica = leader(5)
    replica.hears(replace(accepted(B, term=1, match=1, at=replica.now), disk="old"))
    replica.hears(replace(accepted(B, term=1, match=0, at=replica.now), disk="new"))
    replica.hears(accepted(C, term=1, match=1, at=replica.now))
    assert replica.commit_index == 0


def test_thriftily_a_stranger_is_not_among_those_that_get_entries_first() -> None:
    replica = leader(5)
    replica.hears(*(accepted(peer, term=1, match=1, at=replica.now) for peer in (C, D)))
    replica.hears(stranger(accepted(B, term=1, match=1, at=replica.now)))
    replica.wire.take()
    replica.asked(put("1"))
    assert B not in {message.dst for message in replica.wire.take()}


def test_a_follower_says_which_disk_it_has_and_whether_it_was_introduced() -> None:
    restored = Restored(term=Term(0), voted_for=None, first=LogIndex(1), entries=(), disk=DiskId("mine"))
    replica = Replica(3, restored=(restored,))
    replica.hears(append(B, term=1, entries=entries(1)))
    (answer,) = replica.says(AppendAccepted)
    assert (answer.disk, answer.introduced) == ("mine", False)
    replica.hears(append(B, term=1, prev=(7, 1)))
    (refusal,) = replica.says(AppendRejected)
    assert (refusal.disk, refusal.introduced) == ("mine", False)
    replica.hears(introduced(B, disk="mine"), introduced(C, disk="mine"))
    replica.hears(append(B, term=1, prev=(1, 1)))
    assert [answer.introduced for answer in replica.says(AppendAccepted)] == [True]


def test_groups_that_introduce_share_more_than_the_disks_that_may_be_lost() -> None:
    for size in (3, 5):
        others: tuple[NodeId, ...] = tuple(node for node in (A, B, C, D, E)[:size] if node != A)
        replica = Replica(
            size, restored=(Restored(term=Term(0), voted_for=None, first=LogIndex(1), entries=(), disk=DiskId("d")),)
        )
        needed = replica.consensus._acquaintances._needed
        lost = (size - 1) // 2
        assert 2 * needed - len(others) > lost - 1
        assert needed <= len(others)
