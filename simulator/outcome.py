"""What a run's figures are, once it is over; the report is made from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.cluster import State
from simulator.requests import Kind, Request
from simulator.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFigures:
    """Requests of one run, each counted once whatever its attempts."""

    sent: int
    """To some replica at least; `gets` and `puts` count those, too, for which there was none."""
    gets: int
    gets_answered: int
    puts: int
    puts_answered: int
    ungenerated_gets: int
    """Gets that became puts, for no client had a key to read; part of `puts`."""
    unsent: int
    """A burst that did not get through within the lifetime, or a run that was ended early."""
    ok: int
    redirects: int
    fails: int
    duplicates: int
    repeats: int
    """So many of all messages to replicas were second ones, under a MID that had been sent before."""
    unanswered_killed: int
    """Never answered, and last sent to a process that the simulator killed."""
    unanswered_other: int
    unasked: int
    """Never sent, and so never answered: no replica lived to be asked when the client wanted it."""

    @property
    def failures(self) -> int:
        """As the contract counts them: `fail` answers, and requests that were never answered."""
        return self.fails + self.unanswered_killed + self.unanswered_other + self.unasked


def request_figures(run: Run) -> RequestFigures:
    """Count a run's requests."""
    requests = run.clients.requests
    answers = run.clients.answers
    unanswered = [request for request in requests if request.attempts and request.answered_at is None]
    lost_with_killed = sum(1 for request in unanswered if _was_at_killed(run, request))
    return RequestFigures(
        sent=run.clients.sent,
        gets=_count(requests, "get"),
        gets_answered=_count_answered(requests, "get"),
        puts=_count(requests, "put"),
        puts_answered=_count_answered(requests, "put"),
        ungenerated_gets=answers.ungenerated_gets,
        unsent=run.workload.unsent,
        ok=answers.by_type["ok"],
        redirects=answers.by_type["redirect"],
        fails=answers.by_type["fail"],
        duplicates=answers.duplicates,
        repeats=run.repeats.sent,
        unanswered_killed=lost_with_killed,
        unanswered_other=len(unanswered) - lost_with_killed,
        unasked=run.clients.unasked,
    )


def _count(requests: Sequence[Request], kind: Kind) -> int:
    return sum(1 for request in requests if request.kind == kind)


def _count_answered(requests: Sequence[Request], kind: Kind) -> int:
    return sum(1 for request in requests if request.kind == kind and request.answered_at is not None)


def _was_at_killed(run: Run, request: Request) -> bool:
    last = request.attempts[-1]
    replica = run.cluster.replicas[last.replica]
    return replica.state is State.KILLED or last.incarnation < replica.incarnation
