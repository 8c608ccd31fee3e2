"""The wiring: one actor of each kind, a replicator per peer, everybody introduced, and `Start` said first."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import pytest

from actors.consensus import Consensus
from actors.election_timer import ElectionTimer
from actors.log_store import LogStore
from actors.replicator import Replicator
from actors.runtime import Receives
from actors.settings import Settings
from actors.socket_reader import SocketReader
from actors.state_machine import StateMachine
from actors.storage import MemoryStorage
from actors.wiring import Replica, wire
from messages.address import Address
from messages.codec import encode, stamped
from messages.consensus import ElectionTimeout, Start
from messages.election_timer import Reset
from messages.ids import NOBODY, Instant, NodeId, Term
from messages.socket_reader import Datagrams
from messages.timer import Rang
from messages.wire import AppendEntries, Hello, PreVote, VoteReply
from tests.actors.probes import AuditProbe, FakeTimer, Wire
from tests.actors.samples import ME, PEERS, at

P = ParamSpec("P")
M = TypeVar("M")


class Direct:
    """The address of an actor whose messages wait until the test lets them be handled."""

    def __init__(self, runtime: "StillRuntime", handle: Callable[[object], object]) -> None:
        self._runtime = runtime
        self.handle = handle

    def tell(self, message: object, /) -> None:
        self._runtime.waiting.append((self, message))


class StillRuntime:
    """Builds actors, and does nothing else before it is told to."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.built: list[object] = []
        self.timers: list[FakeTimer] = []
        self.waiting: list[tuple[Direct, object]] = []

    def spawn(self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs) -> Address[M]:
        built = actor(*args, **kwargs)
        self.names.append(name)
        self.built.append(built)
        return Direct(self, built.on_receive)  # type: ignore[arg-type]  # what is told is what was typed so

    def spawn_beside(
        self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Address[M]:
        return self.spawn(name, actor, *args, **kwargs)

    def spawn_core(
        self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Address[M]:
        return self.spawn(name, actor, *args, **kwargs)

    def spawn_reader(
        self, name: str, reader: Callable[P, Receives[Datagrams]], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        self.reader = reader(*args, **kwargs)
        self.names.append(name)
        self.built.append(self.reader)

    def timer(self, owner: Address[Rang], /) -> FakeTimer:
        self.timers.append(FakeTimer())
        return self.timers[-1]

    def dues(self) -> list[Instant]:
        """When each alarm that is set will ring."""
        return [timer.due for timer in self.timers if timer.alarms]

    def settle(self) -> None:
        """Let everything be handled that is told, in order."""
        while self.waiting:
            address, message = self.waiting.pop(0)
            address.handle(message)


class Node:
    """One wired replica that has not run yet."""

    def __init__(self, seed: str = "seed", me: NodeId = ME, peers: tuple[NodeId, ...] = PEERS) -> None:
        self.runtime = StillRuntime()
        self.wire = Wire()
        self.audit = AuditProbe()
        replica = Replica(
            me=me,
            peers=peers,
            settings=Settings(),
            seed=seed,
            audit=self.audit.log,
            datagrams=self.wire,
            storage=MemoryStorage(),
        )
        self.consensus = wire(self.runtime, replica, started_at=at(50.0))


@pytest.fixture
def node() -> Node:
    return Node()


def test_every_actor_has_a_name_of_its_own(node: Node) -> None:
    others = {"consensus", "election_timer", "log_store", "socket_reader", "state_machine"}
    assert sorted(node.runtime.names) == sorted({*others, *(f"replicator/{peer}" for peer in PEERS)})


@pytest.mark.parametrize(
    ("kind", "count"),
    [(Consensus, 1), (ElectionTimer, 1), (LogStore, 1), (StateMachine, 1), (SocketReader, 1), (Replicator, 2)],
)
def test_there_is_one_actor_of_each_kind_and_a_replicator_for_each_peer(node: Node, kind: type, count: int) -> None:
    assert sum(isinstance(actor, kind) for actor in node.runtime.built) == count


def test_nothing_happens_before_the_runtime_runs_and_start_is_first(node: Node) -> None:
    assert node.wire.sent == []
    assert [message for _, message in node.runtime.waiting] == [Start(at=at(50.0))]


def test_a_started_replica_says_hello_and_waits(node: Node) -> None:
    node.runtime.settle()
    assert node.wire.sent == [Hello(src=ME, dst=NOBODY, leader=NOBODY)]
    (due,) = node.runtime.dues()
    assert due > at(52.0)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (Node(), True),
        (Node(seed="another"), False),
        (Node(me=PEERS[0], peers=(ME, PEERS[1])), False),
    ],
)
def test_seed_and_name_decide_the_first_election_timeout(node: Node, other: Node, same: bool) -> None:
    """Replicas that were given one seed would split the votes for ever if they waited alike."""
    node.runtime.settle()
    other.runtime.settle()
    assert (node.runtime.dues() == other.runtime.dues()) is same


def test_everybody_knows_everybody_who_must_be_told(node: Node) -> None:
    """An election, won: timer, consensus, log store, reader, replicators and the network all take part in it."""
    node.runtime.settle()
    node.wire.take()
    node.consensus.tell(ElectionTimeout(epoch=1, at=at(60.0)))
    node.runtime.settle()
    assert [ask.dst for ask in node.wire.only(PreVote)] == list(PEERS)
    granted = (
        b'{"src":"0001","dst":"0000","leader":"FFFF","type":"pre_vote_reply","term":0,"proposed":1,"granted":true}'
    )
    node.runtime.reader.on_receive(Datagrams(payloads=(stamped(granted, 1),), at=at(60.01)))
    node.runtime.settle()
    vote = VoteReply(src=PEERS[0], dst=ME, leader=NOBODY, term=Term(1), granted=True)
    node.runtime.reader.on_receive(Datagrams(payloads=(stamped(encode(vote), 1),), at=at(60.02)))
    node.runtime.settle()
    assert [(append.dst, append.term) for append in node.wire.only(AppendEntries)] == [(peer, 1) for peer in PEERS]
    assert [event["role"] for event in node.audit.events("role.changed")][-1] == "leader"


def test_every_actor_signs_its_records(node: Node) -> None:
    node.runtime.settle()
    node.consensus.tell(ElectionTimeout(epoch=1, at=at(60.0)))
    node.runtime.reader.on_receive(Datagrams(payloads=(b"noise",), at=at(60.0)))
    node.runtime.settle()
    signed = {event["event"]: event["actor"] for event in node.audit.events("role.changed")}
    rejected = {event["event"]: event["actor"] for event in node.audit.events("datagram.rejected")}
    assert (signed, rejected) == ({"role.changed": "consensus"}, {"datagram.rejected": "socket_reader"})


def test_a_reset_is_for_the_election_timer(node: Node) -> None:
    node.runtime.waiting[0][0].handle(node.runtime.waiting[0][1])
    assert [type(message) for _, message in node.runtime.waiting[1:]] == [Reset]
