"""What waits for the writer: bounded, so that a slow disk costs records and not memory, and nobody waits."""

import queue
import threading
from typing import Final

import msgspec

from trail.records import Did, Event, Record, Took, Traced, shed_event

RECORDS_MAX: Final = 100_000
"""When so many records wait, what is traced is shed."""

WEIGHT_BYTES_MAX: Final = 256 * 2**20
"""... and when what they keep in memory is so large."""

EVENTS_MAX: Final = 1_000_000
"""Named events are never shed: when so many records wait, the trail has come to its end."""


class _Heavy(msgspec.Struct, frozen=True, gc=False):
    """A record and the bytes that it keeps in memory."""

    record: Traced
    weight_bytes: int


class Backlog:
    """A queue for any number of threads that add, and one that takes.

    Once it sheds, it does so until half of what waited is written: one long gap is better than many short ones. Before
    the next record that is kept, `trail.shed` says how many are missing.
    """

    def __init__(self) -> None:
        self._queue: Final[queue.SimpleQueue[Event | Traced | _Heavy]] = queue.SimpleQueue()
        self._lock: Final = threading.Lock()
        self._weight_bytes = 0
        self._sheds = False
        self._leaves_out = False
        self._first_missing: Traced | None = None
        self._missing = 0

    def add_event(self, event: Event) -> bool:
        """Whether there was room for it."""
        if self._missing:
            with self._lock:
                self._admit_missing()
        if self._queue.qsize() >= EVENTS_MAX:
            return False
        self._queue.put(event)
        return True

    def add(self, record: Traced, weight_bytes: int) -> None:
        """Add it, or shed and count it."""
        if self._sheds or self._queue.qsize() >= RECORDS_MAX or self._weight_bytes >= WEIGHT_BYTES_MAX:
            self._add_or_shed(record, weight_bytes)
        elif weight_bytes:
            with self._lock:
                self._put_heavy(record, weight_bytes)
        else:
            self._queue.put(record)

    def take(self, count_max: int) -> list[Record]:
        """The oldest records, at most so many."""
        if self._missing and self._queue.empty():
            with self._lock:
                self._admit_missing()
        taken: list[Record] = []
        lifted_bytes = 0
        try:
            while len(taken) < count_max:
                record = self._queue.get_nowait()
                if isinstance(record, _Heavy):
                    lifted_bytes += record.weight_bytes
                    record = record.record
                if self._leaves_out and isinstance(record, Took | Did):
                    self._miss(record)
                else:
                    taken.append(record)
        except queue.Empty:
            pass
        if lifted_bytes:
            with self._lock:
                self._weight_bytes -= lifted_bytes
        return taken if taken or not self._missing else self.take(count_max)

    def leave_out_what_is_traced(self) -> None:
        """There is no time for all that waits: from now on events only, and how much else is missing."""
        self._leaves_out = True

    def _miss(self, record: Traced) -> None:
        with self._lock:
            self._first_missing = self._first_missing or record
            self._missing += 1

    def _add_or_shed(self, record: Traced, weight_bytes: int) -> None:
        """Shedding ends behind the note that says what is missing: no thread's later record can overtake it."""
        with self._lock:
            if self._sheds and self._is_half_empty():
                self._admit_missing()
                self._put_heavy(record, weight_bytes)
                self._sheds = False
                return
            self._sheds = True
            if not self._missing:
                self._first_missing = record
            self._missing += 1

    def _is_half_empty(self) -> bool:
        return self._queue.qsize() <= RECORDS_MAX // 2 and self._weight_bytes <= WEIGHT_BYTES_MAX // 2

    def _put_heavy(self, record: Traced, weight_bytes: int) -> None:
        self._weight_bytes += weight_bytes
        self._queue.put(_Heavy(record, weight_bytes))

    def _admit_missing(self) -> None:
        """The lock is held: whoever sees that nothing is missing finds the note in the queue already."""
        if self._first_missing is not None:
            self._queue.put(shed_event(self._first_missing, self._missing))
        self._first_missing, self._missing = None, 0
