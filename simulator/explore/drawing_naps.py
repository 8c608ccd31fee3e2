"""Drawing naps: a leader that stands still twice, and is cut off the second time, while clients go on reading from it.

The first nap is longer than its lease, so that it asks its followers before it reads; the second begins before it has
their answers, and is long enough for another leader. What it does when it wakes up, with the answers and newer requests
in its socket, is the whole question of reads without a log entry (Raft §8, thesis §6.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from simulator.config import Config, Tests, Virtual
from simulator.events import AnyEvent, Flood, Heal, PartEnd, PartHard, Pause, Resume
from simulator.explore.drawing_dice import one_of

_LEAST_MS: Final = 150
_MOST_MS: Final = 1500
_LIFETIME_S: Final = 8.0


def naps(rng: Random, *, start_wait: float, end_wait: float, max_packets: int, tests: Tests) -> Config:
    """A scenario of several pairs of naps; election timeouts are wide, for a leader must survive the first one."""
    end = (Heal(time=_LIFETIME_S), Resume(time=_LIFETIME_S))
    return Config(
        lifetime=_LIFETIME_S,
        replicas=one_of(rng, {3: 2, 5: 1}),
        requests=rng.randint(100, 300),
        mix=0.8,
        shared_keys=2,
        start_wait=start_wait,
        end_wait=end_wait,
        max_packets=max_packets,
        environment={
            "RAFT_ELECTION_TIMEOUT_MIN_MS": str(_LEAST_MS),
            "RAFT_ELECTION_TIMEOUT_MAX_MS": str(_MOST_MS),
            "RAFT_HEARTBEAT_MS": str(_LEAST_MS // 5),
        },
        virtual=Virtual(latency_ms=(round(rng.uniform(0.3, 3), 1), round(rng.uniform(3, 6), 1))),
        extra_events=(*_pairs(rng), *end),
        tests=tests,
    )


def _pairs(rng: Random) -> Iterator[AnyEvent]:
    """Each: a nap, a moment awake, another nap behind a partition, requests meanwhile, and all as before."""
    at = 1.0
    while at < _LIFETIME_S - 2:
        first_s, second_s = rng.uniform(1, 3) * _LEAST_MS / 1000, rng.uniform(0.3, 1.0)
        again = at + first_s + rng.uniform(0.0005, 0.008)
        awake = again + second_s
        yield from _nap(at, at + first_s, asked_at=at + first_s / 2, requests=6)
        yield PartHard(time=round(again + 0.0001, 4))
        yield from _nap(again, awake, asked_at=again + 0.8 * second_s, requests=8)
        yield PartEnd(time=round(awake + rng.uniform(0.01, 0.05), 4))
        at = awake + rng.uniform(0.2, 0.6)


def _nap(begin: float, end: float, *, asked_at: float, requests: int) -> Iterator[AnyEvent]:
    yield Pause(time=round(begin, 4))
    yield Flood(time=round(asked_at, 4), requests=requests)
    yield Resume(time=round(end, 4))
