"""The logs, rebuilt from what the storages were told (Raft §5.3)."""

from typing import Final

from audit.invariants.facts import LogEntry
from audit.invariants.ledger import Known, Ledger, PlaceBook
from audit.invariants.log_terms import LogTerms
from audit.invariants.place import Place
from audit.invariants.replica import Replica
from audit.invariants.violations import Rule, Violations


class Logs:
    """Enters what each replica writes into one ledger; looks at what is truncated, beside the log that is committed."""

    def __init__(self, ledger: Ledger, committed: LogTerms, places: PlaceBook, violations: Violations) -> None:
        self._ledger: Final = ledger
        self._committed: Final = committed
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
        """A leader never drops an entry, and nobody drops what it has applied.

        A storage may lag behind the state machine: then what it drops is in the place of committed entries, which it is
        told of next. If the first entry that is dropped is not the committed one, those behind it are neither.
        """
        if replica.is_leading:
            sentence = f"{replica.node} truncates its log behind {after} while it leads term {replica.reign.term}"
            self._violations.report(Rule.LEADER_APPEND_ONLY, sentence, here)
        applied = replica.last_applied
        term = replica.log.term_at(after + 1)
        if applied is not None and after < applied and term > 0 and term == self._committed.term_at(after + 1):
            sentence = f"{replica.node} truncates its log behind {after}, and has applied up to {applied}"
            self._violations.report(Rule.COMMITTED_STAYS, sentence, here)
