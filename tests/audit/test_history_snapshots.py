"""What clients saw, where replicas begin with snapshots (Raft §7)."""

from typing import Final

from audit.invariants import Rule
from tests.audit.facts import Facts, Json, chunk, entry
from tests.audit.test_history import get, put

VALUE: Final = ("v/k", "old")
TERMS: Final = ("t/0000000000000001", "1")
NOTHING: Final[Json] = {"term": 1, "voted_for": None, "first": 5, "entries": [], "disks": []}


def restored(facts: Facts, node: int = 0, incarnation: int = 1) -> None:
    """A process begins with a snapshot and one entry behind it, and applies that."""
    own = {**NOTHING, "entries": [entry(1, "p5", "new")]}
    facts.comes_back(node, own, incarnation, snapshot=chunk(4, TERMS, VALUE))


def installed(facts: Facts, node: int, value: str = "old") -> int:
    """A replica takes a leader's snapshot; in which delivery of Consensus."""
    told = facts.took(node, "consensus", "Inbound", {"peers": [], "requests": [], "at": facts.at})
    facts.takes_chunk(node, chunk(4, TERMS, offset=0, done=False), told)
    facts.takes_chunk(node, chunk(4, ("v/k", value), offset=1), told)
    return told


def test_what_was_written_before_the_trail_begins_may_be_read() -> None:
    facts = Facts()
    restored(facts)
    get(facts, 0, "g1", "old")
    facts.applies(0, 5, entry(1, "p5", "new"))
    get(facts, 0, "g2", "new")
    assert facts.lied() == []


def test_nothing_else_may_be_read_then() -> None:
    facts = Facts()
    restored(facts)
    get(facts, 0, "g1", "other")
    assert facts.lied() == [Rule.LINEARIZABLE]


def test_what_is_read_does_not_go_back_to_a_snapshot() -> None:
    facts = Facts()
    restored(facts)
    put(facts, 0, "p6", 6, "newest")
    get(facts, 0, "g1", "newest")
    get(facts, 0, "g2", "old")
    get(facts, 0, "g3", "newest")
    assert facts.lied() == [Rule.LINEARIZABLE]


def test_what_an_earlier_process_was_not_asked_for_is_no_excuse_for_the_next() -> None:
    """Its trail is there, and shows all that was asked."""
    facts = Facts()
    put(facts, 0, "p1", 1, "one")
    facts.opened(0, incarnation=2)
    restored(facts, incarnation=2)
    get(facts, 0, "g1", "old")
    assert facts.lied() == [Rule.LINEARIZABLE]


def test_only_keys_that_somebody_reads_are_looked_at() -> None:
    facts = Facts()
    restored(facts)
    assert facts.history().operations() == []


def test_a_snapshot_of_a_leader_that_left_no_trail_may_be_read() -> None:
    facts = Facts()
    facts.names.append("0003")
    installed(facts, 0)
    get(facts, 0, "g1", "old")
    assert facts.lied() == []


def test_that_a_replica_was_killed_excuses_no_snapshot() -> None:
    """What was committed is applied by others, too."""
    facts = Facts()
    facts.killed.add(2)
    facts.asks(2, "get", "g0")
    installed(facts, 0, "forged")
    get(facts, 0, "g1", "forged")
    assert facts.lied() == [Rule.LINEARIZABLE]


def test_where_everything_is_shown_a_snapshot_brings_nothing_new() -> None:
    facts = Facts()
    installed(facts, 0, "forged")
    get(facts, 0, "g1", "forged")
    assert facts.lied() == [Rule.LINEARIZABLE]


def answered_behind_a_snapshot(facts: Facts, *, others_apply: bool = False) -> None:
    """A replica was asked for a put, and finds it included in the snapshot of the next leader."""
    facts.asks(0, "put", "p5", "v")
    facts.asks(0, "put", "p1", "old")
    if others_apply:
        facts.applies(1, 1, entry(1, "p1", "old"))
    installed(facts, 0)
    facts.answers(0, "ok", "p1")
    facts.applies(0, 5, entry(1, "p5"))


def test_what_a_snapshot_includes_is_answered_ok_if_somebody_has_applied_it() -> None:
    facts = Facts()
    answered_behind_a_snapshot(facts, others_apply=True)
    assert facts.lied() == []


def test_what_nobody_has_applied_is_in_no_snapshot() -> None:
    facts = Facts()
    answered_behind_a_snapshot(facts)
    assert facts.lied() == [Rule.OK_MEANS_COMMITTED]


def test_what_is_in_the_snapshot_of_a_leader_without_trail_cannot_be_known() -> None:
    facts = Facts()
    facts.names.append("0003")
    answered_behind_a_snapshot(facts)
    assert facts.lied() == []
    facts.asks(0, "put", "p6", "v")
    facts.answers(0, "ok", "p6")
    facts.applies(0, 6, entry(1))
    assert facts.lied() == [Rule.OK_MEANS_COMMITTED]
