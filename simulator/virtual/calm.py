"""Whether anything is still going wrong in a world, and who has a say in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from messages.ids import NodeId
from simulator.cluster import State
from simulator.config import Config
from simulator.events import Delay, Duplicate, Reorder, Restart, RestartAll, Wipe
from simulator.ids import NodeId as RunId
from simulator.virtual.reach import among, has_core, reach

if TYPE_CHECKING:
    from simulator.virtual.world import World


class Calm:
    """Looks whether nothing goes wrong any more, all was asked, and a majority can talk to one another."""

    def __init__(self, world: World) -> None:
        self._world: Final = world
        self._run: Final = world.run
        self._all_arrived_at: Final = end_of_events(world.run.config) + longest_delay_s(world.run.config)
        """Nothing that the network holds back is under way any more: copies that come late are answered, too."""
        self._seen = (0, 0)

    def is_now(self) -> bool:
        """Whether it is so, and was at the last look."""
        return not self._goes_on() and not self._is_disturbed() and has_core(self.voters(), self._run.cluster.majority)

    def _goes_on(self) -> bool:
        """Whether there is still something to be asked, or to arrive, or to happen; or something has just happened.

        Some events wait for a leader, and a disk that was damaged shows it when it is read.
        """
        run, world = self._run, self._world
        before, self._seen = self._seen, (run.injected.total(), len(world.machines.living))
        is_to_be_asked = run.workload.unsent > 0 or run.clients.has_repeats_due
        is_late = world.now >= max(self._all_arrived_at, world.disturbances.until)
        return is_to_be_asked or not is_late or self._seen != before

    def _is_disturbed(self) -> bool:
        """Whether network or machines do not do what they should."""
        run, machines = self._run, self._world.machines
        if not run.network.is_faithful or run.hostility.is_on or run.is_unseating:
            return True
        if machines.have_bad_disks or machines.has_unknown_voters:
            return True
        return any(each.is_expected or each.state is State.STARTING for each in run.cluster.replicas.values())

    def voters(self) -> Mapping[RunId, frozenset[RunId]]:
        """Who can talk to whom, of those that have a say: one that has lost its disk has none.

        Nor has one that was never introduced, if too many of those are out of its reach who could do that.
        """
        run, reached = self._run, reach(self._run)
        replicas = len(run.cluster.replicas)
        needed = (replicas + (replicas - 1) // 2 - 2) // 2 + 1

        def has_say(name: RunId) -> bool:
            if self._world.machines.is_introduced(NodeId(name)):
                return True
            return not run.cluster.replicas[name].is_wiped and len(reached[name]) - 1 >= needed

        return among(reached, has_say)


def end_of_events(config: Config) -> float:
    """When the last event, and the last restart, is due, in seconds of the run; some wait for a leader beyond that."""
    ends = (
        each.time + (each.after_s if isinstance(each, Restart | RestartAll | Wipe) else 0.0)
        for each in config.all_events
    )
    return config.start_wait + max(ends, default=0.0)


def longest_delay_s(config: Config) -> float:
    """How long the network may hold anything back, in seconds."""
    delays_ms = (each.max_ms for each in config.all_events if isinstance(each, Delay | Duplicate | Reorder))
    return max(delays_ms, default=0.0) / 1000
