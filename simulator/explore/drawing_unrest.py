"""Drawing unrest: one leader after another is taken away, and given back, while clients write.

Most of what Raft is about happens when leaders change: votes are split, tails that nobody else has are truncated, and
answers of one reign arrive in another. A scenario in which that happens once or twice shows little of it; here it
happens as often as elections can follow one another.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from simulator.events import AnyEvent, Flood, PartEnd, PartHard, PartLeader, PartOneway, Pause, Resume
from simulator.explore.drawing_dice import log_uniform, milliseconds, one_of
from simulator.explore.drawing_stage import Stage

_WRITES_MIN_FLOOD: Final = 50
"""Where a flood of so many requests can be borne, small ones are."""


def unrest(rng: Random, stage: Stage) -> Iterator[AnyEvent]:
    """Leaders are taken away from some time on, for a while; all that was done is undone behind it."""
    least_s, most_s = stage.election_s
    at = rng.uniform(0, stage.lifetime / 2)
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
