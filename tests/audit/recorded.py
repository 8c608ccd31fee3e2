"""A cluster on the tests' random scheduler, recorded as a replica is, and watched by the rules while it runs.

The records are shown to the rules as they are made: on one thread, that is an order of causality by itself.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import msgspec
import pytest
from structlog.typing import EventDict

from actors.logical_clock import LogicalClock
from actors.runtime import Runtime
from actors.wiring import Replica, wire
from audit.history import History
from audit.invariants import Invariants, Rule
from audit.records import Did, Event, Located, Opened, Record, Took
from messages.address import Address
from messages.consensus import ConsensusMessage
from messages.ids import Instant
from messages.wire import Outbound
from recording import Recorder, RecordingDatagrams, RecordingRuntime, RecordingStorage
from tests.actors.cluster import Node
from trail import audit_log
from trail import records as written


class Desk:
    """Takes down what one node does, on the time that all nodes share, and shows it to the rules."""

    def __init__(self, watch: "Watch", node: Node) -> None:
        self._watch: Final = watch
        self._node: Final = node
        self._count = 0

    def now(self) -> Instant:
        """The cluster's time: a node's own clock may be wrong."""
        return Instant(self._node.cluster.now)

    def opened(self, replica: Replica) -> None:
        """The first record."""
        opened = Opened(
            format=1,
            at=self.now(),
            clock=0,
            node=replica.me,
            incarnation=1,
            part=1,
            wall=self.now(),
            peers=replica.peers,
            settings={},
            seed=replica.seed,
            storage="memory",
            level="full",
            version="0",
            code="",
        )
        self._show(opened)

    def record(self, record: written.Took | written.Did, weight_bytes: int = 0) -> None:
        """What an actor took or did, encoded as in a trail; the datagrams themselves are not looked at."""
        if isinstance(record, written.Did):
            self._show(
                Did(
                    at=record.at,
                    clock=0,
                    node=record.node,
                    actor=record.actor,
                    n=record.n,
                    port=record.port,
                    call=record.call,
                    value=msgspec.Raw(msgspec.json.encode(record.value)),
                )
            )
        elif not isinstance(record.message, written.Payloads):
            self._show(
                Took(
                    at=record.at,
                    clock=0,
                    node=record.node,
                    actor=record.actor,
                    n=record.n,
                    by=record.by,
                    type=record.type,
                    message=msgspec.Raw(msgspec.json.encode(record.message)),
                )
            )

    def write(self, event: EventDict) -> None:
        """A named event."""
        name, actor = str(event["event"]), str(event.get("actor", "node"))
        fields = msgspec.to_builtins(event)
        self._show(
            Event(at=self.now(), clock=0, node=self._node.name, event=name, level="info", actor=actor, fields=fields)
        )

    def _show(self, record: Record) -> None:
        self._count += 1
        located = Located(record=record, file=f"{record.node}.jsonl", line=self._count, position=self._count - 1)
        self._watch.show(located)


class Network:
    """A node's way out; its messages carry no logical clock here."""

    def __init__(self, node: Node) -> None:
        self._node: Final = node

    def transmit(self, message: Outbound, _stamp: int) -> None:
        """Send it as the node would."""
        self._node.send(message)


class Watch:
    """The rules beside a cluster; made before it, so that it is wired under their eyes."""

    def __init__(self, patch: pytest.MonkeyPatch, size: int) -> None:
        cluster = [f"{number:04X}" for number in range(size)]
        self.invariants: Final = Invariants(cluster)
        self.history: Final = History(cluster)
        self.shown = 0
        patch.setattr("tests.actors.cluster.wire", self._wire)

    def show(self, located: Located) -> None:
        """To all rules."""
        self.shown += 1
        self.invariants.observe(located)
        self.history.observe(located)

    @property
    def broken(self) -> Mapping[Rule, int]:
        """Which rules were broken, and how often."""
        return {**self.invariants.counts, **self.history.counts}

    def _wire(self, runtime: Runtime, replica: Replica, *, started_at: Instant) -> Address[ConsensusMessage]:
        assert isinstance(runtime, Node)
        desk, clock = Desk(self, runtime), LogicalClock()
        desk.opened(replica)
        recorder = Recorder(desk, node=replica.me, clock=desk.now, logical_clock=clock)
        recorded = replace(
            replica,
            audit=audit_log(desk.write, node=replica.me, clock=desk.now, logical_clock=lambda: 0, level="full"),
            datagrams=RecordingDatagrams(Network(runtime), recorder),
            storage=RecordingStorage(replica.storage, recorder),
        )
        return wire(RecordingRuntime(runtime, recorder), recorded, started_at=started_at)
