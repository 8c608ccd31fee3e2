"""A leader shows itself: whatever the network does, it lets no replica go long without a message (Raft §5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from messages.ids import NodeId

if TYPE_CHECKING:
    from simulator.virtual.node import Node
    from simulator.virtual.world import World

SHOWS_ITSELF: Final = "a leader goes on sending to every replica (Raft §5.2)"

_SLACK_S: Final = 0.3
"""Actors have work to do before they send."""


class Showing:
    """Looks from time to time at how long ago each leader sent something to each of the others.

    Other than liveness, this holds while messages get lost, too: what was lost is sent again. Only where a leader's
    machine keeps it from sending, because it stands still, lets actors wait or timers ring late, or its disk hangs and
    does not give it what it has to send, nothing is asked.
    """

    def __init__(self, world: World) -> None:
        self._world: Final = world
        settings = world.settings
        slowest = 1 - settings.clock_error_percent / 100
        self.bound_s: Final = max(settings.heartbeat_ms, settings.probe_max_ms) / 1000 / slowest + _SLACK_S
        self._since: Final[dict[NodeId, float]] = {}
        """From when on each leader was seen to lead, with nothing to keep it from sending."""

    def look(self) -> None:
        """Report every leader that has been silent towards somebody for too long."""
        now, watch = self._world.now, self._world.watch
        is_disturbed = now < self._world.disturbances.until
        for name, node in self._world.machines.nodes.items():
            hangs = node.disk is not None and node.disk.hangs
            if is_disturbed or hangs or node.is_dead or node.is_paused or not watch.replicas[name].is_leading:
                self._since.pop(name, None)
            elif now - self._since.setdefault(name, now) > self.bound_s:
                self._look_at(node, now)

    def _look_at(self, node: Node, now: float) -> None:
        watch = self._world.watch
        for other in map(NodeId, self._world.run.cluster.replicas):
            if other == node.name:
                continue
            silent_s = now - watch.sent_at.get((node.name, other), 0.0)
            if silent_s > self.bound_s:
                sentence = f"{node.name} leads, and has sent {other} nothing for {silent_s:.1f} s"
                watch.report(SHOWS_ITSELF, f"{sentence}; {self.bound_s:.1f} s are allowed", "liveness")
                return
