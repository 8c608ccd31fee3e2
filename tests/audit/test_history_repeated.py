"""A put that a client sends several times takes effect once, as long as it is remembered (Raft §8)."""

import pytest

from audit.history import effects
from audit.invariants import Rule
from audit.records import Event
from tests.audit.facts import Facts, entry
from tests.audit.test_history import commit, get, put


def applied(facts: Facts, first: int, *mids: str) -> None:
    """A state machine takes puts that have their names as values, and nobody is answered."""
    facts.applies(0, first, *(entry(1, mid, mid) for mid in mids))


def test_a_put_that_is_sent_again_is_one_operation() -> None:
    facts = Facts()
    facts.asks(0, "put", "p1", "one")
    facts.asks(1, "put", "p1", "one")
    facts.answers(1, "redirect", "p1")
    put(facts, 0, "p2", 1, "two")
    put(facts, 2, "p1", 2, "one")
    (first, second) = facts.history().operations()
    assert (first.mid, second.mid) == ("p2", "p1")
    assert (second.invoked_at, second.returned_at) == (0.001, facts.at - 0.001)


def test_a_repetition_has_no_effect_on_reads() -> None:
    """The first sending was committed and not answered; the second is answered ok, and changes nothing."""
    facts = Facts()
    facts.asks(0, "put", "p1", "one")
    applied(facts, 1, "p1")
    facts.asks(0, "put", "p2", "p2")
    commit(facts, 0, "p2", 2, "p2")
    facts.asks(1, "put", "p1", "p1")
    commit(facts, 1, "p1", 3, "p1")
    get(facts, 0, "g1", "p2")
    assert facts.lied() == []


def test_a_repetition_that_has_an_effect_is_noticed() -> None:
    facts = Facts()
    put(facts, 0, "p1", 1, "one")
    put(facts, 0, "p2", 2, "two")
    put(facts, 1, "p1", 3, "one")
    get(facts, 0, "g1", "one")
    assert facts.lied() == [Rule.LINEARIZABLE]


def test_a_put_that_is_not_remembered_any_more_has_another_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "REMEMBERED", 2)
    facts = Facts()
    put(facts, 0, "p1", 1, "one")
    put(facts, 0, "p2", 2, "two")
    put(facts, 0, "p3", 3, "three")
    put(facts, 1, "p1", 4, "one")
    get(facts, 0, "g1", "one")
    assert facts.lied() == []
    operations = facts.history().operations()
    assert sorted(each.mid for each in operations if each.kind == "put") == ["p1", "p1", "p2", "p3"]


def test_it_is_remembered_for_so_many_entries_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "REMEMBERED", 2)
    facts = Facts()
    put(facts, 0, "p1", 1, "one")
    put(facts, 0, "p2", 2, "two")
    put(facts, 1, "p1", 3, "one")
    get(facts, 0, "g1", "one")
    assert facts.lied() == [Rule.LINEARIZABLE]


def test_who_applies_later_brings_no_other_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "REMEMBERED", 2)
    facts = Facts()
    facts.asks(0, "put", "p1", "p1")
    put(facts, 0, "p1", 1, "p1")
    applied(facts, 2, "a", "b", "c")
    for index, mid in enumerate(("p1", "a", "b", "c"), start=1):
        facts.applies(1, index, entry(1, mid, mid))
    assert [each.mid for each in facts.history().operations()].count("p1") == 1


def test_a_put_that_was_denied_wherever_it_was_sent_has_no_effect() -> None:
    facts = Facts()
    for node in (0, 1):
        facts.asks(node, "put", "p1", "one")
        facts.answers(node, "redirect", "p1")
    assert facts.history().operations() == []
    get(facts, 0, "g1", "one")
    assert facts.lied() == [Rule.LINEARIZABLE]


def test_what_was_denied_the_second_time_may_have_been_applied_the_first_time() -> None:
    facts = Facts()
    facts.asks(0, "put", "p1", "p1", since=0)
    applied(facts, 1, "p1")
    facts.asks(1, "put", "p1", "p1", since=0)
    facts.answers(1, "fail", "p1")
    get(facts, 0, "g1", "p1")
    assert facts.lied() == []


def test_a_request_without_an_answer_that_is_sent_again_may_take_effect_or_not() -> None:
    facts = Facts()
    facts.asks(0, "put", "p1", "one")
    facts.asks(1, "put", "p1", "one")
    (operation,) = facts.history().operations()
    assert (operation.invoked_at, operation.returned_at) == (0.001, None)


def test_of_two_puts_under_one_name_either_may_have_had_an_effect() -> None:
    facts = Facts()
    put(facts, 0, "p1", 1, "one")
    put(facts, 0, "p1", 2, "other")
    get(facts, 0, "g1", "one")
    assert facts.lied() == []
    get(facts, 0, "g2", "other")
    assert facts.lied() == []


def test_who_says_what_it_knew_may_have_asked_a_replica_whose_end_is_not_shown() -> None:
    """0000 was asked, and killed; its client asks 0001 again, which redirects it."""
    facts = Facts()
    facts.killed.add(0)
    facts.asks(0, "get", "g0")
    facts.asks(1, "put", "p1", "one", since=0)
    facts.answers(1, "redirect", "p1")
    facts.applies(1, 1, entry(1, "p1", "one"))
    assert facts.lied() == []


def behind_a_kill(*, repeats: bool, later_s: float = 0.0) -> Facts:
    """A replica was killed; another one denies a put that is applied, for its client may have asked the first."""
    facts = Facts()
    facts.killed.add(0)
    facts.asks(0, "get", "g0")
    if repeats:
        for node in (1, 2):
            facts.asks(node, "get", "g1")
    facts.at += later_s
    facts.asks(1, "put", "p1", "one")
    facts.answers(1, "redirect", "p1")
    facts.applies(1, 1, entry(1, "p1", "one"))
    return facts


def test_who_repeats_requests_may_have_sent_one_to_a_replica_just_before_it_was_killed() -> None:
    assert behind_a_kill(repeats=True).lied() == []
    assert behind_a_kill(repeats=True, later_s=effects.LAST_REQUESTS_S).lied() == [Rule.ANSWER_KEPT]


def test_who_keeps_the_contract_has_not() -> None:
    assert behind_a_kill(repeats=False).lied() == [Rule.ANSWER_KEPT]


def test_where_everything_is_shown_a_denial_is_a_denial() -> None:
    facts = Facts()
    facts.asks(1, "put", "p1", "one", since=0)
    facts.answers(1, "fail", "p1")
    facts.applies(1, 1, entry(1, "p1", "one"))
    assert facts.lied() == [Rule.ANSWER_KEPT]


def test_what_comes_again_while_it_is_answered_may_be_answered_again() -> None:
    """The first is redirected because of what a replica says in the same message, and the second is taken then."""
    facts = Facts()
    facts.asks(0, "put", "p1", "one")
    facts.asks(0, "put", "p1", "one")
    facts.answers(0, "redirect", "p1")
    facts.answers(0, "redirect", "p1")
    assert facts.lied() == []
    facts.answers(0, "redirect", "p1")
    assert facts.lied() == [Rule.ANSWERED_ONCE]


def test_what_comes_again_while_it_is_denied_may_take_effect() -> None:
    facts = Facts()
    facts.asks(0, "put", "p1", "one")
    facts.asks(0, "put", "p1", "one")
    facts.answers(0, "redirect", "p1")
    facts.applies(1, 1, entry(1, "p1", "one"))
    get(facts, 0, "g1", "one")
    assert facts.lied() == []


def test_what_came_again_before_is_answered_with_it() -> None:
    facts = Facts()
    facts.asks(0, "put", "p1", "one")
    facts.asks(0, "put", "p1", "one")
    facts.took(0, "consensus", "Appended", {})
    facts.answers(0, "redirect", "p1")
    assert facts.lied() == []
    facts.answers(0, "redirect", "p1")
    assert facts.lied() == [Rule.ANSWERED_ONCE]


def test_a_get_that_comes_again_while_the_state_machine_reads_is_another() -> None:
    """Consensus has done with the first by then."""
    facts = Facts()
    facts.asks(0, "get", "g1")
    told = facts.took(0, "consensus", "Appended", {})
    facts.asks(0, "get", "g1")
    facts.took(0, "state_machine", "Read", {}, ("consensus", told))
    facts.answers(0, "ok", "g1", "state_machine", value="")
    again = facts.took(0, "consensus", "Appended", {})
    facts.took(0, "state_machine", "Read", {}, ("consensus", again))
    facts.answers(0, "ok", "g1", "state_machine", value="")
    assert facts.lied() == []
    assert len(facts.history().operations()) == 2
    facts.answers(0, "ok", "g1", "state_machine", value="")
    assert facts.lied() == [Rule.ANSWERED_ONCE]


def test_what_a_gap_hides_may_have_had_an_effect_as_often_as_it_was_sent() -> None:
    facts = Facts()
    put(facts, 0, "p1", 1, "one")
    put(facts, 0, "p2", 2, "two")
    facts.write(Event(at=0.0, clock=0, node="0002", event="trail.shed", level="warning", fields={"count": 1}))
    facts.asks(1, "put", "p1", "one")
    get(facts, 1, "g1", "one")
    assert facts.lied() == []
