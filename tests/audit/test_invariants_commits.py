"""Commits: what the state machines take."""

import pytest

from audit.invariants import Rule
from tests.audit.facts import Facts, entry


def stored(*nodes: int, size: int = 3) -> Facts:
    """A leader's no-op and a put, stored by `nodes`; 0 leads term 1."""
    facts = Facts(size)
    facts.wins(0, 1, voters=tuple(range(1, size)))
    for node in nodes:
        facts.appends(node, entry(1), entry(1, "a"))
    return facts


def test_a_commit_as_it_should_be() -> None:
    facts = stored(0, 1)
    facts.applies(0, 1, entry(1), entry(1, "a"))
    facts.applies(1, 1, entry(1))
    facts.applies(1, 2, entry(1, "a"))
    assert facts.broken() == []


def test_all_replicas_apply_the_same() -> None:
    facts = stored(0, 1)
    facts.applies(0, 1, entry(1), entry(1, "a"))
    facts.applies(1, 1, entry(1), entry(1, "b"))
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.STATE_MACHINE_SAFETY]
    assert found[0].sentence == "0001 applies another entry at 2 than was applied before"
    assert found[0].places == ("0000.jsonl:10", "0001.jsonl:6")


def test_what_is_applied_is_what_was_written() -> None:
    facts = stored(0, 1)
    facts.applies(0, 1, entry(1), entry(1, "b"))
    assert facts.broken() == [Rule.STATE_MACHINE_SAFETY]


@pytest.mark.parametrize("first", [1, 3])
def test_entries_are_applied_in_order_and_once(first: int) -> None:
    facts = stored(0, 1, 2)
    facts.appends(0, entry(1, "b"))
    facts.appends(1, entry(1, "b"))
    facts.applies(0, 1, entry(1), entry(1, "a"), entry(1, "b"))
    facts.applies(1, 1, entry(1))
    facts.applies(1, first, entry(1) if first == 1 else entry(1, "b"))
    assert facts.broken() == [Rule.APPLIED_IN_ORDER]


def test_the_first_entry_is_the_first_to_be_applied() -> None:
    facts = stored(0, 1)
    facts.applies(0, 2, entry(1, "a"))
    assert facts.broken() == [Rule.APPLIED_IN_ORDER]


def test_a_commit_needs_a_majority() -> None:
    facts = stored(0)
    facts.applies(0, 1, entry(1), entry(1, "a"))
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.COMMIT_BY_MAJORITY]
    assert found[0].sentence == "0000 applies up to 2, an entry of term 1, which is stored by 0000, and needs 2"


def test_a_commit_of_what_nobody_wrote() -> None:
    facts = Facts()
    facts.applies(0, 1, entry(1))
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.COMMIT_BY_MAJORITY]
    assert found[0].sentence == "0000 applies up to 1, an entry of term 1, which is stored by nobody, and needs 2"


def test_a_commit_of_what_nobody_wrote_in_that_term() -> None:
    facts = stored(0, 1)
    facts.applies(1, 1, entry(2))
    assert facts.broken() == [Rule.COMMIT_BY_MAJORITY]


def test_what_others_take_is_no_commit() -> None:
    facts = Facts()
    facts.took(0, "state_machine", "Read", {"requests": [], "leader": "0000"}, ("consensus", 1))
    found = facts.invariants()
    assert (found.violations, found.unchecked) == ((), ())


def test_an_entry_of_another_term_at_that_index_does_not_count() -> None:
    facts = stored(0)
    facts.appends(1, entry(1), entry(2))
    facts.applies(0, 1, entry(1), entry(1, "a"))
    assert facts.broken() == [Rule.COMMIT_BY_MAJORITY]


def test_an_entry_that_was_truncated_does_not_count() -> None:
    facts = stored(0, 1)
    facts.truncates(1, 1)
    facts.applies(0, 1, entry(1), entry(1, "a"))
    assert facts.broken() == [Rule.COMMIT_BY_MAJORITY]


def test_where_a_storage_syncs_only_what_was_synced_counts() -> None:
    facts = stored(0, 1)
    facts.syncs(0)
    facts.syncs(1)
    facts.appends(0, entry(1, "b"))
    facts.appends(1, entry(1, "b"))
    facts.syncs(0)
    facts.applies(0, 1, entry(1), entry(1, "a"))
    facts.applies(0, 3, entry(1, "b"))
    assert facts.broken() == [Rule.COMMIT_BY_MAJORITY]


def test_a_leader_does_not_commit_by_counting_an_older_term() -> None:
    facts = stored(0, 1)
    facts.wins(0, 2, voters=(1, 2))
    facts.applies(0, 1, entry(1), entry(1, "a"))
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.COMMIT_OWN_TERM]
    assert found[0].sentence == "0000, leading term 2, commits up to 2, an entry of term 1"


def test_a_leader_commits_an_older_term_with_an_entry_of_its_own() -> None:
    facts = stored(0, 1)
    facts.wins(0, 2, voters=(1, 2))
    facts.appends(0, entry(2))
    facts.appends(1, entry(2))
    facts.applies(0, 1, entry(1), entry(1, "a"), entry(2))
    assert facts.broken() == []


def test_a_follower_may_commit_an_older_term_by_itself() -> None:
    facts = stored(0, 1)
    facts.wins(0, 2, voters=(1, 2))
    facts.applies(1, 1, entry(1), entry(1, "a"))
    assert facts.broken() == []


def test_who_led_when_a_commit_was_told_is_asked_not_who_leads_when_it_is_applied() -> None:
    facts = stored(0, 1)
    told = facts.took(0, "consensus", "Inbound", {"peers": [], "requests": [], "at": 0.0})
    facts.wins(0, 2, voters=(1, 2))
    facts.takes_apply(0, 1, entry(1), entry(1, "a"), by=told)
    assert facts.broken() == []


def test_a_leader_that_has_stepped_down_since_was_a_leader_when_it_committed() -> None:
    facts = stored(0, 1)
    facts.wins(0, 2, voters=(1, 2))
    told = facts.took(0, "consensus", "Inbound", {"peers": [], "requests": [], "at": 0.0})
    facts.follows(0, 3)
    facts.takes_apply(0, 1, entry(1), entry(1, "a"), by=told)
    assert facts.broken() == [Rule.COMMIT_OWN_TERM]


def test_in_the_delivery_that_ends_a_reign_a_replica_may_commit_as_a_follower() -> None:
    facts = stored(0, 1)
    facts.wins(0, 2, voters=(1, 2))
    told = facts.follows(0, 3)
    facts.takes_apply(0, 1, entry(1), entry(1, "a"), by=told)
    assert facts.broken() == []


def test_in_the_delivery_that_begins_a_reign_a_replica_may_have_committed_as_a_follower() -> None:
    facts = stored(0, 1)
    facts.votes(1, 0, 2)
    facts.saves(0, 2, 0)
    told = facts.leads(0, 2)
    facts.takes_apply(0, 1, entry(1), entry(1, "a"), by=told)
    assert facts.broken() == []


def test_a_reign_ends_once() -> None:
    facts = stored(0, 1)
    facts.wins(0, 2, voters=(1, 2))
    facts.follows(0, 3)
    told = facts.took(0, "consensus", "Inbound", {"peers": [], "requests": [], "at": 0.0})
    facts.follows(0, 4)
    facts.takes_apply(0, 1, entry(1), entry(1, "a"), by=told)
    assert facts.broken() == []


@pytest.mark.parametrize("by", [None, ("log_store", 99)])
def test_a_commit_that_consensus_did_not_tell_is_nobodys_count(by: tuple[str, int] | None) -> None:
    facts = stored(0, 1)
    facts.wins(0, 2, voters=(1, 2))
    facts.took(0, "state_machine", "Apply", {"first": 1, "entries": [entry(1)]}, by)
    assert facts.broken() == []


def test_a_later_leader_has_what_was_committed() -> None:
    facts = stored(0, 1)
    facts.applies(0, 1, entry(1), entry(1, "a"))
    facts.wins(2, 2, voters=(0, 1))
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.LEADER_COMPLETENESS]
    assert found[0].sentence == (
        "0002 was elected in term 2 without the entry of term 1 at 1, which was committed before that term"
    )


def test_a_later_leader_that_has_everything() -> None:
    facts = stored(0, 1)
    facts.applies(0, 1, entry(1), entry(1, "a"))
    facts.wins(1, 2, voters=(0, 2))
    assert facts.broken() == []


def test_a_later_leader_has_the_same_entries_not_only_as_many() -> None:
    facts = stored(0, 1)
    facts.appends(2, entry(1), entry(2))
    facts.applies(0, 1, entry(1), entry(1, "a"))
    facts.wins(2, 3, voters=(0, 1))
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.LEADER_COMPLETENESS]
    assert "term 1 at 2" in found[0].sentence


def test_a_commit_that_shows_behind_the_election_counts_too() -> None:
    facts = stored(0, 1)
    facts.wins(2, 2, voters=(1,))
    facts.applies(0, 1, entry(1), entry(1, "a"))
    assert facts.broken() == [Rule.LEADER_COMPLETENESS]


def test_what_is_committed_in_a_later_term_need_not_have_been_there() -> None:
    facts = stored(0, 1)
    facts.wins(2, 2, voters=(0, 1))
    facts.says(1, "term.advanced", term=2, previous=1)
    facts.appends(2, entry(2))
    facts.truncates(1, 0)
    facts.appends(1, entry(2))
    facts.applies(2, 1, entry(2))
    facts.applies(1, 1, entry(2))
    assert facts.broken() == []


def test_a_leader_that_shows_late_need_not_have_what_a_later_term_committed() -> None:
    facts = Facts()
    facts.saves(2, 2, 2)
    facts.votes(1, 2, 2)
    facts.wins(0, 3, voters=(1,))
    facts.appends(0, entry(3))
    facts.appends(1, entry(3))
    facts.applies(0, 1, entry(3))
    facts.leads(2, 2)
    assert facts.broken() == []


def test_a_leader_that_is_only_known_by_what_it_sends_has_everything_too() -> None:
    facts = stored(0, 1)
    facts.applies(0, 1, entry(1), entry(1, "a"))
    facts.votes(0, 2, 2)
    facts.saves(2, 2, 2)
    facts.sends(2, "append", 1, term=2, commit_index=0)
    assert facts.broken() == [Rule.LEADER_COMPLETENESS]
