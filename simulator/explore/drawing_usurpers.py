"""Drawing usurpers: a leader is cut off while another replica has wanted to be elected for long, and clients read on.

A lease is safe because whoever hears a leader refuses votes for the least election timeout. Elections after a cut
mostly come later than that, for whoever begins one was patient itself; so a lease that is too long by little, or a
voter that forgot to be patient, shows nothing. Here somebody has no patience left: its link to the leader was cut
before, and it asks again and again. So it is elected as soon as the others let it (Raft §6, thesis §6.4.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from simulator.config import Config, Tests, Virtual
from simulator.events import AnyEvent, CutLink, Flood, Heal, PartEnd, PartLeader, Restart, Resume
from simulator.explore.drawing_dice import milliseconds, one_of

_LEAST_MS: Final = (700, 1100)
_SPREAD_MS: Final = 60
"""Whoever asks in vain asks again soon, so that it asks when it is time."""
_LIFETIME_S: Final = 14.0
_WRONG_CLOCKS_PERCENT: Final = 30
_FLOODS: Final = 5


def usurpers(rng: Random, *, start_wait: float, end_wait: float, max_packets: int, tests: Tests) -> Config:
    """A scenario of several such cuts: just behind a follower's restart, or with clocks that are as wrong as may be."""
    least = rng.randint(*_LEAST_MS)
    restarts = rng.random() < 0.5
    environment = {
        "RAFT_ELECTION_TIMEOUT_MIN_MS": str(least),
        "RAFT_ELECTION_TIMEOUT_MAX_MS": str(least + _SPREAD_MS),
        "RAFT_HEARTBEAT_MS": str(least // 7),
        "RAFT_CAMPAIGN_RETRY_MS": "30",
        "RAFT_CAMPAIGN_TRIES": "1",
    }
    if not restarts:
        environment["RAFT_CLOCK_ERROR_PERCENT"] = str(_WRONG_CLOCKS_PERCENT)
    return Config(
        lifetime=_LIFETIME_S,
        replicas=one_of(rng, {3: 5, 5: 1}),
        requests=rng.randint(10, 50),
        mix=round(rng.uniform(0.4, 0.6), 2),
        shared_keys=rng.randint(1, 2),
        start_wait=start_wait,
        end_wait=end_wait,
        max_packets=max_packets,
        durable=restarts,
        environment=environment,
        virtual=Virtual(
            latency_ms=(0.1, round(rng.uniform(0.3, 3), 1)),
            clocks="random" if restarts else one_of(rng, {"extreme": 3, "drifting": 1}),
        ),
        extra_events=(*_rounds(rng, least / 1000, restarts=restarts), Heal(time=_LIFETIME_S), Resume(time=_LIFETIME_S)),
        tests=tests,
    )


def _rounds(rng: Random, least_s: float, *, restarts: bool) -> Iterator[AnyEvent]:
    """Each: one follower loses the leader, then all do, and then all are together again."""
    at = 1.0
    while at < _LIFETIME_S - 4 * least_s:
        yield CutLink(time=milliseconds(at), a="leader", b="follower")
        cut = at + rng.uniform(0.1, 1.6) * least_s
        yield PartLeader(time=milliseconds(cut))
        if restarts:
            yield Restart(time=milliseconds(cut + 0.001), replica="random", after_s=0.001)
        end = cut + rng.uniform(1.0, 1.4) * least_s
        for _ in range(_FLOODS):
            yield Flood(time=milliseconds(rng.uniform(cut, end)), requests=rng.randint(3, 8))
        yield PartEnd(time=milliseconds(end))
        at = end + rng.uniform(0.5, 1.5) * least_s
