"""How a node is furnished: the production wiring, with ports of this world; and what its named events are good for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Final

from structlog.typing import EventDict

from actors.settings import Settings
from actors.storage import MemoryStorage, SyncedMemoryStorage
from actors.wiring import Replica, wire
from messages.ids import NodeId
from recording import RecordingDatagrams, RecordingRuntime, RecordingStorage
from simulator.virtual.node import Node
from simulator.virtual.notebook import Notebook
from simulator.virtual.storage import DiskStorage, WatchedStorage
from trail import audit_log

_OF_ROLES: Final = frozenset({"role.changed", "term.advanced"})
_IMPOSSIBLE: Final = "message.impossible"
_ANSWERS_ANOTHER_TERM: Final = "it answers what was never sent"
"""In this term: what was sent in an earlier one is answered in the one that the answer is sent in."""
HONEST: Final = "replicas that keep the rules do not find one another's messages impossible"


class Furnishing:
    """Wires the actors of nodes, and counts what they say; `seed` is the run's."""

    def __init__(self, names: tuple[NodeId, ...], settings: Settings, seed: int) -> None:
        self._names: Final = names
        self._settings: Final = settings
        self._seed: Final = seed
        self._said: Final[Counter[tuple[str, object]]] = Counter()

    def furnish(self, node: Node) -> None:
        """Build the node's actors, and have them start."""

        def write(record: EventDict) -> None:
            self.heard(node, record)

        disk = node.disk
        storage: MemoryStorage
        if disk is not None:
            storage = node.storage = DiskStorage(disk)
        else:
            storage = SyncedMemoryStorage() if node.world.syncs else MemoryStorage()
        restored = () if disk is None else disk.restored()
        node.world.watch.restored(node, restored)
        audit = audit_log(write, node=node.name, clock=node.now, logical_clock=lambda: node.clock.value, level="events")
        replica = Replica(
            me=node.name,
            peers=tuple(name for name in self._names if name != node.name),
            settings=self._settings,
            seed=self.seed_of(node),
            audit=audit,
            datagrams=node,
            storage=WatchedStorage(node, storage),
            restored=restored,
            storage_waits=disk is not None,
        )
        self.wire(node, replica)

    def seed_of(self, node: Node) -> str:
        """What seeds the dice of the node's actors; a process that comes back has others."""
        return f"{self._seed}" if node.incarnation == 1 else f"{self._seed}.{node.incarnation}"

    def wire(self, node: Node, replica: Replica) -> None:
        """Build the actors."""
        wire(node, replica, started_at=node.now())

    def heard(self, node: Node, record: EventDict) -> None:
        """Somebody said something."""
        event = record["event"]
        self._said[event, record.get("reason", record.get("refusal", record.get("answer")))] += 1
        if event in _OF_ROLES:
            node.world.watch.said(node, event, record)
        elif event == _IMPOSSIBLE:
            self._impossible(node, record)

    def _impossible(self, node: Node, record: EventDict) -> None:
        """A replica drops what cannot be: where nobody else can have sent it, its sender is wrong, or it is itself."""
        world = node.world
        if not world.run.config.has_forgers and record["reason"] != _ANSWERS_ANOTHER_TERM:
            sentence = f"{node.name} drops {record['type']} of {record['peer']}: {record['reason']}"
            world.watch.report(HONEST, sentence, "assertions")

    def events(self) -> dict[str, int]:
        """How often each event was said, by its name and what tells its kinds apart."""
        named = {event if kind is None else f"{event}: {kind}": count for (event, kind), count in self._said.items()}
        return dict(sorted(named.items()))

    def close(self) -> None:
        """Nothing is left to be done."""

    def failed(self, node: Node, error: Exception) -> None:
        """Nothing is written down."""

    def stopped(self, node: Node) -> None:
        """Nothing is written down."""


class RecordedFurnishing(Furnishing):
    """The same, and every node leaves a trail in `directory`, as its process would."""

    def __init__(self, names: tuple[NodeId, ...], settings: Settings, seed: int, directory: Path) -> None:
        super().__init__(names, settings, seed)
        self._directory: Final = directory
        self._notebooks: Final[dict[Node, Notebook]] = {}

    def wire(self, node: Node, replica: Replica) -> None:
        """Build the actors around recording seams."""
        notebook = self._notebooks[node] = Notebook(
            self._directory, node, replica, hear=lambda record: self.heard(node, record)
        )
        notebook.audit.info("node.started", actor="node", version=notebook.version, port=0)
        recorder = notebook.recorder
        recorded = replace(
            replica,
            audit=notebook.audit,
            datagrams=RecordingDatagrams(node, recorder),
            storage=RecordingStorage(replica.storage, recorder),
        )
        wire(RecordingRuntime(node, recorder), recorded, started_at=node.now())

    def failed(self, node: Node, error: Exception) -> None:
        """The trail ends with the reason."""
        self._notebooks[node].failed(error)

    def stopped(self, node: Node) -> None:
        """The trail ends."""
        self._notebooks[node].stopped()

    def close(self) -> None:
        """Nobody writes any more."""
        for notebook in self._notebooks.values():
            notebook.close()
