"""Drawing laggards: followers that are away until what they lack is dropped, and what happens while they catch up.

A transfer takes its time where parts are small and the network is slow, so that something can happen in its midst: the
leader dies, or is cut off; the follower is; the one is restarted, or the other; parts get lost, or come twice, or late;
and clients write all the while, so that there is another snapshot by then (Raft §7).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from simulator.config import Config, Tests, Virtual
from simulator.events import (
    AnyEvent,
    Delay,
    Drops,
    Duplicate,
    Flood,
    Heal,
    KillLeader,
    PartEnd,
    PartLeader,
    PartOneway,
    Pause,
    Reorder,
    Restart,
    Resume,
    Slow,
    SlowActor,
    Wipe,
)
from simulator.explore.drawing_dice import log_uniform, milliseconds, one_of
from simulator.ids import NodeId, replica_ids

_ELECTION_MS: Final = (150, 300)
_LIFETIME_S: Final = 9.0
_DURABLE: Final = 0.6
_LATENCIES_MS: Final = (0.3, 8.0)
_AWAY: Final = {"cut off": 5, "stopped": 3, "deaf": 2}
_AWAY_DURABLE: Final = {**_AWAY, "dead": 4, "wiped": 2}
_MIDST: Final = {"leader cut off": 4, "leader stands still": 2, "follower cut off": 2, "leader dies": 1, "nothing": 2}
_MIDST_DURABLE: Final = {**_MIDST, "follower restarts": 5, "leader restarts": 4}
_LARGE_BYTES: Final = 1000
_MESSAGES: Final = ("install_snapshot", "snapshot_reply")
_SOON_S: Final = (0.001, 0.4)
_SLOW: Final[dict[SlowActor, int]] = {"state_machine": 4, "log_store": 1, "any": 1}


@dataclass(slots=True, kw_only=True)
class _Troupe:
    """Who takes part, and how many of them may still be lost for good."""

    names: tuple[NodeId, ...]
    durable: bool
    spare: int

    def afford(self) -> bool:
        """Whether one more may be lost."""
        self.spare -= 1
        return self.spare >= 0


def laggards(rng: Random, *, start_wait: float, end_wait: float, max_packets: int, tests: Tests) -> Config:
    """A scenario in which one follower after another is away for long, comes back, and is sent the snapshot."""
    replicas = one_of(rng, {3: 4, 5: 4, 4: 1})
    troupe = _Troupe(names=replica_ids(replicas), durable=rng.random() < _DURABLE, spare=(replicas - 1) // 2)
    events = (*_haunting(rng), *_rounds(rng, troupe))
    kept = sorted((event for event in events if event.time < _LIFETIME_S), key=lambda event: event.time)
    return Config(
        lifetime=_LIFETIME_S,
        replicas=replicas,
        requests=rng.randint(60, 200),
        mix=round(rng.uniform(0.05, 0.4), 2),
        shared_keys=one_of(rng, {0: 2, 3: 1, 20: 3}),
        start_wait=start_wait,
        end_wait=end_wait,
        max_packets=max_packets,
        durable=troupe.durable,
        environment=_settings(rng),
        virtual=Virtual(
            latency_ms=(0.1, round(log_uniform(rng, *_LATENCIES_MS), 1)),
            clocks=one_of(rng, {"random": 2, "drifting": 1}),
            storage=one_of(rng, {"memory": 1, "synced": 1}),
        ),
        extra_events=(*kept, Heal(time=_LIFETIME_S), Resume(time=_LIFETIME_S)),
        tests=tests,
    )


def _settings(rng: Random) -> dict[str, str]:
    """Small parts follow one another soon: all of a snapshot is to be there before all must have settled."""
    least, most = _ELECTION_MS
    thrifty, batch_bytes = rng.choice((0, 1)), rng.choice((150, 300, 1000, 48_000))
    entries, margin = rng.choice((1, 1, 3, 3, 10, 20)), rng.choice((0, 0, 3, 10))
    pause_ms = rng.choice((0, 2, 2, 10))
    return {
        "RAFT_ELECTION_TIMEOUT_MIN_MS": str(least),
        "RAFT_ELECTION_TIMEOUT_MAX_MS": str(most),
        "RAFT_HEARTBEAT_MS": str(least // 5),
        "RAFT_THRIFTY": str(thrifty),
        "RAFT_BATCH_BYTES": str(batch_bytes),
        "RAFT_SNAPSHOT_ENTRIES": str(entries),
        "RAFT_SNAPSHOT_MARGIN": str(margin),
        "RAFT_SNAPSHOT_PART_BYTES": str(min(batch_bytes, 8000)),
        "RAFT_SNAPSHOT_PAUSE_MS": str(pause_ms if batch_bytes >= _LARGE_BYTES else min(pause_ms, 2)),
    }


def _haunting(rng: Random) -> Iterator[AnyEvent]:
    """What parts of snapshots, and answers to them, suffer all the while."""
    only = rng.choice(_MESSAGES)
    late_ms = round(log_uniform(rng, 5, 500), 1)
    if rng.random() < 0.3:
        yield Drops(time=0.5, rate=round(rng.uniform(0.05, 0.5), 2), only=only)
    if rng.random() < 0.4:
        yield Duplicate(time=0.5, rate=round(rng.uniform(0.2, 0.9), 2), max_ms=late_ms, only=only)
    if rng.random() < 0.3:
        yield Delay(time=0.5, rate=round(rng.uniform(0.1, 0.7), 2), min_ms=0.0, max_ms=late_ms, only=only)
    if rng.random() < 0.2:
        yield Reorder(time=0.5, rate=round(rng.uniform(0.05, 0.4), 2), max_ms=round(log_uniform(rng, 5, 100), 1))
    if rng.random() < 0.5:
        rate, max_ms = round(log_uniform(rng, 0.05, 0.9), 2), round(log_uniform(rng, 5, 400), 1)
        yield Slow(time=0.5, rate=rate, max_ms=max_ms, actor=one_of(rng, _SLOW))


def _rounds(rng: Random, troupe: _Troupe) -> Iterator[AnyEvent]:
    at = rng.uniform(0.3, 1.0)
    while at < _LIFETIME_S - 1:
        who = str(rng.choice(troupe.names))
        back = at + log_uniform(rng, 0.3, 1.5)
        if rng.random() < 0.5:
            yield Flood(time=milliseconds(at - _SOON_S[0]), requests=rng.randint(8, 40))
        yield from _away(rng, troupe, who, at, back)
        yield Flood(time=milliseconds(rng.uniform(at, back)), requests=rng.randint(8, 40))
        midst = back + log_uniform(rng, *_SOON_S)
        if rng.random() < 0.6:
            yield Flood(time=milliseconds(rng.uniform(back, midst)), requests=rng.randint(4, 30))
        yield from _midst(rng, troupe, who, midst)
        at = midst + log_uniform(rng, 0.1, 1.2)
        yield PartEnd(time=milliseconds(at))
        yield Resume(time=milliseconds(at))
        at += log_uniform(rng, 0.02, 0.5)


def _away(rng: Random, troupe: _Troupe, who: str, at: float, back: float) -> Iterator[AnyEvent]:
    """One replica, mostly a follower, hears nothing from `at` to `back`, or comes back with nothing."""
    at, back = milliseconds(at), milliseconds(back)
    after_s = milliseconds(back - at)
    kind = one_of(rng, _AWAY_DURABLE if troupe.durable else _AWAY)
    if kind == "dead":
        yield Restart(time=at, replica=who, after_s=after_s)
    elif kind == "stopped":
        yield Pause(time=at, replica=who)
        yield Resume(time=back, replica=who)
    elif kind == "wiped" and troupe.afford():
        yield Wipe(time=at, replica=who, after_s=after_s)
    else:
        yield PartOneway(time=at, replica=who) if kind == "deaf" else PartLeader(time=at, replica=who)
        yield PartEnd(time=back)


def _midst(rng: Random, troupe: _Troupe, who: str, at: float) -> Iterator[AnyEvent]:
    """Whoever sends, or takes, is not there any more; the next round's end gives back who can be."""
    at = milliseconds(at)
    after_s = milliseconds(log_uniform(rng, 0.01, 0.5))
    match one_of(rng, _MIDST_DURABLE if troupe.durable else _MIDST):
        case "leader cut off":
            yield PartLeader(time=at)
        case "leader stands still":
            yield Pause(time=at)
        case "follower cut off":
            yield PartLeader(time=at, replica=who)
        case "leader dies" if troupe.afford():
            yield KillLeader(time=at)
        case "follower restarts":
            yield Restart(time=at, replica=who, after_s=after_s)
        case "leader restarts":
            yield Restart(time=at, after_s=after_s)
        case _:
            return
