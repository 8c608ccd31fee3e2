"""Where trouble happens, and the measures that its kinds share: who, how soon, for how long."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from simulator.explore.drawing_dice import log_uniform, milliseconds, one_of
from simulator.ids import NodeId

_SHORT_S_MAX: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What an episode has to know of the run in which it happens."""

    names: tuple[NodeId, ...]
    lifetime: float
    election_s: tuple[float, float]
    flood_max: int
    """The largest flood that can be borne twice."""
    amnesia: bool
    """Whether replicas are restarted."""

    @property
    def kills(self) -> int:
        """So many replicas may die: a majority of all stays alive."""
        return (len(self.names) - 1) // 2


def gap_s(rng: Random, stage: Stage) -> float:
    """From one episode to the next: hardly any, some election timeouts at most, or a good while."""
    how = one_of(rng, {"close": 4, "timeout": 4, "far": 2})
    if how == "close":
        return log_uniform(rng, 0.002, 0.1)
    return short_s(rng, stage) if how == "timeout" else rng.uniform(0, stage.lifetime / 2)


def short_s(rng: Random, stage: Stage) -> float:
    """From 50 ms to several election timeouts."""
    return log_uniform(rng, 0.05, min(4 * stage.election_s[1], _SHORT_S_MAX))


def somebody(rng: Random, stage: Stage) -> str:
    """Mostly the leader."""
    return one_of(rng, {"leader": 5, "follower": 2, "random": 1, str(rng.choice(stage.names)): 1})


def after(rng: Random, stage: Stage, at: float) -> float:
    """When a fault that was set at `at` ends."""
    return milliseconds(at + log_uniform(rng, 0.1, stage.lifetime))
