"""Drawing the machines of a scenario: the network's latencies, the clocks, and the replicas' settings.

They fit together: a campaign has time to be answered and a heartbeat to arrive, so that a cluster that nothing troubles
elects a leader and serves its clients. What is at odds with that is the operator's mistake, not the replica's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from actors.settings import PROFILES, Settings, settings_from
from simulator.config import Clocks, Virtual
from simulator.explore.drawing_dice import log_uniform, one_of

_PROFILES: Final = {"simulator": 3, "cluster": 2}
_DEFAULT_ERROR_PERCENT: Final = 2
_ERROR_MOST: Final = 30
_START_WAIT_S: Final = 1.8
_START_WAIT_PER_PEER_S: Final = 0.05
_ENTRY_FRAME_BYTES: Final = 150
_ELECTIONS: Final = 2
_ALIKE_UP_TO: Final = 1.5
_IN_ORDER: Final = 2
_OF_THE_PROFILE: Final = (0, 0)
_ELECTION_MS_NARROW: Final = {(750, 800): 5, (100, 120): 14, (150, 180): 12}
_ELECTION_MS: Final = {
    _OF_THE_PROFILE: 18,
    (75, 150): 22,
    (150, 300): 20,
    (300, 400): 6,
    (200, 2000): 5,
    (1500, 3000): 2,
    **_ELECTION_MS_NARROW,
}
_ALIKE: Final = 0.06
"""In this share of scenarios machines differ in nothing, so that only chance keeps replicas out of step."""
_CLOCKS: Final[Mapping[Clocks, int]] = {"random": 50, "extreme": 15, "drifting": 20, "exact": 15}
_WRONG_CLOCKS: Final[Mapping[Clocks, int]] = {"random": 10, "extreme": 30, "drifting": 50, "exact": 10}
"""Where clocks may be quite wrong, they mostly are."""
_LATENCY_REFUSING_MS_MIN: Final = 4.0
"""Who is refused asks again at once: where that takes no time, a second without a leader is a great many times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """What the replicas run on, and how they are set."""

    virtual: Virtual
    environment: Mapping[str, str]
    election_s: tuple[float, float]
    """The least and the greatest election timeout."""
    clock_error: float
    refuses: bool
    """Whether replicas keep so few requests that they refuse some."""

    def backlog_max(self, value_size: int) -> int:
        """How many entries a replica that lacks them all has soon enough, once nothing is wrong any more.

        Whatever is outstanding then is to be done within some elections' time, and one small message at a time, over
        a slow network, is as fast as it is. Where latencies differ much, messages overtake one another, and of a whole
        window only the first few arrive in order (docs/found.md).
        """
        settings = settings_from(self.environment)
        at_once = min(settings.batch_entries, max(1, settings.batch_bytes // (value_size + _ENTRY_FRAME_BYTES)))
        least_ms, most_ms = self.virtual.latency_ms
        window = settings.window if most_ms < _ALIKE_UP_TO * least_ms else min(settings.window, _IN_ORDER)
        round_trip_s = (least_ms + most_ms) / 1000
        patience_s = _ELECTIONS * settings.election_timeout_max_ms / 1000 + settings.probe_max_ms / 1000
        return int(window * at_once * patience_s / round_trip_s)

    def silence_s(self, replicas: int) -> float:
        """For how long after the start no replica says anything to another, by the fastest of clocks."""
        least = _START_WAIT_S + _START_WAIT_PER_PEER_S * (replicas - 1) + self.election_s[0]
        return least / (1 + self.clock_error)


def machines(rng: Random) -> Machines:
    """Machines, and settings that suit them; what is not drawn is left to its default."""
    refuses = rng.random() < 0.06
    are_alike = rng.random() < _ALIKE
    latency_ms = _latency_ms(rng, _LATENCY_REFUSING_MS_MIN if refuses else 0.0, are_alike=are_alike)
    error = one_of(rng, {_DEFAULT_ERROR_PERCENT: 50, 10: 20, _ERROR_MOST: 30})
    clocks = _WRONG_CLOCKS if error > _DEFAULT_ERROR_PERCENT else _CLOCKS
    profile = one_of(rng, _PROFILES)
    base = PROFILES[profile]
    least, most = _election_ms(rng, base, latency_ms[1], are_narrow=error == _ERROR_MOST and rng.random() < 0.5)
    environment = {
        **({} if profile == "simulator" else {"RAFT_PROFILE": profile}),
        **dict(_election_settings(rng, base, least, most, latency_ms[1])),
        **dict(_replication_settings(rng)),
    }
    if error != _DEFAULT_ERROR_PERCENT:
        environment["RAFT_CLOCK_ERROR_PERCENT"] = str(error)
    if refuses:
        environment["RAFT_REQUESTS_OPEN_MAX"] = str(rng.choice((1, 2, 5, 20)))
    return Machines(
        virtual=Virtual(
            latency_ms=latency_ms,
            tick_ms=one_of(rng, {0.0: 60, 0.2: 15, 1.0: 15, 3.0: 10}),
            haste=0.0 if are_alike else one_of(rng, {0.0: 40, 0.001: 25, 0.01: 25, 0.1: 10}),
            clocks="exact" if are_alike else one_of(rng, clocks),
            storage=one_of(rng, {"memory": 60, "synced": 40}),
        ),
        environment=environment,
        election_s=(least / 1000, most / 1000),
        clock_error=error / 100,
        refuses=refuses,
    )


def _latency_ms(rng: Random, least: float, *, are_alike: bool) -> tuple[float, float]:
    """One machine's loopback, or a network: narrow, wide, or with a far end."""
    if are_alike:
        alike = round(log_uniform(rng, max(least, 1.0), 20), 2)
        return (alike, round(alike * rng.uniform(1.0, 1.05), 2))
    if not least and rng.random() < 0.3:
        return (0.05, 0.25)
    low = log_uniform(rng, max(least, 0.05), 10)
    high = min(low * one_of(rng, {1.1: 2, 2.0: 2, 10.0: 4, 100.0: 4}), 40.0)
    return (round(low, 2), round(max(high, low), 2))


def _election_ms(rng: Random, base: Settings, latency_ms: float, *, are_narrow: bool) -> tuple[int, int]:
    """Election timeouts: those of the profile, narrow ones that split votes, wide ones, quick and slow ones.

    A round trip of the slowest datagrams is well within both the least timeout and the spread. Where they are narrow,
    and clocks quite wrong, the same few replicas are elected again and again.
    """
    least, most = one_of(rng, _ELECTION_MS_NARROW if are_narrow else _ELECTION_MS)
    if (least, most) == _OF_THE_PROFILE:
        least, most = base.election_timeout_min_ms, base.election_timeout_max_ms
    least = max(least, round(16 * latency_ms))
    return least, max(most, round(least + 4 * latency_ms + 20))


def _election_settings(
    rng: Random, base: Settings, least: int, most: int, latency_ms: float
) -> Iterator[tuple[str, str]]:
    """The election's own settings; three heartbeats fit into the least timeout, however wrong the clocks are."""
    if (least, most) != (base.election_timeout_min_ms, base.election_timeout_max_ms):
        yield "RAFT_ELECTION_TIMEOUT_MIN_MS", str(least)
        yield "RAFT_ELECTION_TIMEOUT_MAX_MS", str(most)
    if least < base.election_timeout_min_ms or rng.random() < 0.25:
        yield "RAFT_HEARTBEAT_MS", str(round(least / one_of(rng, {5: 2, 4: 1, 7: 1})))
    answered_ms = round(5 * latency_ms) + 5
    if answered_ms > base.campaign_retry_ms or rng.random() < 0.25:
        yield "RAFT_CAMPAIGN_RETRY_MS", str(rng.randint(answered_ms, max(300, 2 * answered_ms)))
    if rng.random() < 0.25:
        yield "RAFT_CAMPAIGN_TRIES", str(rng.choice((1, 2, 5, 10)))


def _replication_settings(rng: Random) -> Iterator[tuple[str, str]]:
    """Small batches and windows split what would travel together; impatience sends twice, patience late."""
    choices: dict[str, tuple[float, tuple[int, ...]]] = {
        "RAFT_THRIFTY": (0.5, (0, 1)),
        "RAFT_BATCH_ENTRIES": (0.5, (1, 2, 128)),
        "RAFT_WINDOW": (0.5, (1, 2, 16)),
        "RAFT_BATCH_BYTES": (0.2, (1, 150, 1000, 48_000)),
        "RAFT_RETRANSMIT_MIN_MS": (0.3, (5, 20, 100, 300)),
        "RAFT_PROBE_MAX_MS": (0.3, (50, 300, 3000)),
    }
    for name, (share, values) in choices.items():
        if rng.random() < share:
            yield name, str(rng.choice(values))
