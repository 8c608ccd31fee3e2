"""Probes for shrinking: a play that fails for reasons that a test knows, and a scenario with much that is needless."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeAlias

from simulator.config import Config, LateStart, Virtual
from simulator.events import (
    AnyEvent,
    CutLink,
    Delay,
    Drops,
    Heal,
    KillLeader,
    PartEnd,
    PartHard,
    Pause,
    Restart,
    Resume,
)
from simulator.report import Report
from simulator.virtual.played import Checker, Finding, Played
from tests.simulator import stage

SAFE = "at most one leader in a term"
LIVE = "once nothing is wrong, all is answered"

Why: TypeAlias = Callable[[Config, int], float | None]
"""When a run fails, in seconds from the first request; None when it holds."""


def lavish(*more: AnyEvent) -> Config:
    """Seven replicas, many requests, settings, and all kinds of trouble, which ends with the lifetime."""
    body = (
        Drops(time=0.5, rate=0.17),
        Pause(time=1.234, replica="0005"),
        Resume(time=2.0),
        KillLeader(time=3.25),
        Delay(time=3.5, rate=0.31, min_ms=17.3, max_ms=412.7, tail=True),
        Restart(time=4.0, replica="0004", after_s=0.317),
        PartHard(time=4.75),
        CutLink(time=5.0, a="0002", b="0006", both=False),
        PartEnd(time=6.1),
        Drops(time=7.0, rate=0.0),
    )
    return Config(
        lifetime=9.5,
        replicas=7,
        requests=180,
        mix=0.41,
        start_wait=3.0,
        end_wait=20.0,
        value_size=2000,
        shared_keys=4,
        late_start=LateStart(replica="0006", delay=0.7),
        environment={
            "RAFT_WINDOW": "2",
            "RAFT_ELECTION_TIMEOUT_MIN_MS": "800",
            "RAFT_ELECTION_TIMEOUT_MAX_MS": "1900",
            "RAFT_HEARTBEAT_MS": "200",
        },
        virtual=Virtual(latency_ms=(0.3, 4.0), haste=0.01, clocks="extreme", storage="synced"),
        extra_events=(*sorted((*body, *more), key=lambda event: event.time), Heal(time=9.5), Resume(time=9.5)),
    )


def has(config: Config, *kinds: type[AnyEvent]) -> bool:
    """Whether events of these types happen, in this order."""
    events = iter(config.all_events)
    return all(any(isinstance(event, kind) for event in events) for kind in kinds)


class Replayed:
    """A play that fails as `why` says; it takes longer with more replicas, and the later it fails."""

    def __init__(self, why: Why, rule: str = SAFE, checker: Checker = "Raft's rules") -> None:
        self._why = why
        self._rule = rule
        self._checker: Checker = checker
        self.configs: list[Config] = []
        self.trails: list[Path] = []

    def __call__(
        self, config: Config, seed: int, *, scenario: str = "", trails: Path | None = None, steps_max: int | None = None
    ) -> Played:
        self.configs.append(config)
        if trails is not None:
            self.trails.append(trails)
        at = self._why(config, seed)
        end = config.lifetime + config.end_wait if at is None else at
        steps = round((config.start_wait + end) * 30 * config.replicas)
        if steps_max is not None and steps > steps_max:
            at, steps = None, steps_max
        return Played(
            scenario=scenario,
            config=config,
            seed=seed,
            findings=() if at is None else (self._finding(config, at, steps),),
            steps=steps,
            virtual_s=config.start_wait + end,
            events={},
            faults={},
            report=report(),
        )

    def _finding(self, config: Config, at: float, steps: int) -> Finding:
        return Finding(rule=self.rule_of(config), sentence="0001 and 0002", at=at, step=steps, checker=self._checker)

    def rule_of(self, config: Config) -> str:
        """The rule that is broken: always the same, here."""
        return self._rule


@cache
def report() -> Report:
    """Any."""
    return stage.play(stage.config(requests=1))
