"""An alarm over a timer that is moved rarely: an actor that is due later than it rings just sets it again."""

from typing import Final

from actors.ports import Timer
from messages.ids import Instant
from messages.timer import Rang


class Alarm:
    """Rings at the earliest instant that was asked for; each setting has an epoch, so that a stale ring shows."""

    def __init__(self, timer: Timer) -> None:
        self._timer: Final = timer
        self._due: Instant | None = None
        self._epoch = 0

    def ring_by(self, due: Instant) -> None:
        """Ring at `due`, or earlier if that was asked for; the timer is touched only when `due` is the earliest."""
        if self._due is None or due < self._due:
            self._due = due
            self._epoch += 1
            self._timer.set(due, self._epoch)

    def has_rung(self, message: Rang) -> bool:
        """Whether `message` is this alarm's ring, after which none is set; a ring that was replaced is stale."""
        if message.epoch != self._epoch:
            return False
        self._due = None
        return True
