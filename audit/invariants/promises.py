"""What is promised is durable before the promise leaves ('updated on stable storage before responding', Figure 2)."""

from typing import Final

from audit.invariants.facts import Sent
from audit.invariants.place import Place
from audit.invariants.replica import Replica
from audit.invariants.violations import Rule, Violations


class Promises:
    """Compares what a replica sends with what its storage holds; where a storage syncs, with what was synced.

    A promise of a term that the storage has left behind is as if the network had delayed it: it binds nobody any more,
    and the newer term may have replaced the entries that it was about. It is not looked at.
    """

    def __init__(self, violations: Violations) -> None:
        self._violations: Final = violations

    def vote(self, replica: Replica, vote: Sent, here: Place) -> None:
        """A vote that is given away is durable (Raft §5.2)."""
        term, voted_for = replica.durable_state
        if replica.blind is not None or term > vote.term:
            return
        if (term, voted_for) != (vote.term, vote.dst):
            self._report(replica, f"gives {vote.dst} its vote of term {vote.term}", term, voted_for, here)

    def candidacy(self, replica: Replica, request: Sent, here: Place) -> None:
        """A candidate asks for votes when its own, for itself, is durable (Raft §5.2)."""
        term, voted_for = replica.durable_state
        if replica.blind is None and (term, voted_for) != (request.term, replica.node):
            self._report(replica, f"asks {request.dst} for its vote of term {request.term}", term, voted_for, here)

    def acknowledgement(self, replica: Replica, accepted: Sent, here: Place) -> None:
        """Entries that are acknowledged are durable, and so is the term in which they are (Raft §5.3)."""
        term, voted_for = replica.durable_state
        if replica.blind is not None or term > accepted.term:
            return
        deed = f"acknowledges entries up to {accepted.match_index} in term {accepted.term}"
        if term < accepted.term:
            self._report(replica, deed, term, voted_for, here)
        elif accepted.match_index > replica.durable_index:
            sentence = f"{replica.node} {deed}, and its storage holds them up to {replica.durable_index}"
            self._violations.report(Rule.DURABLE_BEFORE_ANSWER, sentence, here)

    def _report(self, replica: Replica, deed: str, term: int, voted_for: str | None, here: Place) -> None:
        vote = "no vote" if voted_for is None else f"a vote for {voted_for}"
        sentence = f"{replica.node} {deed}, and its storage holds term {term} and {vote}"
        self._violations.report(Rule.DURABLE_BEFORE_ANSWER, sentence, here)
