"""One Consensus, A, among probes: what it hears, when its disk reports, and what it then says and does."""

from collections.abc import Sequence
from typing import Final, TypeVar

from actors.consensus import Consensus
from actors.consensus.core import Core
from actors.consensus.leading import ToReplicator
from actors.consensus.role import Role
from actors.log_store import LogStore
from actors.settings import Settings
from messages.consensus import (
    Appended,
    ConsensusMessage,
    ElectionTimeout,
    HardStateSaved,
    HeartbeatDue,
    Inbound,
    Restored,
    RestoredChunk,
    Start,
)
from messages.election_timer import Reset, ResetShort
from messages.entry import Entry
from messages.ids import Instant, LogIndex, NodeId, Term
from messages.log_store import Flush, LogStoreMessage
from messages.replicator import ChunkRead, EntriesRead
from messages.state_machine import Apply, ForgetChunks, Read, TakeChunk
from messages.wire import ClientRequest, PeerMessage, PutOk, Redirect
from tests.actors.consensus.sayings import EVERYBODY, A, append, entries, pre_vote_reply, vote_reply
from tests.actors.probes import AuditProbe, Probe, SyncedStorage, Wire

K = TypeVar("K")

STARTED_AT: Final = 100.0
"""The clock of A does not begin at zero, so that forgetting to look at it shows."""

SETTINGS: Final = Settings(election_timeout_min_ms=750, election_timeout_max_ms=1500, heartbeat_ms=200)
"""What tests count with, whatever the profiles are."""

TICK_S: Final = 0.001


class Replica:
    """The dialogue with A: each call is one message to Consensus, a tick later than the last.

    The disk is a real LogStore. It is prompt unless `prompt_disk` is False: then nothing is durable or acknowledged
    before `disk()`, or `disk_writes()`; what it reports to A arrives with `disk_reports()`.
    """

    def __init__(
        self,
        size: int = 3,
        *,
        settings: Settings | None = None,
        prompt_disk: bool = True,
        restored: Sequence[RestoredChunk | Restored] = (),
    ) -> None:
        self.settings: Final = settings or SETTINGS
        self.peers: Final = tuple(node for node in EVERYBODY[:size] if node != A)
        self.prompt_disk = prompt_disk
        self.now = STARTED_AT
        self.wire: Final = Wire()
        self.audit: Final = AuditProbe()
        self.log_store: Final = Probe[LogStoreMessage]()
        self.state_machine: Final = Probe[Apply | Read | TakeChunk | ForgetChunks]()
        self.timer: Final = Probe[Reset | ResetShort]()
        self.replicators: Final = {peer: Probe[ToReplicator]() for peer in self.peers}
        self.consensus: Final = Consensus(
            me=A,
            peers=self.peers,
            settings=self.settings,
            audit=self.audit.log,
            datagrams=self.wire,
            log_store=self.log_store,
            state_machine=self.state_machine,
            election_timer=self.timer,
            replicators=self.replicators,
        )
        self._reports: Final = Probe[Appended | HardStateSaved]()
        self._epoch = 0
        self.storage: Final = SyncedStorage()
        self._disk: Final = LogStore(
            settings=self.settings,
            audit=self.audit.log,
            storage=self.storage,
            datagrams=self.wire,
            consensus=self._reports,
            replicators={peer: Probe[EntriesRead | ChunkRead]() for peer in self.peers},
            myself=Probe[Flush](),
        )
        for part in restored:
            self.storage.restore(part)
            self.tell(part)
        self.tell(Start(at=Instant(self.now)))

    # --- what A is told ----------------------------------------------------------------------------------------

    def tell(self, message: ConsensusMessage) -> None:
        """Hand over one message, and what a prompt disk has to report after it."""
        self.consensus.on_receive(message)
        for asked in self.timer.told:
            self._epoch = asked.epoch
        while self.prompt_disk and self.log_store.told:
            self.disk()

    def hears(self, *messages: PeerMessage) -> None:
        """One batch of other replicas' messages arrives."""
        self.receives(messages, ())

    def asked(self, *requests: ClientRequest) -> None:
        """One batch of clients' requests arrives."""
        self.receives((), requests)

    def receives(self, messages: Sequence[PeerMessage], requests: Sequence[ClientRequest]) -> None:
        """One batch of both arrives."""
        self.now += TICK_S
        self.tell(Inbound(peers=tuple(messages), requests=tuple(requests), at=Instant(self.now)))

    def passes(self, milliseconds: float) -> None:
        """Time goes on, and A is told nothing."""
        self.now += milliseconds / 1000

    def times_out(self, *, after_ms: float = 1500) -> None:
        """The election timer rings for what was last asked of it."""
        self.passes(after_ms)
        self.tell(ElectionTimeout(epoch=self._epoch, at=Instant(self.now)))

    def is_due_a_heartbeat(self, peer: NodeId, term: int) -> None:
        """The replicator of `peer` has been silent for long."""
        self.passes(self.settings.heartbeat_ms)
        self.tell(HeartbeatDue(peer=peer, term=Term(term), at=Instant(self.now)))

    # --- the disk ----------------------------------------------------------------------------------------------

    def disk(self) -> None:
        """All that was told to the log store becomes durable, and is reported."""
        self.disk_writes()
        self.disk_reports()

    def disk_writes(self) -> None:
        """All that was told to the log store becomes durable, and is acknowledged; the reports are under way."""
        self.disk_hears()
        self._disk.on_receive(Flush(moves_on=False))

    def disk_hears(self) -> None:
        """All that was told to the log store is written, but not durable yet."""
        for message in self.log_store.take():
            self._disk.on_receive(message)

    def disk_reports(self) -> None:
        """The reports that are under way arrive."""
        for report in self._reports.take():
            self.tell(report)

    # --- what A says and does ----------------------------------------------------------------------------------

    def says(self, kind: type[K]) -> list[K]:
        """What A has sent of `kind` since the last look; what else it sent is forgotten."""
        return [message for message in self.wire.take() if isinstance(message, kind)]

    def told(self, peer: NodeId, kind: type[K]) -> list[K]:
        """What the replicator of `peer` was told of `kind` since the last look; the rest is forgotten."""
        return [message for message in self.replicators[peer].take() if isinstance(message, kind)]

    def applied(self) -> list[Entry]:
        """All that the state machine was told to apply so far."""
        return [entry for message in self.state_machine.only(Apply) for entry in message.entries]

    def read(self) -> list[str]:
        """The MIDs of all reads that were served so far."""
        return [request.MID for message in self.state_machine.only(Read) for request in message.requests]

    def confirmed(self) -> list[str]:
        """The MIDs of all puts that were answered `ok` since the last look; what else was sent is forgotten."""
        return [answer.MID for answer in self.says(PutOk)]

    # --- what A believes ---------------------------------------------------------------------------------------

    @property
    def core(self) -> Core:
        """What all parts of Consensus share."""
        return self.consensus._core

    def role(self) -> Role:
        """Follower, pre-candidate, candidate or leader; a method, because it changes between two looks."""
        return self.core.role

    @property
    def commit_index(self) -> int:
        """How far the log is committed, as A knows."""
        return self.core.log.commit_index

    @property
    def log_terms(self) -> list[int]:
        """The term of each entry of A's log."""
        terms = self.core.log.terms
        return [terms.term_at(LogIndex(index + 1)) for index in range(terms.last_index)]


def candidate(size: int = 3, *, prompt_disk: bool = True) -> Replica:
    """A campaigns in term 1, with an empty log."""
    replica = Replica(size, prompt_disk=prompt_disk)
    campaigns(replica)
    return replica


def campaigns(replica: Replica) -> None:
    """A hears nobody for long, and a majority would vote for it: it begins the next term."""
    replica.times_out()
    if replica.role() is Role.FOLLOWER:
        replica.times_out()
    assert replica.role() is Role.PRE_CANDIDATE, "the first ring may only notice that a leader was heard"
    proposed = replica.core.term + 1
    replica.hears(*(pre_vote_reply(peer, proposed=proposed) for peer in replica.peers[: len(replica.peers) // 2]))


def is_elected(replica: Replica) -> None:
    """The least majority votes for A."""
    term = replica.core.term
    replica.hears(*(vote_reply(peer, term=term) for peer in replica.peers[: len(replica.peers) // 2]))


def leader(size: int = 3, *, settings: Settings | None = None, behind: tuple[Entry, ...] = ()) -> Replica:
    """A leads; its no-op stands behind the entries `behind`, which are not known to be committed.

    With `behind` the term is one more than that of their last; without, it is 1.
    """
    replica = Replica(size, settings=settings)
    if behind:
        replica.hears(append(replica.peers[0], term=behind[-1].term, entries=behind))
    campaigns(replica)
    is_elected(replica)
    assert replica.role() is Role.LEADER
    return replica


def voter(*terms: int, prompt_disk: bool = True) -> Replica:
    """A has a log with an entry of each of `terms`, and has heard no leader for so long that no lease counts on it."""
    replica = Replica(3)
    if terms:
        replica.hears(append(replica.peers[0], term=max(terms), entries=entries(*terms)))
    replica.passes(replica.settings.election_timeout_min_ms + 50)
    forget(replica)
    replica.prompt_disk = prompt_disk
    return replica


def forget(replica: Replica) -> None:
    """What was said, and what the replicators were told so far, is not of interest."""
    replica.wire.take()
    for peer in replica.peers:
        replica.replicators[peer].take()


def fates(replica: Replica) -> list[tuple[str, str]]:
    """What clients heard since the last look: which request, and `ok` or the leader to ask."""
    return [
        (answer.MID, "ok" if isinstance(answer, PutOk) else answer.leader)
        for answer in replica.wire.take()
        if isinstance(answer, PutOk | Redirect)
    ]
