"""The machines that replicas run on in virtual time: processes that start, stand still, fail and are ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import TYPE_CHECKING, Final, Protocol, assert_never

from messages.ids import DiskId, NodeId
from simulator.actions import Exit
from simulator.cluster import State
from simulator.config import Virtual
from simulator.events import DiskError, DiskFlip, DiskFull, DiskHang, DiskMisdirect, DiskRow, Spoiling
from simulator.ids import NodeId as RunId
from simulator.virtual.disk import Disk
from simulator.virtual.node import Node
from storage.errors import DamageError

if TYPE_CHECKING:
    from simulator.virtual.world import World

_START_S: Final = (0.1, 0.4)
"""A process takes so long until its actors run."""
_REFUSED: Final = 2
"""The exit code of a process that does not begin."""
_DRIFTS: Final = 6
"""For so many of the longest election timeouts, at most, a clock keeps its rate."""


class Household(Protocol):
    """What nodes are furnished with when their processes begin."""

    def furnish(self, node: Node) -> None:
        """Build the node's actors, and have them start."""

    def failed(self, node: Node, error: Exception) -> None:
        """An actor has raised: the node's last words."""

    def stopped(self, node: Node) -> None:
        """The node was ended from outside."""


class Machines:
    """Owns the processes; each incarnation of a replica is a node of its own, on a clock of its own."""

    def __init__(self, world: World, household: Household, random: Random, virtual: Virtual, *, durable: bool) -> None:
        self._world: Final = world
        self._household: Final = household
        self._random: Final = random
        self._clocks: Final = virtual.clocks
        self._drifts_s: Final = _DRIFTS * world.settings.election_timeout_max_ms / 1000
        self._incarnations: Final[Counter[NodeId]] = Counter()
        self.nodes: Final[dict[NodeId, Node]] = {}
        """The latest node of each name."""
        self.damaged: Final[Counter[str]] = Counter()
        """How many rows of disks were damaged, by their kind."""
        self.stopped_by_damage = 0
        """How many processes have ended, or not begun, because of that."""
        self.has_unknown_voters = False
        """Whether it is not known of some replica if it can ever vote."""
        self.disks: Final = (
            {NodeId(name): Disk(DiskId(f"{name}-1")) for name in world.run.cluster.replicas} if durable else {}
        )

    @property
    def living(self) -> Mapping[NodeId, Node]:
        """The nodes that run."""
        return {name: node for name, node in self.nodes.items() if not node.is_dead}

    def start(self, name: NodeId) -> None:
        """Start a process; its actors run a little later."""
        self._incarnations[name] += 1
        begins_at = self._world.now + self._random.uniform(*_START_S)
        self._world.at(begins_at, self._begin, (name, self._incarnations[name]))

    def _begin(self, process: tuple[NodeId, int]) -> None:
        """The process runs, unless it was ended before."""
        name, incarnation = process
        run = self._world.run
        is_wanted = run.cluster.replicas[RunId(name)].state is State.STARTING
        if run.over or not is_wanted or incarnation != self._incarnations[name]:
            return
        disk = self.disks.get(name)
        if disk is not None and (refusal := _refusal(disk)) is not None:
            self.stopped_by_damage += 1
            self._world.refused(name, refusal)
            return
        clock_start, clock_rate = self._random.uniform(0, 1e6), self._clock_rate()
        node = Node(self._world, name, incarnation, clock_start=clock_start, clock_rate=clock_rate, disk=disk)
        self.nodes[name] = node
        self._world.watch.enter(node)
        self._household.furnish(node)
        if self._clocks == "drifting":
            self._drift(node)

    def _drift(self, node: Node) -> None:
        """Its clock goes at one bound of its rate for a while, then at the other, or at the same."""
        if not node.is_dead:
            node.drift(self._clock_rate())
            self._world.at(self._world.now + self._random.uniform(0, self._drifts_s), self._drift, node)

    def _clock_rate(self) -> float:
        """Within what the settings allow for, or just at its bounds."""
        error = self._world.settings.clock_error_percent / 100
        match self._clocks:
            case "exact":
                return 1.0
            case "random":
                return 1 + self._random.uniform(-error, error)
            case "extreme" | "drifting":
                return 1 + self._random.choice((-error, error))
            case _:
                assert_never(self._clocks)

    def terminate(self, name: NodeId) -> Exit:
        """End a process at once; how it ended."""
        node = self.nodes.get(name)
        if node is not None and not node.is_dead:
            node.is_dead = True
            node.crash(self._random.random)
            self._household.stopped(node)
        return Exit(code=0)

    def spoil(self, name: NodeId, event: Spoiling) -> None:
        """Have a disk fail, or damage what is on it."""
        disk = self.disks[name]
        match event:
            case DiskFull():
                disk.is_full = True
            case DiskError():
                disk.is_broken = True
            case DiskHang():
                disk.hangs = True
            case DiskFlip() | DiskMisdirect():
                self._damage(disk, event.row, is_misdirected=isinstance(event, DiskMisdirect))
            case _:
                assert_never(event)

    def _damage(self, disk: Disk, kind: DiskRow, *, is_misdirected: bool) -> None:
        """Any row of that kind, or else any; where there is only one, nothing can stand in its place."""
        rows = disk.rows()
        row = self._random.choice([row for row in rows if row.kind == kind] or rows)
        if is_misdirected and len(rows) > 1:
            other = self._random.choice([each for each in rows if each != row])
            disk.damage.misdirect(row, other, disk.content(other))
        else:
            disk.damage.flip(row, disk.content(row), self._random.random())
        self.damaged[row.kind] += 1

    def wipe(self, name: NodeId) -> None:
        """Its disk is lost, and an empty one takes its place.

        Of one that was not introduced for good, nobody knows here whether it may be with its next disk.
        """
        if all(replica != name for replica, _ in self.disks[name].disks):
            self.has_unknown_voters = True
        self.disks[name] = Disk(DiskId(f"{name}-{self._incarnations[name] + 1}"))

    def is_introduced(self, name: NodeId) -> bool:
        """Whether a replica may vote: it need not be introduced, or its disk says that it was."""
        disk = self.disks.get(name)
        return disk is None or (name, disk.name) in disk.disks

    def heal_disks(self) -> None:
        """Disks have room, and answer."""
        for name, disk in self.disks.items():
            disk.heal()
            if name in self.nodes:
                self.nodes[name].unhang()

    @property
    def have_bad_disks(self) -> bool:
        """Whether the disk of anybody who runs is about to fail, or does not do what it is told."""
        return any(self.disks[name].is_bad for name in self.living if name in self.disks)

    def fail(self, node: Node, error: Exception) -> Exit:
        """An actor has raised: its process ends (Raft assumes fail-stop); how."""
        node.is_dead = True
        self.stopped_by_damage += isinstance(error, DamageError)
        self._household.failed(node, error)
        return Exit(code=1, last_words=f"{type(error).__name__}: {error}")


def _refusal(disk: Disk) -> Exit | None:
    """How a process ends that does not begin with what it finds; None when all of it is as it was written."""
    try:
        disk.verify_all()
    except DamageError as error:
        return Exit(code=_REFUSED, last_words=str(error))
    return None
