"""One thread that rings the timers of all actors of a node."""

import heapq
import threading
from collections.abc import Callable
from itertools import count

from actors.clock import now
from messages.address import Address
from messages.ids import Instant
from messages.timer import Rang


class ThreadTimer:
    """One owner's timer; `serial` tells an alarm that was replaced from the one that counts."""

    def __init__(self, thread: "TimerThread", owner: Address[Rang]) -> None:
        self._thread = thread
        self.owner = owner
        self.serial = 0

    def set(self, due: Instant, epoch: int) -> None:
        """Replace the alarm."""
        self._thread.set(self, due, epoch)


class TimerThread:
    """Rings all timers, from a heap of what is due."""

    def __init__(self, fail_stop: Callable[[BaseException], None]) -> None:
        self._fail_stop = fail_stop
        self._changed = threading.Condition()
        self._order = count()
        self._alarms: list[tuple[Instant, int, ThreadTimer, int, int]] = []
        self._stopped = False
        threading.Thread(target=self._run, name="timers", daemon=True).start()

    def set(self, timer: ThreadTimer, due: Instant, epoch: int) -> None:
        """Wake the thread only for an alarm that is the next one."""
        with self._changed:
            timer.serial += 1
            is_next = not self._alarms or due < self._alarms[0][0]
            heapq.heappush(self._alarms, (due, next(self._order), timer, timer.serial, epoch))
            if is_next:
                self._changed.notify()

    def stop(self) -> None:
        """Ring no more."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _run(self) -> None:
        try:
            while (ringing := self._next()) is not None:
                timer, epoch = ringing
                timer.owner.tell(Rang(epoch=epoch, at=now()))
        except BaseException as error:
            self._fail_stop(error)
            raise

    def _next(self) -> tuple[ThreadTimer, int] | None:
        """Wait for the next alarm that still counts; None when stopped."""
        with self._changed:
            while not self._stopped:
                while self._alarms and self._alarms[0][3] != self._alarms[0][2].serial:
                    heapq.heappop(self._alarms)
                if self._alarms and self._alarms[0][0] <= now():
                    _, _, timer, _, epoch = heapq.heappop(self._alarms)
                    return timer, epoch
                self._changed.wait(self._alarms[0][0] - now() if self._alarms else None)
        return None
