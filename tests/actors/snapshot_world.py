"""A leader's replicator, log store and state machine, and a whole follower, over a network that is not kind; seeded.

The leader's Consensus is played here: all that is written is committed at once, as if a majority without this follower
stored it; and this follower may lag, crash, come back with its disk or without, and hear of newer terms of its leader.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from random import Random
from typing import Final

from actors.log_store import LogStore
from actors.settings import Settings
from actors.state_machine import StateMachine
from actors.storage import MemoryStorage
from messages.consensus import Appended, HardStateSaved, HeartbeatDue
from messages.entry import Entry, Write, no_op
from messages.ids import ClientId, LogIndex, NodeId, RequestId, Term
from messages.log_store import Append, Flush, ReadChunk, ReadEntries, SaveSnapshot
from messages.replicator import Acknowledged, ChunkRead, ChunkTaken, EntriesRead, Lead, Rejected, ReplicatorMessage
from messages.state_machine import Apply
from messages.timer import Rang
from messages.wire import AppendAccepted, AppendEntries, AppendRejected, SnapshotReply
from tests.actors.agenda import Agenda
from tests.actors.consensus.sayings import B
from tests.actors.probes import AuditProbe, Probe, Wire, of_kind
from tests.actors.replicator_stage import SETTINGS, TERM, Stage
from tests.actors.samples import PEER, at, index
from tests.actors.snapshot_follower import Answer, Follower, Sent


def _drawn(random: Random) -> Settings:
    """Snapshots often, in small parts, and little is kept behind them."""
    return replace(
        SETTINGS,
        snapshot_entries=random.choice((1, 3, 10)),
        snapshot_margin=random.choice((0, 2, 20)),
        batch_bytes=random.choice((1, 150, 1000)),
        thrifty=random.choice((0, 1)),
    )


class SnapshotWorld(Agenda):
    """Plays the leader's Consensus, its timer, and the network; with `settings` of its own, the network is kind."""

    def __init__(self, seed: int, settings: Settings | None = None, *, entries: int = 0, keys: int = 12) -> None:
        random = Random(f"snapshots {seed}")
        is_kind = settings is not None
        settings = settings or _drawn(random)
        super().__init__(Stage(settings), random)
        if not is_kind:
            self.loss = random.choice((0.0, 0.1, 0.3, 0.6))
            self.delay_s = random.choice((0.001, 0.01, 0.1, 0.4))
        self._keys: Final = keys
        self.term = TERM - 1
        self.history: Final[list[dict[str, str]]] = [{}]
        """The leader's map after each entry."""
        self.match = 0
        self.lives = self.known_life = 0
        """Which disk the follower has, and which one the leader knows of."""
        self.audits: Final[list[AuditProbe]] = []
        """Of each follower that there was."""
        self._answers: Final = Probe[EntriesRead | ChunkRead]()
        self._answered_by = 0.0
        self._alarms_seen = 0
        self.storage: Final = MemoryStorage()
        self._saved: Final = Probe[SaveSnapshot]()
        self.log_store: Final = LogStore(
            settings=settings,
            audit=self.stage.audit.log,
            storage=self.storage,
            datagrams=Wire(),
            consensus=Probe[Appended | HardStateSaved](),
            replicators={PEER: self._answers},
            myself=Probe[Flush](),
        )
        self._machine: Final = StateMachine(
            me=NodeId(B), settings=settings, audit=self.stage.audit.log, datagrams=Wire(), log_store=self._saved
        )
        self._grow(self._entries(entries or self.random.randrange(40)))
        self.follower = Follower(self)
        self.restart(None)
        self.new_term()

    def restart(self, before: Follower | None) -> None:
        """A follower begins, with the disk of the one before, or with an empty one, and perhaps entries of nobody."""
        self.follower = Follower(self) if before is None else Follower(self, before.durable())
        if before is None and self.random.random() < 0.5:
            self.follower.astray(self.random.randrange(30))
        self.audits.append(self.follower.replica.audit)

    # --- the leader's Consensus --------------------------------------------------------------------------------

    def new_term(self) -> None:
        """The leader was deposed, and is elected again."""
        self.term += 1
        self.match = 0
        self.stage.step_down()
        self._lead()
        self._propose((no_op(Term(self.term)),))

    def _lead(self) -> None:
        last = len(self.stage.log)
        lead = Lead(
            term=Term(self.term),
            last_log_index=index(last),
            last_log_term=self.stage.term_at(last),
            commit_index=index(last),
            at=at(self.stage.now),
        )
        self._tell(lead)

    def live(self) -> None:
        """Clients write, the follower crashes, terms begin, until it is calm."""
        if self.calm:
            return
        event = self.random.random()
        if event < 0.02:
            self.new_term()
        elif event < 0.04:
            self.restart(self.follower)
        elif event < 0.06:
            self.lives += 1
            self.restart(None)
        else:
            self._propose(self._entries(self.random.randint(1, 9)))
        self.later(self.random.expovariate(30), self.live)

    def write_at(self, entries_per_s: float) -> None:
        """Clients write steadily."""
        self._propose(self._entries(1))
        self.later(1 / entries_per_s, partial(self.write_at, entries_per_s))

    def _entries(self, count: int) -> tuple[Entry, ...]:
        """Writes to a few keys; some of them are repeated."""
        made = []
        for _ in range(count):
            mid = RequestId(str(self.random.randrange(len(self.stage.log) + count + 10)))
            key, value = f"key {self.random.randrange(self._keys)}", str(self.random.random())
            write = Write(client=ClientId("0015"), MID=mid, key=key, value=value)
            made.append(Entry(term=Term(self.term), write=write))
        return tuple(made)

    def _grow(self, entries: tuple[Entry, ...]) -> LogIndex:
        """The log grows, everywhere but here; where the new entries begin."""
        after = index(len(self.stage.log))
        self.stage.log.extend(entries)
        if entries:
            term = Term(self.term)
            self.log_store.on_receive(Append(term=term, after=after, entries=entries, report=False))
        for entry in entries:
            self._machine.on_receive(Apply(first=index(self._machine.last_applied + 1), entries=(entry,)))
            self.history.append(dict(self._machine.values))
        for snapshot in self._saved.take():
            self.log_store.on_receive(snapshot)
        return index(after + 1)

    def _propose(self, entries: tuple[Entry, ...]) -> None:
        """The replicator is told at once, or learns of it with a heartbeat."""
        first = self._grow(entries)
        if self.random.random() < 0.5:
            self._follow_up(self.stage.tell_grown(first, entries))

    def _answer_arrives(self, answer: Answer, life: int) -> None:
        """What Consensus does: terms first, then who has another disk, then the rest."""
        if answer.term != self.term:
            return
        if life != self.known_life:
            self.known_life, self.match = life, 0
            self._lead()
            self._beat()
            return
        match answer:
            case AppendAccepted():
                self._accepted(answer)
            case AppendRejected():
                self._rejected(answer)
            case SnapshotReply():
                offset, last = answer.offset, answer.last_included_index
                taken = ChunkTaken(last_included_index=last, offset=offset, sent_at=answer.at, at=at(self.stage.now))
                self._tell(taken)

    def _accepted(self, answer: AppendAccepted) -> None:
        self.match = max(self.match, answer.match_index)
        acknowledged = Acknowledged(
            match_index=index(self.match),
            match_term=self.stage.term_at(self.match),
            commit_index=index(len(self.stage.log)),
            sent_at=answer.at,
            at=at(self.stage.now),
        )
        self._tell(acknowledged)

    def _rejected(self, answer: AppendRejected) -> None:
        next_prev = min(answer.conflict_index, answer.prev_log_index) - 1
        rejected = Rejected(
            prev_log_index=answer.prev_log_index,
            next_prev_index=index(next_prev),
            next_prev_term=self.stage.term_at(next_prev),
            sent_at=answer.at,
            at=at(self.stage.now),
        )
        self._tell(rejected)

    # --- the network, the log store's mailbox and the timer ----------------------------------------------------

    def _tell(self, message: ReplicatorMessage) -> None:
        self._follow_up(self.stage.tell(message))

    def _follow_up(self, sent: list[AppendEntries]) -> None:
        """Carry out what the replicator wants."""
        parts, self.stage.parts_sent = self.stage.parts_sent, []
        messages: list[Sent] = [*sent, *parts]
        for message in messages:
            self._transmit(message)
        questions: list[ReadEntries | ReadChunk] = [*self.stage.reads.take(), *self.stage.log_store.parts.take()]
        for question in questions:
            self.log_store.on_receive(question)
        for answer in self._answers.take():
            self._answered_by = max(self._answered_by, self.stage.now + self.random.choice((0.0001, 0.005)))
            self.later(self._answered_by - self.stage.now, partial(self._tell, answer))
        for due, epoch in self.stage.timer.alarms[self._alarms_seen :]:
            self.later(due - self.stage.now, partial(self._ring, epoch))
        self._alarms_seen = len(self.stage.timer.alarms)
        for _ in of_kind(self.stage.consensus.take(), HeartbeatDue):
            self._beat()

    def _beat(self) -> None:
        self._follow_up(self.stage.heartbeat(commit=len(self.stage.log)))

    def _ring(self, epoch: int) -> None:
        self._tell(Rang(epoch=epoch, at=at(self.stage.now)))

    def _transmit(self, message: Sent) -> None:
        for _ in range(self.copies()):
            self.later(self.delay(), partial(self._arrive, message))

    def _arrive(self, message: Sent) -> None:
        """Whoever is there gets it, and what it answers says on which disk it is."""
        for answer in self.follower.receive(message):
            for _ in range(self.copies()):
                self.later(self.delay(), partial(self._answer_arrives, answer, self.lives))
