"""What machines do to actors that no network can: they do not schedule them, ring late, and lose what finds no room."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Final, assert_never

from simulator.events import Buffers, LateTimers, Slow
from simulator.virtual.mailbox import Waiting

_TIMER_LATE_S: Final = 0.001
_FROM_CLIENTS: Final = (b'{"type":"get"', b'{"type":"put"')


class Disturbances:
    """The disturbances that are on; `draw` gives a random number below 1. `counts` says how often each occurred."""

    def __init__(self, draw: Callable[[], float]) -> None:
        self._draw: Final = draw
        self._late: LateTimers | None = None
        self._buffers: Buffers | None = None
        self._longest_s = 0.0
        self.slow: Slow | None = None
        self.counts: Final[Counter[str]] = Counter()
        self.until = 0.0
        """When the last of them will be over, in seconds of the run: infinity while one is on."""

    def set(self, event: Slow | LateTimers | Buffers | None, now: float) -> None:
        """Take on one, instead of an earlier one of its kind; None ends all."""
        match event:
            case Slow():
                self.slow = event if event.rate and event.max_ms else None
                self._longest_s = max(self._longest_s, event.max_ms / 1000)
            case LateTimers():
                self._late = event if event.max_ms else None
                self._longest_s = max(self._longest_s, event.max_ms / 1000)
            case Buffers():
                self._buffers = event if event.datagrams else None
            case None:
                self.slow = self._late = self._buffers = None
            case _:
                assert_never(event)
        is_on = any(each is not None for each in (self.slow, self._late, self._buffers))
        self.until = math.inf if is_on else now + self._longest_s

    def falls_asleep(self, mailbox: Waiting, slow: Slow, now: float) -> bool:
        """Whether the actor is not scheduled now, but later; once for each message at most."""
        if mailbox.is_rested or (slow.actor != "any" and not mailbox.name.startswith(slow.actor)):
            return False
        if self._draw() >= slow.rate:
            return False
        self.counts["waited"] += 1
        mailbox.wakes_at = now + self._draw() * slow.max_ms / 1000
        return True

    def lateness_s(self) -> float:
        """How late the next timer rings."""
        if self._late is None:
            return self._draw() * _TIMER_LATE_S
        self.counts["rang late"] += 1
        return self._draw() * self._late.max_ms / 1000

    def has_room(self, waiting: int, payload: bytes) -> bool:
        """Whether a socket in which so many datagrams wait takes one more; what clients send always finds room."""
        buffers = self._buffers
        if buffers is None or waiting < buffers.datagrams or payload.startswith(_FROM_CLIENTS):
            return True
        self.counts["found no room"] += 1
        return False
