"""Writes of a leader that was deposed: answered when their fate is known, and never before (Raft §8)."""

from tests.actors.consensus.driver import Replica, campaigns, fates, is_elected, leader
from tests.actors.consensus.sayings import (
    A,
    B,
    C,
    accepted,
    append,
    entries,
    put,
    vote_reply,
)


def deposed(*mids: str) -> Replica:
    """A led term 1 and took the puts `mids`; B, whose log had only A's no-op, leads term 2 now."""
    replica = leader(3)
    replica.asked(*(put(mid) for mid in mids))
    replica.hears(append(B, term=2, prev=(1, 1)))
    replica.wire.take()
    return replica


def test_a_write_whose_fate_is_open_is_not_answered() -> None:
    """Scenario 35: its entry is still in this log, and may be in that of the next leader."""
    replica = deposed("1")
    replica.times_out()
    replica.hears(append(C, term=3, prev=(1, 1)))
    assert fates(replica) == []


def test_a_write_is_redirected_exactly_once_when_another_entry_commits_in_its_place() -> None:
    """Scenario 35: that it was truncated is not enough."""
    replica = deposed("1")
    replica.hears(append(B, term=2, prev=(1, 1), entries=entries(2)))
    assert fates(replica) == []
    for _ in range(3):
        replica.hears(append(B, term=2, prev=(2, 2), commit=2))
    assert fates(replica) == [("1", B)]


def test_a_write_whose_entry_survives_is_answered_ok_exactly_once() -> None:
    """Scenario 36: also by a replica that no longer leads."""
    replica = leader(3)
    replica.asked(put("1"))
    for commit in (0, 2, 2):
        replica.hears(append(B, term=2, prev=(2, 1), commit=commit))
    assert fates(replica) == [("1", "ok")]


def test_a_truncated_write_that_comes_back_is_answered_ok() -> None:
    """Scenario 36: it was cut off here by B, but C had it, and committed it."""
    replica = leader(3)
    replica.asked(put("1"))
    (mine,) = replica.storage.read(replica.storage.last_index(), 1)
    replica.hears(append(B, term=2, prev=(1, 1), entries=entries(2)))
    replica.hears(append(C, term=3, prev=(1, 1), entries=(mine, *entries(3)), commit=3))
    assert fates(replica) == [("1", "ok")]


def test_a_leader_that_is_elected_again_owns_what_it_wrote_before() -> None:
    """Scenario 36: its entry of term 1 commits with the no-op of term 2."""
    replica = leader(3)
    replica.asked(put("1"))
    replica.hears(vote_reply(C, term=2, granted=False))
    campaigns(replica)
    is_elected(replica)
    replica.hears(accepted(B, term=3, match=3, at=replica.now))
    assert fates(replica) == [("1", "ok")]


def test_two_writes_for_the_same_index_each_get_their_own_fate() -> None:
    """Scenario 35 and 36 at once: A led twice, and the second write took the first one's place."""
    replica = deposed("1")
    replica.hears(append(B, term=2, prev=(1, 1), entries=entries(2)))
    replica.hears(append(C, term=3, prev=(0, 0), entries=entries(3)))
    campaigns(replica)
    is_elected(replica)
    replica.asked(put("2"))
    assert replica.log_terms == [3, 4, 4]
    replica.hears(accepted(B, term=4, match=3, at=replica.now))
    assert fates(replica) == [("1", A), ("2", "ok")]


def test_writes_behind_a_committed_entry_of_a_newer_term_are_redirected_at_once() -> None:
    """Scenario 35: terms never fall along a log, so nothing of term 1 can commit there any more.

    Nobody may ever write again to bring the commit index there; a client waits for ever.
    """
    replica = deposed("1", "2", "3")
    replica.hears(append(B, term=2, prev=(1, 1), entries=entries(2), commit=2))
    assert fates(replica) == [("1", B), ("2", B), ("3", B)]


def test_writes_behind_a_committed_entry_of_their_own_term_stay_open() -> None:
    """Scenario 36: they may commit yet."""
    replica = deposed("1", "2")
    replica.hears(append(B, term=2, prev=(2, 1), commit=2))
    assert fates(replica) == [("1", "ok")]
