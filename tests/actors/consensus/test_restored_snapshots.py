"""A replica that comes back with a snapshot: what it includes is committed, and the log goes on behind it (Raft §7)."""

from __future__ import annotations

import pytest

from actors.consensus.role import Role
from messages.consensus import Restored, RestoredChunk
from messages.ids import LogIndex
from messages.state_machine import Apply, TakeChunk
from messages.wire import AppendAccepted, AppendRejected, VoteReply
from tests.actors.consensus.driver import Replica, campaigns, fates, is_elected
from tests.actors.consensus.sayings import B, C, Place, accepted, append, entries, put, request_vote
from tests.actors.consensus.snapshot_sayings import restored_entries, restored_parts, snapshot, state

TERMS = (1, 1, 2, 2, 2)
"""Those of the entries that the snapshot includes; behind it the log has two more."""
LOG = (*TERMS, 2, 3)


def back(*, first: int = 6, each: int = 100, parts: int = 1) -> Replica:
    """A comes back in term 4; entries from `first` on are kept, and come in so many parts."""
    log = entries(*LOG)[first - 1 :]
    size = -(-len(log) // parts)
    kept = [restored_entries(4, first + start, log[start : start + size]) for start in range(0, len(log), size)]
    return comes_back(*restored_parts(*TERMS, each=each), *kept)


def comes_back(*told: RestoredChunk | Restored) -> Replica:
    replica = Replica(3, restored=told)
    replica.passes(2000)
    replica.wire.take()
    return replica


@pytest.mark.parametrize("each", [1, 2, 3, 4, 100])
def test_a_replica_begins_with_what_its_snapshot_includes(each: int) -> None:
    replica = back(each=each)
    assert replica.log_terms == list(LOG)
    assert (replica.commit_index, replica.core.log.durable_index) == (5, 7)
    assert replica.applied() == []


def test_records_may_come_in_any_order() -> None:
    """It is the storage's."""
    replica = comes_back(*restored_parts(*TERMS, records=state(*TERMS)[::-1], each=1), restored_entries(4, 6))
    assert (replica.log_terms, replica.commit_index) == (list(TERMS), 5)


def test_the_state_machine_is_given_the_snapshot_as_it_comes() -> None:
    replica = back(each=2)
    chunks = [message.chunk for message in replica.state_machine.only(TakeChunk)]
    assert [(chunk.offset, chunk.done) for chunk in chunks] == [(0, False), (2, True)]
    assert tuple(record for chunk in chunks for record in chunk.records) == state(*TERMS)


@pytest.mark.parametrize("first", range(1, 7))
@pytest.mark.parametrize("parts", [1, 2, 7])
def test_entries_that_the_snapshot_includes_and_that_are_kept_all_the_same_are_no_news(first: int, parts: int) -> None:
    """They are kept for followers that lag a little."""
    replica = back(first=first, parts=parts)
    assert replica.log_terms == list(LOG)
    replica.hears(append(B, term=4, prev=(7, 3), commit=7))
    assert [(message.first, len(message.entries)) for message in replica.state_machine.only(Apply)] == [(6, 2)]
    assert replica.applied() == list(entries(*LOG)[5:])


def test_a_log_that_ends_with_its_snapshot_goes_on_behind_it() -> None:
    replica = comes_back(*restored_parts(*TERMS), restored_entries(4, 6))
    assert (replica.log_terms, replica.commit_index) == (list(TERMS), 5)
    assert replica.core.log.durable_index == 5
    replica.hears(append(B, term=4, prev=(5, 2), entries=entries(4), commit=6))
    assert (replica.commit_index, replica.log_terms) == (6, [*TERMS, 4])
    assert replica.storage.last_index() == 6


def test_a_log_of_which_all_that_is_kept_is_included_goes_on_behind_the_snapshot() -> None:
    replica = comes_back(*restored_parts(*TERMS), restored_entries(4, 3, entries(*TERMS[2:])))
    assert (replica.log_terms, replica.commit_index) == (list(TERMS), 5)


def test_entries_that_leave_a_gap_behind_the_snapshot_are_a_defect() -> None:
    with pytest.raises(AssertionError, match="without gaps"):
        comes_back(*restored_parts(*TERMS), restored_entries(4, 7, entries(3)))


def test_without_a_snapshot_nothing_counts_as_committed() -> None:
    replica = comes_back(restored_entries(4, 1, entries(*LOG)))
    assert (replica.log_terms, replica.commit_index) == (list(LOG), 0)


@pytest.mark.parametrize("prev", [(0, 0), (2, 1), (4, 2), (5, 2), (6, 2)])
def test_logs_match_at_entries_of_before_the_crash_dropped_or_not(prev: Place) -> None:
    replica = back()
    replica.hears(append(B, term=5, prev=prev, entries=entries(*LOG[prev[0] :])))
    assert [answer.match_index for answer in replica.says(AppendAccepted)] == [7]


def test_a_rejection_tells_of_terms_in_the_snapshot() -> None:
    replica = back()
    replica.hears(append(B, term=5, prev=(4, 3)))
    (answer,) = replica.says(AppendRejected)
    assert (answer.conflict_index, answer.conflict_term) == (3, 2)


def test_what_the_snapshot_includes_is_never_replaced_and_what_comes_behind_it_may_be() -> None:
    replica = back()
    replica.hears(append(B, term=5, prev=(3, 2), entries=entries(4)))
    assert replica.audit.events("message.impossible")
    replica.hears(append(B, term=5, prev=(5, 2), entries=entries(5)))
    assert replica.log_terms == [*TERMS, 5]


def test_a_candidates_log_is_compared_with_all_of_it() -> None:
    """Raft §5.4.1."""
    replica = comes_back(*restored_parts(*TERMS), restored_entries(4, 6))
    replica.hears(request_vote(C, term=5, last=(4, 2)), request_vote(B, term=6, last=(5, 2)))
    assert [reply.granted for reply in replica.says(VoteReply)] == [False, True]


def test_a_replica_that_comes_back_leads_and_commits_behind_its_snapshot() -> None:
    replica = back()
    campaigns(replica)
    is_elected(replica)
    assert (replica.role(), replica.log_terms) == (Role.LEADER, [*LOG, 5])
    replica.asked(put("1"))
    replica.wire.take()
    replica.hears(accepted(B, term=5, match=9, at=replica.now))
    assert (replica.commit_index, fates(replica)) == (9, [("1", "ok")])
    assert [message.first for message in replica.state_machine.only(Apply)] == [6]


def test_a_replica_that_comes_back_takes_a_later_snapshot() -> None:
    replica = back()
    replica.hears(*snapshot(B, *TERMS, 2, 4, 4, term=5, each=2))
    assert (replica.commit_index, replica.log_terms) == (8, [*TERMS, 2, 4, 4])
    assert replica.storage.snapshot_index() == LogIndex(8)


def test_a_transfer_that_a_crash_has_cut_off_begins_anew() -> None:
    """What had come of it was not durable."""
    replica = back()
    parts = snapshot(B, *LOG, 4, term=5, each=1)
    replica.hears(parts[2])
    assert [event["reason"] for event in replica.audit.events("snapshot.refused")] == ["out_of_order"]
    assert (replica.commit_index, replica.log_terms) == (5, list(LOG))
