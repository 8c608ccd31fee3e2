"""The wiring of one replica: which actors there are, and which addresses each is given."""

from dataclasses import dataclass
from random import Random

from structlog.typing import FilteringBoundLogger

from actors.consensus import Consensus
from actors.election_timer import ElectionTimer
from actors.log_store import LogStore
from actors.ports import Datagrams, Storage
from actors.replicator import Replicator
from actors.runtime import Runtime
from actors.settings import Settings
from actors.socket_reader import SocketReader
from actors.state_machine import StateMachine
from messages.address import Address, Forward
from messages.consensus import ConsensusMessage, Restored, RestoredChunk, Start
from messages.election_timer import ElectionTimerMessage
from messages.ids import Instant, NodeId
from messages.log_store import LogStoreMessage
from messages.replicator import ReplicatorMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """What one replica is made from: its name, the others' names, its policy, its ports, and what seeds its dice.

    `restored` is what the storage holds from before; `storage_waits` says that its `sync` waits for a disk.
    """

    me: NodeId
    peers: tuple[NodeId, ...]
    settings: Settings
    seed: str
    audit: FilteringBoundLogger
    datagrams: Datagrams
    storage: Storage
    restored: tuple[RestoredChunk | Restored, ...] = ()
    storage_waits: bool = False


class _Forwards:
    """Addresses given out before their actors exist."""

    def __init__(self, peers: tuple[NodeId, ...]) -> None:
        self.consensus: Forward[ConsensusMessage] = Forward()
        self.log_store: Forward[LogStoreMessage] = Forward()
        self.election_timer: Forward[ElectionTimerMessage] = Forward()
        self.replicators: dict[NodeId, Forward[ReplicatorMessage]] = {peer: Forward() for peer in peers}


def wire(runtime: Runtime, replica: Replica, *, started_at: Instant) -> Address[ConsensusMessage]:
    """Build all actors of `replica` on `runtime`, introduce them to one another, and have Consensus told to start.

    Nothing happens before the runtime runs them, so `Start` is what Consensus sees first, but for what was restored.
    """
    to = _Forwards(replica.peers)
    _spawn_hands(runtime, replica, to)
    for peer in replica.peers:
        _spawn_replicator(runtime, replica, to, peer)
    _spawn_consensus(runtime, replica, to)
    for restored in replica.restored:
        to.consensus.tell(restored)
    to.consensus.tell(Start(at=started_at))
    return to.consensus


def _spawn_hands(runtime: Runtime, replica: Replica, to: _Forwards) -> None:
    spawn = runtime.spawn if replica.storage_waits else runtime.spawn_beside
    log_store = spawn(
        "log_store",
        LogStore,
        settings=replica.settings,
        audit=replica.audit.bind(actor="log_store"),
        storage=replica.storage,
        datagrams=replica.datagrams,
        consensus=to.consensus,
        replicators=to.replicators,
        myself=to.log_store,
    )
    to.log_store.bind(log_store)
    election_timer = runtime.spawn(
        "election_timer",
        ElectionTimer,
        settings=replica.settings,
        consensus=to.consensus,
        timer=runtime.timer(to.election_timer),
        random=Random(f"{replica.seed}/{replica.me}/election timer"),
    )
    to.election_timer.bind(election_timer)


def _spawn_replicator(runtime: Runtime, replica: Replica, to: _Forwards, peer: NodeId) -> None:
    name = f"replicator/{peer}"
    replicator = runtime.spawn(
        name,
        Replicator,
        me=replica.me,
        peer=peer,
        settings=replica.settings,
        audit=replica.audit.bind(actor=name),
        datagrams=replica.datagrams,
        consensus=to.consensus,
        log_store=to.log_store,
        timer=runtime.timer(to.replicators[peer]),
    )
    to.replicators[peer].bind(replicator)


def _spawn_consensus(runtime: Runtime, replica: Replica, to: _Forwards) -> None:
    runtime.spawn_reader(
        "socket_reader",
        SocketReader,
        me=replica.me,
        peers=replica.peers,
        audit=replica.audit.bind(actor="socket_reader"),
        consensus=to.consensus,
    )
    state_machine = runtime.spawn_beside(
        "state_machine",
        StateMachine,
        me=replica.me,
        settings=replica.settings,
        audit=replica.audit.bind(actor="state_machine"),
        datagrams=replica.datagrams,
        log_store=to.log_store,
    )
    consensus = runtime.spawn_core(
        "consensus",
        Consensus,
        me=replica.me,
        peers=replica.peers,
        settings=replica.settings,
        audit=replica.audit.bind(actor="consensus"),
        datagrams=replica.datagrams,
        log_store=to.log_store,
        state_machine=state_machine,
        election_timer=to.election_timer,
        replicators=to.replicators,
    )
    to.consensus.bind(consensus)
