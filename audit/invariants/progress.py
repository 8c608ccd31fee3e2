"""What only grows: terms and commit indexes (Raft §5.1, Figure 2)."""

from typing import Final

from audit.invariants.facts import HardState, Sent
from audit.invariants.place import Place
from audit.invariants.replica import Replica
from audit.invariants.violations import Rule, Violations


class Progress:
    """Follows the term that a replica saves, the term that it enters, and what each of its actors sends.

    Actors are followed one by one: a replicator, or an acknowledgement that waits for the storage, may lag behind what
    Consensus knows already. What a gap hides cannot make anything fall, so this is looked at in every trail.
    """

    def __init__(self, violations: Violations) -> None:
        self._violations: Final = violations

    def saved(self, replica: Replica, state: HardState, here: Place) -> None:
        """A term that was saved is never replaced by a lower one."""
        term = replica.hard_state[0]
        if state.term < term:
            self._violations.report(Rule.TERM_GROWS, f"{replica.node} saves term {state.term} after {term}", here)

    def entered(self, replica: Replica, term: int, here: Place) -> None:
        """A replica enters newer terms only."""
        if term <= replica.term:
            self._violations.report(Rule.TERM_GROWS, f"{replica.node} enters term {term} after {replica.term}", here)

    def sent(self, replica: Replica, actor: str, message: Sent, here: Place) -> None:
        """The terms and commit indexes that an actor tells others never fall."""
        term, commit_index, before = replica.said.get(actor, (0, 0, None))
        if 0 <= message.term < term:
            sentence = f"{actor} of {replica.node} sends {message.type} of term {message.term} after term {term}"
            self._violations.report(Rule.TERM_GROWS, sentence, before, here)
        if 0 <= message.commit_index < commit_index:
            sentence = (
                f"{actor} of {replica.node} sends {message.type} with commit index {message.commit_index} "
                f"after {commit_index}"
            )
            self._violations.report(Rule.COMMIT_GROWS, sentence, before, here)
        replica.said[actor] = (max(term, message.term), max(commit_index, message.commit_index), here)
