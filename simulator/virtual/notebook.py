"""One node's trail in virtual time: the files that its process would have written, the same for the same seed."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

from structlog.typing import EventDict

from actors.wiring import Replica
from audit.records import DISK, MEMORY, SYNCED_MEMORY
from messages.ids import Instant
from recording import Recorder, source_digest
from simulator.virtual.node import Node
from trail import Opening, Rotation, audit_log
from trail.parts import Parts
from trail.records import Did, Record, Took

VERSION: Final = "virtual"

_ROOT: Final = Path(__file__).resolve().parent.parent.parent
_ELSEWHERE: Final = re.compile(r'(?<=File )"/[^"]*/')
"""Where on this machine a file lies that is not ours; its name is told all the same."""

_LOT: Final = 500
"""So many records are written at once."""


def _storage(node: Node) -> str:
    """What its trail calls its storage."""
    if node.disk is not None:
        return DISK
    return SYNCED_MEMORY if node.world.syncs else MEMORY


class Notebook:
    """Writes a node's trail, by the time that all nodes share; in 1970 it was 0.

    `hear` is told of each named event of an actor, too.
    """

    version: Final = VERSION

    def __init__(self, directory: Path, node: Node, replica: Replica, hear: Callable[[EventDict], None]) -> None:
        self._node: Final = node
        self._hear: Final = hear
        self._waiting: list[Record] = []
        self._ended = False
        opening = Opening(
            node=replica.me,
            peers=replica.peers,
            settings=replica.settings,
            seed=replica.seed,
            storage=_storage(node),
            level="full",
            version=VERSION,
            code=source_digest(),
        )
        self._parts: Final = Parts(directory, opening, Rotation(), clock=self._now, wall=self._now)
        self.recorder: Final = Recorder(self, node=replica.me, clock=self._now, logical_clock=node.clock)
        self.audit: Final = audit_log(
            self._write, node=replica.me, clock=self._now, logical_clock=lambda: node.clock.value, level="full"
        )

    def _now(self) -> Instant:
        return Instant(self._node.world.now)

    def record(self, record: Took | Did, weight_bytes: int = 0) -> None:
        """What an actor took or did."""
        del weight_bytes
        self._put(record)

    def _write(self, event: EventDict) -> None:
        if event["actor"] != "node":
            self._hear(event)
        self._put(event)

    def _put(self, record: Record) -> None:
        self._waiting.append(record)
        if len(self._waiting) >= _LOT:
            self._flush()

    def _flush(self) -> None:
        self._parts.write(self._waiting)
        self._waiting = []

    def failed(self, error: Exception) -> None:
        """An actor has raised `error`: the node's last words."""
        text = _ELSEWHERE.sub('"', "".join(traceback.format_exception(error)).replace(f"{_ROOT}/", ""))
        handling = self.recorder.here.cause
        self.audit.critical("node.failed", actor="node", handling=handling, error=repr(error), traceback=text)
        self.close()

    def stopped(self) -> None:
        """The node was ended from outside, at once."""
        self.audit.info("node.stopped", actor="node", signal="SIGTERM")
        self.close()

    def close(self) -> None:
        """Write what waits, and close."""
        if not self._ended:
            self._ended = True
            self._flush()
            self._parts.close()
