"""The rows of a disk in virtual time, each with a checksum of what it says and of its place; and what damages them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal["state", "entry", "record"]


class Row(NamedTuple):
    """A place on a disk: the one of term and vote, or that of an entry, by its index, or of a record, by its name."""

    kind: Kind
    at: int | str = ""

    def __str__(self) -> str:
        """As people read it."""
        match self.kind:
            case "state":
                return "the row of the term and the vote"
            case "entry":
                return f"the entry at {self.at}"
            case "record":
                return f"the record {self.at}"


STATE: Final = Row("state")


class Written(NamedTuple):
    """What stands in a row, and the checksum that stands beside it."""

    content: bytes
    checksum: int


def written(row: Row, content: bytes) -> Written:
    """What is put there by whoever writes `content` to `row`."""
    return Written(content, _checksum(row, content))


def _checksum(row: Row, content: bytes) -> int:
    """What was written to another place is as wrong as what was never written."""
    return zlib.crc32(f"{row.kind} {row.at}\n".encode() + content)


class Damage:
    """Which rows of a disk do not hold what was written to them, and what they hold.

    The others need no checksum to be worked out: they are as they were written. Whatever is written again is well.
    """

    def __init__(self) -> None:
        self._rows: Final[dict[Row, Written]] = {}

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._rows)

    def flip(self, row: Row, content: bytes, drawn: float) -> None:
        """One bit of what was written is another one; `drawn`, from 0 to 1, says which."""
        bit = int(drawn * len(content) * 8)
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        self._rows[row] = Written(bytes(flipped), _checksum(row, content))

    def misdirect(self, row: Row, other: Row, content: bytes) -> None:
        """What was written to `other` stands in `row`, too, with its checksum."""
        self._rows[row] = written(other, content)

    def rewritten(self, row: Row) -> None:
        """It is as it should be again."""
        self._rows.pop(row, None)

    def forget(self, kind: Kind) -> None:
        """No row of that kind is left."""
        for row in [row for row in self._rows if row.kind == kind]:
            del self._rows[row]

    def keep_entries(self, first: int, last: int) -> None:
        """Of the entries, only these are left."""
        for row in [row for row in self._rows if isinstance(row.at, int) and not first <= row.at <= last]:
            del self._rows[row]

    def found(self) -> Iterator[Row]:
        """The rows whose checksum is not that of their content, in the order in which they were damaged."""
        return (row for row in self._rows if not self.is_sound(row))

    def is_sound(self, row: Row) -> bool:
        """Whether its checksum is that of its content."""
        found = self._rows.get(row)
        return found is None or found.checksum == _checksum(row, found.content)
