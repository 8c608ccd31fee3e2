"""What nodes store, commit and promise reaches the rules: where storages sync, only what was synced counts."""

from __future__ import annotations

from typing import Literal

import pytest

from audit.invariants import Rule
from messages.entry import no_op
from messages.ids import NodeId, Term
from messages.wire import Outbound, VoteReply
from tests.actors.samples import put
from tests.simulator.virtual.stage import FIRST, SECOND
from tests.simulator.virtual.watch_stage import Scene, accepted, append, ask, granted

# --- logs and commits --------------------------------------------------------------------------------------------


def test_entries_that_differ_at_one_index_and_term_are_noticed() -> None:
    scene = Scene()
    scene.appends(FIRST, put(1, "this"))
    scene.appends(SECOND, put(1, "that"))
    assert scene.found == [Rule.LOG_MATCHING]


def test_a_commit_that_no_majority_stores_is_noticed() -> None:
    scene = Scene()
    scene.elects(FIRST, 1, SECOND)
    scene.appends(FIRST, no_op(Term(1)))
    scene.applies(FIRST, 1, no_op(Term(1)))
    assert scene.found == [Rule.COMMIT_BY_MAJORITY]


@pytest.mark.parametrize(("synced", "found"), [((FIRST,), [Rule.COMMIT_BY_MAJORITY]), ((FIRST, SECOND), [])])
def test_on_storages_that_sync_a_commit_needs_a_majority_that_has_synced(
    synced: tuple[NodeId, ...], found: list[str]
) -> None:
    scene = Scene("synced")
    scene.elects(FIRST, 1, SECOND)
    scene.appends(FIRST, no_op(Term(1)))
    scene.appends(SECOND, no_op(Term(1)))
    scene.syncs(*synced)
    scene.applies(FIRST, 1, no_op(Term(1)))
    assert scene.found == found


def test_what_a_process_held_that_is_gone_does_not_count_for_a_majority() -> None:
    scene = Scene()
    scene.elects(FIRST, 1, SECOND)
    scene.appends(FIRST, no_op(Term(1)))
    scene.appends(SECOND, no_op(Term(1)))
    scene.nodes[SECOND] = scene.enter(SECOND, 2)
    scene.applies(FIRST, 1, no_op(Term(1)))
    assert scene.found == [Rule.COMMIT_BY_MAJORITY]


@pytest.mark.parametrize(("leads", "found"), [(True, [Rule.COMMIT_OWN_TERM]), (False, [])])
def test_a_leader_must_not_commit_by_an_entry_of_an_older_term(leads: bool, found: list[str]) -> None:
    """A follower may apply it: it was told that it is committed (Raft §5.4.2)."""
    scene = Scene()
    scene.elects(FIRST, 1, SECOND)
    for name in (FIRST, SECOND):
        scene.appends(name, no_op(Term(1)))
    scene.elects(FIRST, 2, SECOND)
    if not leads:
        scene.steps_down(FIRST, 2)
    scene.applies(FIRST, 1, no_op(Term(1)))
    assert scene.found == found


def test_a_leader_that_never_said_that_it_leads_is_seen_to_do_so_when_it_sends_entries() -> None:
    scene = Scene()
    scene.elects(FIRST, 1, SECOND)
    for name in (FIRST, SECOND):
        scene.appends(name, no_op(Term(1)))
        scene.saves(name, 2, FIRST)
    scene.steps_down(FIRST, 1)
    scene.sends(FIRST, append(FIRST, SECOND, 2))
    scene.applies(FIRST, 1, no_op(Term(1)))
    assert scene.found == [Rule.COMMIT_OWN_TERM]


def test_what_was_applied_is_not_truncated_unnoticed() -> None:
    scene = Scene()
    scene.elects(FIRST, 1, SECOND)
    for name in (FIRST, SECOND):
        scene.appends(name, no_op(Term(1)))
    scene.applies(FIRST, 1, no_op(Term(1)))
    scene.steps_down(FIRST, 1)
    scene.truncates(FIRST, 0)
    assert Rule.COMMITTED_STAYS in scene.found


def test_the_committed_log_is_what_was_first_committed_at_each_index() -> None:
    scene = Scene()
    entries = no_op(Term(1)), no_op(Term(1))
    scene.applies(FIRST, 1, entries[0])
    scene.applies(SECOND, 1, *entries)
    scene.applies(FIRST, 2, entries[1])
    assert scene.watch.entries == list(entries)
    assert scene.watch.committed_index == 2


# --- promises ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("storage", "found"), [("synced", [Rule.DURABLE_BEFORE_ANSWER]), ("memory", [])])
def test_acknowledging_what_is_not_durable_is_noticed_where_a_storage_syncs(
    storage: Literal["memory", "synced"], found: list[str]
) -> None:
    scene = Scene(storage)
    scene.saves(SECOND, 1, None)
    if storage == "synced":
        scene.syncs(SECOND)
    scene.appends(SECOND, no_op(Term(1)))
    scene.sends(SECOND, accepted(SECOND, FIRST, 1, match_index=1))
    assert scene.found == found


@pytest.mark.parametrize("message", [granted(SECOND, FIRST, 1), ask(SECOND, FIRST, 1)])
def test_a_vote_that_leaves_before_it_is_durable_is_noticed(message: Outbound) -> None:
    scene = Scene("synced")
    scene.saves(SECOND, 1, message.dst if isinstance(message, VoteReply) else SECOND)
    scene.sends(SECOND, message)
    assert scene.found == [Rule.DURABLE_BEFORE_ANSWER]


def test_a_commit_index_that_falls_is_noticed_in_what_is_sent() -> None:
    scene = Scene()
    scene.elects(FIRST, 1, SECOND)
    scene.sends(FIRST, append(FIRST, SECOND, 1, commit_index=3))
    scene.sends(FIRST, append(FIRST, SECOND, 1, commit_index=2))
    assert scene.found == [Rule.COMMIT_GROWS]
