"""Random changes, several at once: they find what no single step in an orderly search leads to.

Hardly any of them is a gain. But a run that has taken as many steps as the best is not played on, so that thousands can
be tried; and of the few that fail sooner, each is one that the orderly moves can go on from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final, TypeAlias

from msgspec.structs import replace

from simulator.config import Clocks, Config
from simulator.events import AnyEvent, KillLeader, PartEnd, PartHard, PartLeader
from simulator.explore.drawing import drawn
from simulator.explore.drawing_dice import milliseconds
from simulator.explore.shrinking_load import with_replicas
from simulator.explore.shrinking_search import Search

Change: TypeAlias = Callable[[Search, Config, Random], Config]

_CHANGES_AT_ONCE: Final = (1, 1, 1, 2, 2, 3)
_KEEPS_SEED: Final = 0.4
_SEEDS: Final = 1_000_000
_SLACK: Final = 0.05
_TURNS_BACK: Final = 0.01
_NEAR_S: Final = 0.1
_EARLIEST_S: Final = -1.0
_BEHIND_S: Final = 0.5
_ANY_TROUBLE: Final[tuple[AnyEvent, ...]] = tuple(
    kind(time=0.0) for kind in (KillLeader, PartLeader, PartHard, PartEnd)
)
_SETTINGS: Final[Mapping[str, Sequence[int]]] = {
    "RAFT_THRIFTY": (0, 1),
    "RAFT_BATCH_ENTRIES": (1, 2),
    "RAFT_WINDOW": (1, 2),
    "RAFT_RETRANSMIT_MIN_MS": (5, 20, 100, 300),
    "RAFT_PROBE_MAX_MS": (50, 300, 3000),
    "RAFT_CAMPAIGN_TRIES": (1, 2, 5),
    "RAFT_CLOCK_ERROR_PERCENT": (2, 10, 30),
}
_TIMEOUTS_MS: Final = (150, 300, 600, 1200, 1500, 3000)
_CLOCKS: Final[Sequence[Clocks]] = ("exact", "random", "extreme", "drifting")
_HASTES: Final = (0.0, 0.0, 0.01, 0.1)
_LATENCIES_MS: Final = ((0.05, 0.25), (1.0, 1.05), (0.5, 5.0), (5.0, 10.0))
_DROPS: Final = (0.0, 0.0, 0.05, 0.15, 0.3, 0.5)
_START_WAIT_S: Final = (1.8, 3.5)


def wander(search: Search, rng: Random, patience: int) -> None:
    """Change the best at random, until that was in vain so many times in a row; raises SpentError.

    What takes hardly more steps than the best is good enough to go on from, for a while: the way to what is smaller may
    lead through what is a little larger.
    """
    in_vain, here = 0, search.best
    while in_vain < patience:
        config = here.config
        for _ in range(rng.choice(_CHANGES_AT_ONCE)):
            config = rng.choice(_CHANGES)(search, config, rng)
        seed = here.seed if rng.random() < _KEEPS_SEED else rng.randrange(1, _SEEDS)
        found = search.found(config, seed, round(search.best.steps * (1 + _SLACK)))
        in_vain = 0 if found is not None and search.keep(found) else in_vain + 1
        here = search.best if in_vain == 0 or rng.random() < _TURNS_BACK else found or here


# --- events ----------------------------------------------------------------------------------------------------


def _one_moved(search: Search, config: Config, rng: Random) -> Config:
    """An event at any other time, or close to where it is, or to another one."""
    events = search.body_of(config)
    if not events:
        return config
    number = rng.randrange(len(events))
    return search.with_body(config, (*events[:number], _moved(search, events, number, rng), *events[number + 1 :]))


def _moved(search: Search, events: tuple[AnyEvent, ...], number: int, rng: Random) -> AnyEvent:
    near = rng.choice((None, events[number].time, rng.choice(events).time))
    at = rng.gauss(near, _NEAR_S) if near is not None else _any_time(search, rng)
    return replace(events[number], time=_within(search, at))


def _one_left_out(search: Search, config: Config, rng: Random) -> Config:
    events = search.body_of(config)
    if not events:
        return config
    number = rng.randrange(len(events))
    return search.with_body(config, (*events[:number], *events[number + 1 :]))


def _half_left_out(search: Search, config: Config, rng: Random) -> Config:
    return search.with_body(config, tuple(event for event in search.body_of(config) if rng.random() < 0.5))


def _one_more(search: Search, config: Config, rng: Random) -> Config:
    """Trouble of a kind that there was in the beginning, or that is trouble for everybody."""
    pool = search.body_of(search.first.config) or _ANY_TROUBLE
    event = rng.choice(pool if rng.random() < 0.5 else _ANY_TROUBLE)
    event = replace(event, time=_within(search, _any_time(search, rng)))
    return search.with_body(config, (*search.body_of(config), event))


def _another_instead(search: Search, config: Config, rng: Random) -> Config:
    return _one_more(search, _one_left_out(search, config, rng), rng)


def _any_time(search: Search, rng: Random) -> float:
    return rng.uniform(_EARLIEST_S, min(search.best.finding.at, search.config.lifetime) + _BEHIND_S)


def _within(search: Search, time: float) -> float:
    latest = search.config.lifetime - (0.001 if search.keeps_end else 0.0)
    return milliseconds(min(max(time, _EARLIEST_S), latest))


# --- machines and settings -------------------------------------------------------------------------------------


def _machines_of_another(_: Search, config: Config, rng: Random) -> Config:
    """What the explorer drew for another scenario fits together, too."""
    other = drawn(rng.randrange(_SEEDS))
    kept = {name: value for name, value in config.environment.items() if name.startswith("RAFT_SNAPSHOT")}
    drawn_for_it = {name: value for name, value in other.environment.items() if not name.startswith("RAFT_SNAPSHOT")}
    return replace(config, environment={**drawn_for_it, **kept}, virtual=other.virtual)


def _setting_left_out(_: Search, config: Config, rng: Random) -> Config:
    if not config.environment:
        return config
    name = rng.choice(sorted(config.environment))
    return replace(config, environment={each: of for each, of in config.environment.items() if each != name})


def _another_setting(_: Search, config: Config, rng: Random) -> Config:
    name = rng.choice(sorted(_SETTINGS))
    return replace(config, environment={**config.environment, name: str(rng.choice(_SETTINGS[name]))})


def _other_elections(_: Search, config: Config, rng: Random) -> Config:
    """Few heartbeats to an election timeout, and few campaigns."""
    least = rng.choice(_TIMEOUTS_MS)
    settings = {
        "RAFT_ELECTION_TIMEOUT_MIN_MS": least,
        "RAFT_ELECTION_TIMEOUT_MAX_MS": round(least * rng.uniform(1.05, 2)),
        "RAFT_HEARTBEAT_MS": least // 3,
        "RAFT_PROBE_MAX_MS": least // 3,
        "RAFT_CAMPAIGN_RETRY_MS": min(least, 300),
        "RAFT_CAMPAIGN_TRIES": rng.choice((1, 2)),
    }
    changed = {name: str(value) for name, value in settings.items()}
    return replace(config, environment={**config.environment, **changed})


def _other_machines(_: Search, config: Config, rng: Random) -> Config:
    changes: list[Mapping[str, object]] = [
        {"clocks": rng.choice(_CLOCKS)},
        {"haste": rng.choice(_HASTES)},
        {"latency_ms": rng.choice(_LATENCIES_MS)},
        {"storage": rng.choice(("memory", "synced"))},
    ]
    return replace(config, virtual=replace(config.virtual, **rng.choice(changes)))


# --- what is asked, and of whom --------------------------------------------------------------------------------


def _other_load(_: Search, config: Config, rng: Random) -> Config:
    fewer = [
        count for count in (1, 2, 3, 4, 6, 8, config.requests // 2, config.requests - 1) if 0 < count < config.requests
    ]
    changes: list[Mapping[str, object]] = [
        {"mix": rng.choice((0.0, 0.2, 0.5, 0.8, 1.0))},
        {"shared_keys": rng.choice((0, 1, 2))},
        {"burst": 0 if config.burst else min(config.requests, 1024)},
        {"repeats": rng.choice((0.0, 30.0, 100.0))},
        *({"requests": count, "burst": min(config.burst, count)} for count in fewer),
    ]
    return replace(config, **rng.choice(changes))


def _other_loss(_: Search, config: Config, rng: Random) -> Config:
    return replace(config, drops=rng.choice(_DROPS))


def _other_start(_: Search, config: Config, rng: Random) -> Config:
    return replace(config, start_wait=round(rng.uniform(*_START_WAIT_S), 1), late_start=None)


def _on_disk_or_not(_: Search, config: Config, _rng: Random) -> Config:
    return replace(config, durable=not config.durable)


def _fewer_replicas(search: Search, config: Config, rng: Random) -> Config:
    return with_replicas(search, config, max(3, config.replicas - rng.randint(1, 2)), spread=rng.random() < 0.5)


def _nothing(_: Search, config: Config, _rng: Random) -> Config:
    """Only another seed."""
    return config


_CHANGES: Final[tuple[Change, ...]] = (
    _one_moved,
    _one_moved,
    _one_moved,
    _one_left_out,
    _half_left_out,
    _one_more,
    _another_instead,
    _machines_of_another,
    _setting_left_out,
    _another_setting,
    _other_elections,
    _other_machines,
    _other_load,
    _other_load,
    _other_loss,
    _other_start,
    _on_disk_or_not,
    _fewer_replicas,
    _nothing,
    _nothing,
)
