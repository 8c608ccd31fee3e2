"""What is wrong with a trail as a file, said in sentences that can stand alone."""

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """Whether something is wrong, or only worth knowing."""

    NOTE = "note"
    DAMAGE = "damage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that a reader of the trail should know; `place` is a line (`0001.jsonl:17`), a file or a directory."""

    severity: Severity
    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


def note(place: str, sentence: str) -> Problem:
    """Something that is normal, or can be."""
    return Problem(severity=Severity.NOTE, place=place, sentence=sentence)


def damage(place: str, sentence: str) -> Problem:
    """Something that no replica wrote so."""
    return Problem(severity=Severity.DAMAGE, place=place, sentence=sentence)
