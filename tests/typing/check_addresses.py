"""Wrong sends, wrong names and wrong wirings, each an error that mypy must find. Never run: it is read by mypy only.

Each `type: ignore` stands where the error is. If the overlay in `typings/` were lost, there would be no errors, and the
ignores would be reported as unused.
"""

from collections.abc import Mapping
from random import Random

from pykka import ActorRef
from structlog.typing import FilteringBoundLogger

from actors.actor import Actor
from actors.consensus import Consensus
from actors.election_timer import ElectionTimer
from actors.log_store import LogStore
from actors.ports import Datagrams, Storage, Timer
from actors.replicator import Replicator
from actors.runtime import Runtime
from actors.settings import Settings
from actors.socket_reader import SocketReader
from actors.state_machine import StateMachine
from messages.address import Address, Forward
from messages.consensus import Appended, ConsensusMessage, ElectionTimeout, HardStateSaved, HeartbeatDue, Inbound, Start
from messages.election_timer import ElectionTimerMessage, Reset, ResetShort
from messages.ids import ClientId, Instant, LogIndex, NodeId, RequestId, Term
from messages.log_store import Append, Flush, LogStoreMessage, ReadEntries, SaveHardState, Truncate
from messages.replicator import ChunkRead, EntriesRead, Heard, Lead, ReplicatorMessage, StepDown
from messages.socket_reader import Datagrams as Payloads
from messages.state_machine import Apply, Read, StateMachineMessage
from messages.timer import Rang
from messages.wire import Get, Hello, PutOk

AT = Instant(1.0)
START = Start(at=AT)
RESET = Reset(epoch=1, since=AT)
RANG = Rang(epoch=1, at=AT)
TRUNCATE = Truncate(after=LogIndex(1))
APPLY = Apply(first=LogIndex(1), entries=())


def references_take_what_their_actors_handle(
    consensus: ActorRef[Consensus],
    election_timer: ActorRef[ElectionTimer],
    log_store: ActorRef[LogStore],
    replicator: ActorRef[Replicator],
    state_machine: ActorRef[StateMachine],
    socket_reader: ActorRef[SocketReader],
) -> None:
    """The right message, and a wrong one, for each actor."""
    consensus.tell(START)
    consensus.tell(RESET)  # type: ignore[arg-type]
    election_timer.tell(RESET)
    election_timer.tell(START)  # type: ignore[arg-type]
    log_store.tell(TRUNCATE)
    log_store.tell(APPLY)  # type: ignore[arg-type]
    replicator.tell(StepDown())
    replicator.tell(TRUNCATE)  # type: ignore[arg-type]
    state_machine.tell(APPLY)
    state_machine.tell(RANG)  # type: ignore[arg-type]
    socket_reader.tell(Payloads(payloads=(), at=AT))
    socket_reader.tell(b"bytes")  # type: ignore[arg-type]


def nobody_waits_for_an_actor(consensus: ActorRef[Consensus]) -> None:
    """Actors tell."""
    consensus.ask(START)  # type: ignore[deprecated]
    consensus.proxy()  # type: ignore[deprecated]


def addresses_take_their_union(
    consensus: Address[ConsensusMessage],
    election_timer: Address[ElectionTimerMessage],
    log_store: Address[LogStoreMessage],
    replicator: Address[ReplicatorMessage],
    state_machine: Address[StateMachineMessage],
) -> None:
    """An address is as strict as a reference."""
    consensus.tell(ElectionTimeout(epoch=1, at=AT))
    consensus.tell(RANG)  # type: ignore[arg-type]
    consensus.tell(None)  # type: ignore[arg-type]
    election_timer.tell(RANG)
    election_timer.tell(ElectionTimeout(epoch=1, at=AT))  # type: ignore[arg-type]
    log_store.tell(Flush(moves_on=False))
    log_store.tell(Flush)  # type: ignore[arg-type]
    replicator.tell(Heard(at=AT))
    replicator.tell(HeartbeatDue(peer=NodeId("0001"), term=Term(1), at=AT))  # type: ignore[arg-type]
    state_machine.tell(Read(requests=(), leader=NodeId("0001")))
    state_machine.tell(APPLY.entries)  # type: ignore[arg-type]


def an_address_may_be_narrowed_and_never_widened(
    log_store: Address[LogStoreMessage], flushes: Address[Flush], everything: Address[object]
) -> None:
    """Who takes all of a union takes a part of it; the other way round is a lie."""
    narrowed: Address[Append | Truncate] = log_store
    widened: Address[LogStoreMessage] = flushes  # type: ignore[assignment]
    narrowed.tell(Flush(moves_on=False))  # type: ignore[arg-type]
    any_part: Address[Flush] = everything
    del widened, any_part


def a_forward_has_the_type_of_what_is_behind_it(
    log_store: Address[LogStoreMessage], replicator: Address[ReplicatorMessage]
) -> None:
    """An address that is given out early is no hole in the types."""
    forward: Forward[LogStoreMessage] = Forward()
    forward.bind(log_store)
    forward.bind(replicator)  # type: ignore[arg-type]
    forward.tell(START)  # type: ignore[arg-type]
    narrowed: Address[Flush] = forward
    other: Address[ReplicatorMessage] = forward  # type: ignore[assignment]
    del narrowed, other


def numbers_and_names_are_not_interchangeable(term: Term, index: LogIndex, node: NodeId, client: ClientId) -> None:
    """A term is no index, a client no replica, an instant no number."""
    Truncate(after=term)  # type: ignore[arg-type]
    Truncate(after=7)  # type: ignore[arg-type]
    SaveHardState(term=index, voted_for=None)  # type: ignore[arg-type]
    SaveHardState(term=term, voted_for=client)  # type: ignore[arg-type]
    Start(at=1.0)  # type: ignore[arg-type]
    ReadEntries(peer=client, term=term, first=index, needed=index, count_max=1, bytes_max=1)  # type: ignore[arg-type]
    Lead(term=term, last_log_index=index, last_log_term=index, commit_index=index, at=AT)  # type: ignore[arg-type]
    PutOk(src=client, dst=client, leader=node, MID=RequestId("m"))  # type: ignore[arg-type]
    PutOk(src=node, dst=client, leader=node, MID="m")  # type: ignore[arg-type]
    Apply(first=index, entries=[])  # type: ignore[arg-type]
    Start(AT)  # type: ignore[call-arg]
    Appended(term=term, last_log_index=index)  # type: ignore[call-arg]


def messages_never_change(start: Start) -> None:
    """What was told may be read by several threads."""
    start.at = AT  # type: ignore[misc]


def spawning_checks_the_constructor_and_knows_the_mailbox(
    runtime: Runtime,
    settings: Settings,
    consensus: Address[ElectionTimeout],
    timer: Timer,
    state_machine: Address[StateMachineMessage],
) -> None:
    """Wiring mistakes are type errors, not crashes at the start."""
    spawned = runtime.spawn(
        "timer", ElectionTimer, settings=settings, consensus=consensus, timer=timer, random=Random(1)
    )
    spawned.tell(ResetShort(epoch=1, since=AT))
    spawned.tell(START)  # type: ignore[arg-type]
    of_another: Address[LogStoreMessage] = spawned  # type: ignore[assignment]
    runtime.spawn("x", ElectionTimer, settings=settings, consensus=consensus, timer=timer)  # type: ignore[call-arg]
    runtime.spawn("x", ElectionTimer, settings=settings, consensus=consensus, timer=timer, random=1)  # type: ignore[arg-type]
    runtime.spawn("x", ElectionTimer, settings, consensus, timer, Random(1))  # type: ignore[call-arg]
    runtime.spawn(
        "x",
        ElectionTimer,
        settings=settings,
        consensus=state_machine,  # type: ignore[arg-type]
        timer=timer,
        random=Random(1),
    )
    runtime.timer(spawned)
    runtime.timer(state_machine)  # type: ignore[arg-type]
    del of_another


def an_actor_is_given_addresses_of_the_right_kind(
    audit: FilteringBoundLogger,
    storage: Storage,
    datagrams: Datagrams,
    consensus: Address[Appended | HardStateSaved],
    replicators: Mapping[NodeId, Address[EntriesRead | ChunkRead]],
    inbound: Address[Inbound],
    myself: Address[Flush],
    settings: Settings,
) -> None:
    """Each actor says in its constructor what it tells to whom."""
    LogStore(
        settings=settings,
        audit=audit,
        storage=storage,
        datagrams=datagrams,
        consensus=consensus,
        replicators=replicators,
        myself=myself,
    )
    LogStore(
        settings=settings,
        audit=audit,
        storage=datagrams,  # type: ignore[arg-type]
        datagrams=storage,  # type: ignore[arg-type]
        consensus=inbound,  # type: ignore[arg-type]
        replicators={NodeId("0001"): consensus},  # type: ignore[dict-item]
        myself=inbound,  # type: ignore[arg-type]
    )


def what_leaves_the_node_is_what_replicas_say(datagrams: Datagrams, hello: Hello, get: Get) -> None:
    """A replica asks no replica for a key."""
    datagrams.send(hello)
    datagrams.send(get)  # type: ignore[arg-type]
    datagrams.send(START)  # type: ignore[arg-type]


def a_runtime_runs_actors_only(runtime: Runtime) -> None:
    """What has no `on_receive` cannot be told anything."""
    runtime.spawn("x", Settings)  # type: ignore[arg-type]
    runtime.spawn("x", Actor).tell(START)  # type: ignore[arg-type]
