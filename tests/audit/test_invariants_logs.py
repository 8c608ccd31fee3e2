"""Logs: what the storages were told, compared across replicas."""

from audit.invariants import Rule
from tests.audit.facts import Facts, entry


def test_logs_that_agree() -> None:
    facts = Facts()
    for node in range(3):
        facts.appends(node, entry(1), entry(1, "a"))
        facts.appends(node, entry(2))
    assert facts.broken() == []


def test_logs_that_differ_may_differ_in_their_terms() -> None:
    facts = Facts()
    facts.appends(0, entry(1), entry(1, "a"))
    facts.appends(1, entry(1), entry(2, "b"))
    facts.appends(2, entry(1), entry(2, "b"))
    facts.truncates(0, 1)
    facts.appends(0, entry(2, "b"))
    assert facts.broken() == []


def test_one_index_and_term_name_one_entry() -> None:
    facts = Facts()
    facts.appends(0, entry(1), entry(1, "a"))
    facts.appends(1, entry(1))
    facts.appends(1, entry(1, "b"))
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.LOG_MATCHING]
    assert found[0].sentence == "0001 writes another entry of term 1 at 2 than was written before"
    assert found[0].places == ("0000.jsonl:2", "0001.jsonl:3")


def test_one_index_and_term_name_one_entry_also_when_another_was_there_first() -> None:
    facts = Facts()
    facts.appends(0, entry(1, "a"))
    facts.appends(1, entry(2, "b"))
    facts.appends(2, entry(2, "c"))
    assert facts.broken() == [Rule.LOG_MATCHING]


def test_one_index_and_term_name_one_predecessor() -> None:
    facts = Facts()
    facts.appends(0, entry(1), entry(3))
    facts.appends(1, entry(2), entry(3))
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.LOG_MATCHING]
    assert found[0].sentence == (
        "0001 writes the entry of term 3 at 2 behind one of term 2, which was behind one of term 1 before"
    )


def test_a_leader_does_not_truncate() -> None:
    facts = Facts()
    facts.appends(0, entry(1), entry(1, "a"))
    facts.wins(0, 2, voters=(1,))
    facts.truncates(0, 1)
    assert facts.broken() == [Rule.LEADER_APPEND_ONLY]


def test_who_has_led_may_truncate() -> None:
    facts = Facts()
    facts.appends(0, entry(1), entry(1, "a"))
    facts.wins(0, 2, voters=(1,))
    facts.follows(0, 3)
    facts.truncates(0, 1)
    assert facts.broken() == []


def test_what_was_applied_is_not_truncated() -> None:
    facts = Facts()
    for node in range(3):
        facts.appends(node, entry(1), entry(1, "a"))
    facts.applies(0, 1, entry(1))
    facts.truncates(0, 1)
    assert facts.broken() == []
    facts.truncates(0, 0)
    assert facts.broken() == [Rule.COMMITTED_STAYS]


def test_a_storage_may_drop_later_what_never_was_committed() -> None:
    facts = Facts()
    facts.appends(0, entry(1, "never"))
    for node in (1, 2):
        facts.appends(node, entry(2, "a"))
    facts.applies(0, 1, entry(2, "a"))
    facts.truncates(0, 0)
    facts.appends(0, entry(2, "a"))
    assert facts.broken() == []


def of_a_later_term() -> Facts:
    """An entry of term 1 that is committed in term 3, as one replica knows."""
    facts = Facts()
    for node in range(3):
        facts.saves(node, 1)
        facts.appends(node, entry(1), entry(1, "a"))
    facts.saves(0, 3)
    facts.applies(0, 1, entry(1), entry(1, "a"))
    return facts


def test_who_has_not_heard_of_a_commit_may_truncate_for_an_older_leader() -> None:
    facts = of_a_later_term()
    facts.saves(2, 2)
    facts.truncates(2, 1)
    assert facts.broken() == []


def test_who_has_entered_the_term_of_a_commit_does_not_truncate_it_although_it_has_not_applied_it() -> None:
    facts = of_a_later_term()
    facts.saves(2, 3)
    facts.truncates(2, 1)
    assert facts.broken() == [Rule.COMMITTED_STAYS]


def lagging() -> Facts:
    """A replica follows the leader of term 3, and has applied what that one committed; its storage is in term 2."""
    facts = of_a_later_term()
    facts.saves(2, 2)
    facts.says(2, "term.advanced", term=3, previous=2)
    facts.applies(2, 1, entry(1), entry(1, "a"))
    return facts


def test_a_storage_that_lags_may_do_what_an_older_leader_asked_for_although_the_replica_has_applied_it() -> None:
    """It was decided before, and what the later leader sent waits behind it; a majority has it meanwhile."""
    facts = lagging()
    facts.truncates(2, 1)
    facts.appends(2, entry(1, "a"))
    assert facts.broken() == []


def test_what_a_replica_has_applied_is_not_truncated_in_the_term_in_which_it_knew() -> None:
    facts = lagging()
    facts.saves(2, 3)
    facts.truncates(2, 1)
    assert facts.broken() == [Rule.COMMITTED_STAYS]


def test_terms_do_not_fall_along_a_log() -> None:
    facts = Facts()
    facts.appends(0, entry(2), entry(2))
    assert facts.broken() == []
    facts.appends(0, entry(1))
    assert facts.broken() == [Rule.TERMS_ALONG_A_LOG]
