"""Moves that make a scenario shorter and smaller: what lies behind the failure, replicas, requests."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from simulator.config import Config, LateStart
from simulator.events import AnyEvent, CutLink
from simulator.explore.shrinking_search import Search
from simulator.ids import replica_ids

_LIFETIME_LEAST: Final = 5.0
_REPLICAS_LEAST: Final = 3
_SOON_S: Final = 0.1
_FEW: Final = (1, 2, 3, 4, 6, 8)


def cut_behind(search: Search) -> None:
    """Leave out all that comes behind the failure."""
    at = search.best.finding.at
    search.attempt_events(tuple(event for event in search.events if event.time <= at))
    _shorter(search, max(_LIFETIME_LEAST, math.ceil((at + _SOON_S) * 10) / 10))
    _shorter(search, _LIFETIME_LEAST)
    if not search.keeps_end:
        search.attempt(replace(search.config, end_wait=0.0))


def fewer_replicas(search: Search) -> None:
    """A smaller cluster; events that name a replica that is left out name another."""
    for count in range(_REPLICAS_LEAST, search.config.replicas):
        for spread in (True, False):
            if search.attempt(with_replicas(search, search.config, count, spread=spread), 2 * search.seeds):
                return


def fewer_requests(search: Search) -> None:
    """Fewer requests, spread or all at once."""
    for count in _counts(search.config.requests):
        config = search.config
        if count < config.requests and any(
            search.attempt(replace(config, requests=count, burst=burst)) for burst in _bursts(config, count)
        ):
            return


def other_pace(search: Search) -> None:
    """All requests at once, or spread over a lifetime."""
    for burst in (0, min(search.config.requests, 1024)):
        search.attempt(replace(search.config, burst=burst))


def _shorter(search: Search, lifetime: float) -> None:
    """A shorter lifetime, with as many requests a second, or as many in all."""
    config = search.config
    if lifetime >= config.lifetime:
        return
    requests = max(1, math.ceil(config.requests * lifetime / config.lifetime))
    kept = search.with_events(tuple(event for event in search.events if event.time <= lifetime), lifetime)
    scale = lifetime / config.lifetime
    scaled = search.with_events(tuple(replace(event, time=event.time * scale) for event in search.events), lifetime)
    for shorter in (kept, scaled):
        if search.attempt(replace(shorter, requests=requests)) or search.attempt(shorter):
            return


def _counts(requests: int) -> Iterator[int]:
    """Numbers of requests to try, the boldest first."""
    yield from _FEW
    for divisor in (16, 8, 4, 2):
        if requests // divisor > _FEW[-1]:
            yield requests // divisor
    yield from (requests * 3 // 4, requests - 1)


def _bursts(config: Config, count: int) -> tuple[int, ...]:
    return (0, min(count, 1024)) if config.burst == 0 else (min(count, 1024), 0)


# --- replicas that are left out --------------------------------------------------------------------------------


def with_replicas(search: Search, config: Config, count: int, *, spread: bool) -> Config:
    """A scenario with `count` replicas: those that are named become the first ones, or only those that are left out."""
    named = dict.fromkeys(_named(config))
    names = replica_ids(count)
    new = {old: str(names[number % count]) for number, old in enumerate(named)}
    if not spread:
        new = {old: old if old in names else other for old, other in new.items()}
    events = tuple(_renamed(event, new) for event in search.body_of(config))
    linked = tuple(event for event in events if not (isinstance(event, CutLink) and event.a == event.b))
    late = config.late_start
    return replace(
        search.with_body(config, linked),
        replicas=count,
        late_start=None if late is None else LateStart(replica=new[late.replica], delay=late.delay),
    )


def _named(config: Config) -> Iterator[str]:
    """The replicas that are called by their names."""
    known = replica_ids(config.replicas)
    for event in config.all_events:
        yield from (name for field in _WHO if (name := getattr(event, field, "")) in known)
    if config.late_start is not None:
        yield config.late_start.replica


def _renamed(event: AnyEvent, new: dict[str, str]) -> AnyEvent:
    changed = {field: new[name] for field in _WHO if (name := getattr(event, field, "")) in new}
    return replace(event, **changed) if changed else event


_WHO: Final = ("replica", "a", "b")
