"""What a campaign came to: sums over its seeds, its failures, and all of it as JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import msgspec

from simulator.explore.campaign import Plan
from simulator.explore.coverage import Coverage, coverage
from simulator.explore.coverage_source import Branch
from simulator.explore.drawing import scenario_name
from simulator.explore.lots import Result
from simulator.virtual import Finding

SCHEMA_VERSION: Final = 1
FAILURES_KEPT: Final = 100
"""Where everything fails, the first hundred say it; the others are counted."""

End: TypeAlias = Literal["all seeds played", "time over", "stopped at the first failure", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A seed in which something did not hold: what showed first, and what else."""

    seed: int
    replicas: int
    checker: str
    """Who found it, as `Finding` has it."""
    rule: str
    sentence: str
    at: float
    """Seconds from the first request."""
    step: int
    others: tuple[Finding, ...]
    reproduce: str
    """The command that plays it again."""
    shrink: str
    """The command that makes it small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored:
    """A campaign that is over; the JSON file of `--json` is this object."""

    version: int
    passed: bool
    end: End
    scenario: str
    code: str
    first_seed: int
    seeds: int
    """How many were played: from the first on."""
    failures: int
    failed: tuple[Failure, ...]
    """The first of them, in the order of their seeds."""
    wall_s: float
    seeds_per_s: float
    virtual_s: float
    cpu_s: float
    virtual_per_cpu: float
    """How much faster than real time one core plays."""
    steps: int
    replicas: dict[str, int]
    """How many clusters there were of each size."""
    faults: dict[str, int]
    coverage: Coverage


class Summary:
    """Sums up results as they come."""

    def __init__(self, plan: Plan) -> None:
        self._plan: Final = plan
        self._scenario: Final = scenario_name(amnesia=plan.amnesia)
        self._events: Final[Counter[str]] = Counter()
        self._replicas: Final[Counter[int]] = Counter()
        self.faults: Final[Counter[str]] = Counter()
        self.failed: Final[list[Failure]] = []
        self.failures = 0
        self.seeds = 0
        self.steps = 0
        self.virtual_s = 0.0
        self.cpu_s = 0.0

    @property
    def planned(self) -> int | None:
        """How many seeds are to be played; None when only the time says."""
        return self._plan.count

    def add(self, result: Result) -> None:
        """Take the next seed's result."""
        self.seeds += 1
        self.steps += result.steps
        self.virtual_s += result.virtual_s
        self.cpu_s += result.cpu_s
        self.faults.update(result.faults)
        self._events.update(result.events)
        if result.replicas:
            self._replicas[result.replicas] += 1
        if result.findings:
            self.failures += 1
            if len(self.failed) < FAILURES_KEPT:
                self.failed.append(self._failure(result))

    def conclude(self, end: End, *, code: str, wall_s: float, branches: tuple[Branch, ...]) -> Explored:
        """Everything, as plain data."""
        return Explored(
            version=SCHEMA_VERSION,
            passed=not self.failures,
            end=end,
            scenario=self._scenario,
            code=code,
            first_seed=self._plan.first,
            seeds=self.seeds,
            failures=self.failures,
            failed=tuple(self.failed),
            wall_s=wall_s,
            seeds_per_s=self.seeds / wall_s if wall_s else 0.0,
            virtual_s=self.virtual_s,
            cpu_s=self.cpu_s,
            virtual_per_cpu=self.virtual_s / self.cpu_s if self.cpu_s else 0.0,
            steps=self.steps,
            replicas={str(size): count for size, count in sorted(self._replicas.items())},
            faults=dict(sorted(self.faults.items())),
            coverage=coverage(self._events, branches),
        )

    def _failure(self, result: Result) -> Failure:
        first, *others = result.findings
        return Failure(
            seed=result.seed,
            replicas=result.replicas,
            checker=first.checker,
            rule=first.rule,
            sentence=first.sentence,
            at=first.at,
            step=first.step,
            others=tuple(others),
            reproduce=f"python -m simulator --virtual {self._scenario} --seed {result.seed}",
            shrink=f"python -m simulator shrink {result.seed}{' --amnesia' if self._plan.amnesia else ''}",
        )


def encode(explored: Explored) -> bytes:
    """The JSON that `--json` promises."""
    return msgspec.json.format(msgspec.json.encode(explored), indent=2) + b"\n"
