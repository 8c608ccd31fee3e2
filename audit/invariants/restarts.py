"""Restarts: what was durable when a process ended is what the next one begins with (Raft Figure 2)."""

from collections.abc import Callable
from typing import Final

from audit.invariants.facts import HardState, LogEntry
from audit.invariants.logs import Logs
from audit.invariants.place import Place
from audit.invariants.replica import Replica
from audit.invariants.violations import Rule, Violations
from audit.invariants.witness import Witnesses


class Restarts:
    """Compares what a replica is given back with what the incarnation before it was known to have made durable.

    It may be given back more: what was written, and became durable without anybody being told. Of one whose trail has
    ended nobody knows what it made of its log after that; but its term cannot have fallen, nor its vote have changed.
    Of one with another disk nothing is expected.
    """

    def __init__(self, replicas: Witnesses[Replica], logs: Logs, violations: Violations) -> None:
        self._replicas: Final = replicas
        self._logs: Final = logs
        self._violations: Final = violations

    def restored(
        self,
        replica: Replica,
        state: HardState,
        first: int,
        entries: tuple[LogEntry, ...],
        disk: str | None,
        here: Place,
        voted: Callable[[Replica, HardState, Place], None],
    ) -> None:
        """A replica is given back a term, a vote and entries, perhaps not all of them yet; `voted` notes the vote."""
        before = self._replicas.before(replica)
        replica.first_index = min(replica.first_index, first)
        self._logs.restored(replica, first, entries, here)
        replica.restored(state.term, state.voted_for)
        replica.disk = disk
        voted(replica, state, here)
        if before is not None and before.disk == disk and not before.is_replaced:
            self._compare_state(before, state, here)

    def started(self, replica: Replica, here: Place) -> None:
        """All has been given back."""
        before = self._replicas.before(replica)
        if before is None or replica.is_volatile:
            return
        is_lost = before.disk != replica.disk
        if before.is_clear and not is_lost:
            self._compare_log(before, replica, here)
        before.replaced(is_lost=is_lost)

    def _compare_state(self, before: Replica, state: HardState, here: Place) -> None:
        term, vote = before.durable_state
        if state.term < term or (state.term == term and vote not in {None, state.voted_for}):
            sentence = (
                f"{before.node} comes back in term {state.term} with {_vote(state.voted_for)}, "
                f"and had made term {term} and {_vote(vote)} durable"
            )
            self._violations.report(Rule.RESTORED, sentence, here)

    def _compare_log(self, before: Replica, replica: Replica, here: Place) -> None:
        index = before.durable_index
        if replica.log.last_index < index or replica.log.term_at(index) != before.log.term_at(index):
            sentence = (
                f"{before.node} comes back with a log of {replica.log.last_index} entries, "
                f"and had made {index} durable, the last of term {before.log.term_at(index)}"
            )
            self._violations.report(Rule.RESTORED, sentence, here)
        if replica.snapshot_index < before.durable_snapshot_index:
            sentence = (
                f"{before.node} comes back with a snapshot up to {replica.snapshot_index}, "
                f"and had made one up to {before.durable_snapshot_index} durable"
            )
            self._violations.report(Rule.RESTORED, sentence, here)


def _vote(voted_for: str | None) -> str:
    return "no vote" if voted_for is None else f"a vote for {voted_for}"
