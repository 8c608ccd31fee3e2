"""A replicator with probes around it: what tests tell it, in the words of a dialogue, and what it says."""

from actors.replicator import Replicator
from actors.settings import Settings
from messages.consensus import AnswerOverdue, HeartbeatDue
from messages.entry import Entry
from messages.ids import LogIndex, Term
from messages.log_store import ReadChunk, ReadEntries
from messages.replicator import (
    Acknowledged,
    EntriesRead,
    Heard,
    Heartbeat,
    Lead,
    Rejected,
    Replicate,
    ReplicatorMessage,
    StepDown,
)
from messages.timer import Rang
from messages.wire import AppendEntries, InstallSnapshot
from tests.actors.probes import AuditProbe, FakeTimer, Probe, Wire
from tests.actors.samples import ME, PEER, at, index, puts

TERM = 5
SETTINGS = Settings(
    election_timeout_min_ms=900,
    election_timeout_max_ms=1500,
    heartbeat_ms=200,
    retransmit_min_ms=40,
    probe_max_ms=1000,
    batch_entries=4,
    window=3,
    snapshot_pause_ms=0,
    thrifty=0,
)


class LogStoreProbe:
    """Keeps what the log store was asked for: entries, and parts of the snapshot."""

    def __init__(self) -> None:
        self.reads: Probe[ReadEntries] = Probe()
        self.parts: Probe[ReadChunk] = Probe()

    def tell(self, message: ReadEntries | ReadChunk, /) -> None:
        """Keep `message`."""
        if isinstance(message, ReadEntries):
            self.reads.tell(message)
        else:
            self.parts.tell(message)


class Stage:
    """The replicator of one peer, and the leader's log, from which it reads; `now` is moved by the test."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.settings = settings
        self.now = 100.0
        self.log: list[Entry] = []
        self.wire = Wire()
        self.consensus: Probe[HeartbeatDue | AnswerOverdue] = Probe()
        self.log_store = LogStoreProbe()
        self.reads = self.log_store.reads
        self.parts_sent: list[InstallSnapshot] = []
        """Of a snapshot, whenever they were."""
        self.timer = FakeTimer()
        self.audit = AuditProbe()
        self.actor = Replicator(
            me=ME,
            peer=PEER,
            settings=settings,
            audit=self.audit.log,
            datagrams=self.wire,
            consensus=self.consensus,
            log_store=self.log_store,
            timer=self.timer,
        )

    # --- what Consensus tells it ---

    def lead(self, *, last: int = 0, term: int = TERM) -> list[AppendEntries]:
        """Become leader with a log of `last` entries of the term before, and append a first entry of this one."""
        return self.lead_with(puts(term - 1, last), term=term)

    def lead_with(self, log: tuple[Entry, ...], *, term: int = TERM) -> list[AppendEntries]:
        """The same with any log."""
        self.log = list(log)
        last = len(log)
        lead = Lead(
            term=Term(term),
            last_log_index=index(last),
            last_log_term=self.term_at(last),
            commit_index=index(0),
            at=at(self.now),
        )
        self.tell(lead)
        return self.replicate(1, term=term)

    def replicate(self, count: int = 1, *, term: int = TERM, sent: bool = False) -> list[AppendEntries]:
        """Let the leader's log grow by so many entries, which Consensus may have sent itself."""
        entries = puts(term, count, first=len(self.log) + 1)
        first = index(len(self.log) + 1)
        self.log.extend(entries)
        return self.tell_grown(first, entries, sent=sent)

    def tell_grown(self, first: LogIndex, entries: tuple[Entry, ...], *, sent: bool = False) -> list[AppendEntries]:
        """The log has grown by `entries`."""
        return self.tell(Replicate(first=first, entries=entries, sent=sent, commit_index=index(0), at=at(self.now)))

    def write_thriftily(self, count: int) -> None:
        """Let the leader's log grow without this replicator being told: the others are a majority."""
        self.log.extend(puts(TERM, count, first=len(self.log) + 1))

    def heartbeat(self, *, commit: int = 0, quiet: bool = False) -> list[AppendEntries]:
        last = index(len(self.log))
        return self.tell(Heartbeat(last_log_index=last, commit_index=index(commit), at=at(self.now), quiet=quiet))

    def acknowledge(self, match: int, *, sent_at: float | None = None, commit: int = 0) -> list[AppendEntries]:
        acknowledged = Acknowledged(
            match_index=index(match),
            match_term=self.term_at(match),
            commit_index=index(commit),
            sent_at=at(self.now if sent_at is None else sent_at),
            at=at(self.now),
        )
        return self.tell(acknowledged)

    def reject(self, prev: int, *, next_prev: int, sent_at: float | None = None) -> list[AppendEntries]:
        rejected = Rejected(
            prev_log_index=index(prev),
            next_prev_index=index(next_prev),
            next_prev_term=self.term_at(next_prev),
            sent_at=at(self.now if sent_at is None else sent_at),
            at=at(self.now),
        )
        return self.tell(rejected)

    def heard(self) -> list[AppendEntries]:
        return self.tell(Heard(at=at(self.now)))

    def step_down(self) -> list[AppendEntries]:
        return self.tell(StepDown())

    # --- what the log store and the timer tell it ---

    def read(self, *, term: int = TERM) -> list[AppendEntries]:
        """Answer the reads that it has asked for."""
        return [sent for wanted in self.reads.take() for sent in self.tell(self.entries_for(wanted, term))]

    def entries_for(self, wanted: ReadEntries, term: int = TERM) -> EntriesRead:
        start = wanted.first - 1
        return EntriesRead(
            term=Term(term),
            first=wanted.first,
            entries=tuple(self.log[start : start + wanted.count_max]),
        )

    def ring(self) -> list[AppendEntries]:
        """Let time pass until the alarm rings."""
        self.now = max(self.now, float(self.timer.due))
        return self.tell(Rang(epoch=self.timer.epoch, at=at(self.now)))

    def alarm(self) -> list[AppendEntries]:
        """Let alarms ring until one of them has an effect."""
        self.consensus.take()
        for _ in range(5):
            sent = self.ring()
            if sent or self.reads.told or self.consensus.told:
                return sent
        raise AssertionError("nothing will ever happen")

    def wait(self) -> list[AppendEntries]:
        """The same, and answer the reads that follow."""
        return [*self.alarm(), *self.read()]

    def dues(self) -> int:
        """How often Consensus was asked for a heartbeat since the last alarm."""
        return len(self.consensus.only(HeartbeatDue))

    # --- all of it ---

    def tell(self, message: ReplicatorMessage) -> list[AppendEntries]:
        """What is sent in consequence; parts of a snapshot are kept aside."""
        self.actor.on_receive(message)
        self.parts_sent.extend(self.wire.only(InstallSnapshot))
        sent = self.wire.only(AppendEntries)
        self.wire.take()
        return sent

    def term_at(self, number: int) -> Term:
        return self.log[number - 1].term if number > 0 else Term(0)

    def catch_up(self, *, last: int = 0) -> None:
        """Lead, and have the peer agree with all there is."""
        self.lead(last=last)
        self.now += 0.001
        self.acknowledge(last + 1, sent_at=self.now - 0.001)


def shape(sent: list[AppendEntries]) -> list[tuple[LogIndex, int]]:
    """Of each datagram the index before its entries, and how many entries it has."""
    return [(append.prev_log_index, len(append.entries)) for append in sent]
