"""Drawing ballots: replicas that all lose patience at once, whose questions are late, and whose voters are restarted.

A vote binds a voter for as long as its term lasts, whoever got it and however often the voter begins anew. That
matters only where a term has two candidates, and where what one of them asked comes when the voter has been restarted,
and is willing to vote again: an election timeout later (Raft §5.2, Figure 2).
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from simulator.config import Config, Tests, Virtual
from simulator.events import AnyEvent, Delay, Duplicate, Heal, PartEnd, PartLeader, Pause, Restart, Resume
from simulator.explore.drawing_dice import log_uniform, milliseconds, one_of

_LEAST_MS: Final = 100
_SPREAD_MS: Final = (5, 40)
_LIFETIME_S: Final = 9.0
_BACK_S: Final = (0.001, 0.1)


def ballots(rng: Random, *, start_wait: float, end_wait: float, max_packets: int, tests: Tests) -> Config:
    """A scenario in which most elections have several candidates, and most voters are restarted behind them."""
    return Config(
        lifetime=_LIFETIME_S,
        replicas=one_of(rng, {5: 4, 7: 3, 4: 1, 3: 1}),
        requests=rng.randint(20, 60),
        mix=round(rng.uniform(0.1, 0.5), 2),
        shared_keys=2,
        start_wait=start_wait,
        end_wait=end_wait,
        max_packets=max_packets,
        durable=True,
        environment={
            "RAFT_ELECTION_TIMEOUT_MIN_MS": str(_LEAST_MS),
            "RAFT_ELECTION_TIMEOUT_MAX_MS": str(_LEAST_MS + rng.randint(*_SPREAD_MS)),
            "RAFT_HEARTBEAT_MS": str(_LEAST_MS // 5),
            "RAFT_CAMPAIGN_RETRY_MS": str(rng.choice((40, 80))),
        },
        virtual=Virtual(
            latency_ms=(round(rng.uniform(0.5, 3), 1), round(rng.uniform(3, 6.5), 1)),
            clocks=one_of(rng, {"exact": 2, "random": 1}),
            storage=one_of(rng, {"memory": 1, "synced": 1}),
        ),
        extra_events=(*_late(rng), *_elections(rng), Heal(time=_LIFETIME_S), Resume(time=_LIFETIME_S)),
        tests=tests,
    )


def _late(rng: Random) -> Iterator[AnyEvent]:
    """What candidates ask comes late, or again, when its term may still last."""
    if rng.random() < 0.8:
        rate, max_ms = round(rng.uniform(0.2, 0.9), 2), round(log_uniform(rng, 200, 1500), 1)
        yield Duplicate(time=0.5, rate=rate, max_ms=max_ms, only="request_vote")
    if rng.random() < 0.5:
        rate, max_ms = round(rng.uniform(0.1, 0.5), 2), round(log_uniform(rng, 50, 1000), 1)
        yield Delay(time=0.5, rate=rate, min_ms=0.0, max_ms=max_ms, only="request_vote")


def _elections(rng: Random) -> Iterator[AnyEvent]:
    """One after another; most voters come back before or behind the next leader, and sometimes find it leading."""
    at = 1.0
    while at < _LIFETIME_S - 2:
        yield rng.choice((PartLeader, Pause))(time=milliseconds(at))
        begun = at + _LEAST_MS / 1000
        for _ in range(rng.randint(1, 6)):
            restarted = begun + rng.uniform(0.0, 0.3)
            after_s = milliseconds(log_uniform(rng, *_BACK_S))
            yield Restart(
                time=milliseconds(restarted), replica=one_of(rng, {"follower": 2, "random": 1}), after_s=after_s
            )
        at = begun + rng.uniform(0.2, 1.2)
        yield PartEnd(time=milliseconds(at))
        yield Resume(time=milliseconds(at))
        at += rng.uniform(0.3, 1.0)
