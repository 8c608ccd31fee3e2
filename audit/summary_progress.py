"""How far each replica had applied the log at regular times."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from audit.records import Event

POINTS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The commit index of each replica, by name, at each of `times` (seconds since the run began)."""

    times: tuple[float, ...]
    applied: dict[str, tuple[int, ...]]


class Commits:
    """Follows what each replica applies."""

    def __init__(self) -> None:
        self._steps: Final[dict[str, list[tuple[float, int]]]] = {}

    def look(self, name: str, event: Event, at: float) -> None:
        """The replica `name` says what it has applied, entry by entry, or with a snapshot that includes all of it."""
        last = event.fields.get("last")
        if event.event in {"entry.committed", "state.replaced"} and isinstance(last, int):
            self._steps.setdefault(name, []).append((at, last))

    @property
    def highest(self) -> int:
        """The last entry that any replica applied."""
        return max((steps[-1][1] for steps in self._steps.values()), default=0)

    def rate(self) -> float | None:
        """Entries a second between the first commit and the last anywhere; None when that is no time."""
        begin, first = min((steps[0] for steps in self._steps.values()), default=(0.0, 0))
        end = max((steps[-1][0] for steps in self._steps.values()), default=0.0)
        return (self.highest - first) / (end - begin) if end > begin else None

    def progress(self, names: tuple[str, ...], end: float) -> Progress:
        """The whole run, which lasted until `end`, in a few points."""
        times = tuple(end * point / POINTS for point in range(1, POINTS + 1))
        return Progress(times=times, applied={name: self._at(name, times) for name in names})

    def _at(self, name: str, times: tuple[float, ...]) -> tuple[int, ...]:
        steps = self._steps.get(name, [])
        places = [bisect_right(steps, at, key=lambda step: step[0]) for at in times]
        return tuple(steps[place - 1][1] if place else 0 for place in places)
