"""A cluster of three whose log is committed, and whose storages a test tells of snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from actors.key_values import KeyValues
from audit.invariants.facts import Applied, HardState, LoggedEntry, LoggedWrite
from audit.invariants.replica import Replica
from audit.invariants.rules import Rules
from audit.invariants.violations import Rule, Violations
from audit.invariants.witness import Witnesses
from audit.records import DISK
from messages.entry import Entry, Write
from messages.ids import ClientId, LogIndex, RequestId, Term
from messages.snapshot import Change, Record
from simulator.virtual.watch import Step

NAMES: Final = ("0000", "0001", "0002")
ONE, OTHER = NAMES[0], NAMES[1]
HERE: Final = Step(1)


def written(term: int, mid: str, key: str, value: str) -> LoggedEntry:
    """A put in the log."""
    return LoggedEntry(term=term, write=LoggedWrite(client="0010", MID=mid, key=key, value=value))


LOG: Final = (
    LoggedEntry(term=1),
    written(1, "a", "x", "1"),
    written(1, "b", "y", "2"),
    LoggedEntry(term=3),
    written(3, "c", "x", "3"),
    written(3, "a", "x", "again"),
)
"""The write `a` stands in it twice; the second time it changes nothing."""


def changes(log: Sequence[LoggedEntry], after: int, up_to: int) -> tuple[Change, ...]:
    """What a right state machine tells of its snapshot up to `up_to`, the last one being up to `after`."""
    state = KeyValues()
    told: tuple[Change, ...] = ()
    for index, each in enumerate(log[:up_to], start=1):
        state.apply(_entry(each))
        if index in {after, up_to}:
            told = state.take_changes()
    return told


def records(log: Sequence[LoggedEntry], up_to: int) -> tuple[Record, ...]:
    """All that a right snapshot up to `up_to` says."""
    return tuple((name, content) for name, content in changes(log, 0, up_to) if content is not None)


def _entry(logged: LoggedEntry) -> Entry:
    write = logged.write
    if write is None:
        return Entry(term=Term(logged.term))
    put = Write(client=ClientId(write.client), MID=RequestId(write.MID), key=write.key, value=write.value)
    return Entry(term=Term(logged.term), write=put)


class Snapshotting:
    """`LOG`, or another, is stored by 0000 and 0002 and applied by 0000."""

    def __init__(self, log: tuple[LoggedEntry, ...] = LOG) -> None:
        self.log: Final = log
        self.violations: Final = Violations()
        self._witnesses: Final = Witnesses(Replica, NAMES, sees_all=True)
        self.rules: Final = Rules(self._witnesses, self.violations)
        self.replicas: Final = {name: self._begun(name, 1) for name in NAMES}
        for name in (ONE, NAMES[2]):
            self._stores(name, log)
        self.applies(ONE, 1, log)

    def _begun(self, name: str, incarnation: int) -> Replica:
        replica = self._witnesses.enter(name, incarnation)
        replica.storage = DISK
        return replica

    def _stores(self, name: str, log: tuple[LoggedEntry, ...]) -> None:
        replica = self.replicas[name]
        self.rules.saved(replica, HardState(log[-1].term), HERE)
        self.rules.appended(replica, log, HERE)
        replica.synced()

    def applies(self, name: str, first: int, entries: tuple[LoggedEntry, ...]) -> None:
        """A state machine takes entries."""
        self.rules.applied(self.replicas[name], Applied(first=first, entries=entries), None, HERE)

    def saves(
        self, up_to: int, told: tuple[Change, ...] | None = None, *, after: int = 0, first: int = 1, name: str = ONE
    ) -> None:
        """A storage is told of a snapshot; rightly, if a test does not say otherwise."""
        if told is None:
            told = changes(self.log, after, up_to)
        self.rules.snapshot_saved(self.replicas[name], up_to, told, first, HERE)

    def installs(
        self, up_to: int, told: tuple[Record, ...] | None = None, *, term: int | None = None, name: str = OTHER
    ) -> None:
        """A storage is told to begin anew."""
        told = records(self.log, up_to) if told is None else told
        self.rules.snapshot_installed(
            self.replicas[name], up_to, self.log[up_to - 1].term if term is None else term, told, HERE
        )

    def comes_back(
        self,
        up_to: int,
        told: tuple[Record, ...] | None = None,
        *,
        first: int | None = None,
        entries: tuple[LoggedEntry, ...] = (),
        name: str = ONE,
    ) -> None:
        """A replica is restarted with a snapshot, in two parts, and entries behind or before its end."""
        replica = self.replicas[name] = self._begun(name, 2)
        told = records(self.log, up_to) if told is None else told
        term = self.log[up_to - 1].term
        self.rules.restored_snapshot(replica, up_to, term, told[:1], False, HERE)  # as it is called
        self.rules.restored_snapshot(replica, up_to, term, told[1:], True, HERE)
        begins = up_to + 1 if first is None else first
        self.rules.restored(replica, HardState(self.log[-1].term), begins, entries, None, HERE)
        self.rules.started(replica, HERE)

    @property
    def broken(self) -> list[Rule]:
        """What was broken."""
        return [violation.rule for violation in self.violations.kept]

    @property
    def said(self) -> str:
        """The only complaint."""
        (violation,) = self.violations.kept
        return violation.sentence


def without(told: tuple[Record, ...], name: str) -> tuple[Record, ...]:
    """The same, but for one record."""
    left = tuple(record for record in told if record[0] != name)
    assert len(left) == len(told) - 1
    return left


def instead(told: tuple[Record, ...], name: str, content: str) -> tuple[Record, ...]:
    """The same, but for what one record says."""
    return (*without(told, name), (name, content))


LAST: Final = LogIndex(len(LOG))
