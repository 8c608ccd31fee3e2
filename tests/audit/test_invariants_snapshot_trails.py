"""What trails say of snapshots: what storages are told, what processes are given back, what is sent (Raft §7)."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.invariants import Rule
from audit.records import DISK
from tests.audit.facts import CLIENT, Facts, Json, chunk, entry

LOG: Final = (entry(1), entry(1, "a", "1"), entry(1, "b", "2"), entry(1, "c", "3"))
TERMS: Final = ("t/0000000000000001", "1")
VALUE: Final = ("v/k", "2")
WRITES: Final = ("w/0000000000000002", f'[[2,"{CLIENT}","a"],[3,"{CLIENT}","b"]]')
RECORDS: Final = (TERMS, VALUE, WRITES)
"""What the snapshot up to 3 says."""


class Snapshots(Facts):
    """0000 leads term 1; it stores `LOG`, as 0001 does, and both have applied it up to 3; 0002 lags."""

    def __init__(self) -> None:
        super().__init__(storage=DISK)
        for node in range(3):
            self.saves(node, 1, 0)
            self.syncs(node)
        self.sends(0, "request_vote", 1, term=1, last_log_index=0, last_log_term=0)
        self.sends(1, "vote_reply", 0, "log_store", term=1, granted=True)
        self.leads(0, 1)
        for node in (0, 1):
            self.appends(node, *LOG)
            self.syncs(node)
        for node in (0, 1):
            self.applies(node, 1, *LOG[:3])

    def snaps(self, node: int, last: int, *changes: tuple[str, str | None], first: int = 1) -> None:
        """A storage is told what has changed in its snapshot."""
        saved = {"last_included": last, "changes": changes, "first": first}
        self.did(node, "log_store", "storage", "save_snapshot", saved)

    def installs(self, node: int, last: int, *records: tuple[str, str], term: int = 1) -> None:
        """A storage is told to begin anew."""
        self.did(
            node,
            "log_store",
            "storage",
            "install_snapshot",
            {"last_included": last, "term": term, "records": records},
        )

    def dies(self, node: int, restored: Json, snapshot: Json | None) -> None:
        """A process ends, and the next one is given this back."""
        self.opened(node, incarnation=2, storage=DISK)
        self.comes_back(node, {"term": 1, "voted_for": self.names[0], **restored}, 2, snapshot)

    @property
    def complaints(self) -> list[str]:
        """What is wrong."""
        return [violation.sentence for violation in self.invariants().violations]


@pytest.fixture
def facts() -> Snapshots:
    return Snapshots()


# --- what storages are told ---


def test_a_right_snapshot_breaks_nothing(facts: Snapshots) -> None:
    facts.snaps(0, 3, *RECORDS, first=2)
    facts.syncs(0)
    facts.applies(0, 4, LOG[3])
    facts.snaps(0, 4, ("v/k", "3"), ("w/0000000000000004", f'[[4,"{CLIENT}","c"]]'), first=5)
    assert facts.complaints == []


@pytest.mark.parametrize(
    ("last", "changes", "first", "complaint"),
    [
        (4, RECORDS, 1, "0000 takes a snapshot up to 4, and has applied 3"),
        (3, RECORDS, 5, "0000 takes a snapshot up to 3, and keeps its log from 5 on; it began at 1"),
        (3, (TERMS, WRITES), 1, "the key k, written at 3, is not changed"),
        (3, (TERMS, ("v/k", "1"), WRITES), 1, "in the snapshot of 0000 up to 3, the key k has another value"),
        (3, (VALUE, WRITES), 1, "in the snapshot of 0000 up to 3, the terms behind 0 are others"),
        (3, (TERMS, VALUE), 1, "the write at 2 is forgotten; the write at 3 is forgotten"),
    ],
)
def test_a_wrong_one_is_complained_of(
    facts: Snapshots, last: int, changes: tuple[tuple[str, str | None], ...], first: int, complaint: str
) -> None:
    facts.snaps(0, last, *changes, first=first)
    (said,) = facts.complaints
    assert said.endswith(complaint)


def test_one_that_goes_back_is_complained_of(facts: Snapshots) -> None:
    facts.snaps(0, 3, *RECORDS)
    facts.snaps(0, 2, ("v/k", "1"))
    assert "0000 takes a snapshot up to 2, and had one up to 3" in facts.complaints


# --- what a leader sends, and a follower takes ---


def taken(facts: Snapshots, *records: tuple[str, str], last: int = 3, term: int = 1) -> None:
    """0002 takes a snapshot of the leader, in two parts: its state machine first, then its storage."""
    told = facts.took(2, "consensus", "Inbound", {"peers": [], "requests": [], "at": facts.at})
    facts.takes_chunk(2, chunk(last, *records[:1], done=False, term=term), told)
    facts.takes_chunk(2, chunk(last, *records[1:], offset=1, term=term), told)
    facts.installs(2, last, *records, term=term)


def acknowledges(facts: Snapshots, match_index: int) -> None:
    """0002 says up to where its log is the leader's."""
    facts.sends(2, "append_accepted", 0, "log_store", term=1, match_index=match_index, commit_index=match_index)


def test_a_snapshot_that_is_durable_may_be_acknowledged_and_gone_on_from(facts: Snapshots) -> None:
    taken(facts, *RECORDS)
    facts.syncs(2)
    acknowledges(facts, 3)
    facts.appends(2, LOG[3])
    facts.applies(2, 4, LOG[3])
    assert facts.complaints == []


@pytest.mark.parametrize("step", ["not synced", "beyond it"])
def test_what_is_not_durable_is_not_acknowledged(facts: Snapshots, step: str) -> None:
    taken(facts, *RECORDS)
    if step == "beyond it":
        facts.syncs(2)
    acknowledges(facts, 3 if step == "not synced" else 4)
    assert Rule.DURABLE_BEFORE_ANSWER in facts.broken()


@pytest.mark.parametrize(
    ("records", "last", "term", "complaint"),
    [
        ((TERMS, ("v/k", "1"), WRITES), 3, 1, "in the snapshot of 0002 up to 3, the key k has another value"),
        (
            RECORDS,
            3,
            2,
            "0002 installs a snapshot up to 3, of term 2, and the entry that is committed there is of term 1",
        ),
        (RECORDS, 4, 1, "0002 installs a snapshot up to 4, of term 1, and the log is committed up to 3"),
    ],
)
def test_another_snapshot_than_the_log_makes_is_noticed(
    facts: Snapshots, records: tuple[tuple[str, str], ...], last: int, term: int, complaint: str
) -> None:
    taken(facts, *records, last=last, term=term)
    assert facts.complaints == [complaint]


def test_a_part_is_no_snapshot_yet(facts: Snapshots) -> None:
    told = facts.took(1, "consensus", "Inbound", {"peers": [], "requests": [], "at": facts.at})
    facts.takes_chunk(1, chunk(3, TERMS, done=False), told)
    assert facts.complaints == []
    facts.takes_chunk(1, chunk(3, VALUE, offset=1), told)
    assert facts.complaints == ["0001 begins with a snapshot up to 3, and has applied 3"]


def test_a_snapshot_is_sent_by_a_leader_only(facts: Snapshots) -> None:
    facts.sends(1, "install_snapshot", 2, "replicator/0002", **chunk(3, *RECORDS), term=1)
    assert facts.broken()[0] == Rule.ELECTION_SAFETY


# --- what a process is given back ---


def test_what_was_durable_may_come_back_with_or_without_what_the_snapshot_includes(facts: Snapshots) -> None:
    for first in (2, 4):
        again = Snapshots()
        again.snaps(0, 3, *RECORDS, first=first)
        again.syncs(0)
        again.dies(0, {"first": first, "entries": LOG[first - 1 :]}, chunk(3, *RECORDS))
        assert again.complaints == []


@pytest.mark.parametrize(
    ("restored", "snapshot", "rules"),
    [
        ({"first": 1, "entries": LOG}, None, {Rule.RESTORED}),
        ({"first": 4, "entries": []}, chunk(3, *RECORDS), {Rule.RESTORED}),
        ({"first": 5, "entries": []}, chunk(3, *RECORDS), {Rule.RESTORED}),
        ({"first": 4, "entries": LOG[3:]}, chunk(3, TERMS, ("v/k", "1"), WRITES), {Rule.SNAPSHOT_IS_STATE}),
        ({"first": 3, "entries": (LOG[1], LOG[3])}, chunk(3, *RECORDS), {Rule.RESTORED}),
    ],
)
def test_what_does_not_come_back_as_it_was_is_noticed(
    facts: Snapshots, restored: Json, snapshot: Json | None, rules: set[Rule]
) -> None:
    facts.snaps(0, 3, *RECORDS, first=2)
    facts.syncs(0)
    facts.dies(0, restored, snapshot)
    assert set(facts.broken()) == rules


def test_a_snapshot_that_was_not_durable_need_not_come_back(facts: Snapshots) -> None:
    facts.snaps(0, 3, *RECORDS, first=4)
    facts.dies(0, {"first": 1, "entries": LOG}, None)
    assert facts.complaints == []


# --- what cannot be understood, or is not shown ---


@pytest.mark.parametrize("call", ["save_snapshot", "install_snapshot"])
def test_what_cannot_be_understood_makes_blind(facts: Snapshots, call: str) -> None:
    facts.did(0, "log_store", "storage", call, {"last_included": "three"})
    facts.snaps(0, 3, TERMS)
    watching = facts.invariants()
    assert not watching.violations
    assert any("cannot be understood" in sentence for sentence in watching.unchecked)


names = st.sampled_from(["v/k", "v/", "t/0000000000000001", "t/0000000000000009", "t/x", "t/-1", "w/1", "w/", "x", ""])
contents = st.sampled_from(["1", "-7", "", "9" * 30, "[]", '[[2,"0010","a"]]', '[[-5,"",""]]', "[[]]", "é"])
indexes = st.sampled_from([-1, 0, 1, 2, 3, 4, 5, 9, 10**9])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["snaps", "installs", "comes_back"]),
            indexes,
            indexes,
            st.lists(st.tuples(names, contents), max_size=4),
        ),
        max_size=4,
    )
)
@settings(max_examples=150, deadline=None)
def test_whatever_storages_are_told_the_rules_have_something_to_say(
    told: list[tuple[str, int, int, list[tuple[str, str]]]],
) -> None:
    """What a faulty replica writes is judged like all else, and stops nobody from judging the others."""
    facts = Snapshots()
    for what, last, number, records in told:
        match what:
            case "snaps":
                facts.snaps(0, last, *records, first=number)
            case "installs":
                facts.installs(1, last, *records, term=number)
            case _:
                restored: Json = {"term": 1, "voted_for": None, "first": number, "entries": LOG[1:]}
                facts.comes_back(2, restored, 1, chunk(last, *records))
    facts.applies(2, 1, *LOG[:3])
    assert facts.invariants().violations is not None
