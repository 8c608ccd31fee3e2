"""Reading a trail while it is being written."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from audit.files import ReadError, TrailFile, listing, reason_of
from audit.lines import Lines
from audit.problems import Problem
from audit.records import Located


@dataclass(slots=True, kw_only=True)
class _Place:
    """How far a file has been read; `rest` is a last line that was not finished yet."""

    lines: Lines
    offset: int = 0
    rest: bytes = b""


@dataclass(slots=True, kw_only=True)
class _Counter:
    """How many records of an incarnation have been read."""

    records: int = field(default=0)


class Follower:
    """Gives what has come since it was asked last: new lines, new parts, and replicas that started late."""

    def __init__(self, directory: Path) -> None:
        self._directory: Final = directory
        self._places: Final[dict[TrailFile, _Place]] = {}
        self._counters: Final[dict[tuple[str, int], _Counter]] = {}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The lines that were no records, and those that were changed."""
        return tuple(problem for place in self._places.values() for problem in place.lines.problems)

    def poll(self) -> list[Located]:
        """The records that are new, each replica's in its order; raises ReadError when the directory is gone.

        A part is begun when the one before it is whole, so what the directory lists is read in that order.
        """
        return [located for file in listing(self._directory).files for located in self._news(file)]

    def _news(self, file: TrailFile) -> list[Located]:
        place = self._places.setdefault(file, _Place(lines=Lines(file.name)))
        new = self._new_bytes(file, place.offset)
        place.offset += len(new)
        *lines, place.rest = (place.rest + new).split(b"\n")
        counter = self._counters.setdefault((file.node, file.incarnation), _Counter())
        return [located for line in lines if (located := _located(place.lines, line, counter)) is not None]

    def _new_bytes(self, file: TrailFile, offset: int) -> bytes:
        try:
            with (self._directory / file.name).open("rb") as opened:
                opened.seek(offset)
                return opened.read()
        except OSError as error:
            raise ReadError(f"{self._directory / file.name} cannot be read: {reason_of(error)}.") from None


def _located(lines: Lines, line: bytes, counter: _Counter) -> Located | None:
    record = lines.take(line)
    if record is None:
        return None
    located = Located(record=record, file=lines.file, line=lines.number, position=counter.records)
    counter.records += 1
    return located
