"""Clients of a cluster, one request at a time each, and what their answers must be.

Each client writes 1, 2, 3... to a key of its own and reads everybody's: with one writer per key, a history is
linearizable if no read returns what is older than anything that was known when the read began, or newer than anything
that was asked for; and nothing that was answered `redirect` is ever seen.
"""

from typing import Final

import msgspec

from messages.ids import NOBODY, ClientId, NodeId, RequestId
from messages.wire import ClientRequest, Fail, Get, GetOk, Outbound, Put, PutOk, Redirect
from tests.actors.cluster import Cluster


class Key:
    """What is known of the value of one client's key."""

    def __init__(self) -> None:
        self.asked = 0
        self.known = 0
        self.lost: Final[set[int]] = set()


class Client:
    """Asks, waits for its one answer, thinks, and asks again: where the last answer said, or anywhere."""

    def __init__(self, crowd: "Crowd", name: ClientId) -> None:
        self._crowd: Final = crowd
        self.name: Final = name
        self._key: Final = crowd.keys[name]
        self._count = 0
        self._leader = NOBODY
        self.asked: ClientRequest | None = None
        self.asked_whom = NOBODY
        self._known_when_asked = 0

    def ask(self) -> None:
        """Send the next request, unless the crowd has gone home."""
        if self._crowd.has_gone_home:
            return
        self._count += 1
        living = [name for name, node in self._crowd.cluster.nodes.items() if not node.is_dead]
        knows = self._leader in living and self._crowd.random.random() < 0.7
        self.asked_whom = self._leader if knows else self._crowd.random.choice(living)
        self.asked = self._put() if self._crowd.random.random() < 0.5 else self._get()
        self._crowd.cluster.nodes[self.asked_whom].receive(encode_request(self.asked))

    def _put(self) -> Put:
        self._key.asked += 1
        return Put(
            src=self.name,
            dst=self.asked_whom,
            leader=NOBODY,
            MID=self._mid(),
            key=self.name,
            value=str(self._key.asked),
        )

    def _get(self) -> Get:
        key = self._crowd.random.choice(list(self._crowd.keys))
        self._known_when_asked = self._crowd.keys[key].known
        return Get(src=self.name, dst=self.asked_whom, leader=NOBODY, MID=self._mid(), key=key)

    def _mid(self) -> RequestId:
        return RequestId(f"{self.name}-{self._count}")

    def answered(self, answer: Outbound) -> None:
        """Every request is answered once, by whom it was asked."""
        asked, self.asked = self.asked, None
        assert asked is not None, f"nobody asked for {answer}"
        assert not isinstance(answer, Fail), "nothing is refused while no bound is reached"
        assert isinstance(answer, PutOk | GetOk | Redirect), "clients are answered, and told nothing else"
        assert (answer.MID, answer.src) == (asked.MID, self.asked_whom), f"{answer} is no answer to {asked}"
        match asked, answer:
            case Put(), PutOk():
                self._key.known = max(self._key.known, int(asked.value))
            case Put(), Redirect():
                self._key.lost.add(int(asked.value))
            case Get(), GetOk():
                self._has_read(self._crowd.keys[ClientId(asked.key)], int(answer.value or 0))
            case _:
                assert isinstance(answer, Redirect), f"{answer} is no answer to {asked}"
        self._leader = NodeId(answer.leader) if isinstance(answer, Redirect) else self.asked_whom
        self._crowd.cluster.at(self._crowd.cluster.now + self._crowd.random.uniform(0, 0.1), self.ask)

    def _has_read(self, key: Key, value: int) -> None:
        assert value >= self._known_when_asked, f"a stale read: {value} after {self._known_when_asked} was known"
        assert value <= key.asked, "a value that nobody wrote"
        assert value not in key.lost, "a value whose write was answered 'redirect'"
        key.known = max(key.known, value)


class Crowd:
    """All clients of a cluster."""

    def __init__(self, cluster: Cluster, size: int) -> None:
        self.cluster: Final = cluster
        self.random: Final = cluster.random
        self.has_gone_home = False
        names = [ClientId(f"{0x100 + number:04X}") for number in range(size)]
        self.keys: Final = {name: Key() for name in names}
        self._clients: Final = {name: Client(self, name) for name in names}
        cluster.to_client = self._answer
        for client in self._clients.values():
            cluster.at(self.random.uniform(0, 1), client.ask)

    def _answer(self, answer: Outbound) -> None:
        self._clients[ClientId(answer.dst)].answered(answer)

    def waiting(self) -> list[ClientRequest]:
        """What was asked of replicas that live, and has not been answered."""
        return [
            client.asked
            for client in self._clients.values()
            if client.asked is not None and not self.cluster.nodes[client.asked_whom].is_dead
        ]

    def known(self) -> int:
        """How many writes are known to have happened, at least."""
        return sum(key.known for key in self.keys.values())


def encode_request(request: ClientRequest) -> bytes:
    """The datagram of `request`, as a client's own program would make it."""
    return msgspec.json.encode(request)
