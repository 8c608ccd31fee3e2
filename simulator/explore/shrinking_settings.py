"""Moves that make the machines, the replicas' settings and the requests of a scenario as plain as they can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final, TypeAlias

from msgspec.structs import replace

from simulator.config import Config, Virtual
from simulator.explore.shrinking_search import Search

_START_WAITS_S: Final = (2.2, 2.5, 3.0, 3.5)
"""Nobody is elected much sooner than the least of these."""

_ELECTION: Final = "RAFT_ELECTION"
_SNAPSHOT: Final = "RAFT_SNAPSHOT"

_SETTLED_SOONER: Final[tuple[Mapping[str, str], ...]] = (
    {
        "RAFT_ELECTION_TIMEOUT_MIN_MS": "1500",
        "RAFT_ELECTION_TIMEOUT_MAX_MS": "1600",
        "RAFT_HEARTBEAT_MS": "500",
        "RAFT_PROBE_MAX_MS": "500",
    },
    {
        "RAFT_ELECTION_TIMEOUT_MIN_MS": "1200",
        "RAFT_ELECTION_TIMEOUT_MAX_MS": "1250",
        "RAFT_HEARTBEAT_MS": "400",
        "RAFT_PROBE_MAX_MS": "400",
    },
)
"""Settings of which the bound of liveness is short, counted in heartbeats."""

Change: TypeAlias = Callable[[Config], Config]


def all_plain(search: Search) -> None:
    """All of it as by default, at once."""
    config = search.config
    plain = replace(config, environment={}, virtual=Virtual(clocks="exact"), drops=0.0, late_start=None, repeats=0.0)
    search.attempt(plain)
    search.attempt(replace(search.config, virtual=Virtual(clocks="exact")))
    search.attempt(replace(search.config, environment={}))


def plain_one_by_one(search: Search) -> None:
    """Each by itself."""
    for change in _changes(search.config):
        search.attempt(change(search.config))


def sooner_asked(search: Search) -> None:
    """Begin with the first request as soon as there may be a leader."""
    for start_wait in _START_WAITS_S:
        if start_wait < search.config.start_wait and search.attempt(replace(search.config, start_wait=start_wait)):
            return


def sooner_settled(search: Search) -> None:
    """Let the time in which all has to settle be over after few heartbeats, where that is what fails."""
    for settings in _SETTLED_SOONER if search.keeps_end else ():
        kept = {name: value for name, value in search.config.environment.items() if not name.startswith(_ELECTION)}
        search.attempt(replace(search.config, environment={**kept, **settings}), 2 * search.seeds)


def _changes(config: Config) -> Iterator[Change]:
    """What can be made plainer, one thing at a time, in whatever the scenario is by then."""
    yield from (partial(_without, prefix=prefix) for prefix in (_ELECTION, _SNAPSHOT, *config.environment))
    yield partial(_on, clocks="exact")
    yield partial(_on, storage="memory")
    yield partial(_on, haste=0.0)
    yield partial(_on, latency_ms=Virtual().latency_ms)
    yield partial(replace, drops=0.0)
    yield partial(replace, late_start=None)
    yield partial(replace, repeats=0.0)
    yield from (partial(replace, value_size=size) for size in (8, 32) if size < config.value_size)
    yield from (partial(replace, shared_keys=keys) for keys in (1, 0, 2))
    yield from (partial(replace, mix=mix) for mix in (0.0, 1.0, 0.5, 0.8))


def _without(config: Config, *, prefix: str) -> Config:
    """The settings without those that begin so; heartbeats belong to elections."""
    gone = (prefix, "RAFT_HEARTBEAT") if prefix == _ELECTION else (prefix,)
    kept = {name: value for name, value in config.environment.items() if not name.startswith(gone)}
    return replace(config, environment=kept)


def _on(config: Config, **machines: object) -> Config:
    return replace(config, virtual=replace(config.virtual, **machines))
