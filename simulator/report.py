"""The report of a run: plain data, for people (`text`) and as JSON (`--json`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import msgspec

from linearizability import Violation, check
from simulator.ids import NodeId
from simulator.journal import Entry
from simulator.network import NetworkCounts
from simulator.outcome import RequestFigures, request_figures
from simulator.run import Run
from simulator.stats import Benchmark, Latency, benchmarks_of, latency_of
from simulator.verdict import Check, judge, slowest_exit_ms

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficFigures:
    """Messages between replicas, as counted when they were sent, and what became of them."""

    total: int
    by_type: dict[str, int]
    to_gone: int
    network: NetworkCounts
    hostile: int
    answers_to_hostile: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaFigures:
    """One replica, or of one that was restarted its last process; None where it is not known."""

    name: NodeId
    state: str
    ready_ms: float | None
    """From its start to its hello."""
    ready_cpu_ms: float | None
    cpu_s: float | None
    memory_peak_kb: int | None
    exit_code: int | None
    exit_ms: float | None
    """From SIGTERM to its end."""
    last_words: str
    """The last that it printed, when it ended by itself or with an error."""
    term: int | None
    commit_index: int | None
    restarts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leadership:
    """A replica began to say of itself that it leads, `at` seconds from the first request."""

    leader: NodeId
    term: int | None
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FailoverFigures:
    """A leader was taken away; `took_ms` until clients were served again, None if never."""

    leader: NodeId
    cause: str
    at: float
    took_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that is to be said about one run. Times `at` are seconds from the first request."""

    scenario: str
    program: str
    seed: int
    ignored: tuple[str, ...]
    """Unknown fields at the top level of the configuration, with the known ones that they resemble."""
    passed: bool
    checks: tuple[Check, ...]
    benchmarks: tuple[Benchmark, ...]
    requests: RequestFigures
    failures: int
    """As the contract counts them."""
    answers: Latency
    """Every answer to an attempt, redirects included."""
    served: Latency
    """From when a client first wanted something until it was done."""
    traffic: TrafficFigures
    replicas: tuple[ReplicaFigures, ...]
    leaders: tuple[Leadership, ...]
    failovers: tuple[FailoverFigures, ...]
    ready_ms_max: float
    exit_ms_max: float
    duration_s: float
    incorrect: tuple[Entry, ...]
    """The first of them, at most 20."""
    violation: Violation | None
    journal: tuple[Entry, ...]
    trail: str
    """The directory of the replicas' trails; empty when it was not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """What `--json` writes."""

    version: int
    passed: bool
    runs: tuple[Report, ...]


def make_report(run: Run, scenario: str, program: str, ignored: tuple[str, ...] = ()) -> Report:
    """Sum up a run that is over and whose replicas have ended; `ignored` are unknown fields of its configuration."""
    requests = request_figures(run)
    violation = check(run.clients.history(), zero_s=run.config.start_wait)
    checks = judge(run, requests, violation)
    answers = latency_of(run.clients.answers.latencies_s)
    replicas = _replicas(run)
    return Report(
        scenario=scenario,
        program=program,
        seed=run.seed,
        ignored=ignored,
        passed=all(each.held for each in checks),
        checks=checks,
        benchmarks=benchmarks_of(
            run.config.tests.benchmarks,
            total_msgs=run.router.traffic.total,
            failures=requests.failures,
            duplicates=requests.duplicates,
            median_latency_s=answers.median_ms / 1000 if answers.count else None,
        ),
        requests=requests,
        failures=requests.failures,
        answers=answers,
        served=latency_of(_served_s(run)),
        traffic=_traffic(run),
        replicas=replicas,
        leaders=_leaders(run),
        failovers=_failovers(run),
        ready_ms_max=max((each.ready_ms for each in replicas if each.ready_ms is not None), default=0.0),
        exit_ms_max=slowest_exit_ms(run),
        duration_s=run.ended_at or 0.0,
        incorrect=tuple(run.breaches.incorrect_shown),
        violation=violation,
        journal=tuple(run.journal.entries),
        trail="",
    )


def with_check(report: Report, more: Check) -> Report:
    """The report with one thing more that must hold."""
    return replace(report, checks=(*report.checks, more), passed=report.passed and more.held)


def encode_reports(reports: Iterable[Report]) -> bytes:
    """Write reports as the JSON that `--json` promises."""
    runs = tuple(reports)
    file = ReportFile(version=SCHEMA_VERSION, passed=all(run.passed for run in runs), runs=runs)
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def _served_s(run: Run) -> Iterable[float]:
    for request in run.clients.requests:
        if request.answered_at is not None:
            yield request.answered_at - request.asked_at


def _traffic(run: Run) -> TrafficFigures:
    traffic = run.router.traffic
    return TrafficFigures(
        total=traffic.total,
        by_type=dict(traffic.by_type.most_common()),
        to_gone=traffic.to_gone,
        network=run.network.counts,
        hostile=run.hostility.sent,
        answers_to_hostile=run.answers_to_outsiders,
    )


def _replicas(run: Run) -> tuple[ReplicaFigures, ...]:
    figures = []
    for replica in run.cluster.replicas.values():
        how = replica.exit
        ready = replica.ready_at is not None and replica.started_at is not None
        figures.append(
            ReplicaFigures(
                name=replica.name,
                state=replica.state.value,
                ready_ms=((replica.ready_at or 0) - (replica.started_at or 0)) * 1000 if ready else None,
                ready_cpu_ms=None if replica.ready_cpu_s is None else replica.ready_cpu_s * 1000,
                cpu_s=how.cpu_s if how is not None else None,
                memory_peak_kb=how.memory_peak_kb if how is not None else None,
                exit_code=how.code if how is not None else None,
                exit_ms=how.took_ms if how is not None else None,
                last_words=how.last_words if how is not None and how.code not in {0, -15} else "",
                term=replica.term,
                commit_index=replica.commit_index,
                restarts=replica.incarnation - 1,
            )
        )
    return tuple(figures)


def _leaders(run: Run) -> tuple[Leadership, ...]:
    zero = run.config.start_wait
    return tuple(Leadership(leader=reign.leader, term=reign.term, at=reign.at - zero) for reign in run.cluster.reigns)


def _failovers(run: Run) -> tuple[FailoverFigures, ...]:
    return tuple(
        FailoverFigures(
            leader=failover.leader,
            cause=failover.cause,
            at=failover.at - run.config.start_wait,
            took_ms=None if failover.took_s is None else failover.took_s * 1000,
        )
        for failover in run.failovers.all
    )
