"""A cluster in virtual time that leaves real trails: a replica's files, as a process would have written them.

Nobody waits for anything: half a minute of a cluster's life takes less than a second. What happens to it is told by
`tests.audit.stories`: `python -m tests.audit.stories DIRECTORY SEED` writes the trails of one of them.
"""

import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from actors.logical_clock import LogicalClock
from actors.settings import Settings
from actors.wiring import Replica, wire
from messages.codec import stamp_of
from messages.ids import Instant, NodeId
from recording import Recorder, RecordingDatagrams, RecordingRuntime, RecordingStorage, source_digest
from tests.actors.cluster import Cluster, Node
from trail import Level, Opening, Rotation, audit_log
from trail.parts import Parts
from trail.records import Did, Event, Record, Took

WALL: Final = 1_790_000_000.0
"""When the cluster's time begins, in seconds since 1970."""

_LOT: Final = 500
"""So many records are written at once."""


class Notebook:
    """Writes one node's trail, by the time that all nodes share; `level` says how much of it."""

    def __init__(self, directory: Path, node: Node, replica: Replica, rotation: Rotation, level: Level) -> None:
        self._cluster: Final = node.cluster
        self._node: Final = node
        self.level: Final = level
        self.clock: Final = LogicalClock()
        opening = Opening(
            node=replica.me,
            peers=replica.peers,
            settings=replica.settings,
            seed=replica.seed,
            storage="memory",
            level=level,
            version="0",
            code=source_digest(),
        )
        self._parts: Final = Parts(directory, opening, rotation, clock=self.now, wall=self._wall)
        self._waiting: list[Record] = []
        self.recorder: Final = Recorder(self, node=replica.me, clock=self.now, logical_clock=self.clock)
        self.audit: Final = audit_log(
            self.write, node=replica.me, clock=self.now, logical_clock=lambda: self.clock.value, level=level
        )

    def now(self) -> Instant:
        """The cluster's time: a node's own clock may be wrong."""
        return Instant(self._cluster.now)

    def _wall(self) -> float:
        return WALL + self._cluster.now

    def record(self, record: Took | Did, weight_bytes: int = 0) -> None:
        """What an actor took or did."""
        if self.level == "full":
            self._put(record)

    def write(self, event: Event) -> None:
        """A named event."""
        self._put(event)

    def _put(self, record: Record) -> None:
        self._waiting.append(record)
        if len(self._waiting) >= _LOT:
            self._flush()

    def _flush(self) -> None:
        self._parts.write(self._waiting)
        self._waiting = []

    def hear(self, payloads: tuple[bytes, ...]) -> None:
        """What was received moves the node's logical clock."""
        self.clock.heard(map(stamp_of, payloads))

    def failed(self, error: Exception) -> None:
        """An actor has raised `error`: the node's last words."""
        text = "".join(traceback.format_exception(error))
        handling = self.recorder.here.cause
        self.audit.critical("node.failed", actor="node", handling=handling, error=repr(error), traceback=text)

    def close(self) -> None:
        """The trail ends; a node that still lives says so."""
        if not self._node.is_dead:
            self.audit.info("node.stopped", actor="node", signal="SIGTERM")
        self._flush()
        self._parts.close()


class RecordedCluster(Cluster):
    """A cluster whose nodes are recorded into `directory`; `close` ends their trails.

    A node of which an actor fails is dead from then on. Nodes in `quiet` write named events only.
    """

    def __init__(
        self,
        directory: Path,
        size: int,
        seed: int,
        settings: Settings,
        *,
        rotation: Rotation = Rotation(),  # noqa: B008  # frozen
        quiet: Sequence[NodeId] = (),
    ) -> None:
        self._directory: Final = directory
        self._rotation: Final = rotation
        self._quiet: Final = quiet
        self.notebooks: Final[dict[NodeId, Notebook]] = {}
        super().__init__(size, seed, settings, wiring=self._wire)
        self.failed = self._fail

    def _wire(self, node: Node, replica: Replica, /, *, started_at: Instant) -> None:
        level: Level = "events" if replica.me in self._quiet else "full"
        notebook = Notebook(self._directory, node, replica, self._rotation, level)
        self.notebooks[replica.me] = notebook
        node.hear = notebook.hear
        notebook.audit.info("node.started", actor="node", version="0", port=0)
        recorded = replace(
            replica,
            audit=notebook.audit,
            datagrams=RecordingDatagrams(node, notebook.recorder),
            storage=RecordingStorage(replica.storage, notebook.recorder),
        )
        wire(RecordingRuntime(node, notebook.recorder), recorded, started_at=started_at)

    def _fail(self, node: Node, error: Exception) -> None:
        self.notebooks[node.name].failed(error)
        node.is_dead = True

    def close(self) -> None:
        """All is over."""
        for notebook in self.notebooks.values():
            notebook.close()
