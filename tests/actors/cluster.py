"""A cluster of whole replicas on one thread, in virtual time: a seed decides who runs next, and what the network does.

The actors are the real ones, wired by the real wiring; only the runtime, the network and the clock are the test's.
"""

import heapq
from collections import deque
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Final, Generic, ParamSpec, Protocol, TypeVar

import structlog

from actors.consensus import Consensus
from actors.ports import Timer
from actors.runtime import Receives
from actors.settings import Settings
from actors.state_machine import StateMachine
from actors.storage import MemoryStorage
from actors.wiring import Replica, wire
from messages.address import Address
from messages.codec import encode, stamped
from messages.ids import NOBODY, Instant, NodeId
from messages.socket_reader import Datagrams
from messages.timer import Rang
from messages.wire import Outbound

P = ParamSpec("P")
M = TypeVar("M")


class Waiting(Protocol):
    """A mailbox, whatever it holds."""

    node: "Node"

    def deliver(self) -> None:
        """Let the actor handle the oldest message."""


class Wiring(Protocol):
    """Builds the actors of a node, as `wire` does."""

    def __call__(self, runtime: "Node", replica: Replica, /, *, started_at: Instant) -> object:
        """Build all actors of `replica`."""


class Mailbox(Generic[M]):
    """An actor's messages; the cluster delivers them one at a time, when it likes."""

    def __init__(self, node: "Node", actor: Receives[M]) -> None:
        self.node = node
        self._actor: Final = actor
        self._waiting: Final[deque[M]] = deque()

    def tell(self, message: M, /) -> None:
        """Queue `message`."""
        self._waiting.append(message)
        self.node.cluster.ready.append(self)

    def deliver(self) -> None:
        """Let the actor handle the oldest message."""
        self._actor.on_receive(self._waiting.popleft())


class Node:
    """One replica as the cluster sees it: its clock, its socket, its life. It is its own runtime and its own wire."""

    def __init__(self, cluster: "Cluster", name: NodeId, storage: MemoryStorage) -> None:
        self.cluster: Final = cluster
        self.name: Final = name
        self.storage: Final = storage
        self.is_dead = False
        self.paused_until = 0.0
        self.hear: Callable[[tuple[bytes, ...]], None] = lambda payloads: None
        """Called with what the socket held, before the reader is told of it."""
        self._clock_started_at: Final = cluster.random.uniform(0, 1e6)
        self._clock_rate: Final = 1 + cluster.random.uniform(-1, 1) * cluster.settings.clock_error_percent / 100
        self._socket: Final[deque[bytes]] = deque()
        self._stamps: Final = count(1)
        self._reader: Address[Datagrams]
        self.consensus: Consensus
        self.state_machine: StateMachine

    def now(self) -> Instant:
        """What this node's own clock says: it began anywhere, and goes a little wrong."""
        return Instant(self._clock_started_at + self.cluster.now * self._clock_rate)

    def spawn(self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs) -> Address[M]:
        """Build an actor with a mailbox of the cluster."""
        del name
        built = actor(*args, **kwargs)
        named: object = built
        if isinstance(named, StateMachine):
            self.state_machine = named
        elif isinstance(named, Consensus):
            self.consensus = named
        return Mailbox(self, built)

    def spawn_beside(
        self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Address[M]:
        """The same: here everybody runs by himself."""
        return self.spawn(name, actor, *args, **kwargs)

    def spawn_core(
        self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Address[M]:
        """The same for Consensus."""
        return self.spawn(name, actor, *args, **kwargs)

    def spawn_reader(
        self, name: str, reader: Callable[P, Receives[Datagrams]], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """The same for who decodes what the socket holds."""
        del name
        self._reader = Mailbox(self, reader(*args, **kwargs))

    def timer(self, owner: Address[Rang], /) -> Timer:
        """A timer on this node's clock."""
        return VirtualTimer(self, owner)

    def ring_at(self, due: Instant, ring: Callable[[], None]) -> None:
        """Call `ring` when this node's clock says `due`; later, when it is paused then."""

        def ring_unless_paused() -> None:
            if self.paused_until > self.cluster.now:
                self.cluster.at(self.paused_until, ring_unless_paused)
            else:
                ring()

        self.cluster.at((due - self._clock_started_at) / self._clock_rate, ring_unless_paused)

    def receive(self, datagram: bytes) -> None:
        """It lies in the socket until the reader runs, which takes all that is there."""
        if not self._socket:
            self.ring_at(self.now(), self._read)
        self._socket.append(datagram)

    def _read(self) -> None:
        payloads = tuple(self._socket)
        self._socket.clear()
        self.hear(payloads)
        self._reader.tell(Datagrams(payloads=payloads, at=self.now()))

    def send(self, message: Outbound, /) -> None:
        """The Datagrams port."""
        self.transmit(message, next(self._stamps))

    def transmit(self, message: Outbound, stamp: int) -> None:
        """What is behind the Datagrams port of a node that is recorded."""
        self.cluster.sent(self, message, stamped(encode(message), stamp))


class VirtualTimer:
    """The Timer port on a node's clock; like any timer, it rings a little late."""

    def __init__(self, node: Node, owner: Address[Rang]) -> None:
        self._node: Final = node
        self._owner: Final = owner
        self._serial = 0

    def set(self, due: Instant, epoch: int) -> None:
        """Replace the alarm."""
        self._serial += 1
        serial = self._serial

        def ring() -> None:
            if serial == self._serial and not self._node.is_dead:
                self._owner.tell(Rang(epoch=epoch, at=self._node.now()))

        self._node.ring_at(Instant(due + self._node.cluster.random.uniform(1e-6, 1e-3)), ring)


class Cluster:
    """All nodes, the network between them, and the time.

    `loss` and `duplication` are shares of datagrams; `cut` holds the directed links that carry nothing; `haste` is how
    likely time passes although somebody has something to do. `to_client` gets every answer, `watch` every datagram
    that leaves, before anything happens to it, and `stepped` the node after each message that an actor has handled.
    `failed` gets what an actor raises. Nodes are wired by `wiring`, if not as usual.
    """

    def __init__(
        self,
        size: int,
        seed: int,
        settings: Settings,
        storage: Callable[[], MemoryStorage] = MemoryStorage,
        wiring: Wiring | None = None,
    ) -> None:
        self.random: Final = Random(seed)
        self.settings: Final = settings
        self.now = 0.0
        self.ready: list[Waiting] = []
        self.loss, self.duplication, self.haste, self.delay_max_s = 0.0, 0.0, 0.0, 0.001
        self.cut: set[tuple[NodeId, NodeId]] = set()
        self.to_client: Callable[[Outbound], None] = lambda answer: None
        self.watch: Callable[[Node, Outbound], None] = lambda node, message: None
        self.stepped: Callable[[Node], None] = lambda node: None
        self.failed: Callable[[Node, Exception], None] = _raise
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order: Final = count()
        names = [NodeId(f"{number:04X}") for number in range(size)]
        self.nodes: Final = {name: Node(self, name, storage()) for name in names}
        audit = structlog.wrap_logger(None, wrapper_class=structlog.make_filtering_bound_logger(50))
        for name, node in self.nodes.items():
            replica = Replica(
                me=name,
                peers=tuple(peer for peer in names if peer != name),
                settings=settings,
                seed=str(seed),
                audit=audit,
                datagrams=node,
                storage=node.storage,
            )
            (wiring or wire)(node, replica, started_at=node.now())

    def at(self, time: float, event: Callable[[], None]) -> None:
        """Let `event` happen at `time`, or now if that is past."""
        heapq.heappush(self._events, (max(time, self.now), next(self._order), event))

    def run(self, seconds: float) -> None:
        """Let so much time pass."""
        end = self.now + seconds
        while self.now < end:
            self._step(end)

    def _step(self, end: float) -> None:
        """Somebody handles a message; or time passes, up to the next event."""
        if self.ready and self.random.random() >= self.haste:
            self._deliver(self.random.randrange(len(self.ready)))
        elif self._events and self._events[0][0] <= end:
            self.now, _, event = heapq.heappop(self._events)
            event()
        elif not self.ready:
            self.now = end

    def _deliver(self, chosen: int) -> None:
        self.ready[chosen], self.ready[-1] = self.ready[-1], self.ready[chosen]
        mailbox = self.ready.pop()
        node = mailbox.node
        if node.paused_until > self.now:
            self.at(node.paused_until, lambda: self.ready.append(mailbox))
        elif not node.is_dead:
            try:
                mailbox.deliver()
            except Exception as error:  # noqa: BLE001  # whatever it is, it is given to who wants to know
                self.failed(node, error)
            self.stepped(node)

    def sent(self, node: Node, message: Outbound, datagram: bytes) -> None:
        """What a node sends, and its bytes: to a client for certain, to others as the network likes."""
        self.watch(node, message)
        if message.dst not in self.nodes and message.dst != NOBODY:
            self.to_client(message)
            return
        for name in self.nodes if message.dst == NOBODY else (NodeId(message.dst),):
            if (node.name, name) not in self.cut:
                for _ in range(self._copies()):
                    self._carry(self.nodes[name], datagram)

    def _copies(self) -> int:
        if self.random.random() < self.loss:
            return 0
        return 2 if self.random.random() < self.duplication else 1

    def _carry(self, node: Node, datagram: bytes) -> None:
        """Some datagrams are much slower than others, and so arrive behind later ones."""
        delay_s = self.delay_max_s * self.random.random() ** 6
        self.at(self.now + delay_s, lambda: node.receive(datagram))


def _raise(_node: Node, error: Exception) -> None:
    """What an actor raises, its test gets."""
    raise error
