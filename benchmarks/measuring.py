"""One run under the simulator: starting it, what its report says, and the line that is printed when it is done."""

import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from actors.settings import PROFILE
from benchmarks.families import Family
from benchmarks.latency import PROGRAMS, measure


class Requests(msgspec.Struct, frozen=True, kw_only=True):
    """What became of requests, so far as the bars ask."""

    duplicates: int
    unanswered_killed: int
    """Waiting at a replica when it was killed; nobody is asked who is dead already."""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """How long answers took."""

    median_ms: float
    p99_ms: float
    max_ms: float


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """Messages between replicas."""

    total: int


class Reign(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody began to lead, `at` seconds from the first request."""

    leader: str
    at: float


class Failover(msgspec.Struct, frozen=True, kw_only=True):
    """A leader was taken away; `took_ms` until another answered what was asked since, None if none did."""

    cause: str
    took_ms: float | None


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the simulator demands of every run."""

    name: str
    held: bool


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run in the simulator's JSON report."""

    passed: bool
    failures: int
    requests: Requests
    answers: Answers
    traffic: Traffic
    leaders: list[Reign]
    failovers: list[Failover]
    checks: list[Check]
    trail: str

    @property
    def kills(self) -> list[Failover]:
        """Each time that the leader was killed."""
        return [failover for failover in self.failovers if failover.cause == "killed"]


class Report(msgspec.Struct, frozen=True):
    """The simulator's JSON report."""

    runs: list[Run]


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One program's run of one family, from one seed."""

    family: str
    program: str
    seed: int
    run: Run

    def line(self) -> str:
        """What is printed when it is done."""
        run = self.run
        words = [
            f"{self.family:<20} {self.program:<8} seed {self.seed:<3} {run.traffic.total:>6,} messages",
            f"median {run.answers.median_ms:.2f} ms",
            f"p99 {run.answers.p99_ms:.2f} ms",
            f"{run.failures} failures",
            *(f"gap {milliseconds(kill.took_ms)}" for kill in run.kills),
        ]
        return ", ".join(words) + self._complaint()

    def _complaint(self) -> str:
        if self.run.passed:
            return ""
        broken = "; ".join(check.name for check in self.run.checks if not check.held)
        trail = f" (trail: {self.run.trail})" if self.run.trail else ""
        return f", DID NOT HOLD: {broken}{trail}"


def milliseconds(value: float | None) -> str:
    """A duration for people; None and infinity are one that did not end."""
    return "without end" if value is None or math.isinf(value) else f"{value:,.0f} ms"


def take_turn(family: Family, program: str, seed: int, directory: Path) -> Turn:
    """Run a program once; exits when the simulator could not run it."""
    configuration = directory / f"{family.name}.json"
    configuration.write_bytes(msgspec.json.encode(family.config))
    out = directory / f"{family.name}-{program}-{seed}.json"
    with _on_cores(family.cores_max):
        measure(PROGRAMS[program], configuration, seed, out, **{PROFILE: family.profile})
    run = msgspec.json.decode(out.read_bytes(), type=Report).runs[0]
    return Turn(family=family.name, program=program, seed=seed, run=run)


@contextmanager
def _on_cores(count: int | None) -> Iterator[None]:
    """Whatever is started inside shares at most so many cores, where the system can be told so."""
    if count is None or sys.platform != "linux":
        yield
        return
    usual = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(usual)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, usual)
