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
class Attempt:
    """One message with a request to one replica, under a MID of its own."""

    mid: str
    request: Request
    replica: NodeId
    sent_at: float
    incarnation: int = 1
    """Which process of that replica's it was sent to."""
    outcome: Outcome = Outcome.WAITING
    answered_at: float | None = None
    value: str = ""
    """What a get was answered."""

    def operation(self) -> Operation | None:
        """What this attempt means for the check of the whole history: None when it says nothing.

        A redirected attempt did not happen. One that failed or was not answered may have: a put then has no return.
        """
        request = self.request
        if self.outcome is Outcome.REDIRECTED or (request.kind == "get" and self.outcome is not Outcome.OK):
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
    candidates = [write for write in writes if write.outcome is not Outcome.REDIRECTED and write.sent_at <= now]
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
