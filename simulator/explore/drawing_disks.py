"""Drawing what befalls replicas that keep all on disk: power cuts, and disks that are full, hang or report errors.

What a crash can break is what one process promised and the next one does not know. So processes end close to one
another, mostly within milliseconds of something being written, and come back before or behind the next election.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from simulator.events import (
    AnyEvent,
    DiskError,
    DiskFlip,
    DiskFull,
    DiskHang,
    DiskMisdirect,
    DiskRow,
    Heal,
    Restart,
    RestartAll,
    Wipe,
)
from simulator.explore.drawing_dice import log_uniform, milliseconds, one_of
from simulator.explore.drawing_stage import Stage, gap_s, short_s, somebody

_AFTER_S: Final = (0.02, 2.0)
_FAILING: Final = 0.4
"""In this share of scenarios, disks fail besides."""
_KINDS: Final = {"full": 6, "hang": 6, "error": 2, "wipe": 3, "flip": 6, "misdirect": 4}
_FOR_GOOD: Final = frozenset({"error", "wipe", "flip", "misdirect"})
_ROWS: Final[dict[DiskRow, int]] = {"any": 2, "entry": 3, "record": 4, "state": 1}


def disks(rng: Random, stage: Stage, spare: int) -> Iterator[AnyEvent]:
    """Restarts, a few of them of all at once; sometimes disks that fail, so many of them as `spare` says for good."""
    at = rng.uniform(0, stage.lifetime / 2)
    for _ in range(one_of(rng, {1: 1, 3: 2, 6: 3, 12: 2})):
        yield _restart(rng, stage, milliseconds(at))
        at += gap_s(rng, stage)
    if rng.random() < _FAILING:
        yield from _failing(rng, stage, spare)


def _restart(rng: Random, stage: Stage, at: float) -> AnyEvent:
    after_s = milliseconds(log_uniform(rng, *_AFTER_S))
    if rng.random() < 0.25:
        return RestartAll(time=at, after_s=after_s)
    return Restart(time=at, replica=somebody(rng, stage), after_s=after_s)


def _lost(rng: Random, stage: Stage, at: float) -> Wipe:
    return Wipe(time=at, replica=somebody(rng, stage), after_s=milliseconds(log_uniform(rng, *_AFTER_S)))


def _failing(rng: Random, stage: Stage, spare: int) -> Iterator[AnyEvent]:
    """Full disks and ones that hang get well again, all at once; others do not, or lose all that they held."""
    for _ in range(rng.randint(1, 3)):
        at = milliseconds(rng.uniform(0, stage.lifetime))
        kind = one_of(rng, _KINDS)
        if kind in _FOR_GOOD:
            spare -= 1
            if spare >= 0:
                yield from _for_good(rng, stage, at, kind)
            continue
        failing = DiskFull if kind == "full" else DiskHang
        yield failing(time=at, replica=somebody(rng, stage))
        if rng.random() < 0.5:
            yield Heal(time=milliseconds(at + short_s(rng, stage)))


def _for_good(rng: Random, stage: Stage, at: float, kind: str) -> Iterator[AnyEvent]:
    """A disk that nobody can count on any more; what is damaged is found out when somebody reads it, or starts."""
    match kind:
        case "wipe":
            yield _lost(rng, stage, at)
        case "error":
            yield DiskError(time=at, replica=somebody(rng, stage))
        case _:
            damage = DiskFlip if kind == "flip" else DiskMisdirect
            who = somebody(rng, stage)
            yield damage(time=at, replica=who, row=one_of(rng, _ROWS))
            if rng.random() < 0.5:
                yield Restart(time=milliseconds(at + log_uniform(rng, 0.001, 0.5)), replica=who, after_s=0.05)
