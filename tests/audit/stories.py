"""What happens to a recorded cluster: one seed's network, clients, and accidents."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from actors.settings import Settings
from messages.ids import NOBODY, ClientId, NodeId, RequestId
from messages.wire import ClientRequest, Get, Outbound, Put, Redirect
from tests.audit.recorded_cluster import RecordedCluster

KEYS: Final = ("red", "green", "blue")
SMALL_SNAPSHOTS: Final[Mapping[str, int]] = {"snapshot_entries": 5, "snapshot_margin": 2, "batch_bytes": 300}
"""Settings with which snapshots are taken all the time, and whoever was cut off needs one, in several parts."""

PATIENCE_S: Final = 2.0
"""A client that has heard nothing for so long asks something else: the cluster may be broken on purpose."""


class Client:
    """Asks one thing after another, where the last answer said; it believes whatever it is answered."""

    def __init__(self, cluster: RecordedCluster, name: ClientId, random: Random) -> None:
        self._cluster: Final = cluster
        self._name: Final = name
        self._random: Final = random
        self._count = 0
        self._leader = NOBODY
        self._waits_for = RequestId("")

    def ask(self) -> None:
        """Send the next request, to whoever is believed to lead, or to anybody."""
        self._count += 1
        self._waits_for = RequestId(f"{self._name}-{self._count}")
        knows = self._leader in self._cluster.nodes and self._random.random() < 0.8
        whom = self._leader if knows else self._random.choice(list(self._cluster.nodes))
        self._cluster.nodes[whom].receive(msgspec.json.encode(self._request(whom)))
        self._cluster.at(self._cluster.now + PATIENCE_S, self._give_up(self._waits_for))

    def _request(self, whom: NodeId) -> ClientRequest:
        key = self._random.choice(KEYS)
        if self._random.random() < 0.5:
            return Get(src=self._name, dst=whom, leader=NOBODY, MID=self._waits_for, key=key)
        value = f"v{self._count} of {self._name}"
        return Put(src=self._name, dst=whom, leader=NOBODY, MID=self._waits_for, key=key, value=value)

    def _give_up(self, mid: RequestId) -> Callable[[], None]:
        def give_up() -> None:
            if self._waits_for == mid:
                self._leader = NOBODY
                self.ask()

        return give_up

    def answered(self, answer: Outbound) -> None:
        """The answer to what was asked last; any other one comes too late."""
        if getattr(answer, "MID", None) != self._waits_for:
            return
        self._waits_for = RequestId("")
        self._leader = NodeId(answer.leader) if isinstance(answer, Redirect) else NodeId(answer.src)
        self._cluster.at(self._cluster.now + self._random.uniform(0, 0.1), self.ask)


class Story:
    """A cluster of which nodes are cut off, one after another and in every way, while clients write and read.

    `changes` are settings that are not left to the seed.
    """

    def __init__(
        self, directory: Path, seed: int, *, size: int = 5, clients: int = 4, changes: Mapping[str, int] | None = None
    ) -> None:
        self.random: Final = Random(f"story {seed}")
        settings = replace(_settings(self.random), **(changes or {}))
        self.cluster: Final = RecordedCluster(directory, size, seed, settings)
        names = [ClientId(f"{0x100 + number:04X}") for number in range(clients)]
        self._clients: Final = {name: Client(self.cluster, name, Random(f"{seed} {name}")) for name in names}
        self.cluster.to_client = self._answer
        for client in self._clients.values():
            self.cluster.at(self.random.uniform(0, 1), client.ask)

    def _answer(self, answer: Outbound) -> None:
        self._clients[ClientId(answer.dst)].answered(answer)

    def quiet(self, seconds: float) -> None:
        """Nothing special happens."""
        self.cluster.run(seconds)

    def trouble(self, seconds: float) -> None:
        """Loss, duplication, delays, partitions, leaders that are cut off, replicas that stand still."""
        cluster = self.cluster
        cluster.loss, cluster.duplication, cluster.delay_max_s = 0.05, 0.1, self.random.choice([0.002, 0.1, 1.0])
        end = cluster.now + seconds
        while cluster.now < end:
            self.random.choice([self.isolate, self.isolate, self.half, self.partition, self.pause, self.heal])()
            cluster.run(self.random.uniform(0.2, 2.5))
        self.heal()

    def isolate(self) -> None:
        """Whoever leads is cut off; it does not know yet."""
        leaders = self._leaders()
        self.cluster.cut = {link for one in leaders for other in self._names for link in ((one, other), (other, one))}

    def half(self) -> None:
        """Whoever leads hears nothing any more, or only one follower."""
        spared = self.random.choice(self._names)
        leaders = self._leaders()
        self.cluster.cut = {(other, one) for one in leaders for other in self._names if other != spared}

    def partition(self) -> None:
        """Two groups, at random."""
        group = set(self.random.sample(self._names, self.random.randrange(1, len(self._names))))
        self.cluster.cut = {(a, b) for a in self._names for b in self._names if (a in group) != (b in group)}

    def pause(self) -> None:
        """A node stands still, and then goes on as if nothing had been."""
        leaders = self._leaders() or self._names
        self.cluster.nodes[self.random.choice(leaders)].paused_until = self.cluster.now + self.random.uniform(0.5, 3.0)

    def heal(self) -> None:
        """All links carry again."""
        self.cluster.cut = set()

    @property
    def _names(self) -> list[NodeId]:
        return list(self.cluster.nodes)

    def _leaders(self) -> list[NodeId]:
        """All who believe that they lead."""
        cores = [(name, node.consensus._core) for name, node in self.cluster.nodes.items()]
        return [name for name, core in cores if core.leader == name]


def _settings(random: Random) -> Settings:
    """Small batches and windows split what would travel together; narrow timeouts split votes."""
    return Settings(
        start_wait_ms=0,
        start_wait_per_peer_ms=0,
        election_timeout_min_ms=750,
        election_timeout_max_ms=random.choice([800, 1500]),
        heartbeat_ms=200,
        retransmit_min_ms=40,
        batch_entries=random.choice([1, 2, 128]),
        window=random.choice([1, 16]),
        thrifty=random.choice([0, 1]),
    )


def told(directory: Path, seed: int, *, trouble_s: float = 20.0, changes: Mapping[str, int] | None = None) -> None:
    """Write the trails of one seed's story into `directory`."""
    story = Story(directory, seed, changes=changes)
    story.quiet(2.0)
    story.trouble(trouble_s)
    story.quiet(2.0)
    story.cluster.close()


def short(directory: Path, seed: int = 5) -> None:
    """Write the trails of three replicas, a thousand records or so: an election, requests, a leader that is cut off."""
    story = Story(directory, seed, size=3, clients=2)
    story.quiet(1.5)
    story.isolate()
    story.quiet(1.5)
    story.heal()
    story.quiet(0.5)
    story.cluster.close()


if __name__ == "__main__":
    told(Path(sys.argv[1]), int(sys.argv[2]), changes=SMALL_SNAPSHOTS if "snapshots" in sys.argv[3:] else None)
