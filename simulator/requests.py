"""What a client wants, and its attempts to get it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from linearizability import Operation
from simulator.ids import NodeId

Kind: TypeAlias = Literal["get", "put"]


class Outcome(enum.Enum):
    """What became of an attempt."""

    WAITING = enum.auto()
    OK = enum.auto()
    REDIRECTED = enum.auto()
    FAILED = enum.auto()


@dataclass(slots=True, kw_only=True, eq=False)
class Request:
    """One get or put of a client, over all attempts; times are seconds since the run began."""

    client: NodeId
    kind: Kind
    key: str
    value: str
    """What a put writes; empty for a get."""
    asked_at: float
    answered_at: float | None = None
    attempts: list[Attempt] = field(default_factory=list)
    redirects: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class Sending:
    """One message with a request to one replica."""

    replica: NodeId
    sent_at: float
    incarnation: int = 1
    """Which process of that replica's it was sent to."""
    is_owed: bool = True
    """Whether it must be answered; one that came while that process had the same MID need not be."""
    is_answered: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Attempt:
    """A request under a MID of its own, which is sent to one replica, or to two, or twice to the same."""

    mid: str
    request: Request
    sendings: list[Sending]
    outcome: Outcome = Outcome.WAITING
    """What the client knows of it; that it is done, if any answer says so."""
    answered_at: float | None = None
    value: str = ""
    """What a get was answered."""
    redirects: int = 0
    """So many of the answers were redirects."""

    @property
    def replica(self) -> NodeId:
        """Who was asked first."""
        return self.sendings[0].replica

    @property
    def sent_at(self) -> float:
        """When that was."""
        return self.sendings[0].sent_at

    @property
    def incarnation(self) -> int:
        """Which process was asked first."""
        return self.sendings[0].incarnation

    @property
    def is_ruled_out(self) -> bool:
        """Whether it has not happened, and never will: whoever was asked has sent the client to somebody else."""
        return self.outcome is Outcome.REDIRECTED and self.redirects == len(self.sendings)

    def answered_by(self, sender: NodeId, incarnation: int) -> Sending | None:
        """What the process `incarnation` of `sender` answers with its next answer; None when there is nothing left."""
        unanswered = [each for each in self.sendings if not each.is_answered]
        if len(self.sendings) > 1:
            unanswered = [each for each in unanswered if each.replica == sender]
        of_process = (each for each in unanswered if each.incarnation == incarnation)
        return next(of_process, unanswered[0] if unanswered else None)

    def operation(self) -> Operation | None:
        """What this attempt means for the check of the whole history: None when it says nothing.

        A redirected attempt did not happen. One that failed or was not answered may have, as may one that was sent to
        somebody else, too, who has not answered: a put then has no return.
        """
        request = self.request
        if self.is_ruled_out or (request.kind == "get" and self.outcome is not Outcome.OK):
            return None
        return Operation(
            client=request.client,
            mid=self.mid,
            kind=request.kind,
            key=request.key,
            value=request.value if request.kind == "put" else self.value,
            invoked_at=self.sent_at,
            returned_at=self.answered_at if self.outcome is Outcome.OK else None,
        )


def is_permitted(read: Attempt, value: str, now: float, writes: list[Attempt]) -> bool:
    """Whether `value` may answer `read` at `now`, by what its own client alone wrote to that key.

    A write is overwritten for the read when a later write, begun after it was acknowledged, was itself acknowledged
    before the read was sent. Of writes that overlap, or whose outcome is unknown, any may be the latest.
    """
    candidates = [write for write in writes if not write.is_ruled_out and write.sent_at <= now]
    acknowledged = [write for write in candidates if _acknowledged_before(write, read.sent_at)]
    if value == "" and not acknowledged:
        return True
    return any(
        write.request.value == value
        and not any(_acknowledged_before(write, later.sent_at) for later in acknowledged if later is not write)
        for write in candidates
    )


def _acknowledged_before(write: Attempt, time_s: float) -> bool:
    return write.outcome is Outcome.OK and write.answered_at is not None and write.answered_at < time_s
