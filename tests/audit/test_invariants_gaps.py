"""What is not shown raises no alarm, and is said."""

import pytest

from audit.invariants import Invariants, Rule
from audit.records import Event
from tests.audit.facts import Facts, entry


def shed(facts: Facts, node: int) -> None:
    """A replica says that it left out a record."""
    facts.write(
        Event(at=facts.at, clock=0, node=facts.names[node], event="trail.shed", level="warning", fields={"count": 1})
    )


def of(invariants: Invariants) -> list[str]:
    """The beginnings of what was not checked."""
    return [sentence.partition(": ")[0] for sentence in invariants.unchecked]


def test_whole_trails_leave_nothing_unchecked() -> None:
    facts = Facts()
    facts.wins(0, 1, voters=(1,))
    assert facts.invariants().unchecked == ()


def test_behind_records_that_were_shed_a_log_is_not_known() -> None:
    facts = Facts()
    facts.saves(1, 1, 0)
    facts.appends(0, entry(1), entry(1, "a"))
    shed(facts, 1)
    facts.appends(1, entry(1, "a"))  # at 2, or anywhere
    facts.sends(1, "append_accepted", 0, "log_store", term=1, match_index=2, commit_index=0)
    facts.applies(1, 7, entry(1))
    facts.applies(1, 9, entry(1))
    found = facts.invariants()
    assert found.violations == ()
    assert of(found) == ["Of 0001, it left out records that it could not write fast enough"]


def test_what_was_broken_before_the_gap_stays_broken() -> None:
    facts = Facts()
    facts.applies(1, 7, entry(1))
    shed(facts, 1)
    assert facts.broken() == [Rule.APPLIED_IN_ORDER]


def test_behind_a_gap_what_cannot_be_excused_is_reported() -> None:
    facts = Facts()
    shed(facts, 1)
    facts.saves(1, 1, 0)
    facts.saves(1, 1, 2)
    assert facts.broken() == [Rule.ONE_VOTE]


def test_a_replica_with_a_gap_may_be_part_of_a_majority() -> None:
    facts = Facts()
    shed(facts, 1)
    facts.saves(0, 1, 0)
    facts.leads(0, 1)
    facts.appends(0, entry(1))
    facts.applies(0, 1, entry(1))
    assert facts.broken() == []


def test_behind_a_gap_what_is_promised_may_have_been_saved() -> None:
    facts = Facts()
    shed(facts, 1)
    facts.sends(1, "request_vote", 0, term=1, last_log_index=0, last_log_term=0)
    facts.sends(1, "vote_reply", 0, "log_store", term=2, granted=True)
    facts.sends(1, "append_accepted", 0, "log_store", term=2, match_index=2, commit_index=0)
    assert facts.broken() == []


def test_the_first_gap_is_told() -> None:
    facts = Facts()
    shed(facts, 1)
    facts.opened(1, part=3)
    assert of(facts.invariants()) == ["Of 0001, it left out records that it could not write fast enough"]


def test_a_leader_with_a_gap_may_have_had_everything() -> None:
    facts = Facts()
    shed(facts, 2)
    facts.wins(0, 1, voters=(1,))
    facts.appends(0, entry(1))
    facts.appends(1, entry(1))
    facts.applies(0, 1, entry(1))
    facts.wins(2, 2, voters=(0, 1))
    assert facts.broken() == []


def test_a_replica_that_was_killed_may_have_stored_more_than_its_trail_shows() -> None:
    facts = Facts()
    facts.wins(0, 1, voters=(1,))
    facts.appends(0, entry(1))
    facts.applies(0, 1, entry(1))
    assert facts.broken() == [Rule.COMMIT_BY_MAJORITY]
    facts.killed.add(1)
    assert facts.broken() == []


def test_a_trail_whose_beginning_is_missing() -> None:
    facts = Facts()
    del facts.records[1]
    facts.applies(1, 7, entry(1))
    found = facts.invariants()
    assert found.violations == ()
    assert of(found) == ["Of 0001, the beginning of its trail is missing"]


def test_a_trail_with_a_part_missing() -> None:
    facts = Facts()
    facts.opened(1, part=3)
    facts.applies(1, 7, entry(1))
    found = facts.invariants()
    assert found.violations == ()
    assert of(found) == ["Of 0001, part 2 of its trail is missing"]


def test_parts_that_follow_one_another_are_no_gap() -> None:
    facts = Facts()
    facts.opened(1, part=2)
    facts.opened(1, part=3)
    assert facts.invariants().unchecked == ()


def test_a_trail_of_events_only() -> None:
    facts = Facts(level="events")
    facts.wins(0, 1, voters=())
    facts.says(1, "role.changed", role="leader", term=1)
    found = facts.invariants()
    assert [each.rule for each in found.violations] == [Rule.ELECTION_SAFETY]
    assert of(found) == [f"Of 000{n}, its trail was written at level events, without messages" for n in range(3)]


def test_a_replica_without_a_trail() -> None:
    facts = Facts()
    facts.names.append("0003")
    assert of(facts.invariants()) == ["0003 left no trail"]


def test_a_gap_that_the_reader_knows_of() -> None:
    facts = Facts()
    facts.applies(1, 7, entry(1))
    found = facts.invariants({"0001": "a line is missing"})
    assert found.violations == ()
    assert of(found) == ["Of 0001, a line is missing"]


@pytest.mark.parametrize("value", [{"after": "seven"}, {}, []])
def test_a_damaged_record_is_a_gap(value: object) -> None:
    facts = Facts()
    facts.did(1, "log_store", "storage", "truncate", value)
    facts.applies(1, 7, entry(1))
    found = facts.invariants()
    assert found.violations == ()
    assert of(found) == ["Of 0001, the record at 0001.jsonl:2 cannot be understood"]


@pytest.mark.parametrize("term", ["one", None])
def test_an_event_without_a_term_says_nothing(term: object) -> None:
    facts = Facts()
    facts.says(0, "role.changed", role="leader", term=term)
    facts.says(0, "term.advanced", term=term)
    assert facts.broken() == []


def test_a_second_incarnation_with_a_disk_shows_itself_what_it_had_stored() -> None:
    facts = Facts(storage="disk")
    facts.opened(1, incarnation=2, storage="disk")
    assert of(facts.invariants()) == []


def test_of_each_rule_the_first_breaches_are_kept_and_all_are_counted() -> None:
    facts = Facts()
    for _ in range(50):
        facts.applies(1, 7, entry(1))
    found = facts.invariants()
    assert len(found.violations) == 20
    assert found.counts == {Rule.APPLIED_IN_ORDER: 50}
