"""Whole clusters through faults that are known to break Raft implementations, one story each, in virtual time."""

from typing import Final

import pytest

from actors.consensus.role import Role
from actors.settings import Settings
from messages.ids import Instant, NodeId
from messages.wire import Fail, GetOk, Outbound, PutOk, Redirect
from tests.actors.cluster import Cluster, Node
from tests.actors.consensus.clients import encode_request
from tests.actors.consensus.sayings import get, put

IMPATIENT: Final = Settings(start_wait_ms=0, start_wait_per_peer_ms=0)
SEEDS: Final = range(5)


class Stage:
    """A cluster with a leader, and a client without patience: it sends what it likes and collects what it hears."""

    def __init__(self, size: int, seed: int, settings: Settings = IMPATIENT) -> None:
        self.cluster: Final = Cluster(size, seed, settings)
        self.answers: list[Outbound] = []
        self.cluster.to_client = self.answers.append
        self.cluster.run(3.0)
        self.leader: Final = self.leads()
        self.others: Final = [node for node in self.cluster.nodes.values() if node is not self.leader]
        self.term: Final = self.leader.consensus._core.term

    def leads(self) -> Node:
        """The node that leads the latest term; another one may not know yet that it leads no more."""
        leaders = [node for node in self.cluster.nodes.values() if node.consensus._core.role is Role.LEADER]
        return max(leaders, key=lambda node: node.consensus._core.term)

    def terms(self) -> set[int]:
        """The terms that the nodes are in."""
        return {node.consensus._core.term for node in self.cluster.nodes.values()}

    def cut(self, one: Node, other: Node) -> None:
        """Nothing goes from `one` to `other`."""
        self.cluster.cut.add((one.name, other.name))

    def isolate(self, node: Node) -> None:
        """Nothing goes from or to `node`."""
        for other in self.cluster.nodes.values():
            self.cut(node, other)
            self.cut(other, node)

    def write(self, node: Node, mid: str, value: str = "value") -> None:
        """A put arrives at `node`."""
        node.receive(encode_request(put(mid, value, dst=node.name)))

    def read(self, node: Node, mid: str) -> None:
        """A get arrives at `node`."""
        node.receive(encode_request(get(mid, dst=node.name)))

    def heard(self, mid: str) -> list[PutOk | GetOk | Redirect | Fail]:
        """The answers to `mid`."""
        answers = [answer for answer in self.answers if isinstance(answer, PutOk | GetOk | Redirect | Fail)]
        return [answer for answer in answers if mid == answer.MID]


@pytest.mark.parametrize("seed", SEEDS)
def test_two_half_connected_nodes_do_not_inflate_the_term(seed: int) -> None:
    """Scenario 11: the leader and one follower do not hear each other, all others hear both, for a minute."""
    stage = Stage(5, seed)
    stage.cut(stage.leader, stage.others[0])
    stage.cut(stage.others[0], stage.leader)
    stage.cluster.run(60.0)
    assert (stage.leads(), stage.terms()) == (stage.leader, {stage.term})


@pytest.mark.parametrize("seed", SEEDS)
def test_a_leader_that_can_send_but_not_receive_steps_down_within_an_election_timeout(seed: int) -> None:
    """Scenario 13: and then somebody else is elected, who can do both."""
    stage = Stage(3, seed)
    for other in stage.others:
        stage.cut(other, stage.leader)
    stage.cluster.run(IMPATIENT.election_timeout_max_ms / 1000 + 0.1)
    assert stage.leader.consensus._core.role is not Role.LEADER
    stage.cluster.run(5.0)
    assert stage.leads() in stage.others


@pytest.mark.parametrize("seed", SEEDS)
def test_a_partitioned_node_rejoins_without_disturbing_the_leader(seed: int) -> None:
    """Scenario 14: it has asked in vain for ten seconds, and begun no term."""
    stage = Stage(5, seed)
    stage.isolate(stage.others[0])
    stage.write(stage.leader, "1")
    stage.cluster.run(10.0)
    stage.cluster.cut.clear()
    stage.cluster.run(2.0)
    assert (stage.leads(), stage.terms()) == (stage.leader, {stage.term})
    assert stage.others[0].consensus._core.log.commit_index == 2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_leader_that_was_paused_beyond_its_lease_serves_no_stale_read(seed: int) -> None:
    """Scenario 15: what was asked of it before it knows of its successor is redirected, not answered from the past."""
    stage = Stage(3, seed)
    stage.write(stage.leader, "old", "old")
    stage.cluster.run(0.5)
    stage.leader.paused_until = stage.cluster.now + 5.0
    stage.cluster.run(4.0)
    successor = stage.leads()
    assert successor is not stage.leader
    stage.write(successor, "new", "new")
    stage.cluster.run(0.999)
    assert stage.heard("new")
    stage.read(stage.leader, "read")
    stage.cluster.run(2.0)
    (answer,) = stage.heard("read")
    assert isinstance(answer, Redirect)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_write_that_was_cut_off_with_its_leader_is_redirected_exactly_once(seed: int) -> None:
    """Scenario 35: when the partition has healed, and the successor's entry has committed in its place."""
    stage = Stage(5, seed)
    stage.isolate(stage.leader)
    stage.write(stage.leader, "lost")
    stage.cluster.run(5.0)
    assert stage.heard("lost") == []
    stage.cluster.cut.clear()
    stage.cluster.run(2.0)
    (answer,) = stage.heard("lost")
    assert isinstance(answer, Redirect)
    assert NodeId(answer.leader) == stage.leads().name


@pytest.mark.parametrize("seed", SEEDS)
def test_a_write_that_had_left_before_its_leader_was_cut_off_is_answered_ok_exactly_once(seed: int) -> None:
    """Scenario 36: its entry is on a majority, its commit was not known; by the leader that took it."""
    stage = Stage(3, seed)
    for other in stage.others:
        stage.cut(other, stage.leader)
    stage.write(stage.leader, "kept")
    stage.cluster.run(5.0)
    assert stage.heard("kept") == []
    stage.cluster.cut.clear()
    stage.cluster.run(3.0)
    (answer,) = stage.heard("kept")
    assert isinstance(answer, PutOk)
    assert answer.src == stage.leader.name


@pytest.mark.parametrize("seed", SEEDS)
def test_a_flood_of_requests_is_bounded_and_costs_nobody_the_leadership(seed: int) -> None:
    """Scenario 34: what exceeds the bound is refused at once, the rest is served."""
    stage = Stage(3, seed, Settings(start_wait_ms=0, start_wait_per_peer_ms=0, requests_open_max=100))
    for number in range(2000):
        stage.write(stage.leader, str(number))
    stage.cluster.run(5.0)
    assert (stage.leads(), stage.terms()) == (stage.leader, {stage.term})
    kinds = [type(answer) for answer in stage.answers]
    assert len(kinds) == 2000
    assert set(kinds) == {PutOk, Fail}
    assert kinds.count(PutOk) >= 100


@pytest.mark.parametrize("seed", SEEDS)
def test_a_process_that_starts_two_seconds_late_is_not_talked_to_before(seed: int) -> None:
    """Scenario 38: a strict network would give it up; and it follows like all the others then."""
    cluster = Cluster(5, seed, Settings())
    late = list(cluster.nodes.values())[-1]
    late.paused_until = 2.0
    early: list[Instant] = []
    cluster.watch = lambda node, message: early.append(Instant(cluster.now)) if message.dst == late.name else None
    cluster.run(2.0)
    assert early == []
    cluster.run(5.0)
    assert early
    assert late.consensus._core.leader is not None
