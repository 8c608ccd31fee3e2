"""Which puts took effect, beside what their clients were told of it."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from audit.history.requests import Asked, Requests, name_of
from audit.invariants.facts import Applied, LoggedWrite
from audit.invariants.violations import Rule, Violations
from audit.invariants.witness import Witness, Witnesses
from audit.records import Did, Located, Took


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promise:
    """A put that was answered `ok` in the delivery `n` of Consensus, before its entry was seen to be applied."""

    put: Asked
    n: int
    place: Located


class Effects:
    """Remembers which puts were applied, which were denied, and which are still to be seen applied."""

    def __init__(self, requests: Requests, replicas: Witnesses[Witness], violations: Violations) -> None:
        self._requests: Final = requests
        self._replicas: Final = replicas
        self._violations: Final = violations
        self._applied: Final[set[int]] = set()
        self._denied: Final[dict[int, Located]] = {}
        self._promises: Final[defaultdict[str, list[_Promise]]] = defaultdict(list)

    # --- what clients are told ---------------------------------------------------------------------------------

    def deny(self, replica: Witness, put: Asked, answer: str, here: Located) -> None:
        """A put was answered `redirect` or `fail`: it has no effect, and never will; another of its name might."""
        name = name_of(put.src, put.MID)
        if self._requests.times_asked(name) > 1:
            return
        if name in self._applied:
            sentence = f"{replica.node} answers {answer} to the put {put.MID} of {put.src}, which is applied"
            self._violations.report(Rule.ANSWER_KEPT, sentence, here)
        self._denied[name] = here

    def confirm(self, replica: Witness, put: Asked, did: Did, here: Located) -> None:
        """A put was answered `ok`: it is committed, though perhaps not applied yet."""
        if replica.blind is None and name_of(put.src, put.MID) not in self._applied:
            n = did.n if did.actor == "consensus" else 0
            self._promises[replica.name].append(_Promise(put=put, n=n, place=here))

    # --- what happens ------------------------------------------------------------------------------------------

    def applied(self, replica: Witness, batch: Applied, here: Located) -> None:
        """A state machine takes committed entries."""
        for entry in batch.entries:
            if entry.write is not None:
                self._applied_one(replica, entry.write, here)

    def _applied_one(self, replica: Witness, write: LoggedWrite, here: Located) -> None:
        """A put takes effect: nobody was told that it has none, and somebody asked for it."""
        name = name_of(write.client, write.MID)
        deed = f"{replica.node} applies the put {write.MID} of {write.client}"
        if name in self._denied and self._requests.times_asked(name) == 1:
            denied = self._denied.pop(name)
            sentence = (
                f"{replica.node} applies the put {write.MID} of {write.client}, who was told that it has no effect"
            )
            self._violations.report(Rule.ANSWER_KEPT, sentence, denied, here)
        if name in self._applied:
            return
        self._applied.add(name)
        if self._requests.times_asked(name) == 0:
            self._requests.unseen(write)
            if self._replicas.show_everything:
                self._violations.report(Rule.ASKED_FOR, f"{deed}, who never asked for it", here)

    def look_for_promised(self, replica: Witness, took: Took) -> None:
        """Behind what the state machine takes: Consensus answers `ok` and has the entry applied in one go.

        So whatever the state machine is told in a later delivery of Consensus comes behind that entry.
        """
        promised = self._promises.get(replica.name)
        if not promised:
            return
        told_in = took.by[1] if took.by is not None and took.by[0] == "consensus" else 0
        for promise in promised:
            put = promise.put
            if promise.n <= told_in and replica.blind is None and name_of(put.src, put.MID) not in self._applied:
                sentence = f"{replica.node} answers ok to the put {put.MID} of {put.src}, which is not committed"
                self._violations.report(Rule.OK_MEANS_COMMITTED, sentence, promise.place)
        self._promises[replica.name] = [promise for promise in promised if promise.n > told_in]
