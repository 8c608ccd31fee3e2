"""AppendEntries as a follower takes them: log matching, truncation, and how far they commit (Raft §5.3)."""

from dataclasses import replace

import pytest

from actors.consensus.role import Role
from messages.log_store import Acknowledge, Append, Truncate
from messages.wire import AppendAccepted, AppendEntries, AppendRejected
from tests.actors.consensus.driver import Replica, leader
from tests.actors.consensus.sayings import NOWHERE, B, C, Place, append, entries, entry


def follower(*terms: int, commit: int = 0) -> Replica:
    """A has taken an entry of each of `terms` from B, of which `commit` are committed."""
    replica = Replica(3)
    replica.hears(append(B, term=max(terms, default=1), entries=entries(*terms), commit=commit))
    replica.wire.take()
    return replica


def rejection(replica: Replica) -> AppendRejected:
    """The one rejection that A has sent."""
    (reply,) = replica.says(AppendRejected)
    return reply


def matches(replica: Replica) -> list[int]:
    """The match indexes that A has acknowledged since the last look."""
    return [reply.match_index for reply in replica.says(AppendAccepted)]


# --- who leads -----------------------------------------------------------------------------------------------------


def test_a_leader_of_a_newer_term_is_followed() -> None:
    """Raft §5.1, §5.2."""
    replica = follower(1)
    replica.hears(append(C, term=2, prev=(1, 1)))
    assert (replica.core.term, replica.core.leader, matches(replica)) == (2, C, [1])


def test_a_leader_of_an_older_term_is_rejected_and_told_the_term() -> None:
    """Raft Figure 2, AppendEntries 1."""
    replica = follower(1, 3)
    replica.hears(append(C, term=2, prev=(1, 1), entries=entries(2), commit=2))
    reply = rejection(replica)
    assert (reply.dst, reply.term) == (C, 3)
    assert (replica.log_terms, replica.commit_index, replica.core.leader) == ([1, 3], 0, B)


def test_a_leader_that_hears_a_newer_one_follows_it() -> None:
    """Raft §5.1."""
    replica = leader(3)
    replica.hears(append(B, term=2, entries=entries(2)))
    assert (replica.role(), replica.core.leader, replica.log_terms) == (Role.FOLLOWER, B, [2])


def test_every_message_names_the_leader_that_is_believed_in() -> None:
    """Whoever routes messages reads it off them."""
    replica = follower(1)
    replica.hears(append(B, term=1, prev=(1, 1)))
    assert [message.leader for message in replica.wire.take()] == [B]


# --- log matching --------------------------------------------------------------------------------------------------


def test_entries_behind_a_matching_one_are_taken_stored_and_acknowledged() -> None:
    """Raft §5.3, Figure 2, AppendEntries 4."""
    replica = follower(1)
    replica.hears(append(B, term=2, prev=(1, 1), entries=entries(2, 2)))
    assert replica.log_terms == [1, 2, 2]
    assert replica.storage.read(replica.core.log.last_index, 1) == entries(2)
    assert matches(replica) == [3]


def test_what_need_not_be_answered_is_taken_and_not_acknowledged() -> None:
    replica = follower(1)
    replica.hears(replace(append(B, term=1, prev=(1, 1), entries=entries(1), commit=1), quiet=True))
    assert (replica.log_terms, replica.commit_index, matches(replica)) == ([1, 1], 1, [])


def test_what_need_not_be_answered_is_rejected_all_the_same() -> None:
    """The leader would not notice otherwise that something was lost."""
    replica = follower(1)
    replica.hears(replace(append(B, term=1, prev=(3, 1)), quiet=True))
    assert rejection(replica).conflict_index == 2


def test_the_log_store_is_told_what_is_appended_and_where() -> None:
    """Raft Figure 2: the log is persistent state."""
    replica = follower(1)
    replica.prompt_disk = False
    replica.hears(append(B, term=1, prev=(1, 1), entries=entries(1)))
    assert replica.log_store.only(Append) == [
        Append(term=replica.core.term, after=replica.storage.last_index(), entries=entries(1), report=False)
    ]


@pytest.mark.parametrize(
    ("prev", "conflict"),
    [
        ((9, 3), (6, 0)),  # the log is too short: all that is missing
        ((5, 3), (3, 2)),  # another term there: the first index of that term
        ((4, 3), (3, 2)),
        ((2, 2), (1, 1)),
    ],
)
def test_entries_behind_a_missing_one_are_rejected_with_a_hint(prev: Place, conflict: Place) -> None:
    """Raft §5.3, Figure 2, AppendEntries 2; the hint skips a whole term at a time."""
    replica = follower(1, 1, 2, 2, 2)
    replica.hears(append(B, term=3, prev=prev, entries=entries(3)))
    reply = rejection(replica)
    assert (reply.prev_log_index, reply.conflict_index, reply.conflict_term) == (prev[0], *conflict)
    assert replica.log_terms == [1, 1, 2, 2, 2]


def test_a_rejection_echoes_the_leaders_instant() -> None:
    """Thesis §6.4: it is a sign that the leader is followed, too."""
    replica = follower(1)
    replica.hears(append(B, term=1, prev=(9, 1), at=77.5))
    assert rejection(replica).at == 77.5


def test_conflicting_entries_are_replaced_with_all_that_follow_them() -> None:
    """Raft §5.3, Figure 2, AppendEntries 3."""
    replica = follower(1, 2, 2, 2)
    replica.prompt_disk = False
    replica.hears(append(C, term=3, prev=(1, 1), entries=(entry(3, "new"),)))
    assert replica.log_terms == [1, 3]
    assert [type(told) for told in replica.log_store.told[-3:]] == [Truncate, Append, Acknowledge]
    replica.disk()
    assert replica.storage.last_index() == 2


@pytest.mark.parametrize(
    "delayed",
    [
        append(B, term=2),
        append(B, term=2, prev=(1, 1)),
        append(B, term=2, entries=entries(1)),
        append(B, term=2, prev=(1, 1), entries=entries(2)),
    ],
)
def test_a_delayed_or_empty_message_does_not_truncate_what_follows(delayed: AppendEntries) -> None:
    """Scenario 6: only a conflict does; entries behind may have been acknowledged already."""
    replica = follower(1, 2, 2)
    replica.hears(delayed)
    assert replica.log_terms == [1, 2, 2]
    assert not replica.audit.events("log.truncated")


def test_a_duplicated_message_is_acknowledged_and_not_appended_again() -> None:
    """Scenario 37."""
    replica = follower(1)
    again = append(B, term=1, prev=(1, 1), entries=entries(1))
    replica.hears(again)
    replica.hears(again)
    assert (replica.log_terms, matches(replica)) == ([1, 1], [2, 2])


def test_messages_that_arrive_in_the_wrong_order_lead_to_the_same_log() -> None:
    """Scenario 37: the later one is rejected until the earlier one has come."""
    replica = follower(1)
    early = append(B, term=1, prev=(1, 1), entries=entries(1))
    late = append(B, term=1, prev=(2, 1), entries=entries(1))
    replica.hears(late)
    assert rejection(replica).conflict_index == 2
    replica.hears(early)
    replica.hears(late)
    assert replica.log_terms == [1, 1, 1]


def test_an_overlapping_message_adds_only_what_is_new() -> None:
    """Raft Figure 2, AppendEntries 4: 'any new entries not already in the log'."""
    replica = follower(1, 1)
    replica.prompt_disk = False
    replica.hears(append(B, term=1, prev=(1, 1), entries=entries(1, 1, 1)))
    (told,) = replica.log_store.only(Append)
    assert (told.after, len(told.entries)) == (2, 2)


# --- commits -------------------------------------------------------------------------------------------------------


def test_what_the_leader_has_committed_is_applied_in_order() -> None:
    """Raft §5.3, Figure 2, AppendEntries 5 and 'All Servers' 1."""
    replica = follower()
    new = (entry(1, "first"), entry(1, "second"), entry(1, "third"))
    replica.hears(append(B, term=1, entries=new, commit=2))
    assert (replica.commit_index, replica.applied()) == (2, list(new[:2]))
    replica.hears(append(B, term=1, prev=(3, 1), commit=3))
    assert replica.applied() == list(new)


@pytest.mark.parametrize(
    ("message", "commit_index"),
    [
        (append(C, term=2, prev=(1, 1), commit=3), 1),  # what is behind is not the new leader's, perhaps
        (append(C, term=2, prev=(1, 1), entries=entries(1), commit=3), 2),
        (append(C, term=2, prev=NOWHERE, commit=3), 0),
        (append(C, term=2, prev=(3, 2), commit=3), 0),  # rejected: nothing was validated
    ],
)
def test_commits_are_bounded_by_what_this_message_validated(message: AppendEntries, commit_index: int) -> None:
    """Scenario 7, Raft Figure 2, AppendEntries 5: 'index of last new entry', not the end of this log."""
    replica = follower(1, 1, 1)
    replica.hears(message)
    assert replica.commit_index == commit_index


def test_the_commit_index_never_falls() -> None:
    """Raft Figure 2: 'increases monotonically'; a delayed message knows less (scenario 37)."""
    replica = follower(1, 1, commit=2)
    replica.hears(append(B, term=1, prev=(2, 1), commit=1))
    replica.hears(append(B, term=1, commit=1))
    assert (replica.commit_index, len(replica.applied())) == (2, 2)
