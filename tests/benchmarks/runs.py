"""Runs as the simulator would report them, with nothing wrong but what a test asks for."""

from __future__ import annotations

from benchmarks.measuring import Answers, Check, Failover, Reign, Requests, Run, Traffic, Turn


def run(
    *,
    messages: int = 1_000,
    median_ms: float = 1.0,
    p99_ms: float = 2.0,
    max_ms: float = 3.0,
    failures: int = 0,
    died_with_leader: int = 0,
    duplicates: int = 0,
    gaps: tuple[float | None, ...] = (),
    reigns: int = 1,
    broken: tuple[str, ...] = (),
    trail: str = "",
) -> Run:
    """One run."""
    return Run(
        passed=not broken,
        failures=failures,
        requests=Requests(duplicates=duplicates, unanswered_killed=died_with_leader),
        answers=Answers(median_ms=median_ms, p99_ms=p99_ms, max_ms=max_ms),
        traffic=Traffic(total=messages),
        leaders=[Reign(leader="0000", at=float(at)) for at in range(reigns)],
        failovers=[Failover(cause="killed", took_ms=gap) for gap in gaps],
        checks=[Check(name="history linearizable", held=True), *(Check(name=name, held=False) for name in broken)],
        trail=trail,
    )


def turns(*runs: Run, program: str = "replica", family: str = "some") -> list[Turn]:
    """A turn for each run, with seeds from 1."""
    return [Turn(family=family, program=program, seed=seed, run=each) for seed, each in enumerate(runs, 1)]
