"""A snapshot includes what is committed and applied, and says what that says (Raft §7, §8)."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.invariants import snapshots, state_model
from audit.invariants.facts import LoggedEntry
from audit.invariants.violations import Rule
from tests.audit.snapshot_facts import (
    HERE,
    LAST,
    LOG,
    ONE,
    Snapshotting,
    changes,
    instead,
    records,
    without,
    written,
)

WRITES: Final = "w/0000000000000002"
SECOND_TERM: Final = "t/0000000000000004"


@pytest.fixture
def cluster() -> Snapshotting:
    return Snapshotting()


def test_a_right_snapshot_is_nothing_to_complain_of(cluster: Snapshotting) -> None:
    cluster.saves(LAST)
    cluster.installs(LAST)
    assert cluster.broken == []


def test_right_changes_follow_one_another(cluster: Snapshotting) -> None:
    for up_to in range(1, LAST + 1):
        cluster.saves(up_to, after=up_to - 1, first=up_to)
    assert cluster.broken == []


def test_a_snapshot_of_the_same_state_is_not_taken_twice(cluster: Snapshotting) -> None:
    cluster.saves(3)
    cluster.saves(3, ())
    assert cluster.broken == [Rule.SNAPSHOT_COVERS]


def test_what_was_not_applied_is_not_included(cluster: Snapshotting) -> None:
    cluster.applies("0002", 1, LOG[:3])
    cluster.saves(4, name="0002")
    assert cluster.broken == [Rule.SNAPSHOT_COVERS]
    assert cluster.said == "0002 takes a snapshot up to 4, and has applied 3"


@pytest.mark.parametrize("first", [0, 5])
def test_the_log_goes_on_where_the_snapshot_ends_or_before_and_never_earlier_than_it_did(
    cluster: Snapshotting, first: int
) -> None:
    cluster.saves(3, first=first)
    assert cluster.broken == [Rule.SNAPSHOT_COVERS]


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        (without(records(LOG, LAST), "v/y"), "the key y, written at 3, is not changed"),
        (instead(records(LOG, LAST), "v/x", "1"), "the key x has another value"),
        (instead(records(LOG, LAST), "v/x", "again"), "the key x has another value"),
        ((*records(LOG, LAST), ("v/z", "1")), "the key z has another value"),
        ((*records(LOG, LAST), ("v/y", None)), "the key y has another value"),
        (without(records(LOG, LAST), SECOND_TERM), "the terms behind 0 are others"),
        (instead(records(LOG, LAST), SECOND_TERM, "2"), "the terms behind 0 are others"),
        (without(records(LOG, LAST), WRITES), "the write at 2 is forgotten; the write at 3 is forgotten"),
        (instead(records(LOG, LAST), WRITES, '[[2,"0010","a"],[3,"0010","b"]]'), "the write at 5 is forgotten"),
        ((*records(LOG, LAST), ("w/x", '[[4,"0010","a"]]')), "the writes w/x are not those that were applied"),
        ((*records(LOG, LAST), ("w/x", '[[6,"0010","a"]]')), "the writes w/x are not those that were applied"),
        ((*records(LOG, LAST), ("w/x", "none")), "the record w/x says nothing"),
        ((*records(LOG, LAST), ("q/x", "")), "the record q/x says nothing"),
    ],
)
def test_what_has_changed_is_said_and_nothing_else(
    cluster: Snapshotting, told: tuple[tuple[str, str | None], ...], complaint: str
) -> None:
    cluster.saves(LAST, told)
    assert set(cluster.broken) == {Rule.SNAPSHOT_IS_STATE}
    assert complaint in cluster.said


def test_writes_that_could_be_repeated_stay_in_the_snapshot(cluster: Snapshotting) -> None:
    cluster.saves(4)
    cluster.saves(5, (*changes(LOG, 4, 5), (WRITES, None)), after=4)
    assert cluster.broken == [Rule.SNAPSHOT_IS_STATE]
    assert cluster.said.endswith(f"the writes {WRITES} are forgotten")


def test_writes_that_cannot_be_repeated_any_more_need_not(
    cluster: Snapshotting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "REMEMBERED", 2)
    cluster.saves(4)
    cluster.saves(5, (*changes(LOG, 4, 5), (WRITES, None)), after=4)
    assert cluster.broken == []


def test_a_record_of_writes_that_nobody_knows_may_be_said_to_be_gone(cluster: Snapshotting) -> None:
    """Changes that were held back are merged: it came and went between two snapshots."""
    cluster.saves(4, (*changes(LOG, 0, 4), ("w/0000000000000001", None)))
    assert cluster.broken == []


# --- all of a snapshot ---


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        (without(records(LOG, LAST), "v/y"), "there are 1 keys, and 2 were written"),
        (instead(records(LOG, LAST), "v/y", "3"), "the key y has another value"),
        (without(records(LOG, LAST), "t/0000000000000001"), "the terms behind 0 are others"),
        (without(records(LOG, LAST), WRITES), "the write at 2 is forgotten"),
    ],
)
def test_an_installed_snapshot_says_all(
    cluster: Snapshotting, told: tuple[tuple[str, str], ...], complaint: str
) -> None:
    cluster.installs(LAST, told)
    assert cluster.broken == [Rule.SNAPSHOT_IS_STATE]
    assert complaint in cluster.said


def test_an_installed_snapshot_ends_with_the_entry_that_is_committed_there(cluster: Snapshotting) -> None:
    cluster.installs(LAST, term=2)
    assert cluster.broken == [Rule.SNAPSHOT_COVERS]


def test_what_is_not_committed_is_not_installed() -> None:
    cluster = Snapshotting(LOG[:4])
    cluster.rules.snapshot_installed(cluster.replicas["0001"], 5, 3, records(LOG, 5), HERE)
    assert cluster.broken == [Rule.SNAPSHOT_COVERS]
    assert cluster.said.endswith("and the log is committed up to 4")


def test_what_was_applied_is_not_taken_back_by_a_snapshot(cluster: Snapshotting) -> None:
    cluster.installs(4, name=ONE)
    assert Rule.SNAPSHOT_COVERS in cluster.broken


def test_a_storage_may_begin_anew_when_its_state_machine_did_and_has_gone_on_since(cluster: Snapshotting) -> None:
    cluster.rules.state_taken(cluster.replicas["0001"], 4, HERE)
    cluster.applies("0001", 5, LOG[4:])
    cluster.installs(4)
    assert cluster.broken == []


def test_a_storage_may_be_two_snapshots_behind_its_state_machine(cluster: Snapshotting) -> None:
    for last in (2, 4):
        cluster.rules.state_taken(cluster.replicas["0001"], last, HERE)
    for last in (2, 4):
        cluster.installs(last)
    assert cluster.broken == []


def test_a_state_machine_does_not_go_back(cluster: Snapshotting) -> None:
    cluster.rules.state_taken(cluster.replicas[ONE], 4, HERE)
    assert cluster.broken == [Rule.APPLIED_IN_ORDER]


def test_entries_behind_a_snapshot_that_are_committed_are_not_dropped_by_it() -> None:
    """Whoever has the last entry of the snapshot keeps what follows it (Raft §7)."""
    cluster = Snapshotting()
    cluster.installs(4, name="0002")
    assert cluster.broken == [Rule.COMMITTED_STAYS]


# --- restarts ---


def test_a_durable_snapshot_comes_back_with_the_log_behind_it(cluster: Snapshotting) -> None:
    cluster.saves(4)
    cluster.replicas[ONE].synced()
    cluster.comes_back(4, entries=LOG[4:])
    assert cluster.broken == []


def test_entries_that_the_snapshot_includes_may_come_back_too(cluster: Snapshotting) -> None:
    cluster.saves(4, first=3)
    cluster.replicas[ONE].synced()
    cluster.comes_back(4, first=3, entries=LOG[2:])
    assert cluster.broken == []


def test_a_durable_snapshot_that_does_not_come_back_is_noticed(cluster: Snapshotting) -> None:
    cluster.saves(4)
    cluster.replicas[ONE].synced()
    cluster.comes_back(3, entries=LOG[3:])
    assert cluster.broken == [Rule.RESTORED]


def test_a_snapshot_that_was_not_synced_need_not_come_back(cluster: Snapshotting) -> None:
    cluster.saves(3)
    cluster.replicas[ONE].synced()
    cluster.saves(4, after=3)
    cluster.comes_back(3, entries=LOG[3:])
    assert cluster.broken == []


def test_a_gap_between_snapshot_and_log_is_noticed(cluster: Snapshotting) -> None:
    cluster.saves(4)
    cluster.replicas[ONE].synced()
    cluster.comes_back(4, first=6, entries=LOG[5:])
    assert Rule.RESTORED in cluster.broken


def test_other_entries_than_the_snapshot_includes_are_noticed(cluster: Snapshotting) -> None:
    cluster.saves(4, first=3)
    cluster.replicas[ONE].synced()
    cluster.comes_back(4, first=3, entries=(written(1, "b", "y", "other"), *LOG[3:]))
    assert cluster.broken == [Rule.RESTORED]


def test_another_content_of_a_snapshot_is_noticed(cluster: Snapshotting) -> None:
    cluster.saves(4)
    cluster.replicas[ONE].synced()
    cluster.comes_back(4, instead(records(LOG, 4), "v/x", "2"), entries=LOG[4:])
    assert cluster.broken == [Rule.SNAPSHOT_IS_STATE]


# --- beside the actors' own ---


@given(
    log=st.lists(
        st.tuples(st.booleans(), st.sampled_from("abcdefgh"), st.sampled_from("xyz"), st.sampled_from("12")),
        min_size=1,
        max_size=40,
    ),
    cuts=st.sets(st.integers(1, 40)),
)
@settings(max_examples=150, deadline=None)
def test_what_a_state_machine_tells_is_what_the_rule_asks_for(
    log: list[tuple[bool, str, str, str]], cuts: set[int]
) -> None:
    term = 1
    entries: list[LoggedEntry] = []
    for begins, mid, key, value in log:
        term += begins
        entries.append(LoggedEntry(term=term) if begins else written(term, mid, key, value))
    cluster = Snapshotting(tuple(entries))
    before = 0
    for up_to in sorted(cut for cut in cuts if cut <= len(entries)):
        cluster.saves(up_to, changes(cluster.log, before, up_to))
        before = up_to
    cluster.installs(len(entries))
    assert cluster.broken == []


def test_a_mid_is_shortened_as_snapshots_shorten_it() -> None:
    assert state_model.mid_in_snapshot("m" * 32) == "m" * 32
    assert len(state_model.mid_in_snapshot("m" * 33)) == 33
