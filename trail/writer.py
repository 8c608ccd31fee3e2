"""The writer: takes records from any thread, and puts them into the files on its own."""

import contextlib
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TextIO

from trail.backlog import Backlog
from trail.parts import Parts
from trail.records import Event, Opening, Traced
from trail.rotation import Rotation

LOT: Final = 256
"""So many records are encoded in one go: nobody who wants to act meanwhile waits for the interpreter any longer."""

GIVE_WAY_S: Final = 0.0002
"""... and then has it for so long."""

IDLE_S: Final = 0.05
"""The writer looks for records so often when it had nothing to do: nobody who acts has to wake it."""

KEEP_ALL: Final = Rotation()


class Trail:
    """One replica's audit trail, in a file or more of `directory`; what it begins with is in `opening`.

    Neither `write` nor `record` ever waits. When the disk refuses, that is said once on `complaints`, and the rest of
    the trail is lost. `clock` is the one that stamps the records, in seconds; `wall` counts them from 1970.
    """

    def __init__(
        self,
        directory: Path,
        opening: Opening,
        *,
        rotation: Rotation = KEEP_ALL,
        complaints: TextIO = sys.stderr,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._complaints: Final = complaints
        self._parts: Final = Parts(directory, opening, rotation, clock, wall)
        self._backlog = Backlog()
        self._ended = False
        self._ending: Final = threading.Lock()
        self._closing: Final = threading.Event()
        self._thread: Final = threading.Thread(target=self._run, name="trail", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path:
        """The file that is being written."""
        return self._parts.path

    def write(self, event: Event) -> None:
        """Queue a named event; none is ever shed. What it holds must not change any more."""
        if not self._ended and not self._backlog.add_event(event):
            self._end("too many records wait")

    def record(self, record: Traced, weight_bytes: int = 0) -> None:
        """Queue what was delivered or done, which keeps about so many bytes in memory; or shed and count it."""
        if not self._ended:
            self._backlog.add(record, weight_bytes)

    def close(self, *, within_s: float) -> None:
        """Write what is queued, as far as that is possible in so many seconds."""
        self._closing.set()
        self._thread.join(within_s)

    def close_with_events_only(self, *, within_s: float) -> None:
        """Write the named events that are queued; all else that waits is counted as shed."""
        self._backlog.leave_out_what_is_traced()
        self.close(within_s=within_s)

    def _run(self) -> None:
        """Until closed, or until the trail ends before that; then records are dropped as they come."""
        try:
            self._write_until_closed()
        except OSError as error:
            self._end(error.strerror or str(error))
        finally:
            self._ended = True
            self._parts.abandon()
            self._backlog = Backlog()

    def _write_until_closed(self) -> None:
        self._parts.write([])
        while not self._ended:
            last = self._closing.is_set()
            self._write_waiting()
            if last:
                self._parts.close()
                return
            self._closing.wait(IDLE_S)

    def _write_waiting(self) -> None:
        """Everything that is queued, in lots, and between them room for those who act."""
        while (taken := self._backlog.take(LOT)) and not self._ended:
            self._parts.write(taken)
            if len(taken) == LOT and not self._closing.is_set():
                time.sleep(GIVE_WAY_S)

    def _end(self, why: str) -> None:
        """Say once that nothing more will be written."""
        with self._ending:
            if self._ended:
                return
            self._ended = True
        with contextlib.suppress(OSError, ValueError):  # whoever should have read it is gone
            self._complaints.write(f"The audit trail {self.path} ends here: {why}.\n")
            self._complaints.flush()
