"""Promises: what is sent, beside what the storage holds; and what only grows."""

import pytest

from audit.invariants import Rule
from tests.audit.facts import Facts, entry


def acknowledges(facts: Facts, node: int, match_index: int, term: int, commit_index: int = 0) -> None:
    """An acknowledgement leaves the log store."""
    facts.sends(node, "append_accepted", 0, "log_store", term=term, match_index=match_index, commit_index=commit_index)


def test_a_vote_that_was_not_saved() -> None:
    facts = Facts()
    facts.saves(1, 2, None)
    facts.sends(1, "vote_reply", 0, "log_store", term=2, granted=True)
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.DURABLE_BEFORE_ANSWER]
    assert found[0].sentence == "0001 gives 0000 its vote of term 2, and its storage holds term 2 and no vote"


@pytest.mark.parametrize(("term", "vote"), [(1, 0), (2, 2)])
def test_a_vote_that_was_saved_for_another_term_or_candidate(term: int, vote: int) -> None:
    facts = Facts()
    facts.saves(1, term, vote)
    facts.sends(1, "vote_reply", 0, "log_store", term=2, granted=True)
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.DURABLE_BEFORE_ANSWER]
    assert found[0].sentence.endswith(f"its storage holds term {term} and a vote for 000{vote}")


def test_a_vote_that_is_late_was_saved_once() -> None:
    facts = Facts()
    facts.saves(1, 1, 0)
    facts.saves(1, 2, None)
    facts.sends(1, "vote_reply", 0, "log_store", term=1, granted=True)
    assert facts.broken() == []


def test_a_refusal_need_not_be_saved() -> None:
    facts = Facts()
    facts.sends(1, "vote_reply", 0, term=2, granted=False)
    assert facts.broken() == []


def test_a_candidate_votes_for_itself_before_it_asks() -> None:
    facts = Facts()
    facts.sends(1, "request_vote", 0, term=1, last_log_index=0, last_log_term=0)
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.DURABLE_BEFORE_ANSWER]
    assert found[0].sentence == "0001 asks 0000 for its vote of term 1, and its storage holds term 0 and no vote"


def test_a_candidate_that_has_voted_for_itself() -> None:
    facts = Facts()
    facts.saves(1, 1, 1)
    facts.sends(1, "request_vote", 0, term=1, last_log_index=0, last_log_term=0)
    assert facts.broken() == []


def test_entries_that_were_not_stored() -> None:
    facts = Facts()
    facts.saves(1, 1, 0)
    facts.appends(1, entry(1))
    acknowledges(facts, 1, 1, term=1)
    assert facts.broken() == []
    acknowledges(facts, 1, 2, term=1)
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.DURABLE_BEFORE_ANSWER]
    assert found[0].sentence == "0001 acknowledges entries up to 2 in term 1, and its storage holds them up to 1"


def test_entries_that_were_acknowledged_in_a_term_that_was_not_saved() -> None:
    facts = Facts()
    facts.appends(1, entry(1))
    acknowledges(facts, 1, 1, term=1)
    assert facts.broken() == [Rule.DURABLE_BEFORE_ANSWER]


def test_an_acknowledgement_of_a_term_that_is_over_is_not_looked_at() -> None:
    facts = Facts()
    facts.saves(1, 1, 0)
    facts.appends(1, entry(1))
    facts.saves(1, 2, None)
    facts.truncates(1, 0)
    acknowledges(facts, 1, 1, term=1)
    assert facts.broken() == []


def test_a_vote_that_was_not_synced() -> None:
    facts = Facts(storage="disk")
    facts.saves(1, 1, 0)
    facts.sends(1, "vote_reply", 0, "log_store", term=1, granted=True)
    assert facts.broken() == [Rule.DURABLE_BEFORE_ANSWER]


def test_what_was_synced_can_be_promised() -> None:
    facts = Facts(storage="disk")
    facts.saves(1, 1, 0)
    facts.appends(1, entry(1))
    facts.syncs(1)
    facts.sends(1, "vote_reply", 0, "log_store", term=1, granted=True)
    acknowledges(facts, 1, 1, term=1)
    assert facts.broken() == []


def test_entries_that_were_not_synced() -> None:
    facts = Facts(storage="disk")
    facts.saves(1, 1, 0)
    facts.syncs(1)
    facts.appends(1, entry(1))
    acknowledges(facts, 1, 1, term=1)
    assert facts.broken() == [Rule.DURABLE_BEFORE_ANSWER]


def test_entries_that_were_truncated_since_they_were_synced() -> None:
    facts = Facts(storage="disk")
    facts.saves(1, 1, 0)
    facts.appends(1, entry(1), entry(1))
    facts.syncs(1)
    facts.truncates(1, 1)
    facts.appends(1, entry(1, "a"))
    acknowledges(facts, 1, 2, term=1)
    assert Rule.DURABLE_BEFORE_ANSWER in facts.broken()


def test_a_storage_keeps_its_term() -> None:
    facts = Facts()
    facts.saves(1, 2, None)
    facts.saves(1, 2, 0)
    assert facts.broken() == []
    facts.saves(1, 1, None)
    assert facts.broken() == [Rule.TERM_GROWS]


def test_a_replica_does_not_enter_an_older_term() -> None:
    facts = Facts()
    facts.says(1, "term.advanced", term=3, previous=0)
    facts.says(1, "term.advanced", term=2, previous=3)
    facts.says(1, "term.advanced", term=4, previous=3)
    assert facts.broken() == [Rule.TERM_GROWS]
    facts.says(1, "term.advanced", term=4, previous=4)
    assert facts.broken() == [Rule.TERM_GROWS, Rule.TERM_GROWS]


def test_an_actor_does_not_send_older_terms() -> None:
    facts = Facts()
    facts.sends(1, "pre_vote", 0, term=3, last_log_index=0, last_log_term=0)
    facts.sends(1, "leader_check", 0, term=2)
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.TERM_GROWS]
    assert found[0].sentence == "consensus of 0001 sends leader_check of term 2 after term 3"
    assert found[0].places == ("0001.jsonl:2", "0001.jsonl:3")


def test_one_actor_may_lag_behind_another() -> None:
    facts = Facts()
    facts.saves(1, 3, None)
    facts.sends(1, "pre_vote", 0, term=3, last_log_index=0, last_log_term=0)
    acknowledges(facts, 1, 0, term=2)
    assert facts.broken() == []


def test_an_actor_does_not_send_older_commit_indexes() -> None:
    facts = Facts()
    facts.saves(1, 1, None)
    for commit_index in (0, 4, 4):
        acknowledges(facts, 1, 0, term=1, commit_index=commit_index)
    assert facts.broken() == []
    acknowledges(facts, 1, 0, term=1, commit_index=3)
    assert facts.broken() == [Rule.COMMIT_GROWS]
