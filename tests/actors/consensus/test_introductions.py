"""A replica that has lost its disk must not vote under its old name: who has which disk is known to the others."""

from __future__ import annotations

from actors.consensus.role import Role
from messages.consensus import Restored
from messages.ids import DiskId, LogIndex, NodeId, Term
from messages.log_store import SaveDisk
from messages.wire import AppendAccepted, Introduce, Introduced, PreVote, PreVoteReply, VoteReply
from tests.actors.consensus.driver import Replica, forget
from tests.actors.consensus.sayings import A, B, C, D, append, entries, introduce, introduced, pre_vote, request_vote

MINE = DiskId("mine")


def durable(*known: tuple[NodeId, str], size: int = 3, prompt_disk: bool = True) -> Replica:
    """A keeps its promises on a disk, and was told of these when an earlier process of it ran."""
    disks = tuple((name, DiskId(disk)) for name, disk in known)
    restored = Restored(term=Term(0), voted_for=None, first=LogIndex(1), entries=(), disk=MINE, disks=disks)
    replica = Replica(size, restored=(restored,), prompt_disk=prompt_disk)
    replica.passes(replica.settings.election_timeout_min_ms + 50)
    forget(replica)
    return replica


def saved(replica: Replica) -> list[tuple[NodeId, DiskId]]:
    """What the log store was told of disks, and has not taken yet."""
    return [(message.replica, message.disk) for message in replica.log_store.only(SaveDisk)]


def test_a_new_replica_asks_to_be_introduced_before_it_asks_for_votes() -> None:
    replica = durable()
    replica.times_out()
    said = replica.wire.take()
    assert [message.disk for message in said if isinstance(message, Introduce)] == [MINE, MINE]
    assert not any(isinstance(message, PreVote) for message in said)


def test_it_votes_for_nobody_until_then() -> None:
    replica = durable()
    replica.hears(pre_vote(B, term=1), request_vote(B, term=1))
    assert [reply.granted for reply in replica.says(PreVoteReply)] == [False]
    replica.hears(request_vote(B, term=1))
    assert [reply.granted for reply in replica.says(VoteReply)] == [False]


def test_more_than_half_of_the_others_must_know_it() -> None:
    """Of four others three, of two both: any two such groups have somebody in common."""
    for size, needed in ((3, 2), (5, 3)):
        replica = durable(size=size)
        for count, peer in enumerate(replica.peers, start=1):
            replica.hears(introduced(peer, disk=MINE))
            assert replica.core.is_introduced is (count >= needed)


def test_introduced_at_once_it_campaigns_no_sooner_than_it_would_vote_for_another() -> None:
    """A leader may hold a lease that counts on a promise of before the restart (thesis §6.4.1)."""
    restored = Restored(term=Term(1), voted_for=None, first=LogIndex(1), entries=entries(1), disk=MINE, disks=())
    replica = Replica(3, restored=(restored,))
    replica.hears(introduced(B, disk=MINE), introduced(C, disk=MINE))
    assert replica.core.is_introduced
    replica.times_out(after_ms=replica.settings.campaign_retry_ms)
    assert (replica.role(), replica.says(PreVote)) == (Role.FOLLOWER, [])
    replica.times_out()
    assert replica.role() is Role.PRE_CANDIDATE


def test_who_says_it_twice_counts_once() -> None:
    replica = durable(size=5)
    replica.hears(*[introduced(B, disk=MINE)] * 3)
    assert not replica.core.is_introduced


def test_an_answer_about_another_disk_does_not_count() -> None:
    """One that an earlier process has asked for, which had the disk that is gone."""
    replica = durable()
    replica.hears(introduced(B, disk="lost"), introduced(C, disk="lost"))
    assert not replica.core.is_introduced


def test_that_it_was_introduced_is_durable_before_it_votes() -> None:
    replica = durable(prompt_disk=False)
    replica.hears(introduced(B, disk=MINE), introduced(C, disk=MINE))
    assert saved(replica) == [(A, MINE)]
    replica.hears(request_vote(B, term=1))
    replica.disk_hears()
    assert replica.says(VoteReply) == []


def test_who_was_introduced_before_a_restart_still_is() -> None:
    replica = durable((A, "mine"))
    replica.hears(request_vote(B, term=1))
    assert [reply.granted for reply in replica.says(VoteReply)] == [True]


def test_whoever_is_known_with_another_disk_is_refused() -> None:
    replica = durable((B, "old"), (C, "same"))
    replica.hears(introduce(B, disk="new"), introduce(C, disk="same"))
    assert [(reply.dst, reply.known) for reply in replica.says(Introduced)] == [(B, False), (C, True)]


def test_a_disk_is_noted_durably_before_it_is_said_to_be_known() -> None:
    replica = durable(prompt_disk=False)
    replica.hears(introduce(B, disk="new"))
    assert saved(replica) == [(B, "new")]
    replica.disk_hears()
    assert replica.says(Introduced) == []
    replica.disk_writes()
    assert [reply.known for reply in replica.says(Introduced)] == [True]


def test_the_first_disk_of_a_replica_stands() -> None:
    replica = durable()
    replica.hears(introduce(B, disk="first"))
    replica.hears(introduce(B, disk="second"))
    assert [reply.known for reply in replica.says(Introduced)] == [True, False]


def test_who_is_asked_and_was_not_introduced_either_asks_in_return() -> None:
    """So a cluster that is started has introduced all within two round trips."""
    replica = durable()
    replica.hears(introduce(B, disk="b"))
    assert [message.dst for message in replica.says(Introduce)] == [B, C]
    replica.hears(introduce(C, disk="c"))
    assert replica.says(Introduce) == []


def test_a_replica_that_lost_its_disk_follows_and_does_not_disturb() -> None:
    replica = durable()
    replica.hears(introduced(B, disk=MINE, known=False), introduced(C, disk=MINE, known=False))
    assert len(replica.audit.events("introduction.refused")) == 2
    replica.hears(append(B, term=3, entries=entries(1, 3)))
    assert [reply.match_index for reply in replica.says(AppendAccepted)] == [2]
    for _ in range(4):
        replica.times_out()
    assert replica.role() is Role.FOLLOWER
    assert replica.core.term == 3
    assert replica.wire.take() == []


def test_a_replica_without_a_disk_is_introduced_to_nobody() -> None:
    replica = Replica()
    replica.hears(introduce(B, disk="b"))
    assert [reply.known for reply in replica.says(Introduced)] == [True]
    assert saved(replica) == []
    assert replica.core.is_introduced


def test_those_who_answered_are_not_asked_again() -> None:
    replica = durable(size=5)
    replica.times_out()
    replica.hears(introduced(B, disk=MINE), introduced(C, disk=MINE, known=False))
    forget(replica)
    replica.times_out()
    assert [message.dst for message in replica.says(Introduce)] == [D, *replica.peers[3:]]


def test_who_hears_a_leader_first_is_introduced_while_the_others_are_there() -> None:
    """Found by exploring (docs/found.md): later there may be too few of them."""
    replica = durable()
    replica.hears(append(B, term=1))
    assert [message.dst for message in replica.says(Introduce)] == [B, C]
    replica.hears(append(B, term=1))
    assert replica.says(Introduce) == []
    replica.passes(replica.settings.election_timeout_max_ms)
    replica.hears(append(B, term=1))
    assert [message.dst for message in replica.says(Introduce)] == [B, C]


def test_a_stranger_does_not_ask_for_ever() -> None:
    replica = durable()
    replica.hears(introduced(B, disk=MINE, known=False))
    forget(replica)
    replica.hears(append(B, term=1))
    assert replica.says(Introduce) == []
