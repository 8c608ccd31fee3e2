"""Runs that must be the same wherever they are played, and a program that plays all of them.

`python -m tests.simulator.virtual.cases DIRECTORY` writes the trails of each into `DIRECTORY/<case>/`, and beside it,
as `<case>.txt`, what came of it: for comparing what processes, and copies of the code, make of the same seed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

from actors.settings import Settings
from actors.storage import MemoryStorage
from actors.wiring import Replica
from messages.entry import Entry
from messages.ids import NodeId
from simulator.config import Config, Virtual
from simulator.events import Duplicate, Heal, LateTimers, PartHard, PartStar, Reorder, Restart, Slow
from simulator.run import Run
from simulator.virtual import play
from simulator.virtual.household import RecordedFurnishing
from simulator.virtual.node import Node
from simulator.virtual.storage import WatchedStorage
from simulator.virtual.world import World

Case: TypeAlias = Callable[[Path], str]
"""Plays one run, with trails in a directory; all that came of it, as a text."""

SEED: Final = 11


def small(virtual: Virtual) -> Config:
    """A short run with some trouble."""
    return Config(
        lifetime=3,
        replicas=3,
        requests=30,
        mix=0.4,
        start_wait=3.0,
        shared_keys=2,
        drops=0.15,
        virtual=virtual,
        extra_events=(
            Duplicate(time=0.1),
            Reorder(time=0.2),
            Slow(time=0.3),
            LateTimers(time=0.5),
            PartHard(time=0.7),
            PartStar(time=1.5),
            Heal(time=2.5),
        ),
    )


FORGETFUL: Final = Config(
    lifetime=4,
    replicas=3,
    requests=40,
    mix=0.3,
    start_wait=3.0,
    end_wait=10,
    extra_events=tuple(
        Restart(time=0.5 + 0.35 * number, replica=("leader", "follower")[number % 2], after_s=0.05)
        for number in range(6)
    ),
    environment={"RAFT_START_WAIT_MS": "0"},
)
"""Replicas that come back without a memory, soon enough to vote again: it breaks Raft's rules with most seeds."""


class FullStorage(WatchedStorage):
    """A storage that has room for so many entries."""

    def __init__(self, node: Node, room: int) -> None:
        super().__init__(node, MemoryStorage())
        self._room: Final = room

    def append(self, entries: tuple[Entry, ...]) -> None:
        """Keep entries, if there is room."""
        if self.last_index() + len(entries) > self._room:
            raise OSError("no space left on device")
        super().append(entries)


class ShortOfSpace(RecordedFurnishing):
    """The replicas' storages are nearly full."""

    def wire(self, node: Node, replica: Replica) -> None:
        """Build the actors around such a storage."""
        super().wire(node, replace(replica, storage=FullStorage(node, 5)))


def full(trails: Path) -> str:
    """A run in which a storage raises; all that its world found."""
    config = Config(lifetime=3, replicas=3, requests=30, mix=0.0, start_wait=3.0)
    run = Run(config, SEED)
    furnishing = ShortOfSpace(tuple(NodeId(name) for name in run.cluster.replicas), Settings(), SEED, trails)
    world = World(run, Settings(), furnishing, Random(f"{SEED}/world"))
    world.play()
    furnishing.close()
    return repr((world.watch.findings, world.steps, world.now, furnishing.events()))


def whole(config: Config) -> Case:
    """A run that is played as any other."""
    return lambda trails: repr(play(config, SEED, scenario="case", trails=trails))


CASES: Final[dict[str, Case]] = {
    "plain": whole(small(Virtual())),
    "synced": whole(small(Virtual(storage="synced"))),
    "extreme-clocks": whole(small(Virtual(clocks="extreme"))),
    "haste": whole(small(Virtual(haste=0.3))),
    "forgetful": whole(FORGETFUL),
    "full": full,
}
BREAKING: Final = frozenset({"forgetful", "full"})
"""Those in which something breaks a rule."""


def main(directory: Path) -> None:
    """Play all."""
    for name, case in CASES.items():
        directory.joinpath(f"{name}.txt").write_text(case(directory / name), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
