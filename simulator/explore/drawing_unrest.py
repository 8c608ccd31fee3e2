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
    Unseat,
)
from simulator.explore.drawing_dice import log_uniform, milliseconds, one_of
from simulator.explore.drawing_stage import Stage, kind_of_message, slow

_WRITES_MIN_FLOOD: Final = 50
"""Where a flood of so many requests can be borne, small ones are."""
_LATE_S_MAX: Final = 3.0


def unrest(rng: Random, stage: Stage) -> Iterator[AnyEvent]:
    """Leaders are taken away from some time on, for a while: at times of the clock, as soon as they lead, or both."""
    at = rng.uniform(0, stage.lifetime / 2)
    yield from _haunting(rng, milliseconds(at), min(4 * stage.election_s[1], _LATE_S_MAX) * 1000)
    how = one_of(rng, {"by the clock": 3, "as they lead": 4, "both": 2})
    if how != "by the clock":
        yield _unseat(rng, stage, milliseconds(at))
    if how != "as they lead":
        yield from _by_the_clock(rng, stage, at)


def finale(rng: Random, stage: Stage) -> Iterator[AnyEvent]:
    """Just before all is healed, a leader takes what nobody else will ever see, and nothing is written behind that."""
    at = stage.lifetime - log_uniform(rng, 0.1, min(3 * stage.election_s[1], stage.lifetime))
    yield PartOneway(time=milliseconds(at), direction="receive_only")
    if stage.flood_max >= _WRITES_MIN_FLOOD:
        yield Flood(time=milliseconds(at + log_uniform(rng, 0.001, 0.05)), requests=rng.randint(2, 12))


def _unseat(rng: Random, stage: Stage, at: float) -> Unseat:
    """Mostly within milliseconds of its election, before anybody else has heard of it; for any time."""
    least_ms, most_ms = (1000 * each for each in stage.election_s)
    return Unseat(
        time=at,
        way=one_of(rng, {"split": 5, "hard": 2, "oneway": 3, "pause": 2}),
        after_ms=round(log_uniform(rng, 0.5, least_ms), 1),
        lasts_ms=round(log_uniform(rng, least_ms / 2, 5 * most_ms), 1),
        times=one_of(rng, {6: 2, 12: 3, 24: 2}),
        flood=rng.randint(2, 12) if stage.flood_max >= _WRITES_MIN_FLOOD and rng.random() < 0.7 else 0,
    )


def _by_the_clock(rng: Random, stage: Stage, at: float) -> Iterator[AnyEvent]:
    """Times that have nothing to do with what happens; all that was done is undone behind it."""
    least_s, most_s = stage.election_s
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
    if rng.random() < 0.6:
        yield _duplicate(rng, at, longest_ms)
    if rng.random() < 0.4:
        yield _delay(rng, at, longest_ms)
    if rng.random() < 0.4:
        yield slow(rng, at, longest_ms)
    if rng.random() < 0.4:
        only = kind_of_message(rng)
        yield Drops(time=at, rate=round(log_uniform(rng, 0.02, 0.9 if only else 0.4), 2), only=only)


def _duplicate(rng: Random, at: float, longest_ms: float) -> Duplicate:
    """Many of all messages, or most of one kind, mostly of acknowledgements: those are believed for longest."""
    only = "append_accepted" if rng.random() < 0.4 else kind_of_message(rng)
    rate = round(rng.uniform(0.3, 1.0) if only else rng.uniform(0.05, 0.5), 2)
    return Duplicate(time=at, rate=rate, max_ms=round(log_uniform(rng, longest_ms / 10, longest_ms), 1), only=only)


def _delay(rng: Random, at: float, longest_ms: float) -> Delay:
    """Few of all messages, or many of one kind."""
    only = kind_of_message(rng)
    rate = round(rng.uniform(0.05, 0.8) if only else rng.uniform(0.02, 0.3), 2)
    max_ms = round(log_uniform(rng, longest_ms / 8, longest_ms), 1) if only else round(longest_ms, 1)
    return Delay(time=at, rate=rate, min_ms=0.0, max_ms=max_ms, tail=rng.random() < 0.5, only=only)


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
