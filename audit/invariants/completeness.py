"""Leader completeness: whoever leads has all that was committed in earlier terms (Raft §5.4)."""

from dataclasses import dataclass
from typing import Final

from audit.invariants.log_terms import LogTerms
from audit.invariants.place import Place
from audit.invariants.replica import Replica
from audit.invariants.violations import Rule, Violations


@dataclass(slots=True, kw_only=True)
class _Election:
    """A leader, and its log when it was elected; `checked` says how far that was compared with what is committed."""

    term: int
    leader: str
    log: LogTerms
    place: Place
    checked: int = 0


class Completeness:
    """Compares every leader's log at its election with all that was applied in earlier terms, before or after it.

    The trail may show a commit behind the election of a leader of a later term, when whoever committed it did not know
    of the election yet. What was applied by a replica in term T was committed in T or earlier, so every leader of a
    later term must have it. An entry is named by its index and term (log matching).
    """

    def __init__(self, committed: LogTerms, violations: Violations) -> None:
        self._committed: Final = committed
        self._violations: Final = violations
        self._elections: Final[list[_Election]] = []
        self._latest_term = 0
        self._applied_in: Final[dict[int, tuple[int, Place]]] = {}
        """For each term, how far anybody had applied the log while it was in that term, and where that was seen."""

    def elected(self, replica: Replica, term: int, here: Place) -> None:
        """A leader's first sign; before it leads, its storage has its own vote, and before that all of its log."""
        if replica.blind is not None:
            return
        election = _Election(term=term, leader=replica.node, log=replica.log.copy(), place=here)
        self._elections.append(election)
        self._latest_term = max(self._latest_term, term)
        for applied_term, (index, place) in self._applied_in.items():
            if applied_term < term:
                self._compare(election, index, place)

    def applied(self, replica: Replica, here: Place) -> None:
        """A state machine has applied the log up to `last_applied`, its replica being in its term."""
        if replica.blind is not None or replica.last_applied is None:
            return
        index = replica.last_applied
        term = max(replica.term, replica.hard_state[0], self._committed.term_at(index))
        if index <= self._applied_in.get(term, (0, here))[0]:
            return
        self._applied_in[term] = (index, here)
        if term < self._latest_term:
            for election in self._elections:
                if term < election.term:
                    self._compare(election, index, here)

    def _compare(self, election: _Election, index: int, committed_at: Place) -> None:
        if index <= election.checked:
            return
        election.checked = index
        missing = self._committed.first_difference(election.log, min(index, self._committed.last_index))
        if missing is not None:
            term = self._committed.term_at(missing)
            sentence = (
                f"{election.leader} was elected in term {election.term} without the entry of term {term} at {missing}, "
                "which was committed before that term"
            )
            self._violations.report(Rule.LEADER_COMPLETENESS, sentence, election.place, committed_at)
