"""Whether a run held: what the contract demands, and what this simulator demands beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from linearizability import Violation
from simulator.cluster import Replica, State
from simulator.outcome import RequestFigures
from simulator.run import Run

_LATE_S: Final = 0.01
"""A first leader that comes so long after the first request is late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must hold."""

    name: str
    held: bool
    detail: str
    """What was seen, and what is allowed."""


def judge(run: Run, figures: RequestFigures, violation: Violation | None) -> tuple[Check, ...]:
    """Judge a run that is over and whose replicas have ended."""
    return (*_answers(run, figures, violation), *_replicas(run), *_state(run, figures), *_traffic(run))


def _answers(run: Run, figures: RequestFigures, violation: Violation | None) -> Iterator[Check]:
    incorrect = run.breaches.incorrect
    first = f"; the first: {run.breaches.incorrect_shown[0].text}" if incorrect else ""
    yield Check(name="no incorrect response", held=incorrect == 0, detail=f"{incorrect}{first}")
    explanation = "every key behaves as one register" if violation is None else violation.explanation
    yield Check(name="history linearizable", held=violation is None, detail=explanation)
    thresholds = run.config.tests.benchmarks.duplicates
    allowed = 0.0 if thresholds is None else thresholds[2]
    yield Check(
        name="no duplicate answers",
        held=figures.duplicates <= allowed,
        detail=f"{figures.duplicates}, allowed {allowed:g}",
    )


def _replicas(run: Run) -> Iterator[Check]:
    deaths = run.breaches.deaths
    yield Check(
        name="no replica died by itself",
        held=not deaths,
        detail="; ".join(entry.text for entry in deaths) or "0",
    )
    replicas = run.cluster.replicas
    silent = [name for name, replica in replicas.items() if _is_silent(replica)]
    yield Check(
        name="every replica said hello",
        held=not silent,
        detail=f"not heard of: {', '.join(silent)}" if silent else f"{len(replicas)} of {len(replicas)}",
    )
    early = run.breaches.early
    yield Check(
        name="nothing sent before hello",
        held=not early,
        detail="; ".join(entry.text for entry in early) or "0 messages",
    )
    forced = [name for name, replica in replicas.items() if replica.exit is not None and replica.exit.forced]
    yield Check(
        name="replicas end on SIGTERM",
        held=not forced,
        detail=f"had to be killed: {', '.join(forced)}" if forced else f"slowest {slowest_exit_ms(run):.0f} ms",
    )


def _is_silent(replica: Replica) -> bool:
    """Whether it was started and never said hello; one whose disk is damaged does right not to begin."""
    is_refused = replica.state is State.KILLED and replica.may_fail
    return replica.started_at is not None and replica.ready_at is None and not is_refused


def _state(run: Run, figures: RequestFigures) -> Iterator[Check]:
    tests = run.config.tests
    stored = figures.puts_answered > 0 or tests.maximum_put_fail_fraction == 1
    yield Check(name="some state was stored", held=stored, detail=f"{figures.puts_answered} puts")
    yield _fraction(
        "gets answered", figures.gets - figures.gets_answered, figures.gets, tests.maximum_get_fail_fraction
    )
    yield _fraction(
        "puts answered", figures.puts - figures.puts_answered, figures.puts, tests.maximum_put_fail_fraction
    )
    generated = _fraction(
        "clients had keys to read",
        figures.ungenerated_gets,
        figures.gets + figures.ungenerated_gets,
        tests.maximum_get_generation_fail_fraction,
    )
    yield generated if generated.held else replace(generated, detail=generated.detail + _why_puts(run))
    yield Check(
        name="every request was sent",
        held=figures.unsent == 0,
        detail=f"{figures.sent} sent, {figures.unsent} not{_unasked(figures)}",
    )


def _unasked(figures: RequestFigures) -> str:
    """Those that nobody could be sent: they are missing among the answers, which other checks judge."""
    return f"; for {figures.unasked} more no replica lived to be asked" if figures.unasked else ""


def _fraction(name: str, failed: int, total: int, allowed: float) -> Check:
    share = failed / total if total else 0.0
    detail = f"{total - failed} of {total}; at most {allowed:.0%} may not"
    return Check(name=name, held=share <= allowed, detail=detail)


def _why_puts(run: Run) -> str:
    """Why gets became puts: until there is a leader, no put is acknowledged, and of few requests the first weigh much.

    Clients that read what nobody wrote would show little of the replicas, so this is asked of the load, too.
    """
    what = "; the others became puts, for no client had a key of an acknowledged put yet"
    if not run.cluster.reigns:
        return what
    late_s = run.cluster.reigns[0].at - run.config.start_wait
    if late_s >= _LATE_S:
        return f"{what}; first leader {late_s:.2f} s after the first request; start_wait was {run.config.start_wait:g}"
    return (
        f"{what}; where requests are few, that is the load's doing, not the replicas': "
        "more requests, a smaller `mix` or a larger `maximum_get_generation_fail_fraction` mend it"
    )


def _traffic(run: Run) -> Iterator[Check]:
    config = run.config
    total = run.router.traffic.total
    puts = config.requests * (1 - config.mix)
    least = puts * config.replicas * config.tests.maximum_appends_batched_fraction
    yield Check(name="enough traffic", held=total >= least, detail=f"{total} messages, at least {least:.0f}")
    yield Check(
        name="not too much traffic",
        held=total <= config.max_packets,
        detail=f"{total} messages, at most {config.max_packets}",
    )
    yield Check(
        name="run went to its end",
        held=not run.breaches.aborted,
        detail=run.breaches.aborted or "yes",
    )


def slowest_exit_ms(run: Run) -> float:
    """The longest time from SIGTERM to the end of a replica, in milliseconds."""
    exits = [replica.exit for replica in run.cluster.replicas.values() if replica.exit is not None]
    return max((how.took_ms for how in exits if how.took_ms is not None), default=0.0)
