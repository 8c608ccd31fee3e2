"""The files of one replica's trail: their names, and which is written."""

import contextlib
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final

from trail.errors import TrailError
from trail.lines import Lines
from trail.records import Opening, Record, moment, opened
from trail.rotation import Rotation


class Parts:
    """Writes lines into `<node>.jsonl`, then `<node>.part2.jsonl` and so on, each begun with what `opening` says.

    A second process of the same name writes `<node>.2.jsonl`, `<node>.2.part2.jsonl`. Raises TrailError when it cannot
    begin; everything else raises OSError when the disk refuses.
    """

    def __init__(
        self,
        directory: Path,
        opening: Opening,
        rotation: Rotation,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._directory: Final = directory
        self._opening: Final = opening
        self._rotation: Final = rotation
        self._now: Final = clock
        self._wall: Final = wall
        self._at = clock()
        self._clock = 0
        self._part = 1
        self._incarnation, self._file = _claim(directory, opening.node)
        self.path = self._path(1)
        self._lines = Lines()
        self._begin()

    def write(self, records: list[Record]) -> None:
        """Write whole lines, and leave none of them in this process."""
        for record in records:
            if self._bytes >= self._rotation.part_bytes:
                self._rotate()
            self._add(record)
        self._flush()

    def close(self) -> None:
        """Write the last line, and close."""
        self._flush()
        self._file.close()

    def abandon(self) -> None:
        """Close, whatever the disk says to that."""
        self._waiting.clear()
        with contextlib.suppress(OSError):
            self._file.close()

    def _begin(self) -> None:
        """Of what comes first the moment is that of the record before: never later than that of what still waits."""
        before = self._lines.checksum if self._part > 1 else ""
        self._lines = Lines()
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._add(
            opened(
                self._opening,
                at=self._at,
                clock=self._clock,
                wall=self._wall() - (self._now() - self._at),
                incarnation=self._incarnation,
                part=self._part,
                before=before,
            )
        )

    def _add(self, record: Record) -> None:
        line = self._lines.line(record)
        self._waiting.append(line)
        self._bytes += len(line)
        self._last = record

    def _flush(self) -> None:
        self._file.write(b"".join(self._waiting))
        self._waiting.clear()
        self._file.flush()

    def _rotate(self) -> None:
        self.close()
        self._at, clock = moment(self._last)
        self._clock = max(self._clock, clock)
        self._part += 1
        oldest = self._part - self._rotation.parts_max + 1
        if self._rotation.parts_max and oldest > 1:
            self._path(oldest).unlink(missing_ok=True)
        self.path = self._path(self._part)
        self._file = create(self.path)
        self._begin()

    def _path(self, part: int) -> Path:
        return self._directory / _name(self._opening.node, self._incarnation, part)


def create(path: Path) -> BinaryIO:
    """A new file; raises FileExistsError when there is one."""
    return path.open("xb")


def _name(node: str, incarnation: int, part: int) -> str:
    stem = node if incarnation == 1 else f"{node}.{incarnation}"
    return f"{stem}.jsonl" if part == 1 else f"{stem}.part{part}.jsonl"


def _claim(directory: Path, node: str) -> tuple[int, BinaryIO]:
    """The first incarnation that nobody was yet, and its first file."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise TrailError(f"The audit trail cannot be written to {directory}: it is no directory.") from error
    except OSError as error:
        raise _unwritable(directory, error) from error
    try:
        for incarnation in count(1):
            with contextlib.suppress(FileExistsError):
                return incarnation, create(directory / _name(node, incarnation, 1))
    except OSError as error:
        raise _unwritable(directory, error) from error
    raise AssertionError("count() does not end")


def _unwritable(directory: Path, error: OSError) -> TrailError:
    return TrailError(f"The audit trail cannot be written to {directory}: {(error.strerror or str(error)).lower()}.")
