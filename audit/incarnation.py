"""Reading all parts of what one incarnation of a replica wrote."""

from pathlib import Path
from typing import Final

import msgspec

from audit.continuity import Continuity
from audit.files import TrailFile, reason_of
from audit.lines import Lines, is_damaged_beginning
from audit.problems import Problem, damage, note
from audit.records import FORMAT, Located, Opened
from audit.trails import NodeTrail


class _Opening(msgspec.Struct, tag_field="record", tag="opened"):
    """As much of an `opened` record as every version of the format has."""

    format: int


class IncarnationReading:
    """Reads the parts in order; `problems` says what is wrong with them, `trail` gives what could be read."""

    def __init__(self, directory: Path, files: tuple[TrailFile, ...]) -> None:
        self._directory: Final = directory
        self._files: Final = files
        self._records: list[Located] = []
        self._damaged: set[int] = set()
        self._continuity: Final = Continuity()
        self._problems: list[Problem] = []
        self._unreadable = 0
        self._is_interrupted = False
        self._cut_off = False
        self._ended_with: tuple[int, str] | None = None
        """The last part that was read, and the checksum of its last line."""
        self._read_all()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong, in the order of the files."""
        return (*self._problems, *self._continuity.problems(unreadable=self._unreadable))

    def trail(self) -> NodeTrail | None:
        """All that could be read; None when there was nothing."""
        if not self._records:
            return None
        first = self._records[0].record
        opened = first if isinstance(first, Opened) else None
        begins = opened is not None and opened.part == 1 and self._files[0].part == 1
        shed = self._continuity.shed
        return NodeTrail(
            node=self._files[0].node,
            incarnation=self._files[0].incarnation,
            opened=opened,
            records=self._records,
            damaged=frozenset(self._damaged),
            shed=shed,
            is_complete_from_start=begins,
            has_gaps=bool(shed or self._damaged or self._unreadable or self._is_interrupted)
            or self._continuity.has_gaps,
            cut_off=self._cut_off,
        )

    def _read_all(self) -> None:
        expected = 1
        for file in self._files:
            if file.part != expected:
                self._miss_parts(file, expected)
            self._read_part(file, is_last=file is self._files[-1])
            expected = file.part + 1
        if self._continuity.shed:
            sentence = f"the replica left out {self._continuity.shed} records: it had more to write than it could."
            self._problems.append(note(self._files[0].name, sentence))

    def _miss_parts(self, file: TrailFile, expected: int) -> None:
        """Some before `file` are not there; the oldest but the first may have been deleted to bound the disk."""
        missing = f"part {expected}" if file.part == expected + 1 else f"parts {expected} to {file.part - 1}"
        verb = "is" if file.part == expected + 1 else "are"
        self._continuity.interrupt()
        if expected == 1:
            sentence = f"the beginning ({missing}) is missing, so the replica cannot be run again from its start."
            self._problems.append(note(file.name, sentence))
            return
        self._is_interrupted = True
        if expected == 2:
            sentence = f"{missing} before this file {verb} missing; a replica that may keep few parts deletes these."
            self._problems.append(note(file.name, sentence))
        else:
            self._problems.append(damage(file.name, f"{missing} before this file {verb} missing."))

    def _read_part(self, file: TrailFile, *, is_last: bool) -> None:
        content = self._content(file)
        if content is None:
            return
        if not content:
            self._problems.append(note(file.name, "the file is empty: the replica ended before it wrote."))
            return
        *lines, rest = content.split(b"\n")
        refusal = _refusal(lines[0] if lines else rest, file)
        if refusal is not None:
            self._skip(refusal)
            return
        self._take_lines(file, lines, rest, is_last=is_last)

    def _content(self, file: TrailFile) -> bytes | None:
        try:
            return (self._directory / file.name).read_bytes()
        except OSError as error:
            self._skip(damage(file.name, f"the file cannot be read: {reason_of(error)}."))
            return None

    def _skip(self, problem: Problem) -> None:
        """Go on without a part."""
        self._problems.append(problem)
        self._continuity.interrupt()
        self._is_interrupted = True

    def _take_lines(self, file: TrailFile, lines: list[bytes], rest: bytes, *, is_last: bool) -> None:
        reading = Lines(file.name)
        before = len(self._records)
        for line in lines:
            self._take(reading, line)
        if rest and reading.is_whole(rest):
            self._take(reading, rest)
        elif rest:
            self._problems += self._unfinished(f"{file.name}:{reading.number + 1}", is_last=is_last)
        if len(self._records) == before and reading.number:
            self._skip(damage(file.name, "the file is no trail: no line of it is a record."))
            return
        self._problems += [*reading.problems, *self._opening_problems(file, before)]
        self._ended_with = None if reading.checksum is None else (file.part, reading.checksum)
        self._unreadable += reading.unreadable

    def _take(self, reading: Lines, line: bytes) -> None:
        record = reading.take(line)
        if record is None:
            return
        position = len(self._records)
        located = Located(record=record, file=reading.file, line=reading.number, position=position)
        self._records.append(located)
        if reading.last_is_damaged:
            self._damaged.add(position)
        self._continuity.look(located, damaged=reading.last_is_damaged)

    def _unfinished(self, place: str, *, is_last: bool) -> list[Problem]:
        """The last line of a file has no end."""
        self._cut_off = is_last
        if is_last:
            return [note(place, "the last line is unfinished: the replica was killed while it was written.")]
        self._is_interrupted = True
        return [damage(place, "the last line is unfinished, although another part follows.")]

    def _opening_problems(self, file: TrailFile, first: int) -> list[Problem]:
        """The first record of a part says whose it is, and which part."""
        if first == len(self._records):
            return []
        located = self._records[first]
        opened = located.record
        if not isinstance(opened, Opened):
            return [damage(file.name, "the file does not begin with a record `opened` that can be read.")]
        said = TrailFile(node=opened.node, incarnation=opened.incarnation, part=opened.part)
        if first in self._damaged:
            return []
        if said == file:
            return self._seam_problems(located, opened)
        return [damage(located.place, f"the file was written as {said.name}: it has been renamed or copied.")]

    def _seam_problems(self, located: Located, opened: Opened) -> list[Problem]:
        """A part names the last line of the one before."""
        if self._ended_with is None or not opened.before:
            return []
        part, checksum = self._ended_with
        if part != opened.part - 1 or checksum == opened.before:
            return []
        self._is_interrupted = True
        return [damage(located.place, f"the end of part {part} is missing: this part went on from another last line.")]


def _refusal(first_line: bytes, file: TrailFile) -> Problem | None:
    """Why a part cannot be read at all: it is of another version, unless a damaged line only says so."""
    if is_damaged_beginning(first_line):
        return None
    try:
        version = msgspec.json.decode(first_line, type=_Opening).format
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    if version == FORMAT:
        return None
    return damage(file.name, f"the trail is of format {version}; this program reads format {FORMAT}.")
