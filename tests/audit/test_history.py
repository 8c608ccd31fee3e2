"""What clients asked and were answered: which answers are lies."""

from audit.invariants import Rule
from audit.records import Event
from linearizability import Operation
from tests.audit.facts import CLIENT, Facts, entry


def put(facts: Facts, node: int, mid: str, index: int, value: str = "v") -> None:
    """A put, as it should be: asked, committed, answered, applied."""
    facts.asks(node, "put", mid, value)
    commit(facts, node, mid, index, value)


def commit(facts: Facts, node: int, mid: str, index: int, value: str = "v") -> None:
    """Consensus answers, and has the state machine apply."""
    told = facts.took(node, "consensus", "Appended", {})
    facts.answers(node, "ok", mid)
    facts.takes_apply(node, index, entry(1, mid, value), by=told)


def get(facts: Facts, node: int, mid: str, value: str) -> None:
    """A get, and its answer."""
    facts.asks(node, "get", mid)
    facts.answers(node, "ok", mid, "state_machine", value=value)


def test_a_history_as_it_should_be() -> None:
    facts = Facts()
    get(facts, 0, "g0", "")
    put(facts, 0, "p1", 1, "one")
    get(facts, 0, "g1", "one")
    facts.asks(1, "put", "p2", "two")
    facts.answers(1, "redirect", "p2")
    facts.asks(0, "put", "p3", "three")
    facts.answers(0, "fail", "p3")
    facts.applies(1, 1, entry(1, "p1", "one"))
    found = facts.history()
    assert (found.violations, found.unchecked) == ((), ())


def test_an_answer_that_is_stale() -> None:
    facts = Facts()
    put(facts, 0, "p1", 1, "one")
    put(facts, 0, "p2", 2, "two")
    get(facts, 1, "g1", "one")
    found = facts.history().violations
    assert [each.rule for each in found] == [Rule.LINEARIZABLE]
    assert "get g1 of client 0010 answered 'one'" in found[0].sentence
    assert "0001.jsonl:2" in found[0].places


def test_a_put_without_an_answer_may_have_an_effect_or_none() -> None:
    facts = Facts()
    put(facts, 0, "p1", 1, "one")
    facts.asks(0, "put", "p2", "two")
    get(facts, 0, "g1", "one")
    get(facts, 0, "g2", "two")
    assert facts.lied() == []
    get(facts, 0, "g3", "one")
    assert facts.lied() == [Rule.LINEARIZABLE]


def test_a_put_that_was_denied_has_no_effect_on_reads() -> None:
    facts = Facts()
    facts.asks(0, "put", "p1", "one")
    facts.answers(0, "redirect", "p1")
    get(facts, 0, "g1", "one")
    assert facts.lied() == [Rule.LINEARIZABLE]


def test_a_get_without_an_answer_says_nothing() -> None:
    facts = Facts()
    facts.asks(0, "get", "g1")
    assert facts.history().operations() == []
    assert facts.lied() == []


def test_operations_are_seen_from_their_coming_to_their_answer() -> None:
    facts = Facts()
    put(facts, 0, "p1", 1, "one")
    expected = Operation(client=CLIENT, mid="p1", kind="put", key="k", value="one", invoked_at=0.001, returned_at=0.003)
    assert facts.history().operations() == [expected]


def test_a_request_comes_when_the_socket_reader_has_it() -> None:
    """A leader reads what was committed by then, though its Consensus may take the request much later."""
    facts = Facts()
    put(facts, 0, "p1", 1, "old")
    facts.took(1, "socket_reader", "Datagrams", {})
    held_up = facts.took(1, "socket_reader", "Datagrams", {})
    put(facts, 0, "p2", 2, "new")
    facts.asks(1, "get", "g1", by=("socket_reader", held_up))
    facts.answers(1, "ok", "g1", "state_machine", value="old")
    assert facts.lied() == []


def test_one_that_the_socket_reader_had_later_is_not_older_for_what_it_had_before() -> None:
    facts = Facts()
    facts.took(1, "socket_reader", "Datagrams", {})
    put(facts, 0, "p1", 1, "old")
    put(facts, 0, "p2", 2, "new")
    prompt = facts.took(1, "socket_reader", "Datagrams", {})
    facts.asks(1, "get", "g1", by=("socket_reader", prompt))
    facts.answers(1, "ok", "g1", "state_machine", value="old")
    assert facts.lied() == [Rule.LINEARIZABLE]


def test_replicas_whose_clocks_differ_have_no_common_history() -> None:
    facts = Facts()
    facts.opened(1, incarnation=2, wall=0.06)
    put(facts, 0, "p1", 1, "one")
    get(facts, 1, "g1", "")
    found = facts.history()
    assert found.violations == ()
    assert found.unchecked == ("The replicas' clocks differ by 0.060 s: what clients saw was not checked as a whole.",)


def test_an_answer_that_nobody_asked_for() -> None:
    facts = Facts()
    facts.asks(1, "get", "g1")
    facts.answers(0, "ok", "g1", value="")
    found = facts.history().violations
    assert [each.rule for each in found] == [Rule.ANSWERED_ONCE]
    assert found[0].sentence == "0000 answers ok to g1 of 0010, who never asked it"


def test_a_second_answer() -> None:
    facts = Facts()
    facts.asks(0, "get", "g1")
    facts.answers(0, "redirect", "g1")
    facts.answers(0, "ok", "g1", value="")
    found = facts.history().violations
    assert [each.rule for each in found] == [Rule.ANSWERED_ONCE]
    assert found[0].sentence == "0000 answers ok to g1 of 0010, which it has answered redirect before"
    assert found[0].places == ("0000.jsonl:3", "0000.jsonl:4")


def test_a_request_that_came_twice_before_its_answer_is_one() -> None:
    facts = Facts()
    facts.asks(0, "get", "g1")
    facts.asks(0, "get", "g1")
    facts.took(0, "consensus", "Appended", {})
    facts.answers(0, "ok", "g1", value="")
    assert facts.lied() == []
    facts.answers(0, "ok", "g1", value="")
    assert facts.lied() == [Rule.ANSWERED_ONCE]


def test_a_request_that_came_again_after_its_answer_is_another() -> None:
    facts = Facts()
    get(facts, 0, "g1", "")
    get(facts, 0, "g1", "")
    assert facts.lied() == []


def test_a_put_that_was_denied_and_applied_later() -> None:
    facts = Facts()
    facts.asks(0, "put", "p1", "v")
    facts.answers(0, "redirect", "p1")
    facts.applies(1, 1, entry(1, "p1"))
    found = facts.history().violations
    assert [each.rule for each in found] == [Rule.ANSWER_KEPT]
    assert found[0].sentence == "0001 applies the put p1 of 0010, who was told that it has no effect"


def test_a_put_that_was_applied_and_denied_later() -> None:
    facts = Facts()
    facts.asks(0, "put", "p1", "v")
    facts.applies(1, 1, entry(1, "p1"))
    facts.answers(0, "fail", "p1")
    assert facts.lied() == [Rule.ANSWER_KEPT]


def test_a_put_that_was_denied_by_one_replica_and_asked_of_another() -> None:
    facts = Facts()
    facts.asks(0, "put", "p1", "v")
    facts.answers(0, "redirect", "p1")
    put(facts, 1, "p1", 1)
    assert facts.lied() == []


def test_a_put_that_was_answered_ok_and_not_committed() -> None:
    facts = Facts()
    facts.asks(0, "put", "p1", "v")
    facts.asks(0, "put", "p2", "v")
    told = facts.took(0, "consensus", "Appended", {})
    facts.answers(0, "ok", "p1")
    facts.takes_apply(0, 1, entry(1, "p2"), by=told)
    found = facts.history().violations
    assert [each.rule for each in found] == [Rule.OK_MEANS_COMMITTED]
    assert found[0].sentence == "0000 answers ok to the put p1 of 0010, which is not committed"


def test_a_put_that_was_answered_ok_and_never_applied() -> None:
    facts = Facts()
    facts.asks(0, "put", "p1", "v")
    facts.answers(0, "ok", "p1")
    facts.took(0, "state_machine", "Read", {}, ("consensus", 1))
    assert facts.lied() == [Rule.OK_MEANS_COMMITTED]


def test_a_put_that_was_answered_ok_at_the_end_of_the_trail() -> None:
    facts = Facts()
    facts.asks(0, "put", "p1", "v")
    facts.answers(0, "ok", "p1")
    assert facts.lied() == []


def test_what_was_told_before_an_answer_need_not_hold_the_entry() -> None:
    facts = Facts()
    facts.asks(0, "put", "p1", "v")
    earlier = facts.took(0, "consensus", "Appended", {})
    told = facts.took(0, "consensus", "Appended", {})
    facts.answers(0, "ok", "p1")
    facts.takes_apply(0, 1, entry(1), by=earlier)
    facts.takes_apply(0, 2, entry(1, "p1"), by=told)
    assert facts.lied() == []


def test_a_put_that_nobody_asked_for() -> None:
    facts = Facts()
    facts.applies(0, 1, entry(1, "p1"))
    found = facts.history().violations
    assert [each.rule for each in found] == [Rule.ASKED_FOR]
    assert found[0].sentence == "0000 applies the put p1 of 0010, who never asked for it"


def test_a_put_that_a_killed_replica_may_have_been_asked_for() -> None:
    facts = Facts()
    facts.killed.add(2)
    facts.asks(1, "get", "g0")
    facts.applies(0, 1, entry(1, "p1", "one"))
    get(facts, 0, "g1", "one")
    assert facts.lied() == []


def test_a_put_that_a_replica_without_a_trail_may_have_been_asked_for() -> None:
    facts = Facts()
    facts.names.append("0003")
    facts.applies(0, 1, entry(1, "p1", "one"))
    found = facts.history()
    assert found.violations == ()
    assert found.unchecked == ("0003 left no trail: what its clients were answered was not checked.",)


def test_behind_a_gap_nothing_is_said_of_requests_that_may_be_in_it() -> None:
    facts = Facts()
    shed = Event(at=0.0, clock=0, node="0000", event="trail.shed", level="warning", fields={"count": 1})
    facts.write(shed)
    facts.answers(0, "ok", "g1", value="")
    get(facts, 0, "g2", "")
    facts.answers(0, "ok", "g2", value="")
    get(facts, 0, "g3", "of a put that nobody saw")
    found = facts.history()
    assert found.violations == ()
    assert [sentence.partition(":")[0] for sentence in found.unchecked] == [
        "Of 0000, it left out records that it could not write fast enough"
    ]


def test_a_damaged_request_is_a_gap() -> None:
    facts = Facts()
    facts.took(0, "consensus", "Inbound", {"requests": [{"type": "got"}]})
    assert facts.history().unchecked == (
        "Of 0000, the record at 0000.jsonl:2 cannot be understood: what its clients were answered was not checked in "
        "full.",
    )


def test_what_replicas_say_to_one_another_is_no_answer() -> None:
    facts = Facts()
    facts.sends(0, "vote_reply", 1, term=1, granted=True)
    assert facts.lied() == []
