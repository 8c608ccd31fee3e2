"""Whole clusters under a random scheduler and a hostile network: safe at every step, and live when it is over."""

import os
from random import Random
from typing import Final

import pytest

from actors.settings import Settings
from tests.actors.cluster import Cluster, Node
from tests.actors.consensus.clients import Crowd
from tests.actors.consensus.referee import Ledger, Referee, WatchedStorage

SEEDS: Final = range(int(os.environ.get("CLUSTER_SEEDS", "40")))
TROUBLE_S: Final = 30.0
CALM_S_MAX: Final = 12.0


def settings(random: Random) -> Settings:
    """Small batches and windows split what would travel together, snapshots too; narrow timeouts split votes."""
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
        snapshot_entries=random.choice([1, 7, 40, 1000]),
        snapshot_margin=random.choice([0, 5, 10_000]),
        batch_bytes=random.choice([200, 50_000]),
    )


class Story:
    """One seed's cluster, its clients, its referee, and what happens to it."""

    def __init__(self, seed: int) -> None:
        self.random: Final = Random(f"story {seed}")
        ledger = Ledger()
        size = self.random.choice([3, 5, 5])
        self.cluster: Final = Cluster(size, seed, settings(self.random), lambda: WatchedStorage(ledger))
        self.referee: Final = Referee(self.cluster, ledger)
        self.crowd: Final = Crowd(self.cluster, size=6)

    def trouble(self) -> None:
        """Partitions, one-way links, loss, duplication, long delays, slow threads and disks, pauses, a kill."""
        cluster = self.cluster
        cluster.haste = self.random.choice([0.0, 0.001, 0.01])
        cluster.delay_max_s = self.random.choice([0.002, 0.1, 2.0])
        cluster.duplication = self.random.choice([0.0, 0.1, 0.5])
        cluster.run(1.0)
        while cluster.now < TROUBLE_S:
            faults = [
                self.partition,
                self.isolate,
                self.isolate,
                self.lose,
                self.pause,
                self.kill,
                self.heal,
                self.heal,
            ]
            self.random.choice(faults)()
            cluster.run(self.random.uniform(0.02, 2.0))

    def partition(self) -> None:
        """A random group hears nothing from the others; perhaps neither the other way round."""
        names = list(self.cluster.nodes)
        group = set(self.random.sample(names, self.random.randrange(1, len(names))))
        both = self.random.random() < 0.7
        self.cluster.cut = {(a, b) for a in names for b in names if (a in group) < (b in group) or both}
        self.cluster.cut = {(a, b) for a, b in self.cluster.cut if (a in group) != (b in group)}

    def isolate(self) -> None:
        """Whoever leads is cut off; it may not know yet."""
        leaders = [node.name for node in self.cluster.nodes.values() if node.consensus._core.leader == node.name]
        self.cluster.cut = {
            link for one in leaders for other in self.cluster.nodes for link in ((one, other), (other, one))
        }

    def lose(self) -> None:
        """From now on a share of all datagrams is lost."""
        self.cluster.loss = self.random.choice([0.0, 0.1, 0.3, 0.6])

    def pause(self) -> None:
        """A node stands still, and then goes on as if nothing had been."""
        self._anyone().paused_until = self.cluster.now + self.random.uniform(0.05, 3.0)

    def kill(self) -> None:
        """A node is gone for good, as long as a majority is left; not often."""
        dead = sum(node.is_dead for node in self.cluster.nodes.values())
        if 2 * (dead + 1) < len(self.cluster.nodes) and self.random.random() < 0.2:
            self._anyone().is_dead = True

    def heal(self) -> None:
        """All links carry again."""
        self.cluster.cut = set()
        self.cluster.loss = 0.0

    def _anyone(self) -> Node:
        return self.random.choice([node for node in self.cluster.nodes.values() if not node.is_dead])

    def calm(self) -> None:
        """Faults are over: the clients finish what they have asked for, and nothing more is asked."""
        self.heal()
        self.cluster.haste, self.cluster.duplication, self.cluster.delay_max_s = 0.0, 0.0, 0.002
        self.crowd.has_gone_home = True
        end = self.cluster.now + CALM_S_MAX
        while self.cluster.now < end and (self.crowd.waiting() or not self.referee.all_agree()):
            self.cluster.run(0.1)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cluster_is_safe_at_every_step_and_live_when_faults_are_over(seed: int) -> None:
    """Scenarios 3 to 17, 35 to 37 and 40 as they come: Raft Figure 3 always holds, and every request is answered."""
    story = Story(seed)
    story.trouble()
    story.calm()
    assert story.crowd.waiting() == []
    assert story.referee.all_agree()
    story.cluster.run(1.0)
    living = [node for node in story.cluster.nodes.values() if not node.is_dead]
    assert all(story.referee.has_applied_all(node.state_machine) for node in living)


def test_the_stories_are_eventful() -> None:
    """A test that nothing happens in could not fail: leaders change, and clients get somewhere all the same."""
    stories = [Story(seed) for seed in range(10)]
    for story in stories:
        story.trouble()
    assert sum(story.referee.terms for story in stories) >= 30
    assert sum(story.crowd.known() for story in stories) >= 300


def test_the_same_seed_tells_the_same_story() -> None:
    """A failure is a seed."""

    def told(seed: int) -> object:
        story = Story(seed)
        story.trouble()
        cores = [node.consensus._core for node in story.cluster.nodes.values()]
        return [(core.term, core.role, core.log.last_index, core.log.commit_index, core.now) for core in cores]

    assert told(7) == told(7) != told(8)
