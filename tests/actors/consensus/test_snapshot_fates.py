"""Open writes of a deposed leader, when a snapshot takes their entries' place: `ok` or `redirect`, by its terms."""

from __future__ import annotations

from msgspec import UNSET

from messages.wire import PutOk
from tests.actors.consensus.driver import Replica, campaigns, fates, is_elected, leader
from tests.actors.consensus.sayings import A, B, C, accepted, append, entries, put
from tests.actors.consensus.snapshot_sayings import snapshot


def deposed(*mids: str) -> Replica:
    """A led term 1 and took the puts `mids`, from index 2 on; B leads term 2 now."""
    replica = leader(3)
    replica.asked(*(put(mid) for mid in mids))
    replica.hears(append(B, term=2))
    replica.wire.take()
    return replica


def test_a_write_whose_index_has_the_term_in_which_it_was_written_is_answered_ok() -> None:
    """Raft §5.3: an entry of that term at that index is that entry."""
    replica = deposed("1", "2")
    replica.hears(*snapshot(B, 1, 1, 2, 2, term=2))
    assert fates(replica) == [("1", "ok"), ("2", B)]


def test_a_write_whose_index_has_another_term_is_redirected() -> None:
    replica = deposed("1", "2")
    replica.hears(*snapshot(B, 1, 2, 2, term=2))
    assert fates(replica) == [("1", B), ("2", B)]


def test_writes_behind_a_snapshot_that_ends_in_a_newer_term_are_redirected_at_once() -> None:
    """Terms never fall along a log: nothing of term 1 can commit there any more."""
    replica = deposed("1", "2", "3")
    replica.hears(*snapshot(B, 1, 2, term=2))
    assert fates(replica) == [("1", B), ("2", B), ("3", B)]


def test_writes_behind_a_snapshot_that_ends_in_their_own_term_stay_open() -> None:
    """Their entries may be in the leader's log, and commit."""
    replica = deposed("1", "2")
    replica.hears(append(B, term=2, prev=(1, 1), entries=entries(2)))
    replica.hears(append(C, term=3))
    replica.wire.take()
    replica.hears(*snapshot(C, 1, 1, term=3))
    assert fates(replica) == [("1", "ok")]
    replica.hears(append(C, term=3, prev=(2, 1), entries=entries(3), commit=3))
    assert fates(replica) == [("2", C)]


def test_a_snapshot_that_is_not_needed_commits_the_writes_that_it_includes() -> None:
    replica = deposed("1", "2")
    replica.hears(*snapshot(B, 1, 1, term=2))
    assert fates(replica) == [("1", "ok")]
    assert len(replica.applied()) == 2


def test_parts_that_are_not_the_last_answer_nobody() -> None:
    replica = deposed("1")
    replica.hears(*snapshot(B, 1, 1, 2, 2, term=2, each=1)[:-1])
    assert fates(replica) == []


def test_each_write_is_answered_once() -> None:
    replica = deposed("1")
    replica.hears(*snapshot(B, 1, 1, 2, 2, term=2))
    replica.hears(*snapshot(B, 1, 1, 2, 2, 2, term=2, at=9.0))
    replica.hears(append(B, term=2, prev=(5, 2), entries=entries(2), commit=6))
    assert fates(replica) == [("1", "ok")]


def test_two_writes_for_the_same_index_each_get_their_own_fate() -> None:
    """A led twice, and the second write took the first one's place."""
    replica = deposed("1")
    replica.hears(append(B, term=2, prev=(1, 1), entries=entries(2)))
    replica.hears(append(C, term=3, entries=entries(3)))
    campaigns(replica)
    is_elected(replica)
    replica.asked(put("2"), put("3"))
    assert replica.log_terms == [3, 4, 4, 4]
    replica.hears(append(B, term=5))
    replica.wire.take()
    replica.hears(*snapshot(B, 3, 4, 4, 5, 5, term=5))
    assert fates(replica) == [("1", B), ("2", "ok"), ("3", B)]


def test_what_a_snapshot_answers_leaves_room_for_the_same_request_again() -> None:
    replica = deposed("1")
    replica.hears(*snapshot(B, 1, 2, 2, term=2))
    assert fates(replica) == [("1", B)]
    replica.receives([append(B, term=2, prev=(3, 2))], [put("1")])
    assert fates(replica) == [("1", B)]


def test_a_write_with_an_index_is_told_where_it_is_though_its_entry_never_came_back() -> None:
    replica = leader(3)
    replica.asked(put("1", since=0), put("2"))
    replica.hears(append(B, term=2))
    replica.wire.take()
    replica.hears(*snapshot(B, 1, 1, 1, 2, term=2))
    assert [(answer.MID, answer.index) for answer in replica.says(PutOk)] == [("1", 2), ("2", UNSET)]


def test_a_replica_that_installed_a_snapshot_and_leads_again_answers_for_what_comes_then() -> None:
    replica = deposed("1")
    replica.hears(*snapshot(B, 1, 2, 2, term=2))
    campaigns(replica)
    is_elected(replica)
    replica.asked(put("2"))
    replica.wire.take()
    replica.hears(accepted(B, term=3, match=5, at=replica.now))
    assert fates(replica) == [("2", "ok")]
    assert replica.core.leader == A
