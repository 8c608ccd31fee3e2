"""Drawing what goes wrong: some kinds of trouble, and when each comes, close to one another.

Bugs live where one thing happens just after another: a leader dies while a partition heals, is paused beyond its lease,
is cut off within milliseconds of being elected. So episodes follow one another by a few milliseconds, by about an
election timeout, or by a good while, in turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from simulator.events import (
    AnyEvent,
    DiskError,
    DiskFlip,
    DiskMisdirect,
    Flood,
    Heal,
    KillLeader,
    KillNonLeader,
    Restart,
    Resume,
    Wipe,
)
from simulator.explore.drawing_dice import log_uniform, milliseconds, one_of
from simulator.explore.drawing_disks import disks
from simulator.explore.drawing_episodes import EPISODES, UNSEATING
from simulator.explore.drawing_lasting import lasting
from simulator.explore.drawing_stage import Stage, gap_s, somebody
from simulator.explore.drawing_unrest import finale, unrest

_FOR_GOOD: Final = (KillLeader, KillNonLeader, DiskError, DiskFlip, DiskMisdirect, Wipe)
"""What takes a replica away, or its vote."""
_LAST_BEFORE_END_S: Final = 0.05
_FLOODS: Final = 2
_SMALL_FLOOD: Final = 12
"""So many requests at once are no flood that would have to be counted."""
_UNREST: Final = 0.6
"""In this share of scenarios, one leader after another is taken away."""
_ALONE: Final = 0.1
_FINALE: Final = 0.15
"""... and in this one, one is when all is nearly over."""


def faults(rng: Random, stage: Stage) -> tuple[AnyEvent, ...]:
    """All that goes wrong, in the order of time; at the end everything is healed, but for a minority, sometimes."""
    events: list[AnyEvent] = []
    is_unrest = rng.random() < _UNREST
    kinds = _some_kinds(rng, is_unrest=is_unrest)
    if kinds:
        for at in _times(rng, stage):
            events += EPISODES[_one_kind(rng, kinds)](rng, stage, at)
    if is_unrest:
        events += unrest(rng, stage)
    if rng.random() < _FINALE:
        events += finale(rng, stage)
    if stage.amnesia:
        events += _restarts(rng, stage)
    if stage.durable:
        kills = sum(isinstance(event, KillLeader | KillNonLeader) for event in events)
        events += disks(rng, stage, stage.kills - kills)
    events = [event for event in events if 0 <= event.time <= stage.lifetime - _LAST_BEFORE_END_S]
    events.sort(key=lambda event: event.time)
    affordable = tuple(_affordable(events, stage))
    end = (Heal(time=stage.lifetime), Resume(time=stage.lifetime))
    spare = stage.kills - sum(isinstance(event, _FOR_GOOD) for event in affordable)
    stays = () if stage.amnesia else tuple(lasting(rng, stage.lifetime, spare))
    return (*affordable, *end, *stays)


def _some_kinds(rng: Random, *, is_unrest: bool) -> tuple[str, ...]:
    """The swarm: each kind is in or out; sometimes few are in, sometimes most; once in a while one, or none.

    Mostly one at least is in that changes who leads; where there is unrest, that is enough, and fewer are.
    """
    if rng.random() < _ALONE:
        return (rng.choice(tuple(EPISODES)),)
    shares = {0.0: 5, 0.1: 3, 0.25: 2, 0.9: 1} if is_unrest else {0.0: 2, 0.1: 3, 0.25: 3, 0.5: 2, 0.9: 1}
    share = one_of(rng, shares)
    kinds = tuple(kind for kind in EPISODES if rng.random() < share)
    if not is_unrest and rng.random() < 0.75 and not any(kind in UNSEATING for kind in kinds):
        return (*kinds, rng.choice(UNSEATING))
    return kinds


def _one_kind(rng: Random, kinds: tuple[str, ...]) -> str:
    """Half of the time one that changes who leads, if there is any."""
    unseating = tuple(kind for kind in kinds if kind in UNSEATING)
    return rng.choice(unseating if unseating and rng.random() < 0.5 else kinds)


def _times(rng: Random, stage: Stage) -> Iterator[float]:
    """When episodes begin."""
    at = rng.uniform(0, stage.lifetime / 3)
    for _ in range(one_of(rng, {1: 1, 3: 2, 6: 4, 12: 4, 20: 3, 40: 1})):
        yield milliseconds(at)
        at += gap_s(rng, stage)
        if at >= stage.lifetime:
            at = rng.uniform(0, stage.lifetime)


def _restarts(rng: Random, stage: Stage) -> Iterator[AnyEvent]:
    """Several restarts, a few of them so close to one another that a majority may forget the same thing."""
    at = rng.uniform(0, stage.lifetime / 2)
    for _ in range(rng.randint(2, 6)):
        after_s = milliseconds(log_uniform(rng, 0.02, 2))
        yield Restart(time=milliseconds(at), replica=somebody(rng, stage), after_s=after_s)
        at += gap_s(rng, stage)


def _affordable(events: list[AnyEvent], stage: Stage) -> Iterator[AnyEvent]:
    """The events, but for kills and floods beyond what the run can bear."""
    kills, floods = stage.kills, _FLOODS
    for event in events:
        if isinstance(event, KillLeader | KillNonLeader):
            kills -= 1
            if kills < 0:
                continue
        elif isinstance(event, Flood) and event.requests > _SMALL_FLOOD:
            floods -= 1
            if floods < 0:
                continue
        yield event
