"""A leader's term: the no-op, replication, the commit rule, going back (Raft §5.3, §5.4.2, §8)."""

import pytest

from actors.consensus.role import Role
from messages.entry import no_op
from messages.ids import LogIndex, Term
from messages.log_store import Append
from messages.replicator import Acknowledged, Heard, Lead, Rejected, Replicate
from messages.wire import AppendEntries
from tests.actors.consensus.driver import Replica, campaigns, is_elected, leader
from tests.actors.consensus.sayings import (
    B,
    C,
    D,
    E,
    Place,
    accepted,
    append,
    entries,
    get,
    put,
    rejected,
)

# --- the beginning -------------------------------------------------------------------------------------------------


def test_a_leader_opens_its_term_with_a_no_op() -> None:
    """Raft §8: by its commit it learns what is committed."""
    replica = leader(3, behind=entries(1, 1))
    assert replica.log_terms == [1, 1, 2]
    assert replica.storage.read(LogIndex(3), 1) == (no_op(Term(2)),)


def test_a_leader_wakes_every_replicator_with_the_end_of_its_log_and_then_the_no_op() -> None:
    """Raft Figure 2 'Volatile state on leaders': the next index is behind the last one."""
    replica = leader(3, behind=entries(1))
    for peer in replica.peers:
        lead, replicate = [message for message in replica.replicators[peer].told if not isinstance(message, Heard)]
        assert isinstance(lead, Lead)
        assert isinstance(replicate, Replicate)
        assert (lead.term, lead.last_log_index, lead.last_log_term) == (2, 1, 1)
        assert (replicate.first, replicate.entries) == (2, (no_op(Term(2)),))


def test_the_log_store_is_told_before_the_replicators() -> None:
    """A replicator that reads on finds in the log store what it was told of."""
    replica = Replica(3)
    campaigns(replica)
    replica.prompt_disk = False
    is_elected(replica)
    assert replica.log_store.only(Append)
    assert replica.replicators[B].only(Replicate)


def test_requests_held_during_the_election_follow_the_no_op_at_once() -> None:
    """In the order in which they came."""
    replica = Replica(3)
    replica.asked(put("1"), put("2"))
    campaigns(replica)
    is_elected(replica)
    writes = [each.write for each in replica.storage.read(LogIndex(1), 9)]
    assert [write and write.MID for write in writes] == [None, "1", "2"]


def test_a_leader_never_touches_its_own_entries() -> None:
    """Raft §5.3, leader append-only: an entry from an older leader that it had is still there."""
    replica = leader(3, behind=entries(1, 1))
    replica.asked(put("1"))
    replica.hears(rejected(B, term=2, prev=2, conflict=(1, 0), at=replica.now))
    assert replica.log_terms == [1, 1, 2, 2]


# --- going back ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prev", "conflict", "next_prev"),
    [
        (6, (3, 0), (2, 1)),  # the follower's log ends at 2
        (6, (3, 2), (3, 2)),  # it has term 2 from 3 on; here term 2 ends at 3
        (6, (2, 3), (1, 1)),  # it has term 3 from 2 on; here there is no term 3, and what is before 2 may agree
        (6, (5, 3), (3, 2)),  # here everything up to 3 has an earlier term than 3: no later place can agree
        (2, (1, 0), (0, 0)),  # it has nothing
        (2, (9, 0), (1, 1)),  # it hints at what is not before: back by one at least
    ],
)
def test_a_rejection_leads_back_to_where_the_logs_may_agree(prev: int, conflict: Place, next_prev: Place) -> None:
    """Raft §5.3, end; Figure 2 'Leaders' 3."""
    replica = leader(3, behind=entries(1, 1, 2, 4, 4))
    replica.hears(rejected(B, term=5, prev=prev, conflict=conflict, at=replica.now))
    (told,) = replica.told(B, Rejected)
    assert (told.prev_log_index, told.next_prev_index, told.next_prev_term) == (prev, *next_prev)


def test_going_back_always_ends() -> None:
    """Raft §5.3: each rejection leads to an earlier place, whatever the follower says, down to the empty log."""
    replica = leader(3, behind=entries(1, 1, 2, 4, 4))
    for prev in range(1, 7):
        for conflict_index in range(1, 9):
            for conflict_term in range(6):
                replica.hears(rejected(B, term=5, prev=prev, conflict=(conflict_index, conflict_term), at=replica.now))
                (told,) = replica.told(B, Rejected)
                assert 0 <= told.next_prev_index < prev


def test_answers_of_an_older_term_are_dropped() -> None:
    """Scenario 8: this replica led that term too, but its log is another one now."""
    replica = leader(3, behind=entries(1, 1))
    replica.hears(
        accepted(B, term=1, match=2, at=replica.now), rejected(C, term=1, prev=2, conflict=(1, 0), at=replica.now)
    )
    assert replica.told(B, Acknowledged) == []
    assert replica.told(C, Rejected) == []
    assert len(replica.audit.events("message.outdated")) == 2


# --- the commit rule -----------------------------------------------------------------------------------------------


def test_an_entry_is_committed_when_a_majority_has_stored_it() -> None:
    """Raft §5.3: here three of five, the leader included."""
    replica = leader(5)
    replica.asked(put("1"))
    replica.hears(accepted(B, term=1, match=2, at=replica.now))
    assert replica.commit_index == 0
    replica.hears(accepted(C, term=1, match=1, at=replica.now))
    assert replica.commit_index == 1
    replica.hears(accepted(D, term=1, match=2, at=replica.now))
    assert replica.commit_index == 2


def test_a_follower_that_acknowledges_twice_counts_once() -> None:
    """Scenario 3, for acknowledgements."""
    replica = leader(5)
    for _ in range(4):
        replica.hears(accepted(B, term=1, match=1, at=replica.now))
    assert replica.commit_index == 0


def test_a_new_leader_counts_from_nothing() -> None:
    """Raft Figure 2: match indexes are 0 after election; B had index 3 in term 1, and has perhaps another one now."""
    replica = leader(5)
    replica.asked(put("1"), put("2"))
    replica.hears(accepted(B, term=1, match=3, at=replica.now))
    replica.hears(append(C, term=2, prev=(1, 1)))
    campaigns(replica)
    is_elected(replica)
    replica.hears(accepted(D, term=3, match=4, at=replica.now))
    assert replica.commit_index == 0
    assert replica.told(B, Acknowledged)[-1].match_index == 3
    replica.hears(accepted(B, term=3, match=1, at=replica.now))
    assert replica.told(B, Acknowledged)[-1].match_index == 1


def test_a_leader_whose_disk_is_slow_commits_with_a_majority_of_the_others() -> None:
    """Thesis §10.2.1: its own log is one of five."""
    replica = Replica(5)
    campaigns(replica)
    replica.prompt_disk = False
    is_elected(replica)
    replica.hears(accepted(B, term=1, match=1, at=replica.now), accepted(C, term=1, match=1, at=replica.now))
    assert replica.commit_index == 0
    replica.hears(accepted(D, term=1, match=1, at=replica.now))
    assert replica.commit_index == 1


def test_an_entry_of_an_older_term_is_not_committed_by_counting() -> None:
    """Scenario 5, Raft §5.4.2, Figure 8: it may be on a majority, and yet be replaced."""
    replica = leader(5, behind=entries(1, 1))
    replica.hears(*(accepted(peer, term=2, match=2, at=replica.now) for peer in (B, C, D, E)))
    assert (replica.commit_index, replica.applied()) == (0, [])


def test_with_an_entry_of_the_leaders_term_all_before_it_are_committed() -> None:
    """Raft §5.4.2: indirectly, by log matching."""
    replica = leader(5, behind=entries(1, 1))
    replica.hears(accepted(B, term=2, match=3, at=replica.now), accepted(C, term=2, match=3, at=replica.now))
    assert replica.commit_index == 3
    assert replica.applied() == [*entries(1, 1), no_op(Term(2))]


def test_a_put_is_answered_when_it_is_committed_and_not_before() -> None:
    """Raft §8: a majority has it."""
    replica = leader(3)
    replica.asked(put("1"))
    assert replica.confirmed() == []
    replica.hears(accepted(B, term=1, match=2, at=replica.now))
    assert replica.confirmed() == ["1"]


def test_a_follower_sends_no_append_entries() -> None:
    """Raft §5.2: a client's put at a follower goes nowhere by itself."""
    replica = Replica(3)
    replica.hears(append(B, term=1))
    replica.asked(put("1"), get("2"))
    assert replica.role() is Role.FOLLOWER
    assert not replica.says(AppendEntries)
    assert replica.log_terms == []
