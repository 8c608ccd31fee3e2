"""Every entry that any replica has ever written, in little memory: a log may have a million of them."""

from array import array
from dataclasses import dataclass
from typing import Final

from audit.invariants.place import Place

_LINE_BITS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An entry as it was first seen: its fingerprint, the term before it in that log, and where that stands."""

    fingerprint: int
    previous_term: int
    place: str


class PlaceBook:
    """Lines of trails as numbers."""

    def __init__(self) -> None:
        self._files: Final[dict[str, int]] = {}
        self._names: Final[list[str]] = []

    def number(self, place: Place) -> int:
        """The line of `place`."""
        file = self._files.get(place.file)
        if file is None:
            file = self._files[place.file] = len(self._names)
            self._names.append(place.file)
        return file << _LINE_BITS | place.line

    def place(self, number: int) -> str:
        """The line as people find it."""
        return f"{self._names[number >> _LINE_BITS]}:{number & (1 << _LINE_BITS) - 1}"


class Ledger:
    """For each index the entry that was first written there, in columns; for others, of other terms, a table.

    The columns begin with the first entry that is shown, for logs may begin behind snapshots (Raft §7); what is written
    before that, or where they have a gap, stands in the table, too.

    A fingerprint is Python's hash of an entry, of 64 bits: two different entries have the same one by a chance that can
    be neglected.
    """

    def __init__(self, places: PlaceBook) -> None:
        self._places: Final = places
        self._base = 0
        """The columns begin behind this index."""
        self._terms: Final = array("q")
        self._previous_terms: Final = array("q")
        self._fingerprints: Final = array("q")
        self._lines: Final = array("q")
        self._others: Final[dict[tuple[int, int], tuple[int, int, int]]] = {}

    def write(self, index: int, term: int, previous_term: int, fingerprint: int, line: int) -> Known | None:
        """Enter what is not known yet; what was known of (index, term) before, if it is another entry."""
        if not self._terms:
            self._base = index - 1
        place = index - self._base - 1
        if place == len(self._terms) and (index, term) not in self._others:
            self._terms.append(term)
            self._previous_terms.append(previous_term)
            self._fingerprints.append(fingerprint)
            self._lines.append(line)
            return None
        if 0 <= place < len(self._terms) and self._terms[place] == term:
            if self._fingerprints[place] == fingerprint and self._previous_terms[place] == previous_term:
                return None
            return self.known(index, term)
        other = self._others.setdefault((index, term), (fingerprint, previous_term, line))
        return None if other[:2] == (fingerprint, previous_term) else self.known(index, term)

    def known(self, index: int, term: int) -> Known | None:
        """The entry of `term` at `index`, if it was written anywhere."""
        place = index - self._base - 1
        if 0 <= place < len(self._terms) and self._terms[place] == term:
            fingerprint, previous, line = self._fingerprints[place], self._previous_terms[place], self._lines[place]
        elif (index, term) in self._others:
            fingerprint, previous, line = self._others[index, term]
        else:
            return None
        return Known(fingerprint=fingerprint, previous_term=previous, place=self._places.place(line))
