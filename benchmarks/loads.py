"""Two clients: one that always has so many puts under way, and one that puts at a steady rate."""

from __future__ import annotations

import time
from typing import Final

from benchmarks.small_cluster import LOST_S, SmallCluster

OUTSTANDING: Final = 64
"""Enough to keep a leader busy, too few to overflow a socket's buffer."""


class Saturating:
    """Puts new values under `keys` keys in turn, as fast as they are answered."""

    def __init__(self, cluster: SmallCluster, *, keys: int, value: str) -> None:
        self._cluster: Final = cluster
        self._keys: Final = keys
        self._value: Final = value
        self._sent = 0
        self._heard_at = 0.0
        self.count = 0
        """So many were answered."""

    def play(self, *, seconds: float = float("inf"), count: int | None = None) -> float:
        """Go on for so long, or until so many more were answered; how many that were in a second."""
        self._cluster.answered = self._answered
        before, began = self.count, time.monotonic()
        self._refill(OUTSTANDING)
        while time.monotonic() < began + seconds and (count is None or self.count < before + count):
            self._cluster.route(0.05)
            if time.monotonic() > self._heard_at + LOST_S:
                self._refill(OUTSTANDING)
        self._cluster.forget_answers()
        rate = (self.count - before) / (time.monotonic() - began)
        self._cluster.play(0.2)
        return rate

    def _answered(self, mid: str, seconds: float) -> None:
        del mid, seconds
        self.count += 1
        self._refill(1)

    def _refill(self, count: int) -> None:
        self._heard_at = time.monotonic()
        for _ in range(count):
            self._sent += 1
            self._cluster.put(f"s{self._sent}", f"k{self._sent % self._keys}", self._value)


class Steady:
    """Puts `rate` times a second, whatever is answered, and keeps how long answers took."""

    def __init__(self, cluster: SmallCluster, *, rate: float, keys: int, value: str) -> None:
        self._cluster: Final = cluster
        self._every_s: Final = 1 / rate
        self._keys: Final = keys
        self._value: Final = value
        self._due = time.monotonic()
        self._sent = 0
        self.seconds: list[float] = []
        """Of the answers so far; emptied by who measures."""
        cluster.answered = self._answered

    def tick(self, now: float) -> None:
        """Put what is due by `now`."""
        while self._due <= now:
            self._due += self._every_s
            self._sent += 1
            self._cluster.put(f"t{self._sent}", f"k{self._sent % self._keys}", self._value)

    def take(self) -> list[float]:
        """The times of the answers since the last look."""
        taken, self.seconds = self.seconds, []
        return taken

    def _answered(self, mid: str, seconds: float) -> None:
        del mid
        self.seconds.append(seconds)
