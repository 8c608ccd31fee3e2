"""Drawing a feud: a few replicas, of which one after another leads, with a minority, what nobody else will have.

Of all that may go wrong with a Raft, one kind needs most to coincide: what belongs to one reign of a leader counts in
a later one. A tail is replicated in a minority, replaced by a shorter one, and its leader is elected again while a
message about it is still under way. Scenarios that are drawn freely hardly come to that; these are made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from simulator.config import Config, Tests, Virtual
from simulator.events import AnyEvent, Delay, Drops, Duplicate, Heal, Restart, Resume, Slow, Unseat
from simulator.explore.drawing_dice import log_uniform, milliseconds, one_of

_ELECTION_MS: Final = (100, 200)
_HEARTBEAT_MS: Final = 20
_LIFETIME_S: Final = 8.0
_DURABLE: Final = 0.3
"""In this share of them, replicas are restarted in the midst of it."""
_SMALL: Final = 3
"""Among three, a leader's minority is itself: what may be counted too soon is its own log, on a slow disk."""


def feud(rng: Random, *, start_wait: float, end_wait: float, max_packets: int, tests: Tests) -> Config:
    """A scenario in which leaders that return are deposed again within milliseconds, with what they had just begun."""
    least, most = _ELECTION_MS
    environment = {
        "RAFT_ELECTION_TIMEOUT_MIN_MS": str(least),
        "RAFT_ELECTION_TIMEOUT_MAX_MS": str(most),
        "RAFT_HEARTBEAT_MS": str(_HEARTBEAT_MS),
        "RAFT_THRIFTY": str(rng.choice((0, 1))),
    }
    replicas = one_of(rng, {3: 4, 5: 5, 6: 1})
    durable = rng.random() < _DURABLE
    restarts = _restarts(rng) if durable else ()
    events = (*_begin(rng, is_small=replicas == _SMALL), *restarts, Heal(time=_LIFETIME_S), Resume(time=_LIFETIME_S))
    return Config(
        lifetime=_LIFETIME_S,
        replicas=replicas,
        requests=30,
        mix=round(rng.uniform(0.05, 0.4), 2),
        shared_keys=2,
        start_wait=start_wait,
        end_wait=end_wait,
        max_packets=max_packets,
        durable=durable,
        environment=environment,
        virtual=Virtual(
            latency_ms=(0.1, round(rng.uniform(1, 6), 1)),
            clocks=one_of(rng, {"random": 2, "drifting": 1}),
            storage=one_of(rng, {"memory": 1, "synced": 1}),
        ),
        extra_events=events,
        tests=tests,
    )


def _restarts(rng: Random) -> Iterator[AnyEvent]:
    """Whoever has just voted, or been elected, comes back within the same term."""
    for _ in range(rng.randint(4, 16)):
        who = one_of(rng, {"random": 3, "follower": 2, "leader": 1})
        at, after_s = milliseconds(rng.uniform(1.0, _LIFETIME_S)), milliseconds(log_uniform(rng, 0.005, 0.2))
        yield Restart(time=at, replica=who, after_s=after_s)


def _begin(rng: Random, *, is_small: bool) -> Iterator[AnyEvent]:
    """All of it goes on from a second behind the first request until everything is healed."""
    at = 1.0
    yield Unseat(
        time=at,
        after_ms=round(log_uniform(rng, 1, 50), 1),
        lasts_ms=round(log_uniform(rng, 300, 1500), 1),
        times=24,
        flood=rng.randint(6, 12),
    )
    late_ms = round(log_uniform(rng, 300, 2000), 1)
    acknowledgements = one_of(rng, {"twice": 5, "late": 3, "both": 1, "neither": 1})
    if acknowledgements in {"twice", "both"}:
        rate = round(rng.uniform(0.5, 1.0), 2)
        yield Duplicate(time=at, rate=rate, max_ms=late_ms, only="append_accepted")
    if acknowledgements in {"late", "both"}:
        rate = round(rng.uniform(0.1, 0.6), 2)
        yield Delay(time=at, rate=rate, min_ms=0.0, max_ms=late_ms, only="append_accepted")
    if is_small or rng.random() < 0.4:
        rate, max_ms = round(rng.uniform(0.5, 0.95), 2), round(log_uniform(rng, 10, 80), 1)
        yield Slow(time=at, rate=rate, max_ms=max_ms, actor="log_store")
    if rng.random() < 0.4:
        yield Drops(time=at, rate=round(log_uniform(rng, 0.02, 0.3), 2))
