"""Drawing unrest: one leader after another is taken away, and given back, while clients write.

Most of what Raft is about happens when leaders change: votes are split, tails that nobody else has are truncated, and
answers of one reign arrive in another. A scenario in which that happens once or twice shows little of it; here it
happens as often as elections can follow one another.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from simulator.events import (
    AnyEvent,
    Delay,
    Drops,
    Duplicate,
    Flood,
    PartEnd,
    PartHard,
    PartLeader,
    PartOneway,
    Pause,
    Resume,
    Slow,
)
from simulator.explore.drawing_dice import log_uniform, milliseconds, one_of
from simulator.explore.drawing_stage import Stage

_WRITES_MIN_FLOOD: Final = 50
"""Where a flood of so many requests can be borne, small ones are."""
_LATE_S_MAX: Final = 3.0


def unrest(rng: Random, stage: Stage) -> Iterator[AnyEvent]:
    """Leaders are taken away from some time on, for a while; all that was done is undone behind it."""
    least_s, most_s = stage.election_s
    at = rng.uniform(0, stage.lifetime / 2)
    yield from _haunting(rng, milliseconds(at), min(4 * most_s, _LATE_S_MAX) * 1000)
    for _ in range(one_of(rng, {3: 2, 6: 3, 12: 2})):
        yield _taken_away(rng, milliseconds(at))
        if stage.flood_max >= _WRITES_MIN_FLOOD and rng.random() < 0.5:
            yield Flood(time=milliseconds(at + log_uniform(rng, 0.001, least_s)), requests=rng.randint(2, 12))
        at += log_uniform(rng, least_s / 3, 2 * most_s)
        if rng.random() < 0.85:
            yield PartEnd(time=milliseconds(at))
            yield Resume(time=milliseconds(at))
        at += log_uniform(rng, 0.001, most_s)
    yield PartEnd(time=milliseconds(at))
    yield Resume(time=milliseconds(at))


def _haunting(rng: Random, at: float, longest_ms: float) -> Iterator[AnyEvent]:
    """What was said in one reign comes again, or only comes, in another; until everything is healed."""
    if rng.random() < 0.5:
        max_ms = round(log_uniform(rng, longest_ms / 10, longest_ms), 1)
        yield Duplicate(time=at, rate=round(rng.uniform(0.05, 0.5), 2), max_ms=max_ms)
    if rng.random() < 0.35:
        rate = round(rng.uniform(0.02, 0.3), 2)
        yield Delay(time=at, rate=rate, min_ms=0.0, max_ms=round(longest_ms, 1), tail=rng.random() < 0.5)
    if rng.random() < 0.35:
        yield Slow(time=at, rate=round(log_uniform(rng, 0.01, 0.3), 3), max_ms=round(longest_ms, 1))
    if rng.random() < 0.3:
        yield Drops(time=at, rate=round(log_uniform(rng, 0.02, 0.4), 2))


def _taken_away(rng: Random, at: float) -> AnyEvent:
    match one_of(rng, {"split": 4, "hard": 2, "oneway": 3, "pause": 2}):
        case "split":
            return PartLeader(time=at)
        case "hard":
            return PartHard(time=at)
        case "oneway":
            return PartOneway(time=at, direction=one_of(rng, {"send_only": 2, "receive_only": 1}))
        case _:
            return Pause(time=at)
