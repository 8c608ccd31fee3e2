"""Lines of progress, for where there is no terminal."""

from __future__ import annotations

import sys
from typing import Final

from simulator.config import Config
from simulator.run import Run

_LINE_EVERY_S: Final = 5.0


class PlainDisplay:
    """Prints every event, and from time to time how the run stands."""

    def __init__(self, scenario: str, config: Config) -> None:
        self._scenario = scenario
        self._config = config
        self._shown = 0
        self._next_line = 0.0

    def look(self, run: Run, now: float, *, idle: bool) -> None:  # noqa: ARG002 (a line costs next to nothing)
        """Print what is new."""
        entries = run.journal.entries
        while self._shown < len(entries):
            entry = entries[self._shown]
            self._shown += 1
            self._print(entry.at, entry.text)
        if now >= self._next_line:
            self._next_line = now + _LINE_EVERY_S
            self._print(now - self._config.start_wait, _standing(run))

    def close(self) -> None:
        """Have nothing to stop."""

    def _print(self, at: float, text: str) -> None:
        sys.stdout.write(f"{self._scenario} {at:8.2f} s  {text}\n")
        sys.stdout.flush()


def _standing(run: Run) -> str:
    answered = run.clients.answers.by_type["ok"]
    return (
        f"{len(run.cluster.living())} replicas up, leader {run.cluster.leader or 'unknown'}, "
        f"{run.clients.sent} requests sent, {answered} answered, {run.clients.in_flight} in flight, "
        f"{run.router.traffic.total} messages"
    )
