"""Drawing strangers: replicas that lose their disks before all others have met them, and are introduced again.

Whoever lost its disk must not vote under its old name, and what it had acknowledged is gone. Others know that if they
have taken note of its first disk; so it matters whom it met before, whom it meets behind that, and who of those has
been restarted meanwhile, or lost its own disk (`actors/consensus/acquaintances.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from simulator.config import Config, Tests, Virtual
from simulator.events import AnyEvent, CutLink, Drops, Flood, Heal, PartEnd, PartLeader, Restart, Resume, Wipe
from simulator.explore.drawing_dice import log_uniform, milliseconds, one_of
from simulator.ids import NodeId, replica_ids

_ELECTION_MS: Final = (150, 300)
_LIFETIME_S: Final = 8.0
_START_WAIT_S: Final = 0.6
"""Nobody has been introduced by then."""
_UNMET: Final = 0.6
"""In this share of them, one replica has hardly met anybody when it loses its disk."""
_SURELY_ALL: Final = 12
"""Of three followers, so many choices leave hardly any out."""
_AGAIN_S: Final = (0.01, 0.5)


def strangers(rng: Random, *, start_wait: float, end_wait: float, max_packets: int, tests: Tests) -> Config:
    """A scenario in which a minority of the replicas lose their disks, with links that carry less than all."""
    least, most = _ELECTION_MS
    unmet = rng.random() < _UNMET
    replicas = 5 if unmet else one_of(rng, {3: 4, 5: 5})
    names = replica_ids(replicas)
    return Config(
        lifetime=_LIFETIME_S,
        replicas=replicas,
        requests=rng.randint(30, 100),
        mix=round(rng.uniform(0.1, 0.4), 2),
        shared_keys=2,
        start_wait=_START_WAIT_S if unmet else start_wait,
        end_wait=end_wait,
        max_packets=max_packets,
        durable=True,
        environment={
            "RAFT_ELECTION_TIMEOUT_MIN_MS": str(least),
            "RAFT_ELECTION_TIMEOUT_MAX_MS": str(most),
            "RAFT_HEARTBEAT_MS": str(least // 5),
            "RAFT_THRIFTY": str(rng.choice((0, 1))),
        },
        virtual=Virtual(
            latency_ms=(0.1, round(log_uniform(rng, 0.3, 8), 1)),
            storage=one_of(rng, {"memory": 1, "synced": 1}),
        ),
        extra_events=(
            *(_unmet(rng, names) if unmet else _met(rng, names)),
            Heal(time=_LIFETIME_S),
            Resume(time=_LIFETIME_S),
        ),
        tests=tests,
    )


def _met(rng: Random, names: tuple[NodeId, ...]) -> Iterator[AnyEvent]:
    """Introductions get lost from the start; then, in every round, one replica is away, and another loses its disk."""
    yield Drops(time=0.0, rate=round(rng.uniform(0.3, 0.95), 2), only=one_of(rng, {"introduce": 1, "introduced": 2}))
    losers = rng.sample(names, (len(names) - 1) // 2)
    at = rng.uniform(0.0, 1.0)
    for loser in losers:
        others = [name for name in names if name != loser]
        for other in rng.sample(others, rng.randint(0, len(others) // 2)):
            yield CutLink(time=milliseconds(at), a=str(loser), b=str(other))
        if rng.random() < 0.5:
            yield PartLeader(time=milliseconds(at), replica=str(rng.choice(others)))
        yield Flood(time=milliseconds(at), requests=rng.randint(4, 12))
        lost = at + log_uniform(rng, 0.01, 0.8)
        yield Wipe(time=milliseconds(lost), replica=str(loser), after_s=milliseconds(log_uniform(rng, *_AGAIN_S)))
        healed = lost + log_uniform(rng, 0.05, 1.0)
        yield PartEnd(time=milliseconds(healed))
        if rng.random() < 0.6:
            away = milliseconds(healed + log_uniform(rng, 0.001, 0.5))
            yield PartLeader(time=away, replica=one_of(rng, {"leader": 2, str(rng.choice(others)): 1}))
            yield Flood(time=milliseconds(away + 0.01), requests=rng.randint(4, 12))
            yield Restart(
                time=milliseconds(away + log_uniform(rng, 0.01, 0.5)), replica=str(rng.choice(others)), after_s=0.05
            )
            yield PartEnd(time=milliseconds(away + rng.uniform(0.5, 1.5)))
        at = healed + rng.uniform(0.5, 2.0)
        if at > _LIFETIME_S / 2:
            return


def _unmet(rng: Random, names: tuple[NodeId, ...]) -> Iterator[AnyEvent]:
    """One replica of five meets nobody, and then the leader alone: so its disk counts for nothing yet.

    What both and a third one store is no majority's then. Its disk is lost, and the next one is introduced to three
    others; together with two that lack the entries, it may elect one of them.
    """
    loser, *others = (str(name) for name in rng.sample(names, 5))
    has, lacks = others[:2], others[2:]
    yield from _cut(0.0, [loser], others)
    met = rng.uniform(2.5, 3.5)
    yield PartEnd(time=milliseconds(met))
    yield from _cut(met, [loser], ["follower"] * _SURELY_ALL)
    parted = met + log_uniform(rng, 0.05, 0.5)
    yield from _cut(parted, has, lacks)
    yield Flood(time=milliseconds(parted + 0.001), requests=rng.randint(4, 12))
    lost = parted + log_uniform(rng, 0.02, 0.3)
    yield Wipe(time=milliseconds(lost), replica=loser, after_s=0.001)
    yield PartEnd(time=milliseconds(lost))
    yield from _cut(lost, has, lacks)
    yield from _cut(lost, ["leader"], [loser])
    yield PartEnd(time=milliseconds(lost + rng.uniform(1.0, 2.5)))


def _cut(at: float, some: list[str], others: list[str]) -> Iterator[AnyEvent]:
    for one in some:
        for other in others:
            yield CutLink(time=milliseconds(at), a=one, b=other)
