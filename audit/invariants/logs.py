"""The logs, rebuilt from what the storages were told (Raft §5.3)."""

from typing import Final

from audit.invariants.commits import Commits
from audit.invariants.facts import LogEntry
from audit.invariants.ledger import Known, Ledger, PlaceBook
from audit.invariants.place import Place
from audit.invariants.replica import Replica
from audit.invariants.violations import Rule, Violations


class Logs:
    """Enters what each replica writes into one ledger; looks at what is truncated, beside the log that is committed."""

    def __init__(self, ledger: Ledger, commits: Commits, places: PlaceBook, violations: Violations) -> None:
        self._ledger: Final = ledger
        self._commits: Final = commits
        self._places: Final = places
        self._violations: Final = violations

    def appended(self, replica: Replica, entries: tuple[LogEntry, ...], here: Place) -> None:
        """Log matching: the same index and term are the same entry, behind an entry of the same term.

        By induction, logs that have an entry in common are then the same up to it.
        """
        log = replica.log
        line = self._places.number(here)
        for entry in entries:
            term, before = entry.term, log.last_term
            log.append(term)
            known = self._ledger.write(log.last_index, term, before, hash(entry), line)
            if known is not None:
                self._differs(replica, log.last_index, entry, before, known, here)
            if term < before:
                sentence = f"{replica.node} writes an entry of term {term} at {log.last_index}, behind one of {before}"
                self._violations.report(Rule.TERMS_ALONG_A_LOG, sentence, here)

    def restored(self, replica: Replica, first: int, entries: tuple[LogEntry, ...], here: Place) -> None:
        """A replica is given back entries from `first` on; its snapshot may include some of them."""
        included = replica.log.last_index + 1 - first
        if included < 0:
            sentence = f"{replica.node} comes back with a log that goes on at {first} behind {replica.log.last_index}"
            self._violations.report(Rule.RESTORED, sentence, here)
        for index, entry in enumerate(entries[: max(included, 0)], start=first):
            known = self._ledger.known(index, entry.term)
            if entry.term != replica.log.term_at(index) or (known is not None and known.fingerprint != hash(entry)):
                sentence = f"{replica.node} comes back with another entry at {index} than its snapshot includes"
                self._violations.report(Rule.RESTORED, sentence, here)
        self.appended(replica, entries[max(included, 0) :], here)

    def _differs(
        self, replica: Replica, index: int, entry: LogEntry, previous_term: int, known: Known, here: Place
    ) -> None:
        if known.fingerprint != hash(entry):
            sentence = f"{replica.node} writes another entry of term {entry.term} at {index} than was written before"
        else:
            sentence = (
                f"{replica.node} writes the entry of term {entry.term} at {index} behind one of term {previous_term}, "
                f"which was behind one of term {known.previous_term} before"
            )
        self._violations.report(Rule.LOG_MATCHING, sentence, known.place, here)

    def truncated(self, replica: Replica, after: int, here: Place) -> None:
        """A leader never drops an entry, and nobody drops what is committed, once it is in the term of that.

        Whoever has not entered that term may follow an older leader, and drop it: a majority has it all the same. What
        is dropped in the place of committed entries is no loss: if the first entry that is dropped is not the committed
        one, those behind it are neither. The storage's own term counts: it is told of terms and truncations in order,
        and may lag so much that what it does in an older term was decided before the replica applied anything.
        """
        if replica.is_leading:
            sentence = f"{replica.node} truncates its log behind {after} while it leads term {replica.reign.term}"
            self._violations.report(Rule.LEADER_APPEND_ONLY, sentence, here)
        term, committed = replica.log.term_at(after + 1), self._commits.log
        if term == 0 or term != committed.term_at(after + 1):
            return
        applied, own_term = replica.last_applied, replica.hard_state[0]
        is_applied = applied is not None and after < applied and own_term >= replica.applied_in
        if is_applied or self._commits.is_committed_in(own_term, after + 1):
            last = committed.last_index
            sentence = f"{replica.node} truncates its log behind {after}, and the log is committed up to {last}"
            self._violations.report(Rule.COMMITTED_STAYS, sentence, here)
