"""What is committed: applied everywhere alike, stored by a majority, and known to every later leader (Raft §5.4)."""

from array import array
from typing import Final

from audit.invariants.facts import Batch, LogEntry
from audit.invariants.image import Told
from audit.invariants.ledger import Ledger, PlaceBook
from audit.invariants.log_terms import LogTerms
from audit.invariants.place import Place
from audit.invariants.replica import Replica
from audit.invariants.state_model import StateModel
from audit.invariants.violations import Rule, Violations
from audit.invariants.witness import Witnesses


class Commits:
    """Rebuilds the committed log from what the state machines take."""

    def __init__(self, replicas: Witnesses[Replica], ledger: Ledger, places: PlaceBook, violations: Violations) -> None:
        self._replicas: Final = replicas
        self._ledger: Final = ledger
        self._places: Final = places
        self._violations: Final = violations
        self.log: Final = LogTerms()
        """The committed log, as far as it is known without a gap; behind the model's base, entry by entry."""
        self._terms: Final = array("q")
        """For each of these, the term of whoever applied it first: in that term or before, it was committed."""
        self.model: Final = StateModel()
        """What it makes of an empty map."""
        self._fingerprints: Final = array("q")
        self._lines: Final = array("q")

    @property
    def are_all_shown(self) -> bool:
        """Whether nothing can have been committed that was not shown."""
        return self._replicas.show_everything

    @property
    def may_be_hidden(self) -> bool:
        """Whether there are replicas that may have committed entries out of sight."""
        return bool(self._replicas.unseen) or any(each.blind is not None for each in self._replicas)

    def is_first(self, replica: Replica) -> bool:
        """Whether what a process begins with was there before anything was shown."""
        return self._replicas.before(replica) is None

    def begin(self, last: int, read: Told) -> None:
        """The committed log begins with what a snapshot up to `last` says: that is believed."""
        self.log.begin(last, read.terms)
        writes = {index: name for record in read.writes.values() for index, name in record.items()}
        self.model.begin(last, read.values, writes)
        del self._terms[:], self._fingerprints[:], self._lines[:]

    def is_committed_in(self, term: int, index: int) -> bool:
        """Whether the committed entry at `index` is known to have been committed in `term`, or before."""
        place = self._place(index)
        return place >= 0 and term >= self._terms[place]

    def _place(self, index: int) -> int:
        """Where it stands; below 0, when it was committed before anything was shown."""
        return index - self.model.base - 1

    def applied(self, replica: Replica, batch: Batch, led: int | None, here: Place) -> None:
        """Committed entries are applied; `led` is the term that the replica led when it found them to be committed."""
        self._in_order(replica, batch, here)
        self._own_term(replica, batch, led, here)
        self._safe(replica, batch, here)
        replica.last_applied = batch.first + len(batch.entries) - 1 if replica.blind is None else None
        replica.applied_in = replica.term

    def taken(self, replica: Replica, last_included: int, here: Place) -> None:
        """A snapshot takes the place of what was applied: nothing of that is taken back (Raft §7)."""
        last = replica.last_applied
        if last is not None and last_included <= last:
            sentence = f"{replica.node} begins with a snapshot up to {last_included}, and has applied {last}"
            self._violations.report(Rule.APPLIED_IN_ORDER, sentence, here)
        replica.last_applied = last_included if replica.blind is None else None
        replica.taken.add(last_included)

    def _in_order(self, replica: Replica, batch: Batch, here: Place) -> None:
        """From 1 on, each index once; a replica whose trail has gaps may have applied what was not shown."""
        last = replica.last_applied
        if last is not None and batch.first != last + 1:
            sentence = f"{replica.node} applies {batch.first} after {last}"
            self._violations.report(Rule.APPLIED_IN_ORDER, sentence, here)

    def _own_term(self, replica: Replica, batch: Batch, led: int | None, here: Place) -> None:
        """A leader's commit ends with an entry of its own term; what lies before that is committed with it."""
        if led is None or not batch.entries:
            return
        term, last = batch.entries[-1].term, batch.first + len(batch.entries) - 1
        if replica.blind is None and term != led:
            sentence = f"{replica.node}, leading term {led}, commits up to {last}, an entry of term {term}"
            self._violations.report(Rule.COMMIT_OWN_TERM, sentence, here)

    def _safe(self, replica: Replica, batch: Batch, here: Place) -> None:
        """The entry at an index is the same wherever it is applied; the first to apply it shows that it is stored."""
        known = self.log.last_index
        for index, entry in enumerate(batch.entries, start=batch.first):
            if 0 < index <= known:
                self._same(replica, index, entry, here)
            elif index == self.log.last_index + 1:
                self._commit(replica, index, entry, here)
        if known < self.log.last_index:
            self._by_majority(replica, here)

    def _same(self, replica: Replica, index: int, entry: LogEntry, here: Place) -> None:
        stands = self._place(index)
        if stands >= 0 and self._fingerprints[stands] != hash(entry):
            sentence = f"{replica.node} applies another entry at {index} than was applied before"
            place = self._places.place(self._lines[stands])
            self._violations.report(Rule.STATE_MACHINE_SAFETY, sentence, place, here)

    def _commit(self, replica: Replica, index: int, entry: LogEntry, here: Place) -> None:
        self.log.append(entry.term)
        self.model.commit(entry)
        self._terms.append(max(replica.term, replica.hard_state[0], entry.term))
        self._fingerprints.append(hash(entry))
        self._lines.append(self._places.number(here))
        written = self._ledger.known(index, entry.term)
        if written is not None and written.fingerprint != hash(entry):
            sentence = f"{replica.node} applies another entry of term {entry.term} at {index} than was written"
            self._violations.report(Rule.STATE_MACHINE_SAFETY, sentence, written.place, here)

    def _by_majority(self, replica: Replica, here: Place) -> None:
        """Whoever stores the last entry stores all before it (log matching). What was not shown may store it, too."""
        index, term = self.log.last_index, self.log.last_term
        holders = {each.node for each in self._replicas if each.holds(index, term)}
        unseen = {each.node for each in self._replicas if each.may_hide}.union(self._replicas.unseen) - holders
        needed = self._replicas.majority
        if len(holders) + len(unseen) < needed:
            sentence = (
                f"{replica.node} applies up to {index}, an entry of term {term}, which is stored by "
                f"{', '.join(sorted(holders)) or 'nobody'}, and needs {needed}"
            )
            self._violations.report(Rule.COMMIT_BY_MAJORITY, sentence, here)
