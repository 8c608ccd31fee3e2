"""How long clients had to wait for service after a leader was taken from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from simulator.ids import NodeId

Cause: TypeAlias = Literal["killed", "cut off", "paused"]


@dataclass(slots=True, kw_only=True)
class Failover:
    """One leader that was taken away; times are seconds since the run began.

    It ends with the first `ok` to a request that was sent after `at`, from any other replica; from any replica at all
    once the leader has been given back (the partition healed, the process resumed).
    """

    leader: NodeId
    cause: Cause
    at: float
    served_at: float | None = None
    given_back: bool = False

    @property
    def took_s(self) -> float | None:
        """Seconds until service; None when the run ended first."""
        return None if self.served_at is None else self.served_at - self.at


class Failovers:
    """All leaders that were taken away in a run."""

    def __init__(self) -> None:
        self.all: list[Failover] = []
        self._open: list[Failover] = []

    def begin(self, now: float, leader: NodeId, cause: Cause) -> None:
        """Note that the leader was taken away now."""
        failover = Failover(leader=leader, cause=cause, at=now)
        self.all.append(failover)
        self._open.append(failover)

    def give_back(self, cause: Cause) -> None:
        """Note that leaders which were taken away in this way are back."""
        for failover in self._open:
            failover.given_back = failover.given_back or failover.cause == cause

    def served(self, now: float, sender: NodeId, sent_at: float) -> None:
        """Note that `sender` answered `ok` now to a request that was sent at `sent_at`."""
        if not self._open:
            return
        for failover in self._open:
            if sent_at >= failover.at and (failover.given_back or failover.leader != sender):
                failover.served_at = now
        self._open = [failover for failover in self._open if failover.served_at is None]
