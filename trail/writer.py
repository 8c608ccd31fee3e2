"""The writer: takes records from any thread, and puts them into the file on its own."""

import contextlib
import queue
import sys
import threading
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final, TextIO

import msgspec

QUEUE_RECORDS_MAX: Final = 100_000
"""What waits for the disk at most; beyond it records are shed, and counted."""

LINES_AT_ONCE: Final = 1000
IDLE_S: Final = 0.05
"""The writer looks for records so often when it had nothing to do: nobody who acts has to wake it."""


class TrailError(Exception):
    """The trail cannot be written; one sentence says where and why. It costs the trail, not the node."""


class Trail:
    """One replica's file of JSON lines, `<node>.jsonl`, or `<node>.2.jsonl` and so on when that exists.

    `write` never waits: records are queued, and beyond a bound shed; a `trail.shed` record tells how many. When the
    disk refuses, that is said once on `complaints`, and the rest of the trail is lost.
    """

    def __init__(self, directory: Path, node: str, *, complaints: TextIO = sys.stderr) -> None:
        self._queue: Final[queue.SimpleQueue[Mapping[str, object]]] = queue.SimpleQueue()
        self._complaints: Final = complaints
        self._encoder: Final = msgspec.json.Encoder(enc_hook=repr)
        self._shed = 0
        self._shedding: Final = threading.Lock()
        self._ended = False
        self._closing = threading.Event()
        self._file = _create(directory, node)
        self.path: Final = Path(self._file.name)
        self._thread: Final = threading.Thread(target=self._run, name="trail", daemon=True)
        self._thread.start()

    def write(self, record: Mapping[str, object]) -> None:
        """Queue `record`, whose values are plain data; any thread may."""
        if self._ended:
            return
        if self._queue.qsize() < QUEUE_RECORDS_MAX:
            self._queue.put(record)
            return
        with self._shedding:
            self._shed += 1

    def close(self, *, within_s: float) -> None:
        """Write what is queued, as far as that is possible in so many seconds."""
        self._closing.set()
        self._thread.join(within_s)

    def _run(self) -> None:
        """Until closed, or until the disk refuses; then records are dropped as they come."""
        try:
            while self._write_queued() or not self._closing.is_set():
                self._closing.wait(IDLE_S)
            self._file.close()
        except OSError as error:
            self._ended = True
            self._complaints.write(f"The audit trail {self.path} ends here: {error.strerror or error}.\n")
            self._complaints.flush()

    def _write_queued(self) -> bool:
        """Write everything that is queued, in lots; whether there was anything."""
        wrote = False
        while lines := self._lines():
            self._file.write(b"".join(lines))
            wrote = True
        if wrote:
            self._file.flush()
        return wrote

    def _lines(self) -> list[bytes]:
        lines: list[bytes] = []
        with self._shedding:
            shed, self._shed = self._shed, 0
        if shed:
            lines.append(self._line({"event": "trail.shed", "count": shed}))
        try:
            while len(lines) < LINES_AT_ONCE:
                lines.append(self._line(self._queue.get_nowait()))
        except queue.Empty:
            pass
        return lines

    def _line(self, record: Mapping[str, object]) -> bytes:
        """JSON; what has no JSON (a text that is no Unicode, say) is written as Python shows it."""
        try:
            return self._encoder.encode(record) + b"\n"
        except (TypeError, ValueError):
            return self._encoder.encode({"event": "trail.unwritable", "record": ascii(record)}) + b"\n"


def _create(directory: Path, node: str) -> BinaryIO:
    """A new file, never one of an earlier run or of a replica with the same name."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for attempt in count(1):
            name = f"{node}.jsonl" if attempt == 1 else f"{node}.{attempt}.jsonl"
            with contextlib.suppress(FileExistsError):
                return (directory / name).open("xb")
    except OSError as error:
        raise TrailError(f"The audit trail cannot be written to {directory}: {error.strerror or error}.") from error
    raise AssertionError("count() does not end")
