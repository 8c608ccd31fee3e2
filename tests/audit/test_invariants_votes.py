"""Elections: what a trail shows of votes and leaders, and what it must not show."""

from audit.invariants import Rule
from tests.audit.facts import Facts


def test_an_election_as_it_should_be() -> None:
    facts = Facts()
    facts.wins(0, 1, voters=(1,))
    facts.sends(0, "append", 1, term=1, commit_index=0)
    facts.wins(1, 2, voters=(0, 2))
    assert facts.broken() == []


def test_a_term_has_one_leader() -> None:
    facts = Facts()
    facts.wins(0, 1, voters=(1,))
    facts.sends(2, "append", 1, "replicator/0001", term=1, commit_index=0)
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.ELECTION_SAFETY]
    assert found[0].sentence == "0000 and 0002 both lead term 1"
    assert found[0].places == ("0000.jsonl:6", "0002.jsonl:2")


def test_a_leader_that_says_so_and_one_that_acts_so_are_told_apart_by_name_only() -> None:
    facts = Facts()
    facts.wins(0, 1, voters=(1,))
    facts.sends(0, "append", 1, "replicator/0001", term=1, commit_index=0)
    facts.sends(0, "append", 2, term=1, commit_index=0)
    assert facts.broken() == []


def test_a_leader_needs_the_votes_of_a_majority() -> None:
    facts = Facts(5)
    facts.wins(0, 1, voters=(1,))
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.ELECTED_BY_A_MAJORITY]
    assert found[0].sentence == "0000 leads term 1 with the votes of 0000, 0001, and needs 3"


def test_a_leader_without_any_vote() -> None:
    facts = Facts()
    facts.leads(0, 1)
    assert [each.sentence for each in facts.invariants().violations] == [
        "0000 leads term 1 with the votes of nobody, and needs 2"
    ]


def test_a_vote_counts_once() -> None:
    facts = Facts(5)
    facts.saves(0, 1, 0)
    facts.votes(1, 0, 1)
    facts.votes(1, 0, 1)
    facts.leads(0, 1)
    assert facts.broken() == [Rule.ELECTED_BY_A_MAJORITY]


def test_the_votes_that_were_not_shown_may_have_been_given() -> None:
    facts = Facts(5)
    facts.names.append("0005")  # it left no trail
    facts.killed.add(4)
    facts.wins(0, 1, voters=(1,))
    assert facts.broken() == []


def test_two_candidates_in_the_storage_of_one_term() -> None:
    facts = Facts()
    facts.saves(1, 1, 0)
    facts.saves(1, 1, 2)
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.ONE_VOTE]
    assert found[0].sentence == "0001 voted for 0000 and for 0002 in term 1"


def test_two_votes_given_away_in_one_term() -> None:
    facts = Facts()
    facts.votes(1, 0, 1)
    facts.saves(1, 2, None)
    facts.sends(1, "vote_reply", 2, "log_store", term=1, granted=True)
    assert Rule.ONE_VOTE in facts.broken()


def test_a_refusal_is_no_vote() -> None:
    facts = Facts()
    facts.votes(1, 0, 1)
    facts.sends(1, "vote_reply", 2, term=1, granted=False)
    assert facts.broken() == []


def test_the_same_vote_may_be_given_again() -> None:
    facts = Facts()
    facts.votes(1, 0, 1)
    facts.votes(1, 0, 1)
    facts.votes(1, 2, 2)
    assert facts.broken() == []


def test_a_replica_that_forgot_its_votes_must_not_vote() -> None:
    facts = Facts()
    facts.opened(1, incarnation=2)
    facts.saves(1, 3, 0, incarnation=2)
    facts.saves(1, 4, 0, incarnation=2)
    found = facts.invariants().violations
    assert [each.rule for each in found] == [Rule.AMNESIA]
    assert found[0].places == ("0001.2.jsonl:2",)


def test_a_replica_that_forgot_its_votes_may_enter_terms() -> None:
    facts = Facts()
    facts.opened(1, incarnation=2)
    facts.saves(1, 3, None, incarnation=2)
    assert facts.broken() == []


def test_a_replica_whose_votes_survive_may_vote_again() -> None:
    facts = Facts(storage="disk")
    facts.opened(1, incarnation=2, storage="disk")
    facts.saves(1, 3, 0, incarnation=2)
    assert facts.broken() == []


def test_a_replica_whose_first_line_is_unreadable_may_have_remembered_its_votes() -> None:
    facts = Facts()
    facts.saves(1, 3, 0, incarnation=2)
    assert facts.broken() == []


def test_votes_of_two_incarnations_are_those_of_one_replica() -> None:
    facts = Facts(storage="disk")
    facts.opened(1, incarnation=2, storage="disk")
    facts.saves(1, 3, 0)
    facts.saves(1, 3, 2, incarnation=2)
    assert facts.broken() == [Rule.ONE_VOTE]
