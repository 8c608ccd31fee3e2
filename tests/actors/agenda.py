"""What will happen in virtual time around one replicator, and a network that loses, delays and repeats; seeded."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Final

from tests.actors.replicator_stage import Stage

EVENTS_AT_ONE_INSTANT_MAX: Final = 1000


class Agenda:
    """Moves the stage's `now` from one event to the next; `loss` is a share of all datagrams."""

    def __init__(self, stage: Stage, random: Random) -> None:
        self.stage: Final = stage
        self.random: Final = random
        self.loss, self.delay_s = 0.0, 0.002
        self.calm = False
        self._agenda: Final[list[tuple[float, int, Callable[[], None]]]] = []
        self._order: Final = count()

    def run(self, seconds: float) -> None:
        """Let everything happen that is due in the next so many seconds."""
        end = self.stage.now + seconds
        at_this_instant = 0
        while self._agenda and self._agenda[0][0] <= end:
            due, _, happen = heapq.heappop(self._agenda)
            at_this_instant = at_this_instant + 1 if due <= self.stage.now else 0
            assert at_this_instant < EVENTS_AT_ONE_INSTANT_MAX, "time stands still"
            self.stage.now = max(self.stage.now, due)
            happen()
        self.stage.now = end

    def later(self, seconds: float, happen: Callable[[], None]) -> None:
        """Let `happen` in so many seconds."""
        heapq.heappush(self._agenda, (self.stage.now + seconds, next(self._order), happen))

    def calm_down(self) -> None:
        """No faults any more, and nobody writes."""
        self.calm = True
        self.loss, self.delay_s = 0.0, 0.002

    def copies(self) -> int:
        """How often a datagram arrives."""
        if self.random.random() < self.loss:
            return 0
        return 2 if self.loss and self.random.random() < 0.05 else 1

    def delay(self) -> float:
        """After how many seconds."""
        return self.random.uniform(0.0001, self.delay_s)
