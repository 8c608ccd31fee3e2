"""Lamport's clock of one node: what carries cause and effect from trail to trail (Lamport 1978).

It belongs to the transport, not to the actors: what is sent is stamped on its way out, and what comes moves the clock
before any actor sees it. So whatever a replica does after it received something has a later time than its sending had,
whatever the machines' clocks say.

A replica whose storage outlives its process begins at the microseconds that have passed since some fixed time. That is
beyond whatever its earlier processes had come to, for nobody sends so fast; so in the order of causes, what it is given
back stands behind the writing of it.
"""

from collections.abc import Iterable
from threading import Lock
from typing import Final

CREDIBLE: Final = 2**52
JUMP_MAX: Final = 2**20
"""Beyond `CREDIBLE`, nothing can have moved a clock by more at once: such a time is forged, and not believed."""


class LogicalClock:
    """A number that grows with each sending, and beyond each number received; any thread may use it."""

    def __init__(self, begin: int = 0) -> None:
        self.lock: Final = Lock()
        """Whoever writes down a sending holds it from `tick` on: in a trail, times do not go back for sendings."""
        self.value = begin

    def tick(self) -> int:
        """The time of one more sending; the lock is held."""
        self.value += 1
        return self.value

    def heard(self, stamps: Iterable[int]) -> None:
        """Something was received that had left at these times; one that is not believed does not hide the others."""
        with self.lock:
            credible = max(self.value, CREDIBLE) + JUMP_MAX
            for stamp in stamps:
                if self.value < stamp <= credible:
                    self.value = stamp
            self.value += 1
