"""Memory is bounded by the state, not by history: what a snapshot includes is dropped, but for a margin (Raft §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from actors.snapshot_readers import HELD_BACK_ENTRIES_MAX, HELD_BACK_MAX
from messages.log_store import SaveSnapshot
from messages.state_machine import Apply
from simulator.cluster import State
from simulator.ids import NodeId as RunId

if TYPE_CHECKING:
    from simulator.virtual.node import Node
    from simulator.virtual.world import World

KEEPS_LITTLE: Final = "a replica drops what its snapshot includes, but for what it was told to keep (Raft §7)"


class Keeping:
    """Looks, when a run is over, at how many entries each replica keeps that has lived until then.

    They are the margin, what came since the last snapshot, and what is not applied yet; and of a process that has taken
    none, what its disk held when it began. Who has given its snapshot to somebody may wait for that one with the next
    snapshot, and keeps what follows, up to the log store's own bounds.
    """

    def __init__(self, world: World) -> None:
        self._world: Final = world

    def conclude(self) -> None:
        """Report whoever keeps too many; not who has yet to apply, or to read what its state machine told it."""
        for name, node in self._world.machines.nodes.items():
            if not self._has_lived(node):
                continue
            shown = self._world.watch.replicas[name]
            kept, bound = shown.log.last_index - shown.first_index + 1, self.bound_of(node)
            has_yet_to = node.holds("log_store", SaveSnapshot) or node.holds("state_machine", Apply)
            if kept > bound and not has_yet_to:
                sentence = f"{name} keeps {kept} entries of its log, and may keep {bound}"
                self._world.watch.report(KEEPS_LITTLE, sentence, "liveness")

    def _has_lived(self, node: Node) -> bool:
        """Whether it was ended with the run, and not before."""
        replica = self._world.run.cluster.replicas[RunId(node.name)]
        return (replica.state, replica.incarnation) == (State.ENDED, node.incarnation)

    def bound_of(self, node: Node) -> int:
        """How many entries it may keep."""
        settings = self._world.settings
        shown = self._world.watch.replicas[node.name]
        waiting = max(shown.log.last_index - (shown.last_applied or 0), 0)
        held_back = max(HELD_BACK_ENTRIES_MAX, HELD_BACK_MAX * settings.snapshot_entries)
        read = held_back + HELD_BACK_ENTRIES_MAX if node.gives_snapshot else 0
        return settings.snapshot_margin + settings.snapshot_entries + waiting + node.entries_found + read
