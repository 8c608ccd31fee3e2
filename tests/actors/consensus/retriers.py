"""Clients that ask again until they know: the same write under the same MID, wherever they please (Raft §8).

Each writes 1, 2, 3... to a key of its own; with each request it says the last index that it had heard of before it sent
the first copy. Only `ok` ends a write, or `fail`, after which it does not matter whether it was applied: it never comes
behind a later one that was answered `ok`.
"""

from __future__ import annotations

from typing import Final

from messages.ids import NOBODY, ClientId, LogIndex, NodeId, RequestId
from messages.wire import Fail, Get, GetOk, Outbound, Put, PutOk, Redirect
from tests.actors.cluster import Cluster
from tests.actors.consensus.clients import encode_request

PATIENCE_S: Final = 0.7
"""After so long without an answer a request is sent again, to anybody."""


class Retrier:
    """Writes the next number, reads it back, and so on; each request as often as it takes."""

    def __init__(self, cluster: Cluster, name: ClientId) -> None:
        self.cluster: Final = cluster
        self.name: Final = name
        self.has_gone_home = False
        self.asked = 0
        self.known = 0
        """The last number that was answered `ok`."""
        self.refused = 0
        self.repeated = 0
        self.waiting: Put | Get | None = None
        self._heard_of = LogIndex(0)
        self._must_read = False
        self._count = 0
        self._leader = NOBODY
        cluster.at(cluster.random.uniform(0, 1), self._ask)

    def _ask(self) -> None:
        if self.has_gone_home:
            return
        self._count += 1
        mid = RequestId(f"{self.name}-{self._count}")
        if self._must_read or self.cluster.random.random() < 0.4:
            self._must_read = False
            self.waiting = Get(src=self.name, dst=NOBODY, leader=NOBODY, MID=mid, key=self.name, since=self._heard_of)
        else:
            self.asked += 1
            value = str(self.asked)
            self.waiting = Put(
                src=self.name, dst=NOBODY, leader=NOBODY, MID=mid, key=self.name, value=value, since=self._heard_of
            )
        self._send(self.waiting)

    def _send(self, request: Put | Get) -> None:
        """To the believed leader, or to anybody; and once more after a while, if nothing is heard."""
        if self.waiting is not request:
            return
        living = [name for name, node in self.cluster.nodes.items() if not node.is_dead]
        knows = self._leader in living and self.cluster.random.random() < 0.7
        whom = self._leader if knows else self.cluster.random.choice(living)
        self.cluster.nodes[whom].receive(encode_request(request))
        self.cluster.at(self.cluster.now + PATIENCE_S, lambda: self._send_again(request))

    def _send_again(self, request: Put | Get) -> None:
        self.repeated += self.waiting is request
        self._send(request)

    def answered(self, answer: Outbound) -> None:
        """Of the copies of a request, each is answered; the first answer that says something counts."""
        assert isinstance(answer, PutOk | GetOk | Redirect | Fail), "clients are answered, and told nothing else"
        request = self.waiting
        if request is None or answer.MID != request.MID:
            return
        match answer:
            case Redirect():
                self._leader = NodeId(answer.leader)
                self.cluster.at(self.cluster.now + 0.05, lambda: self._send_again(request))
                return
            case Fail():
                assert isinstance(request, Put), "a read is never refused"
                self.refused += 1
                self._must_read = True
            case PutOk():
                assert isinstance(request, Put)
                assert isinstance(answer.index, int)
                assert request.since is not None
                assert answer.index > request.since, "it is behind what was heard of before"
                self.known = max(self.known, int(request.value))
                self._heard_of = max(self._heard_of, answer.index)
            case GetOk():
                assert isinstance(answer.index, int)
                assert self.known <= int(answer.value or 0) <= self.asked, "nothing older, nothing from nowhere"
                self._heard_of = max(self._heard_of, answer.index)
        self.waiting = None
        self.cluster.at(self.cluster.now + self.cluster.random.uniform(0, 0.1), self._ask)
