"""Disks that fail: a leader that can save nothing does not lead on, and one whose disk reports an error is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from messages.ids import NodeId

if TYPE_CHECKING:
    from simulator.virtual.node import Node
    from simulator.virtual.world import World

GIVES_UP: Final = "a leader whose disk stands still gives up its leadership"
STOPS: Final = "a replica whose disk reports an error stops"

_SLACK_S: Final = 0.3


class Standing:
    """Looks from time to time at leaders whose disk is full, or hangs, while something waits to become durable.

    A leader looks after itself at the end of an election timeout, so it is given two of the longest.
    """

    def __init__(self, world: World) -> None:
        self._world: Final = world
        settings = world.settings
        slowest = 1 - settings.clock_error_percent / 100
        self.bound_s: Final = 2 * settings.election_timeout_max_ms / 1000 / slowest + _SLACK_S
        self._since: Final[dict[NodeId, float]] = {}
        """From when on each leader has waited for its disk."""

    def look(self) -> None:
        """Report every leader that has waited for too long, and whoever lives with a disk that has failed."""
        now = self._world.now
        is_disturbed = now < self._world.disturbances.until
        for name, node in self._world.machines.nodes.items():
            if node.disk is not None and node.disk.has_failed and not node.is_dead:
                self._world.watch.report(STOPS, f"{name} goes on", "assertions")
            if is_disturbed or not self._waits(node):
                self._since.pop(name, None)
            elif now - self._since.setdefault(name, now) > self.bound_s:
                sentence = f"{name} leads, and has made nothing durable for {now - self._since[name]:.1f} s"
                self._world.watch.report(GIVES_UP, f"{sentence}; {self.bound_s:.1f} s are allowed", "liveness")

    def _waits(self, node: Node) -> bool:
        """Whether it leads, and its disk keeps something waiting that was promised: nobody waits for a snapshot."""
        if node.disk is None or node.is_dead or node.is_paused or not node.disk.stands_still:
            return False
        shown = self._world.watch.replicas[node.name]
        is_behind = shown.durable_index < shown.log.last_index or shown.durable_state != shown.hard_state
        return (is_behind or node.has_hung_writes) and shown.is_leading
