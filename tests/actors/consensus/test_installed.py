"""What becomes of log, commits and votes when a snapshot comes: it replaces no more than it must (Raft §7)."""

from __future__ import annotations

import pytest

from actors.consensus.role import Role
from messages.state_machine import Apply, TakeChunk
from messages.wire import AppendAccepted, AppendEntries, AppendRejected, VoteReply
from tests.actors.consensus.driver import Replica, campaigns, is_elected
from tests.actors.consensus.sayings import B, C, Place, accepted, append, entries, request_vote
from tests.actors.consensus.snapshot_sayings import snapshot

TERMS = (1, 1, 2, 2, 2)
"""Those of the entries that the snapshot includes."""


def follower(*terms: int, commit: int = 0) -> Replica:
    """A follows B in term 3, and has an entry of each of `terms`."""
    replica = Replica(3)
    replica.hears(append(B, term=3, entries=entries(*terms), commit=commit))
    replica.wire.take()
    return replica


def installed(*terms: int, commit: int = 0) -> Replica:
    """The same, and A has taken B's snapshot."""
    replica = follower(*terms, commit=commit)
    replica.hears(*snapshot(B, *TERMS, term=3))
    replica.wire.take()
    return replica


def replaced(replica: Replica) -> bool:
    """Whether the state machine has given way to a snapshot."""
    return any(told.chunk.done for told in replica.state_machine.only(TakeChunk))


def matches(replica: Replica) -> list[int]:
    return [answer.match_index for answer in replica.says(AppendAccepted)]


# --- not needed --------------------------------------------------------------------------------------------------


def test_a_snapshot_at_or_below_the_commit_index_is_not_installed_and_acknowledged() -> None:
    """Raft §7: the follower has all that it says."""
    for commit in (5, 6):
        replica = follower(*TERMS, 3, commit=commit)
        replica.hears(snapshot(B, *TERMS, term=3, each=1)[0])
        assert matches(replica) == [5]
        assert (replica.commit_index, replica.log_terms, replaced(replica)) == (commit, [*TERMS, 3], False)
        assert [event["last_included"] for event in replica.audit.events("snapshot.not_needed")] == [5]


def test_a_snapshot_whose_last_entry_is_in_the_log_only_commits_and_the_suffix_is_kept() -> None:
    """Raft §7: 'entries following the snapshot are still valid and must be retained'."""
    replica = follower(*TERMS, 3, 3, commit=2)
    replica.hears(snapshot(B, *TERMS, term=3, each=1)[0])
    assert matches(replica) == [5]
    assert (replica.commit_index, replica.log_terms, replaced(replica)) == (5, [*TERMS, 3, 3], False)
    assert replica.storage.snapshot_index() == 0
    assert [entry.term for entry in replica.applied()] == list(TERMS)


def test_a_snapshot_that_is_not_needed_is_acknowledged_behind_what_is_being_written() -> None:
    replica = Replica(3)
    replica.hears(append(B, term=3))
    replica.wire.take()
    replica.prompt_disk = False
    replica.hears(append(B, term=3, entries=entries(*TERMS)), *snapshot(B, *TERMS, term=3))
    replica.disk_hears()
    assert matches(replica) == []
    replica.disk()
    assert matches(replica) == [5, 5]


def test_a_transfer_is_no_more_needed_when_its_entries_have_come_another_way() -> None:
    replica = follower(1)
    first, second, *_ = snapshot(B, *TERMS, term=3, each=1)
    replica.hears(first)
    replica.hears(append(B, term=3, prev=(1, 1), entries=entries(*TERMS[1:])))
    replica.wire.take()
    replica.hears(second)
    assert (matches(replica), replica.commit_index, replaced(replica)) == ([5], 5, False)


# --- in the place of the log -------------------------------------------------------------------------------------


@pytest.mark.parametrize("terms", [(), (1,), (1, 1, 1, 1), (1, 1, 1, 1, 1), (1, 1, 1, 1, 1, 1, 1)])
def test_a_log_that_ends_before_or_conflicts_gives_way_to_the_snapshot(terms: tuple[int, ...]) -> None:
    """Raft §7: 'the follower discards its entire log'; what it had acknowledged of that is in the snapshot."""
    replica = installed(*terms)
    assert replica.log_terms == list(TERMS)
    assert (replica.commit_index, replica.storage.last_index()) == (5, 5)
    assert replaced(replica)
    assert replica.applied() == [], "nobody applies what is included"


def test_entries_that_are_committed_and_not_in_the_snapshot_cannot_be_lost() -> None:
    """What this replica had applied is a prefix of what the snapshot includes."""
    replica = follower(1, 1, 1, 1, commit=2)
    replica.hears(*snapshot(B, *TERMS, term=3))
    assert [message.first for message in replica.state_machine.only(Apply)] == [1]
    assert replica.commit_index == 5


def test_entries_go_on_behind_the_snapshot() -> None:
    replica = installed()
    replica.hears(append(B, term=3, prev=(5, 2), entries=entries(3, 3), commit=6))
    assert matches(replica) == [7]
    assert (replica.commit_index, replica.log_terms) == (6, [*TERMS, 3, 3])
    assert [(message.first, len(message.entries)) for message in replica.state_machine.only(Apply)] == [(6, 1)]


def test_what_comes_behind_a_snapshot_can_be_cut_off_as_usual() -> None:
    replica = installed()
    replica.hears(append(B, term=3, prev=(5, 2), entries=entries(2, 2)))
    replica.hears(append(B, term=3, prev=(5, 2), entries=entries(3)))
    assert replica.log_terms == [*TERMS, 3]
    assert replica.storage.last_index() == 6


def test_a_later_snapshot_takes_the_place_of_one_that_was_installed() -> None:
    replica = installed()
    replica.hears(*snapshot(B, *TERMS, 3, 3, term=3, each=2, at=50.0))
    assert (replica.commit_index, replica.log_terms) == (7, [*TERMS, 3, 3])
    assert replica.storage.snapshot_index() == 7


# --- log matching ------------------------------------------------------------------------------------------------


def ask(*, prev: Place, terms: tuple[int, ...] = ()) -> AppendEntries:
    return append(C, term=4, prev=prev, entries=entries(*terms))


@pytest.mark.parametrize("prev", [(0, 0), (1, 1), (2, 1), (3, 2), (5, 2)])
def test_logs_match_at_entries_that_are_included_and_dropped(prev: Place) -> None:
    """Raft §5.3: the terms of all entries stay known."""
    replica = installed()
    replica.hears(ask(prev=prev, terms=TERMS[prev[0] :]))
    assert matches(replica) == [5]
    assert replica.log_terms == list(TERMS)


def test_entries_that_overlap_with_the_snapshot_are_taken_from_where_it_ends() -> None:
    replica = installed()
    replica.hears(ask(prev=(2, 1), terms=(2, 2, 2, 4)))
    assert matches(replica) == [6]
    assert replica.log_terms == [*TERMS, 4]


@pytest.mark.parametrize(("prev", "conflict"), [((6, 2), (6, 0)), ((4, 1), (3, 2)), ((2, 2), (1, 1))])
def test_a_rejection_tells_of_terms_in_the_snapshot(prev: Place, conflict: Place) -> None:
    """Raft §5.3, end."""
    replica = installed()
    replica.hears(ask(prev=prev))
    (answer,) = replica.says(AppendRejected)
    assert (answer.conflict_index, answer.conflict_term) == conflict


def test_entries_that_would_replace_what_is_included_are_impossible() -> None:
    """State machine safety (Raft Figure 3)."""
    replica = installed()
    replica.hears(ask(prev=(2, 1), terms=(3,)))
    assert [event["reason"] for event in replica.audit.events("message.impossible")] == [
        "it replaces what is committed"
    ]
    assert replica.log_terms == list(TERMS)


# --- elections ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("last", "granted"), [((9, 1), False), ((4, 2), False), ((5, 2), True), ((1, 3), True)])
def test_a_candidates_log_is_compared_with_the_snapshot(last: Place, granted: bool) -> None:
    """Raft §5.4.1."""
    replica = installed()
    replica.passes(2000)
    replica.hears(request_vote(C, term=4, last=last))
    assert [reply.granted for reply in replica.says(VoteReply)] == [granted]


def test_who_has_installed_a_snapshot_can_lead_and_commits_behind_it() -> None:
    replica = installed()
    campaigns(replica)
    is_elected(replica)
    assert replica.role() is Role.LEADER
    assert replica.log_terms == [*TERMS, 4]
    assert replica.commit_index == 5
    replica.hears(accepted(C, term=4, match=6, at=replica.now))
    assert replica.commit_index == 6


def test_a_snapshot_counts_as_durable_for_a_leader_when_its_disk_says_so() -> None:
    """Raft Figure 2: its own log counts only as far."""
    replica = Replica(5)
    replica.hears(append(B, term=3))
    replica.hears(*snapshot(B, *TERMS, term=3))
    assert replica.core.log.durable_index == 0
    campaigns(replica)
    is_elected(replica)
    assert replica.core.log.durable_index == 6


def test_a_report_of_before_the_snapshot_makes_nothing_durable_that_is_not() -> None:
    """The entry that it names was cut off with the log."""
    replica = Replica(3)
    replica.hears(append(B, term=3, entries=entries(1, 1, 1, 1)))
    replica.prompt_disk = False
    replica.hears(append(C, term=4, prev=(4, 1)))
    replica.disk_writes()
    replica.hears(*snapshot(C, *TERMS, term=4))
    replica.disk_reports()
    assert replica.core.log.durable_index == 0, "entry 4 was of term 1"
