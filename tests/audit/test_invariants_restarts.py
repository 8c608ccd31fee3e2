"""What was durable comes back after a restart, and what comes back is believed to be all that there is."""

from __future__ import annotations

from typing import Final

import pytest

from audit.invariants.facts import Applied, HardState, LoggedEntry, Sent
from audit.invariants.replica import Replica
from audit.invariants.rules import Rules
from audit.invariants.violations import Rule, Violations
from audit.invariants.witness import Witnesses
from audit.records import DISK
from simulator.virtual.watch import Step
from tests.audit.facts import Facts, entry

NAMES: Final = ("0000", "0001", "0002")
HERE: Final = Step(1)


class Restarting:
    """Three replicas with disks, of which 0001 is restarted."""

    def __init__(self) -> None:
        self.violations = Violations()
        self.witnesses = Witnesses(Replica, NAMES, sees_all=True)
        self.rules = Rules(self.witnesses, self.violations)
        self.replicas = {name: self.begun(name, 1) for name in NAMES}

    def begun(self, name: str, incarnation: int) -> Replica:
        replica = self.witnesses.enter(name, incarnation)
        replica.storage = DISK
        return replica

    def synced(self, *terms: int, term: int, vote: str | None = None, name: str = "0001") -> None:
        """A replica makes durable a term, a vote and entries of these terms."""
        replica = self.replicas[name]
        self.rules.saved(replica, HardState(term, vote), HERE)
        self.rules.appended(replica, log(*terms), HERE)
        replica.synced()

    def comes_back(self, *terms: int, term: int, vote: str | None = None, disk: str | None = None) -> Replica:
        """0001 is restarted, with this."""
        replica = self.replicas["0001"] = self.begun("0001", 2)
        self.rules.restored(replica, HardState(term, vote), 1, log(*terms), disk, HERE)
        self.rules.started(replica, HERE)
        return replica

    @property
    def broken(self) -> list[Rule]:
        """What was broken."""
        return [violation.rule for violation in self.violations.kept]


def log(*terms: int) -> tuple[LoggedEntry, ...]:
    return tuple(LoggedEntry(term=term) for term in terms)


def test_all_that_was_durable_comes_back() -> None:
    cluster = Restarting()
    cluster.synced(1, 1, 2, term=3, vote="0002")
    cluster.comes_back(1, 1, 2, term=3, vote="0002")
    assert cluster.broken == []


def test_more_may_come_back_than_was_known_to_be_durable() -> None:
    """A transaction can be on the disk although nobody was told so."""
    cluster = Restarting()
    cluster.synced(1, term=3)
    cluster.comes_back(1, 3, term=4, vote="0001")
    assert cluster.broken == []


@pytest.mark.parametrize(
    ("terms", "term", "vote"),
    [
        ((1, 1, 2), 2, "0002"),  # an older term
        ((1, 1, 2), 3, None),  # no vote
        ((1, 1, 2), 3, "0000"),  # another one
        ((1, 1), 3, "0002"),  # fewer entries
        ((), 3, "0002"),  # none
    ],
)
def test_what_does_not_come_back_is_noticed(terms: tuple[int, ...], term: int, vote: str | None) -> None:
    cluster = Restarting()
    cluster.synced(1, 1, 2, term=3, vote="0002")
    cluster.comes_back(*terms, term=term, vote=vote)
    assert Rule.RESTORED in cluster.broken


def test_another_log_of_the_same_length_is_noticed() -> None:
    cluster = Restarting()
    cluster.synced(1, 1, 2, term=3)
    cluster.comes_back(1, 1, 3, term=3)
    assert cluster.broken == [Rule.RESTORED]


def test_what_was_not_synced_need_not_come_back() -> None:
    cluster = Restarting()
    cluster.synced(1, term=1)
    cluster.rules.saved(cluster.replicas["0001"], HardState(5, "0000"), HERE)
    cluster.rules.appended(cluster.replicas["0001"], log(5), HERE)
    cluster.comes_back(1, term=1)
    assert cluster.broken == []


def test_votes_are_remembered_across_a_restart() -> None:
    cluster = Restarting()
    cluster.synced(term=3, vote="0002")
    replica = cluster.comes_back(term=3, vote="0002")
    vote = Sent(type="vote_reply", src="0001", dst="0000", term=3, granted=True)
    cluster.rules.saved(replica, HardState(3, "0000"), HERE)
    replica.synced()
    cluster.rules.sent(replica, "log_store", vote, HERE)
    assert set(cluster.broken) == {Rule.ONE_VOTE}


def test_a_vote_that_was_lost_before_it_was_durable_was_never_given() -> None:
    cluster = Restarting()
    cluster.synced(term=3)
    cluster.rules.saved(cluster.replicas["0001"], HardState(4, "0001"), HERE)
    replica = cluster.comes_back(term=3)
    cluster.rules.saved(replica, HardState(4, "0000"), HERE)
    assert cluster.broken == []


def test_what_came_back_counts_for_majorities_once() -> None:
    """The process that is gone stores nothing any more; the one that took its place does."""
    cluster = Restarting()
    cluster.synced(1, term=1)
    cluster.comes_back(1, term=1)
    cluster.rules.applied(cluster.replicas["0001"], Applied(first=1, entries=log(1)), None, HERE)
    assert cluster.broken == [Rule.COMMIT_BY_MAJORITY]
    cluster = Restarting()
    cluster.synced(1, term=1)
    cluster.synced(1, term=1, name="0000")
    cluster.comes_back(1, term=1)
    cluster.rules.applied(cluster.replicas["0001"], Applied(first=1, entries=log(1)), None, HERE)
    assert cluster.broken == []


def test_a_trail_shows_what_came_back() -> None:
    facts = Facts(storage=DISK)
    facts.saves(1, 4, 2)
    facts.appends(1, entry(1), entry(4))
    facts.syncs(1)
    back = {"term": 3, "voted_for": None, "first": 1, "entries": [entry(1)]}
    facts.opened(1, incarnation=2, storage=DISK)
    facts.comes_back(1, back, incarnation=2)
    assert set(facts.broken()) == {Rule.RESTORED}


def test_a_replica_that_begins_with_what_an_earlier_run_left_breaks_nothing() -> None:
    facts = Facts(storage=DISK)
    for node in range(3):
        facts.comes_back(node, {"term": 3, "voted_for": None, "first": 1, "entries": [entry(1), entry(3)]})
    facts.applies(0, 1, entry(1), entry(3))
    assert facts.broken() == []
