"""The lines of one file of a trail: their checksums, and the records in them."""

from collections.abc import Callable
from typing import Final
from zlib import crc32

import msgspec

from audit.problems import Problem, damage
from audit.records import Event, Fields, Record

_CHECKSUM: Final = b',"crc":"%08x"}'
"""How every line ends: with the CRC-32 of all before it in the line, begun with the checksum of the line before."""

_CHECKSUM_BYTES: Final = len(_CHECKSUM % 0)
_DAMAGED_LINES_SHOWN: Final = 20

_decode: Final[Callable[[bytes], Record]] = msgspec.json.Decoder(Record).decode
_decode_fields: Final[Callable[[bytes], Fields]] = msgspec.json.Decoder(Fields).decode
_NOT_FIELDS: Final = ("record", "at", "clock", "node", "event", "level", "actor", "crc")


class Lines:
    """Takes the lines of one file in order, and gives the record of each; `problems` says what was wrong, and where.

    A line that was changed is told from those after it: the next one may go on from the checksum that is written in a
    bad line as well as from the one that it should have.
    """

    def __init__(self, file: str) -> None:
        self.number = 0
        """Of the line taken last, from 1."""
        self.unreadable = 0
        """How many lines held no record."""
        self.last_is_damaged = False
        """Whether something was wrong with the line taken last."""
        self.file: Final = file
        self._damaged: list[Problem] = []
        self._damaged_more = 0
        self._checksum: int | None = 0
        self._second_guess: int | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The damaged lines, of very many the first."""
        if not self._damaged_more:
            return tuple(self._damaged)
        return (*self._damaged, damage(self.file, f"{self._damaged_more} more lines of this file are damaged."))

    @property
    def checksum(self) -> str | None:
        """That of the last line; None when it is not known."""
        return None if self._checksum is None else f"{self._checksum:08x}"

    def take(self, line: bytes) -> Record | None:
        """The record in `line`, which is without its line end; None when there is none."""
        self.number += 1
        if self._checksum is None:
            return self._take_doubtful(line)
        checksum = crc32(line[:-_CHECKSUM_BYTES], self._checksum)
        if not line.endswith(_CHECKSUM % checksum):
            return self._take_doubtful(line)
        self._checksum = checksum
        self.last_is_damaged = False
        return self._record(line)

    def is_whole(self, line: bytes) -> bool:
        """Whether `line`, the last of the file and without a line end, is complete all the same."""
        return self._checksum is not None and line.endswith(_CHECKSUM % crc32(line[:-_CHECKSUM_BYTES], self._checksum))

    def _take_doubtful(self, line: bytes) -> Record | None:
        """The line's checksum is not the one that was expected first."""
        body, expected, second = line[:-_CHECKSUM_BYTES], self._checksum, self._second_guess
        written = _written_checksum(line)
        fits = written is not None and (expected is None or (second is not None and crc32(body, second) == written))
        self._second_guess = None if fits or expected is None else crc32(body, expected)
        self._checksum = written
        self.last_is_damaged = not fits
        record = self._record(line)
        if record is not None and not fits:
            self._note(_checksum_sentence(written))
        return record

    def _record(self, line: bytes) -> Record | None:
        try:
            if not line.isascii():
                line.decode()  # a message is not looked into yet, so what is no text in it would not show
            record = _decode(line)
            if type(record) is Event:
                return _with_fields(record, line)
            if self.last_is_damaged:
                _decode_fields(line)  # what is not decoded yet may be what is damaged
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            self.unreadable += 1
            self.last_is_damaged = True
            self._note(f"this line is no record: {_in_a_sentence(error)}.")
            return None
        return record

    def _note(self, sentence: str) -> None:
        if len(self._damaged) < _DAMAGED_LINES_SHOWN:
            self._damaged.append(damage(f"{self.file}:{self.number}", sentence))
        else:
            self._damaged_more += 1


def is_damaged_beginning(line: bytes) -> bool:
    """Whether `line`, the first of a file, ends with a checksum that is not its own."""
    written = _written_checksum(line)
    return written is not None and crc32(line[:-_CHECKSUM_BYTES]) != written


def _written_checksum(line: bytes) -> int | None:
    """The checksum at the end of `line`; None when it does not end as lines do."""
    digits = line[-10:-2]
    try:
        written = int(digits, 16)
    except ValueError:
        return None
    return written if line.endswith(_CHECKSUM % written) else None


def _checksum_sentence(written: int | None) -> str:
    if written is None:
        return "this line does not end with a checksum, so nothing shows that it is as it was written."
    return "the checksum does not fit: this line was changed, or lines before it are missing."


def _in_a_sentence(error: Exception) -> str:
    """What a decoder complains of, with a small first letter unless it is JSON's, and without a full stop."""
    text = str(error).rstrip(".")
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _with_fields(event: Event, line: bytes) -> Event:
    """The event with all that its line says besides what every event's says."""
    fields = _decode_fields(line)
    for name in _NOT_FIELDS:
        fields.pop(name, None)
    return Event(
        at=event.at,
        clock=event.clock,
        node=event.node,
        event=event.event,
        level=event.level,
        actor=event.actor,
        fields=fields,
    )
