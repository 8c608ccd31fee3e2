"""What is looked at while a cluster runs in virtual time: each fact, as it happens, beside all of Raft's rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from audit.invariants.facts import HardState, Sent
from audit.invariants.replica import Replica
from audit.invariants.rules import Rules
from audit.invariants.violations import Violations
from audit.invariants.witness import Witnesses
from audit.records import DISK
from messages.consensus import Restored, RestoredChunk
from messages.entry import Entry
from messages.ids import LogIndex, NodeId, Term
from messages.snapshot import Change, Record
from messages.state_machine import Apply, TakeChunk
from messages.wire import (
    AppendAccepted,
    AppendEntries,
    Fail,
    GetOk,
    Hello,
    Outbound,
    PreVote,
    PutOk,
    Redirect,
    RequestVote,
    VoteReply,
)
from simulator.virtual.answers import Answers
from simulator.virtual.played import Checker, Finding

if TYPE_CHECKING:
    from simulator.run import Run
    from simulator.virtual.node import Node


class Step(msgspec.Struct, frozen=True, gc=False):
    """One message that an actor took, as the place of a fact: `line` counts them, from 1."""

    line: int

    @property
    def file(self) -> str:
        """What the steps of a run are called."""
        return "step"

    @property
    def place(self) -> str:
        """As people read it."""
        return f"step {self.line}"


class Watch:
    """Is told by the nodes what is written, sent, committed and said, in the order in which it happens.

    `findings` are what broke a rule. `replicas` are the rules' own picture of the nodes: they believe no actor. `step`
    and `acting` say which delivery is being handled, and by whom.
    """

    def __init__(self, run: Run, names: Iterable[NodeId], *, open_max: int) -> None:
        self._run: Final = run
        self._violations: Final = Violations()
        self._witnesses: Final = Witnesses(Replica, tuple(names), sees_all=True)
        self._rules: Final = Rules(self._witnesses, self._violations)
        self._answers: Final = Answers(
            run, lambda rule, sentence: self.report(rule, sentence, "answers"), open_max=open_max
        )
        self._seen = 0
        self.findings: Final[list[Finding]] = []
        self.replicas: Final[dict[NodeId, Replica]] = {}
        self.entries: Final[list[Entry]] = []
        """The committed log, as it was first committed."""
        self.logged: Final[set[str]] = set()
        """The MIDs of all writes that any log has held."""
        self.sent_at: Final[dict[tuple[NodeId, NodeId], float]] = {}
        """When a replica last sent anything to another."""
        self.now = 0.0
        self.step = Step(0)
        self.acting = ""

    def enter(self, node: Node) -> None:
        """A process begins; what an earlier one of that name held in memory is gone."""
        before = self.replicas.get(node.name)
        if before is not None and node.disk is None:
            before.truncated(0)
        replica = self.replicas[node.name] = self._witnesses.enter(node.name, node.incarnation)
        if node.disk is not None:
            replica.storage = DISK
        if node.world.syncs:
            replica.synced()

    def restored(self, node: Node, parts: Iterable[RestoredChunk | Restored]) -> None:
        """A process begins with what its disk holds."""
        replica = self.replicas[node.name]
        for part in parts:
            if isinstance(part, RestoredChunk):
                chunk = part.chunk
                last, term = chunk.last_included_index, chunk.last_included_term
                self._rules.restored_snapshot(replica, last, term, chunk.records, chunk.done, self.step)
            else:
                state = HardState(part.term, part.voted_for)
                self._rules.restored(replica, state, part.first, part.entries, part.disk, self.step)
        self._rules.started(replica, self.step)

    @property
    def committed_index(self) -> int:
        """How much of the log anybody has committed."""
        return len(self.entries)

    @property
    def model(self) -> Mapping[str, str]:
        """What that makes of an empty map (Raft §2, §8)."""
        return self._answers.values

    # --- the storage -------------------------------------------------------------------------------------------

    def saved(self, node: Node, term: Term, voted_for: NodeId | None) -> None:
        """A storage is told to keep a term and a vote."""
        self._rules.saved(self.replicas[node.name], HardState(term, voted_for), self.step)

    def appended(self, node: Node, entries: tuple[Entry, ...]) -> None:
        """A storage is told to keep entries."""
        self.logged.update(entry.write.MID for entry in entries if entry.write is not None)
        self._rules.appended(self.replicas[node.name], entries, self.step)

    def truncated(self, node: Node, after: LogIndex) -> None:
        """A storage is told to forget entries."""
        self._rules.truncated(self.replicas[node.name], after, self.step)

    def snapshot_saved(self, node: Node, last_included: LogIndex, changes: tuple[Change, ...], first: LogIndex) -> None:
        """A storage is told to change its snapshot, and to drop entries."""
        self._rules.snapshot_saved(self.replicas[node.name], last_included, changes, first, self.step)

    def snapshot_installed(self, node: Node, last_included: LogIndex, term: Term, records: tuple[Record, ...]) -> None:
        """A storage is told to begin anew with a snapshot."""
        self._rules.snapshot_installed(self.replicas[node.name], last_included, term, records, self.step)

    def synced(self, node: Node) -> None:
        """A storage has made everything durable."""
        self.replicas[node.name].synced()

    # --- the state machine -------------------------------------------------------------------------------------

    def told(self, node: Node, message: object) -> None:
        """Consensus tells the state machine what is committed."""
        if isinstance(message, Apply):
            replica = self.replicas[node.name]
            led = replica.reign.term if replica.is_leading else None
            self._rules.applied(replica, message, led, self.step)
            self._commit(message)
        elif isinstance(message, TakeChunk) and message.chunk.done:
            self._rules.state_taken(self.replicas[node.name], message.chunk.last_included_index, self.step)

    def _commit(self, batch: Apply) -> None:
        known = len(self.entries)
        for index, entry in enumerate(batch.entries, start=batch.first):
            if index == known + 1:
                self.entries.append(entry)
                self._answers.committed(self.now, index, entry)
                known = index

    # --- the network -------------------------------------------------------------------------------------------

    def sent(self, node: Node, message: Outbound) -> None:
        """A datagram leaves."""
        match message:
            case PutOk() | Redirect() | Fail():
                self._answers.answered(message)
            case GetOk():
                self._answers.read(message, node.state_machine.last_applied)
            case Hello():
                pass
            case _:
                self.sent_at[node.name, message.dst] = self.now
                self._rules.sent(self.replicas[node.name], self.acting, _sent(message), self.step)

    # --- what is said ------------------------------------------------------------------------------------------

    def said(self, node: Node, event: str, fields: Mapping[str, object]) -> None:
        """A named event that tells of a role or a term."""
        replica = self.replicas[node.name]
        term = fields.get("term")
        assert isinstance(term, int), "both events name the term"
        if event == "term.advanced":
            self._rules.entered(replica, term, self.step)
        elif fields["role"] == "leader":
            self._rules.led(replica, term, self.step)
        else:
            replica.leads_no_more()

    # --- what was found ----------------------------------------------------------------------------------------

    def look(self) -> None:
        """After a step: whatever it broke is a finding."""
        kept = self._violations.kept
        if self._answers.promised:
            self._answers.check_promised()
        while self._seen < len(kept):
            violation = kept[self._seen]
            self._seen += 1
            self.report(violation.rule, f"{violation.sentence} ({', '.join(violation.places)})", "Raft's rules")

    def report(self, rule: str, sentence: str, checker: Checker) -> None:
        """Something that must hold did not."""
        at = self.now - self._run.config.start_wait
        finding = Finding(rule=str(rule), sentence=sentence, at=at, step=self.step.line, checker=checker)
        self.findings.append(finding)

    def conclude(self) -> None:
        """Nothing more comes: judge what can only be judged as a whole."""
        self._answers.conclude()


def _sent(message: Outbound) -> Sent:
    """As much of a datagram between replicas as the rules look at."""
    match message:
        case AppendAccepted():
            return Sent(
                type=message.type,
                src=message.src,
                dst=message.dst,
                term=message.term,
                match_index=message.match_index,
                commit_index=message.commit_index,
            )
        case AppendEntries():
            return Sent(
                type=message.type,
                src=message.src,
                dst=message.dst,
                term=message.term,
                commit_index=message.commit_index,
            )
        case VoteReply():
            return Sent(type=message.type, src=message.src, dst=message.dst, term=message.term, granted=message.granted)
        case PreVote() | RequestVote():
            return Sent(type=message.type, src=message.src, dst=message.dst, term=message.term)
        case _:
            return Sent(type=message.type, src=message.src, dst=message.dst, term=getattr(message, "term", -1))
