"""Trails that begin with snapshots: what was committed before is believed, and all that follows is judged."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.invariants import Rule, state_model
from audit.invariants.facts import Applied, HardState, LoggedEntry
from audit.invariants.log_terms import LogTerms
from audit.invariants.replica import Replica
from audit.invariants.rules import Rules
from audit.invariants.violations import Violations
from audit.invariants.witness import Witnesses
from audit.records import DISK
from tests.audit.facts import CLIENT, Facts, Json, chunk, entry
from tests.audit.snapshot_facts import HERE, NAMES, changes, instead, records, without, written
from tests.audit.snapshot_facts import LOG as SHORTER

LOG: Final = (*SHORTER, written(3, "d", "z", "4"), written(3, "e", "y", "5"))
BASES: Final = (3, 5, 4)
"""Up to where the snapshots go with which 0000, 0001 and 0002 begin."""


class Begun:
    """Three processes whose snapshots are from an earlier run; their logs go on to `end`."""

    def __init__(
        self,
        log: tuple[LoggedEntry, ...] = LOG,
        bases: tuple[int, ...] = BASES,
        *,
        end: int = 5,
        told: dict[int, tuple[tuple[str, str], ...]] | None = None,
        missing: tuple[str, ...] = (),
    ) -> None:
        self.log: Final = log
        self.bases: Final = bases
        self.violations: Final = Violations()
        self._witnesses: Final = Witnesses(Replica, (*NAMES, *missing))
        self.rules: Final = Rules(self._witnesses, self.violations)
        self.replicas: Final = [self._witnesses.enter(name, 1) for name in NAMES]
        for number, (replica, base) in enumerate(zip(self.replicas, bases, strict=True)):
            replica.storage = DISK
            snapshot = (told or {}).get(number, records(log, base))
            self.rules.restored_snapshot(replica, base, log[base - 1].term, snapshot, True, HERE)  # as it is called
            self.rules.restored(replica, HardState(log[-1].term), base + 1, log[base:end], None, HERE)
            self.rules.started(replica, HERE)
            self.rules.state_taken(replica, base, HERE)

    def appends(self, number: int, *entries: LoggedEntry) -> None:
        """A storage keeps entries, durably."""
        self.rules.appended(self.replicas[number], entries, HERE)
        self.replicas[number].synced()

    def applies(self, number: int, first: int, *entries: LoggedEntry) -> None:
        """A state machine takes entries."""
        self.rules.applied(self.replicas[number], Applied(first=first, entries=entries), None, HERE)

    def goes_on(self, *numbers: int) -> None:
        """These store all of the log, and then apply it."""
        for number in numbers:
            self.appends(number, *self.log[5:])
        for number in numbers:
            self.applies(number, self.bases[number] + 1, *self.log[self.bases[number] :])

    def saves(self, number: int, up_to: int, told: tuple[tuple[str, str | None], ...] | None = None) -> None:
        """A storage is told what has changed since its snapshot."""
        made = changes(self.log, self.bases[number], up_to) if told is None else told
        self.rules.snapshot_saved(self.replicas[number], up_to, made, 1 + self.bases[number], HERE)

    @property
    def said(self) -> list[str]:
        """All complaints."""
        return [violation.sentence for violation in self.violations.kept]

    @property
    def broken(self) -> list[Rule]:
        """What was broken."""
        return [violation.rule for violation in self.violations.kept]


def test_what_was_there_before_breaks_nothing() -> None:
    cluster = Begun()
    cluster.goes_on(0, 1, 2)
    for number in range(3):
        cluster.saves(number, 8)
    assert cluster.said == []


@pytest.mark.parametrize("bases", [(3, 5, 4), (5, 4, 3), (4, 4, 4), (3, 4, 5)])
def test_whoever_is_met_first(bases: tuple[int, int, int]) -> None:
    cluster = Begun(bases=bases)
    cluster.goes_on(0, 1, 2)
    for number in range(3):
        cluster.saves(number, 8)
    assert cluster.said == []


def test_snapshots_of_the_same_log_say_the_same() -> None:
    cluster = Begun(bases=(5, 5, 5), told={1: instead(records(LOG, 5), "v/x", "1")})
    assert cluster.said == ["in the snapshot of 0001 up to 5, the key x has another value"]


def test_snapshots_do_not_contradict_one_another_in_terms() -> None:
    cluster = Begun(bases=(3, 5, 5), told={1: instead(records(LOG, 5), "t/0000000000000001", "2")})
    assert cluster.broken[0] == Rule.SNAPSHOT_IS_STATE
    assert cluster.said[0] == "in the snapshot of 0001 up to 5, the terms are others"


def test_a_snapshot_does_not_contradict_itself() -> None:
    cluster = Begun(bases=(5, 4, 3), told={0: without(records(LOG, 5), "t/0000000000000004")})
    assert cluster.said[0] == "in the snapshot of 0000 up to 5, the terms are others"


def test_the_same_entry_is_the_same_behind_snapshots_that_end_elsewhere() -> None:
    cluster = Begun()
    cluster.appends(0, *LOG[5:7])
    cluster.appends(1, LOG[5], written(3, "d", "z", "other"))
    assert cluster.broken == [Rule.LOG_MATCHING]


def test_entries_before_those_that_were_shown_first_are_compared_too() -> None:
    """0000 is met first, and shows its log behind 5; the others show entry 5 later."""
    cluster = Begun(bases=(5, 4, 3))
    cluster.goes_on(0)
    assert cluster.broken == [Rule.COMMIT_BY_MAJORITY]
    other = Begun(bases=(5, 4, 4), end=4)
    other.appends(1, LOG[4])
    other.appends(2, written(3, "c", "x", "other"))
    assert other.broken == [Rule.LOG_MATCHING]


def test_another_entry_that_is_applied_is_noticed() -> None:
    cluster = Begun()
    cluster.goes_on(0, 1)
    cluster.applies(2, 5, LOG[4], written(3, "a", "x", "other"))
    assert cluster.broken == [Rule.STATE_MACHINE_SAFETY]


def test_what_is_applied_of_what_was_committed_before_cannot_be_compared() -> None:
    cluster = Begun()
    cluster.applies(0, 4, LOG[3], written(3, "c", "x", "other"))
    assert cluster.said == []


def test_a_leader_has_what_was_committed_before_the_trails_begin() -> None:
    cluster = Begun(bases=(5, 5, 3), end=3)
    cluster.rules.led(cluster.replicas[2], 4, HERE)
    assert Rule.LEADER_COMPLETENESS in cluster.broken


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ((("v/z", "4"), ("v/x", "again"), ("v/y", "5")), "the key x has another value"),
        ((("v/z", "4"),), "the key y, written at 8, is not changed"),
        ((("v/z", "4"), ("v/y", "5")), "the write at 7 is forgotten"),
        ((("v/z", "4"), ("v/y", "5"), ("w/6", '[[6,"0010","a"]]')), "the writes w/6 are not those that were applied"),
        ((("v/z", "4"), ("v/y", "5"), ("t/6", "3")), "the terms behind 5 are others"),
    ],
)
def test_what_has_changed_since_is_judged(told: tuple[tuple[str, str | None], ...], complaint: str) -> None:
    """The write `a` was applied before the trails begin, and its repetition at 6 changes nothing."""
    cluster = Begun()
    cluster.goes_on(1, 2)
    cluster.saves(1, 8, told)
    (said,) = cluster.said
    assert complaint in said


def test_changes_of_what_is_known_in_part_are_judged_as_far() -> None:
    """0000 has a snapshot up to 3; what the entries 4 and 5 say is only known from that of 0001."""
    right = changes(LOG, 3, 5)
    for told, count in (
        (right, 0),
        (tuple(each for each in right if each[0][0] != "t"), 1),
        (tuple((name, "9" if name == "v/x" else content) for name, content in right), 1),
        (tuple(each for each in right if each[0][0] != "w"), 1),
    ):
        cluster = Begun(bases=(3, 5, 5))
        cluster.applies(0, 4, *LOG[3:5])
        cluster.saves(0, 5, told)
        assert len(cluster.said) == count, cluster.said


def test_a_snapshot_of_less_than_is_known_from_the_beginning_is_judged_by_its_terms() -> None:
    cluster = Begun(bases=(5, 3, 3))
    cluster.applies(1, 4, LOG[3])
    cluster.saves(1, 4)
    assert cluster.said == []


def test_a_replica_that_left_no_trail_may_send_what_nobody_has_seen() -> None:
    cluster = Begun(bases=(3, 3, 3), end=3, missing=("0003",))
    cluster.rules.snapshot_installed(cluster.replicas[1], 5, 3, records(LOG, 5), HERE)
    assert cluster.said == []
    cluster.rules.snapshot_installed(cluster.replicas[2], 5, 3, instead(records(LOG, 5), "v/x", "1"), HERE)
    assert cluster.broken == [Rule.SNAPSHOT_IS_STATE]


def test_where_all_left_one_it_may_not() -> None:
    cluster = Begun(bases=(3, 3, 3), end=3)
    cluster.rules.snapshot_installed(cluster.replicas[1], 5, 3, records(LOG, 5), HERE)
    assert cluster.broken == [Rule.SNAPSHOT_COVERS]


def test_what_was_committed_before_is_dropped_by_nobody_who_has_applied_it() -> None:
    cluster = Begun(bases=(3, 5, 5))
    cluster.applies(0, 4, *LOG[3:5])
    cluster.rules.truncated(cluster.replicas[0], 4, HERE)
    assert cluster.broken == [Rule.COMMITTED_STAYS]


def test_a_trail_shows_it() -> None:
    facts = Facts(storage=DISK)
    state = (("t/0000000000000001", "1"), ("v/k", "one"), ("w/0000000000000002", f'[[2,"{CLIENT}","p1"]]'))
    back: Json = {"term": 1, "voted_for": "0000", "first": 3, "entries": [entry(1, "p2", "two")]}
    for node in range(3):
        facts.comes_back(node, back, snapshot=chunk(2, *state))
        facts.takes_chunk(node, chunk(2, *state), 1)
    for node in range(3):
        facts.applies(node, 3, entry(1, "p2", "two"))
    assert facts.broken() == []
    saved = {"last_included": 3, "changes": [("v/k", "one")], "first": 3}
    facts.did(0, "log_store", "storage", "save_snapshot", saved)
    assert facts.broken() == [Rule.SNAPSHOT_IS_STATE]


# --- the model ---


def test_writes_that_were_forgotten_at_the_base_may_stand_in_a_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_model, "REMEMBERED", 2)
    model = state_model.StateModel()
    model.begin(5, {"x": "3"}, {5: 77})
    assert [model.has_write(index, 77) for index in (2, 3, 4, 5, 6)] == [True, True, False, True, False]
    assert not model.has_write(5, 78)


def test_a_log_may_be_begun_anew_where_it_is_known_already() -> None:
    log = LogTerms()
    for term in (1, 1, 2):
        log.append(term)
    log.begin(9, {1: 1, 3: 2, 8: 5})
    assert (log.last_index, log.last_term, log.term_at(7), log.term_at(8)) == (9, 5, 2, 5)
    log.append(6)
    assert log.runs(7, 10) == [(8, 5), (10, 6)]


@given(
    log=st.lists(
        st.tuples(st.booleans(), st.sampled_from("abcdefgh"), st.sampled_from("xyz"), st.sampled_from("12")),
        min_size=3,
        max_size=30,
    ),
    cuts=st.lists(st.integers(1, 30), min_size=3, max_size=3),
)
@settings(max_examples=150, deadline=None)
def test_right_replicas_break_nothing_wherever_their_snapshots_end(
    log: list[tuple[bool, str, str, str]], cuts: list[int]
) -> None:
    term = 1
    entries: list[LoggedEntry] = [LoggedEntry(term=term)]
    for begins, mid, key, value in log:
        term += begins
        entries.append(LoggedEntry(term=term) if begins else written(term, mid, key, value))
    bases = [min(cut, len(entries)) for cut in cuts]
    cluster = Begun(tuple(entries), (bases[0], bases[1], bases[2]), end=max(bases))
    for number in range(3):
        cluster.appends(number, *entries[max(bases) :])
    for number, base in enumerate(bases):
        if base < len(entries):
            cluster.applies(number, base + 1, *entries[base:])
            cluster.saves(number, len(entries))
    assert cluster.said == []
