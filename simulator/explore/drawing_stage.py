"""Where trouble happens, and the measures that its kinds share: who, how soon, for how long."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from simulator.events import Slow
from simulator.explore.drawing_dice import log_uniform, milliseconds, one_of
from simulator.ids import NodeId

_SHORT_S_MAX: Final = 5.0
_KINDS_OF_MESSAGES: Final = {
    "append": 3,
    "append_accepted": 4,
    "append_rejected": 2,
    "request_vote": 3,
    "vote_reply": 2,
    "pre_vote": 1,
    "pre_vote_reply": 1,
    "install_snapshot": 2,
    "snapshot_reply": 2,
    "introduce": 1,
    "introduced": 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What an episode has to know of the run in which it happens."""

    names: tuple[NodeId, ...]
    lifetime: float
    election_s: tuple[float, float]
    flood_max: int
    """The largest flood that can be borne twice."""
    amnesia: bool
    """Whether replicas are restarted that keep nothing."""
    durable: bool = False
    """Whether they keep all on disk, and are restarted."""

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


def kind_of_message(rng: Random) -> str:
    """Of which messages only something is lost, late or doubled; mostly of any.

    Where it is all the same who says what, clusters come to a standstill before much of it can happen.
    """
    return one_of(rng, _KINDS_OF_MESSAGES) if rng.random() < 0.5 else ""


def slow(rng: Random, at: float, longest_ms: float) -> Slow:
    """Actors that are not scheduled for a while, now and then; or a disk that is slow for most of what it is told.

    Such a disk is slower than the network, and not so slow that nobody can be elected any more.
    """
    if rng.random() < 0.6:
        max_ms = round(log_uniform(rng, longest_ms / 100, longest_ms / 4), 2)
        return Slow(time=at, rate=round(log_uniform(rng, 0.2, 0.95), 2), max_ms=max_ms, actor="log_store")
    return Slow(time=at, rate=round(log_uniform(rng, 0.005, 0.3), 3), max_ms=round(longest_ms, 1))
