"""What a run is to do later, in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import TypeAlias

Task: TypeAlias = Callable[[float], None]
"""Called with the time (seconds since the run began) at which it is carried out."""


class Agenda:
    """Tasks by the time when they are due; those of one time in the order in which they were entered."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Task]] = []
        self._entered = 0

    def at(self, time_s: float, task: Task) -> None:
        """Enter a task for `time_s`."""
        self._entered += 1
        heapq.heappush(self._entries, (time_s, self._entered, task))

    @property
    def next_time(self) -> float | None:
        """When the next task is due; None when nothing is left."""
        return self._entries[0][0] if self._entries else None

    def run_due(self, now: float) -> None:
        """Carry out all that is due at `now`, also what these tasks enter for `now` or earlier."""
        while self._entries and self._entries[0][0] <= now:
            _, _, task = heapq.heappop(self._entries)
            task(now)
