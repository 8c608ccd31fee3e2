"""A whole follower, A, that takes entries and snapshots, lags, and can be restarted; it is checked at each step."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Final, Protocol, TypeAlias

from actors.state_machine import StateMachine
from messages.consensus import Restored, RestoredChunk
from messages.snapshot import Chunk
from messages.wire import AppendAccepted, AppendEntries, AppendRejected, InstallSnapshot, SnapshotReply
from tests.actors.consensus.driver import Replica
from tests.actors.consensus.sayings import A, B, C, append, entry
from tests.actors.probes import Wire
from tests.actors.replicator_stage import Stage
from tests.actors.samples import index

Sent: TypeAlias = AppendEntries | InstallSnapshot
Answer: TypeAlias = AppendAccepted | AppendRejected | SnapshotReply


class Leader(Protocol):
    """What the follower's world is like, as far as it matters here."""

    calm: bool

    @property
    def stage(self) -> Stage:
        """Its replicator."""

    @property
    def random(self) -> Random:
        """Decides how slow the follower's state machine is."""

    @property
    def history(self) -> list[dict[str, str]]:
        """The leader's map after each entry."""


class Follower:
    """A: a real Consensus and log store, as the driver has them, and a real state machine, which may lag behind."""

    def __init__(self, world: Leader, restored: tuple[RestoredChunk | Restored, ...] = ()) -> None:
        self._world: Final = world
        self.replica: Final = Replica(3, settings=world.stage.settings, restored=restored)
        self.machine: Final = StateMachine(
            me=A,
            settings=world.stage.settings,
            audit=self.replica.audit.log,
            datagrams=Wire(),
            log_store=self.replica.log_store,
        )
        self.go_on()
        self.replica.wire.take()

    def astray(self, count: int) -> None:
        """It has entries of a leader whose term is long over, and that were never committed."""
        strays = tuple(entry(2, str(number)) for number in range(count))
        self.replica.hears(append(C, term=2, entries=strays))
        self.replica.wire.take()

    def receive(self, message: Sent) -> list[Answer]:
        """What it answers."""
        self.replica.now = max(self.replica.now, self._world.stage.now)
        self.replica.hears(replace(message, src=B, dst=A, leader=B))
        if self._world.calm or self._world.random.random() < 0.7:
            self.go_on()
        self._check()
        answers = self.replica.wire.take()
        return [answer for answer in answers if isinstance(answer, AppendAccepted | AppendRejected | SnapshotReply)]

    def go_on(self) -> None:
        """Let the state machine do what it was told, and the log store what the state machine tells it."""
        for message in self.replica.state_machine.take():
            self.machine.on_receive(message)
        self.replica.disk()

    def _check(self) -> None:
        """State machine safety (Raft Figure 3): what is applied or committed here is the leader's log."""
        log, terms = self._world.stage.log, self.replica.core.log.terms
        committed = range(1, self.replica.commit_index + 1)
        assert [terms.term_at(index(number)) for number in committed] == [log[number - 1].term for number in committed]
        assert self.machine.values == self._world.history[self.machine.last_applied]

    def durable(self) -> tuple[RestoredChunk | Restored, ...]:
        """What its disk gives back; the disk is a prompt one."""
        storage, last = self.replica.storage, self.replica.storage.snapshot_index()
        records = storage.read_snapshot(0, "", 1000)
        chunk = Chunk(
            last_included_index=last, last_included_term=storage.term_at(last), offset=0, records=records, done=True
        )
        first = storage.first_index()
        entries = storage.read(first, 1000)
        log = Restored(term=self.replica.core.term, voted_for=None, first=first, entries=entries)
        return (RestoredChunk(chunk=chunk), log) if last > 0 else (log,)
