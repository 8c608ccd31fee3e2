"""Which puts took effect, beside what their clients were told of it."""

import math
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from audit.history.requests import Asked, Requests, name_of
from audit.invariants.facts import Applied, LoggedEntry, LoggedWrite
from audit.invariants.state_model import REMEMBERED
from audit.invariants.violations import Rule, Violations
from audit.invariants.witness import Witness, Witnesses
from audit.records import Did, Located, Took

LAST_REQUESTS_S: Final = 10.0
"""A replica's last requests may be missing in its trail; who has no answer asks again within less, if it can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promise:
    """A put that was answered `ok` in the delivery `n` of Consensus, before its entry was seen to be applied."""

    put: Asked
    n: int
    place: Located


class Effects:
    """Remembers which puts were applied, which were denied, and which are still to be seen applied.

    A put that comes again is applied again, and changes nothing, unless so many entries lie between the two that the
    first is not remembered any more (Raft §8).
    """

    def __init__(self, requests: Requests, replicas: Witnesses[Witness], violations: Violations) -> None:
        self._requests: Final = requests
        self._replicas: Final = replicas
        self._violations: Final = violations
        self._applied: Final[set[int]] = set()
        self._last_index = 0
        self._remembered: Final[set[int]] = set()
        self._in_order: Final[deque[tuple[int, int]]] = deque()
        """The same, with the indexes at which they took effect."""
        self._again: Final[Counter[int]] = Counter()
        """How often a put took effect besides the first time."""
        self._brought: Final[set[int]] = set()
        """Writes that were in a log before any trail begins."""
        self._denied: Final[dict[int, tuple[Located, bool]]] = {}
        """Puts that have no effect, where that was said, and whether the same put may have come before."""
        self._doubtful: Final[list[tuple[str, str, tuple[Located, ...]]]] = []
        """Clients, and what is wrong if they never send anything again."""
        self._promises: Final[defaultdict[str, list[_Promise]]] = defaultdict(list)
        self._latest_end = -math.inf
        """When a trail ended last, by its clock."""
        self._installed_in: Final[dict[str, int]] = {}
        """The delivery of Consensus in which each replica's log began anew with a snapshot, the latest."""

    def times(self, name: int) -> int:
        """How often a put was seen to take effect."""
        return self._again[name] + 1 if name in self._applied else 0

    # --- what clients are told ---------------------------------------------------------------------------------

    def deny(self, replica: Witness, put: Asked, answer: str, here: Located) -> None:
        """A put was answered `redirect` or `fail`: it has no effect, and never will; another of its name might."""
        name = name_of(put.src, put.MID)
        if self._requests.times_asked(name) > 1:
            return
        is_doubtful = self._may_have_come_before(put, here)
        if name in self._applied:
            sentence = f"{replica.node} answers {answer} to the put {put.MID} of {put.src}, which is applied"
            self._lied(put.src, sentence, here, is_doubtful=is_doubtful)
        self._denied[name] = (here, is_doubtful)

    def _may_have_come_before(self, put: Asked, here: Located) -> bool:
        """Whether a replica may hide that the same put came to it; who sends `since` may have waited for long."""
        if put.since is not None or self._replicas.unseen or any(each.blind is not None for each in self._replicas):
            return not self._replicas.show_everything
        return here.record.at < self._latest_end + LAST_REQUESTS_S

    def _lied(self, client: str, sentence: str, *places: Located, is_doubtful: bool) -> None:
        if is_doubtful:
            self._doubtful.append((client, sentence, places))
        else:
            self._violations.report(Rule.ANSWER_KEPT, sentence, *places)

    def conclude(self) -> None:
        """Nothing more comes: who never sent anything twice did not do so where it is not shown."""
        for client, sentence, places in self._doubtful:
            if client not in self._requests.repeating:
                self._violations.report(Rule.ANSWER_KEPT, sentence, *places)

    def ended(self, here: Located) -> None:
        """Nothing more is known of a replica."""
        self._latest_end = here.record.at

    def confirm(self, replica: Witness, put: Asked, did: Did, here: Located) -> None:
        """A put was answered `ok`: it is committed, though perhaps not applied yet."""
        if replica.blind is None and name_of(put.src, put.MID) not in self._applied:
            n = did.n if did.actor == "consensus" else 0
            self._promises[replica.name].append(_Promise(put=put, n=n, place=here))

    # --- what happens ------------------------------------------------------------------------------------------

    def bring(self, entries: Iterable[LoggedEntry]) -> None:
        """A log has these entries from before any trail begins: who asked for them is not shown."""
        writes = (entry.write for entry in entries if entry.write is not None)
        self._brought.update(name_of(write.client, write.MID) for write in writes)

    def applied(self, replica: Witness, batch: Applied, here: Located) -> None:
        """A state machine takes committed entries."""
        for index, entry in enumerate(batch.entries, start=batch.first):
            if entry.write is not None:
                self._applied_one(replica, index, entry.write, here)

    def _applied_one(self, replica: Witness, index: int, write: LoggedWrite, here: Located) -> None:
        """A put is applied: nobody was told that it has no effect, and somebody asked for it."""
        name = name_of(write.client, write.MID)
        if name in self._denied and self._requests.times_asked(name) == 1:
            denied, is_doubtful = self._denied.pop(name)
            sentence = (
                f"{replica.node} applies the put {write.MID} of {write.client}, who was told that it has no effect"
            )
            self._lied(write.client, sentence, denied, here, is_doubtful=is_doubtful)
        if index > self._last_index:
            self._take_effect(index, name)
        if name not in self._applied:
            self._applied.add(name)
            self._look_for_request(replica, name, write, here)

    def _take_effect(self, index: int, name: int) -> None:
        """The log goes on with a put, which has an effect unless it is remembered."""
        self._last_index = index
        while self._in_order and self._in_order[0][0] + REMEMBERED < index:
            self._remembered.remove(self._in_order.popleft()[1])
        if name in self._remembered:
            return
        self._remembered.add(name)
        self._in_order.append((index, name))
        if name in self._applied:
            self._again[name] += 1

    def _look_for_request(self, replica: Witness, name: int, write: LoggedWrite, here: Located) -> None:
        if self._requests.times_asked(name) > 0:
            return
        self._requests.unseen(write)
        if self._replicas.show_everything and name not in self._brought:
            sentence = f"{replica.node} applies the put {write.MID} of {write.client}, who never asked for it"
            self._violations.report(Rule.ASKED_FOR, sentence, here)

    # --- what was promised -------------------------------------------------------------------------------------

    def look_for_promised(self, replica: Witness, took: Took) -> None:
        """Behind what the state machine takes: Consensus answers `ok` and has the entry applied in one go.

        So whatever the state machine is told in a later delivery of Consensus comes behind that entry; or behind a
        snapshot that includes it, of which is only known what others applied before (Raft §7).
        """
        told_in = took.by[1] if took.by is not None and took.by[0] == "consensus" else 0
        if took.type == "TakeChunk":
            self._installed_in[replica.name] = told_in
        promised = self._promises.get(replica.name)
        if not promised:
            return
        for promise in promised:
            if promise.n <= told_in and self._is_broken(replica, promise):
                put = promise.put
                sentence = f"{replica.node} answers ok to the put {put.MID} of {put.src}, which is not committed"
                self._violations.report(Rule.OK_MEANS_COMMITTED, sentence, promise.place)
        self._promises[replica.name] = [promise for promise in promised if promise.n > told_in]

    def _is_broken(self, replica: Witness, promise: _Promise) -> bool:
        if replica.blind is not None or name_of(promise.put.src, promise.put.MID) in self._applied:
            return False
        is_in_snapshot = promise.n <= self._installed_in.get(replica.name, -1)
        return not is_in_snapshot or self._replicas.show_everything
