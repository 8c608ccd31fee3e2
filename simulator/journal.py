"""What happened in a run, for people: a line per event, with its time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_ENTRIES_MAX: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that happened; `at` is seconds from the first request, negative before it."""

    at: float
    text: str


class Journal:
    """The entries of one run, in order; a run that is out of hand fills it only to a bound."""

    def __init__(self, first_request_at: float) -> None:
        self._zero = first_request_at
        self.entries: list[Entry] = []
        self.caption = ""

    def add(self, now: float, text: str) -> None:
        """Note what happened at `now`, in seconds since the run began."""
        if len(self.entries) < _ENTRIES_MAX:
            self.entries.append(Entry(at=now - self._zero, text=text))
