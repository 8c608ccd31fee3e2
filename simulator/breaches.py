"""What replicas did against the contract in a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from simulator.journal import Entry

_KEPT_MAX: Final = 20


@dataclass(slots=True)
class Breaches:
    """Everything that fails a run beside its figures; times are seconds from the first request."""

    incorrect: int = 0
    incorrect_shown: list[Entry] = field(default_factory=list)
    """The first of the incorrect responses."""
    early: list[Entry] = field(default_factory=list)
    """Messages for replicas that had not said hello."""
    deaths: list[Entry] = field(default_factory=list)
    """Replicas that ended by themselves."""
    aborted: str = ""
    """Why the run was ended before its time; empty when it was not."""

    def note_incorrect(self, entry: Entry) -> bool:
        """Count an incorrect response; True when it is one of the first, which are kept."""
        self.incorrect += 1
        kept = self.incorrect <= _KEPT_MAX
        if kept:
            self.incorrect_shown.append(entry)
        return kept
