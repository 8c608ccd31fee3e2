"""The random scenario of a seed: how large the cluster is, what it is asked, and what goes wrong.

Trouble is drawn as in swarm testing (Groce et al., 2012): a scenario has only some of the kinds that there are, so that
each is met in high dose too, and none is always masked by another. All that a scenario consists of is within what
`simulator.limits` and the replica's own settings allow; and when its lifetime is over, nothing is wrong any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final, Protocol

from msgspec.structs import replace

from simulator.config import Config, LateStart, Tests
from simulator.explore.drawing_ballots import ballots
from simulator.explore.drawing_dice import log_uniform, milliseconds, one_of
from simulator.explore.drawing_faults import faults
from simulator.explore.drawing_feud import feud
from simulator.explore.drawing_laggards import laggards
from simulator.explore.drawing_machines import Machines, machines
from simulator.explore.drawing_naps import naps
from simulator.explore.drawing_snapshots import snapshot_settings
from simulator.explore.drawing_stage import Stage
from simulator.explore.drawing_strangers import strangers
from simulator.explore.drawing_usurpers import usurpers
from simulator.ids import replica_ids

SCENARIO: Final = "random"
SCENARIO_AMNESIA: Final = "random-amnesia"
"""What the command calls these scenarios."""

_START_WAIT_S: Final = 3.0
_STARTS_WITHIN_S: Final = 0.4
"""A process takes no longer to say hello."""
_END_WAIT_S: Final = 20.0
"""At most: a run ends by itself once all is settled."""
_PACKETS: Final = 1_000_000
_LATE_S_MAX: Final = 1.4
_DURABLE: Final = 0.3
"""In this share of the others, replicas keep all on disk, and are restarted."""
_REPEATING: Final = 0.25
"""In this share of scenarios, clients send some requests twice."""
_REQUESTS_MIN: Final = 10
_JUST_CORRECT: Final = Tests(
    maximum_get_fail_fraction=1.0,
    maximum_put_fail_fraction=1.0,
    maximum_get_generation_fail_fraction=1.0,
    maximum_appends_batched_fraction=0.0,
)
"""Through such trouble, figures are nothing to be judged by."""


class Rare(Protocol):
    """Draws a scenario that is made of one situation."""

    def __call__(self, rng: Random, /, *, start_wait: float, end_wait: float, max_packets: int, tests: Tests) -> Config:
        """With what all scenarios have in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """What clients ask for."""

    requests: int
    mix: float
    value_size: int
    shared_keys: int
    burst: int
    times: int
    """How often each is sent, at most."""


def scenario_name(*, amnesia: bool) -> str:
    """What the command calls the random scenario of a seed."""
    return SCENARIO_AMNESIA if amnesia else SCENARIO


def drawn(seed: int, *, amnesia: bool = False) -> Config:
    """The scenario of a seed: the same one wherever, and in whatever process, it is drawn.

    With `amnesia`, replicas that keep nothing on disk are restarted under their old names, which breaks promises.
    """
    rng = Random(f"{seed}/scenario")
    rare = _rare(rng.random())
    repeats = _repeats(Random(f"{seed}/repeats"))
    snapshots = dict(snapshot_settings(Random(f"{seed}/snapshots")))
    if rare is None or amnesia:
        return _common(rng, repeats, snapshots, amnesia=amnesia)
    config = rare(rng, start_wait=_START_WAIT_S, end_wait=_END_WAIT_S, max_packets=_PACKETS, tests=_JUST_CORRECT)
    return replace(config, repeats=repeats, environment={**snapshots, **config.environment})


def situation(seed: int) -> str | None:
    """Which rare situation the scenario of a seed is made of, by the name of what draws it; mostly it is none."""
    rare = _rare(Random(f"{seed}/scenario").random())
    return next((name for name, (_, draw) in _RARE.items() if draw is rare), None)


def _rare(kind: float) -> Rare | None:
    """What is drawn for what hardly ever happens otherwise."""
    for share, rare in _RARE.values():
        if kind < share:
            return rare
        kind -= share
    return None


_RARE: Final[Mapping[str, tuple[float, Rare]]] = {
    "feud": (0.1, feud),
    "naps": (0.04, naps),
    "laggards": (0.1, laggards),
    "usurpers": (0.08, usurpers),
    "ballots": (0.06, ballots),
    "strangers": (0.06, strangers),
}
"""In which share of scenarios what is rarest is all there is."""


def _repeats(rng: Random) -> float:
    """How much of what clients send they send twice, in percent."""
    return one_of(rng, {5.0: 1, 30.0: 2, 100.0: 1}) if rng.random() < _REPEATING else 0.0


def _common(rng: Random, repeats: float, snapshots: Mapping[str, str], *, amnesia: bool) -> Config:
    """What most scenarios are."""
    replicas = one_of(rng, {3: 32, 5: 43, 4: 8, 7: 9, 6: 6, 9: 2})
    lifetime = round(5 + 10 * rng.random() ** 3, 1)
    inside = machines(rng)
    load = _load(rng, inside, times=2 if repeats else 1)
    durable = rng.random() < _DURABLE and not amnesia
    stage = Stage(
        names=replica_ids(replicas),
        lifetime=lifetime,
        election_s=inside.election_s,
        flood_max=0 if inside.refuses else (inside.backlog_max(load.value_size) - load.requests) // 2 // load.times,
        amnesia=amnesia,
        durable=durable,
    )
    return Config(
        lifetime=lifetime,
        replicas=replicas,
        requests=load.requests,
        mix=load.mix,
        drops=round(rng.uniform(0.01, 0.25), 3) if rng.random() < 0.15 else 0.0,
        start_wait=_START_WAIT_S,
        end_wait=_END_WAIT_S,
        max_packets=_PACKETS,
        late_start=_late_start(rng, stage, inside),
        value_size=load.value_size,
        shared_keys=load.shared_keys,
        burst=load.burst,
        repeats=repeats,
        durable=durable,
        environment={**inside.environment, **snapshots},
        virtual=inside.virtual,
        extra_events=faults(rng, stage),
        tests=_JUST_CORRECT,
    )


def _load(rng: Random, inside: Machines, times: int) -> _Load:
    """A hundred requests or so, most of them for few keys; large values are rare, and refusals cost.

    A burst is all of them at once: a slower one might not be through by the end of the lifetime.
    """
    value_size = one_of(rng, {32: 90, 2000: 6, 30_000: 4})
    few = value_size > 32 or inside.refuses
    requests = (
        rng.randint(_REQUESTS_MIN, 40)
        if few
        else round(log_uniform(rng, _REQUESTS_MIN * one_of(rng, {1: 1, 5: 2}), 250))
    )
    requests = max(_REQUESTS_MIN, min(requests, inside.backlog_max(value_size) // times))
    return _Load(
        requests=requests,
        mix=round(rng.uniform(0.1, 0.9 if requests >= 40 else 0.6), 2),
        value_size=value_size,
        shared_keys=rng.randint(1, 5) if rng.random() < 0.8 else 0,
        burst=requests if rng.random() < 0.08 and not few else 0,
        times=times,
    )


def _late_start(rng: Random, stage: Stage, inside: Machines) -> LateStart | None:
    """Sometimes one replica starts later, but before any other may talk to it, by the fastest clock."""
    if rng.random() >= 0.2:
        return None
    safe_s = inside.silence_s(len(stage.names)) - _STARTS_WITHIN_S
    delay = milliseconds(rng.uniform(0.1, min(_LATE_S_MAX, safe_s)))
    return LateStart(replica=rng.choice(stage.names), delay=delay)
