"""The kinds of trouble, each as an episode: it begins at some time, and mostly ends some time later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Final, TypeAlias

from simulator.events import (
    CORRUPTIONS,
    AnyEvent,
    Buffers,
    Corrupt,
    CutLink,
    Delay,
    Drops,
    Duplicate,
    Flood,
    Heal,
    Hostile,
    KillLeader,
    KillNonLeader,
    LateTimers,
    PartEasy,
    PartEnd,
    PartHard,
    PartLeader,
    PartOneway,
    PartStar,
    Pause,
    Reorder,
    Resume,
    Slow,
)
from simulator.explore.drawing_dice import log_uniform, milliseconds, one_of
from simulator.explore.drawing_stage import Stage, after, gap_s, kind_of_message, short_s, slow, somebody

Episode: TypeAlias = Callable[[Random, Stage, float], Iterator[AnyEvent]]
"""What happens from a time on; what comes after the run's lifetime is left out."""


# --- replicas --------------------------------------------------------------------------------------------------


def _kill_leader(_rng: Random, _stage: Stage, at: float) -> Iterator[AnyEvent]:
    yield KillLeader(time=at)


def _kill_non_leader(_rng: Random, _stage: Stage, at: float) -> Iterator[AnyEvent]:
    yield KillNonLeader(time=at)


def _pause(rng: Random, stage: Stage, at: float) -> Iterator[AnyEvent]:
    """Stop somebody, mostly the leader: for less than a lease, or for far longer; sometimes the next one too.

    Clients wait for one that they believe to lead; a partition has them look for another, while it stands still.
    """
    yield Pause(time=at, replica=somebody(rng, stage))
    end = at + short_s(rng, stage)
    if rng.random() < 0.3:
        yield Pause(time=milliseconds(rng.uniform(at, end)), replica=somebody(rng, stage))
    if rng.random() < 0.3:
        yield PartHard(time=milliseconds(rng.uniform(at, end)))
        yield PartEnd(time=milliseconds(end + rng.uniform(-0.1, 0.1)))
    yield Resume(time=milliseconds(end))


# --- partitions ------------------------------------------------------------------------------------------------


def _split(event: type[PartEasy | PartHard | PartLeader]) -> Episode:
    """A partition that heals; often it comes again as soon as the two sides have begun to agree."""

    def split(rng: Random, stage: Stage, at: float) -> Iterator[AnyEvent]:
        for _ in range(one_of(rng, {1: 5, 2: 3, 4: 1})):
            yield event(time=milliseconds(at))
            at += short_s(rng, stage)
            if rng.random() < 0.85:
                yield PartEnd(time=milliseconds(at))
            at += gap_s(rng, stage)

    return split


def _part_oneway(rng: Random, stage: Stage, at: float) -> Iterator[AnyEvent]:
    """A replica, or two, that can only send or only receive."""
    for _ in range(one_of(rng, {1: 3, 2: 1})):
        yield PartOneway(
            time=milliseconds(at),
            replica=somebody(rng, stage),
            direction=one_of(rng, {"send_only": 1, "receive_only": 1}),
        )
        at += gap_s(rng, stage)
    yield from _part_end(rng, stage, at)


def _part_star(rng: Random, stage: Stage, at: float) -> Iterator[AnyEvent]:
    yield PartStar(time=at, replica=somebody(rng, stage))
    yield from _part_end(rng, stage, at)


def _cut_link(rng: Random, stage: Stage, at: float) -> Iterator[AnyEvent]:
    """Some links of many, cut one after another."""
    for _ in range(rng.randint(1, len(stage.names))):
        a, b = rng.sample(stage.names, 2)
        ends = one_of(rng, {("leader", "follower"): 3, ("follower", "leader"): 1, (str(a), str(b)): 3})
        yield CutLink(time=milliseconds(at), a=ends[0], b=ends[1], both=rng.random() < 0.5)
        at += log_uniform(rng, 0.001, 0.3)
    yield from _part_end(rng, stage, at)


def _part_end(rng: Random, stage: Stage, at: float) -> Iterator[AnyEvent]:
    yield PartEnd(time=milliseconds(at + short_s(rng, stage)))


def _heal(_rng: Random, _stage: Stage, at: float) -> Iterator[AnyEvent]:
    yield Heal(time=at)


# --- messages --------------------------------------------------------------------------------------------------


def _drops(rng: Random, stage: Stage, at: float) -> Iterator[AnyEvent]:
    only = kind_of_message(rng)
    yield Drops(time=at, rate=round(log_uniform(rng, 0.1, 0.9) if only else log_uniform(rng, 0.02, 0.6), 2), only=only)
    yield Drops(time=after(rng, stage, at), rate=0.0)


def _duplicate(rng: Random, stage: Stage, at: float) -> Iterator[AnyEvent]:
    rate = round(rng.uniform(0.05, 0.6), 2)
    max_ms = round(log_uniform(rng, 1, 2000), 1)
    yield Duplicate(time=at, rate=rate, max_ms=max_ms, only=kind_of_message(rng))
    yield Duplicate(time=after(rng, stage, at), rate=0.0)


def _delay(rng: Random, stage: Stage, at: float) -> Iterator[AnyEvent]:
    max_ms = round(log_uniform(rng, 2, 2000), 1)
    yield Delay(
        time=at,
        rate=one_of(rng, {1.0: 2, round(rng.uniform(0.02, 0.5), 2): 3}),
        min_ms=round(max_ms * one_of(rng, {0.0: 2, 0.1: 1, 0.9: 1}), 1),
        max_ms=max_ms,
        tail=rng.random() < 0.4,
        only=kind_of_message(rng),
    )
    yield Delay(time=after(rng, stage, at), rate=0.0)


def _reorder(rng: Random, stage: Stage, at: float) -> Iterator[AnyEvent]:
    rate = round(rng.uniform(0.05, 0.6), 2)
    yield Reorder(time=at, rate=rate, max_ms=round(log_uniform(rng, 5, 500), 1))
    yield Reorder(time=after(rng, stage, at), rate=0.0)


def _corrupt(rng: Random, stage: Stage, at: float) -> Iterator[AnyEvent]:
    kinds = CORRUPTIONS if rng.random() < 0.5 else (rng.choice(CORRUPTIONS),)
    yield Corrupt(time=at, rate=round(log_uniform(rng, 0.01, 0.3), 3), kinds=kinds)
    yield Corrupt(time=after(rng, stage, at), rate=0.0)


def _hostile(rng: Random, _stage: Stage, at: float) -> Iterator[AnyEvent]:
    """For a short time: hostile datagrams cost as much as honest ones, and one is like another."""
    yield Hostile(time=at, per_second=float(round(log_uniform(rng, 5, 100))))
    yield Hostile(time=milliseconds(at + rng.uniform(0.2, 2)), per_second=0.0)


# --- the machines ----------------------------------------------------------------------------------------------


def _slow(rng: Random, stage: Stage, at: float) -> Iterator[AnyEvent]:
    yield slow(rng, at, log_uniform(rng, 1, 500))
    yield Slow(time=after(rng, stage, at), rate=0.0)


def _late_timers(rng: Random, stage: Stage, at: float) -> Iterator[AnyEvent]:
    yield LateTimers(time=at, max_ms=round(log_uniform(rng, 1, 1000), 1))
    yield LateTimers(time=after(rng, stage, at), max_ms=0.0)


def _buffers(rng: Random, stage: Stage, at: float) -> Iterator[AnyEvent]:
    yield Buffers(time=at, datagrams=one_of(rng, {1: 1, 2: 1, 4: 1, 16: 1}))
    yield Buffers(time=after(rng, stage, at), datagrams=0)


def _flood(rng: Random, stage: Stage, at: float) -> Iterator[AnyEvent]:
    requests = 1000 if rng.random() < 0.03 else rng.randint(50, 300)
    if stage.flood_max >= 50:
        yield Flood(time=at, requests=min(requests, stage.flood_max))


EPISODES: Final[dict[str, Episode]] = {
    "kill_leader": _kill_leader,
    "kill_non_leader": _kill_non_leader,
    "pause": _pause,
    "part_easy": _split(PartEasy),
    "part_hard": _split(PartHard),
    "part_leader": _split(PartLeader),
    "part_oneway": _part_oneway,
    "part_star": _part_star,
    "cut_link": _cut_link,
    "heal": _heal,
    "drops": _drops,
    "duplicate": _duplicate,
    "delay": _delay,
    "reorder": _reorder,
    "corrupt": _corrupt,
    "hostile": _hostile,
    "slow": _slow,
    "late_timers": _late_timers,
    "buffers": _buffers,
    "flood": _flood,
}
"""The kinds of trouble, of which each scenario has some."""

UNSEATING: Final = ("kill_leader", "pause", "part_hard", "part_leader", "part_oneway", "part_star", "cut_link")
"""Those that may well cost a leader its office: what else goes wrong matters most while somebody else takes over."""
