"""Snapshots: they include what is committed and applied, and say what that says (Raft §7)."""

from collections.abc import Iterable, Iterator
from typing import Final

from audit.invariants.commits import Commits
from audit.invariants.image import Change, Told, told
from audit.invariants.log_terms import LogTerms
from audit.invariants.place import Place
from audit.invariants.replica import Replica
from audit.invariants.state_model import REMEMBERED, StateModel
from audit.invariants.violations import Rule, Violations

SHOWN_MAX: Final = 3
"""So many of a snapshot's faults are told."""


class Snapshots:
    """Holds what a storage is told of its snapshot against the log that is committed.

    A change is held against what happened since the last one; all of a snapshot, where a leader sent it or a process
    was given it back.
    """

    def __init__(self, commits: Commits, violations: Violations) -> None:
        self._commits: Final = commits
        self._violations: Final = violations

    @property
    def _model(self) -> StateModel:
        return self._commits.model

    # --- what is told ------------------------------------------------------------------------------------------

    def saved(self, replica: Replica, last: int, changes: Iterable[Change], first: int, here: Place) -> None:
        """A storage was told what has changed in its snapshot, and which entries it need not keep."""
        deed = f"{replica.node} takes a snapshot up to {last}"
        applied = replica.last_applied
        if last <= replica.snapshot_index:
            self._covers(f"{deed}, and had one up to {replica.snapshot_index}", here)
        if applied is not None and last > applied:
            self._covers(f"{deed}, and has applied {applied}", here)
        if not replica.first_index <= first <= last + 1:
            self._covers(f"{deed}, and keeps its log from {first} on; it began at {replica.first_index}", here)
        read = told(changes)
        if self._model.knows(last):
            self._report(replica, last, self._faults_of_changes(replica, last, read), here)
        replica.snapshot_saved(last, first, read)

    def installed(self, replica: Replica, last: int, term: int, records: Iterable[Change], here: Place) -> None:
        """A storage was told to begin anew with a snapshot; the log is empty behind it.

        The state machine may have done so before, and gone on since.
        """
        deed = f"{replica.node} installs a snapshot up to {last}, of term {term}"
        applied = replica.last_applied
        if applied is not None and last <= applied and last not in replica.taken:
            self._covers(f"{deed}, and has applied {applied}", here)
        replica.taken.discard(last)
        self._whole(replica, last, term, deed, records, here, is_believed=self._commits.may_be_hidden)

    def restored(self, replica: Replica, last: int, term: int, records: Iterable[Change], here: Place) -> None:
        """A process begins with a snapshot, all of which it was given back."""
        deed = f"{replica.node} comes back with a snapshot up to {last}"
        is_believed = self._commits.may_be_hidden or self._commits.is_first(replica)
        self._whole(replica, last, term, deed, records, here, is_believed=is_believed)

    def _whole(
        self,
        replica: Replica,
        last: int,
        term: int,
        deed: str,
        records: Iterable[Change],
        here: Place,
        *,
        is_believed: bool,
    ) -> None:
        """`is_believed`: where it goes beyond what is known, its log was committed before, or out of sight."""
        read = told(records)
        if last > self._model.last_index and is_believed:
            self._begin(replica, last, term, read, here)
        elif last <= self._model.last_index:
            if term != self._commits.log.term_at(last):
                committed = self._commits.log.term_at(last)
                self._covers(f"{deed}, and the entry that is committed there is of term {committed}", here)
            if self._model.knows(last):
                self._report(replica, last, self._faults_of_all(last, read), here)
        elif self._commits.are_all_shown:
            self._covers(f"{deed}, and the log is committed up to {self._model.last_index}", here)
        replica.snapshot_replaced(last, term, read)

    def _begin(self, replica: Replica, last: int, term: int, read: Told, here: Place) -> None:
        """What it includes cannot be known; but it may not contradict itself, nor what is known of the log."""
        known = self._commits.log
        new = LogTerms.of(last, read.terms)
        if read.senseless or new.term_at(last) != term or new.first_difference(known, known.last_index) is not None:
            self._report(replica, last, iter(["the terms are others"]), here)
            return
        self._commits.begin(last, read)

    def _covers(self, sentence: str, here: Place) -> None:
        self._violations.report(Rule.SNAPSHOT_COVERS, sentence, here)

    def _report(self, replica: Replica, last: int, faults: Iterator[str], here: Place) -> None:
        found = list(faults)
        if found:
            more = f", and {len(found) - SHOWN_MAX} more" if len(found) > SHOWN_MAX else ""
            sentence = f"in the snapshot of {replica.node} up to {last}, {'; '.join(found[:SHOWN_MAX])}{more}"
            self._violations.report(Rule.SNAPSHOT_IS_STATE, sentence, here)

    # --- what it must say --------------------------------------------------------------------------------------

    def _faults_of_changes(self, replica: Replica, last: int, read: Told) -> Iterator[str]:
        """What has changed since the last one is there, and what is there is so."""
        before = replica.snapshot_index
        yield from self._untrue(last, read)
        written = {self._model.key_at(index): index for index in sorted(self._model.writes_between(before, last))}
        for key, index in written.items():
            if key is not None and key not in read.values:
                yield f"the key {key}, written at {index}, is not changed"
        yield from self._faults_of_terms(before, last, read)
        known = set[int]().union(*read.writes.values())
        yield from self._forgotten(max(before, last - REMEMBERED), last, known)
        for name in read.gone:
            if name in replica.writes and replica.writes[name] + REMEMBERED > last:
                yield f"the writes {name} are forgotten"

    def _faults_of_all(self, last: int, read: Told) -> Iterator[str]:
        """All that must be there is, and what is there is so."""
        yield from self._untrue(last, read)
        keys = self._model.count_keys(last)
        if keys != len(read.values):
            yield f"there are {len(read.values)} keys, and {keys} were written"
        yield from self._faults_of_terms(0, last, read)
        yield from self._forgotten(last - REMEMBERED, last, set[int]().union(*read.writes.values()))

    def _untrue(self, last: int, read: Told) -> Iterator[str]:
        for name in read.senseless:
            yield f"the record {name} says nothing"
        for key, value in read.values.items():
            if value is None or not self._model.has_value(key, value, last):
                yield f"the key {key} has another value"
        for name, writes in read.writes.items():
            if any(index > last or not self._model.has_write(index, write) for index, write in writes.items()):
                yield f"the writes {name} are not those that were applied"

    def _faults_of_terms(self, after: int, last: int, read: Told) -> Iterator[str]:
        if dict(self._commits.log.runs(after, last)) != read.terms:
            yield f"the terms behind {after} are others"

    def _forgotten(self, after: int, last: int, known: set[int]) -> Iterator[str]:
        for index in sorted(self._model.writes_between(after, last) - known):
            yield f"the write at {index} is forgotten"
