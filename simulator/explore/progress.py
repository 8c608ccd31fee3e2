"""How a campaign stands, while it goes on: drawn on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final, Protocol, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from simulator.explore.summary import Failure, Summary
from simulator.explore.summary_text import figures

_DRAW_EVERY_S: Final = 0.25
_LINE_EVERY_S: Final = 5.0
_FAULTS_IN_A_ROW: Final = 4


class Progress(Protocol):
    """Shows a campaign to people."""

    def look(self) -> None:
        """Called often: show how it stands, if it is time."""

    def failed(self, failure: Failure) -> None:
        """Something did not hold: say so at once."""

    def close(self) -> None:
        """The campaign is over."""


class LiveProgress:
    """Draws on a terminal; failures scroll by above."""

    def __init__(
        self, summary: Summary, clock: Callable[[], float], seconds: float | None, console: Console | None = None
    ) -> None:
        self._summary: Final = summary
        self._clock: Final = clock
        self._seconds: Final = seconds
        self._begun_at: Final = clock()
        self._drawn_at = self._begun_at - _DRAW_EVERY_S
        self._live: Final = Live(console=console, auto_refresh=False, transient=True)
        self._live.start()

    def look(self) -> None:
        """Draw anew, some times a second at most."""
        now = self._clock()
        if now - self._drawn_at >= _DRAW_EVERY_S:
            self._drawn_at = now
            self._live.update(self.render(now - self._begun_at), refresh=True)

    def failed(self, failure: Failure) -> None:
        """Print it above the picture."""
        self._live.console.print(Text(_told(failure), style="red"))

    def close(self) -> None:
        """Clear the picture away."""
        self._live.stop()

    def render(self, wall_s: float) -> RenderableType:
        """The whole picture, so long after the beginning."""
        summary = self._summary
        total, done = _extent(summary, self._seconds, wall_s)
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(ratio=1)
        line.add_column(justify="right")
        line.add_row(ProgressBar(total=total, completed=min(done, total)), _done(summary, self._seconds, wall_s))
        standing = figures(seeds=summary.seeds, wall_s=wall_s, virtual_s=summary.virtual_s, failures=summary.failures)
        style = "bold red" if summary.failures else ""
        return Panel(Group(line, Text(standing, style=style), _faults(summary)), title="explore", border_style="dim")


class PlainProgress:
    """Prints a line now and then."""

    def __init__(
        self, summary: Summary, clock: Callable[[], float], seconds: float | None, out: TextIO | None = None
    ) -> None:
        self._summary: Final = summary
        self._clock: Final = clock
        self._seconds: Final = seconds
        self._out: Final = out or sys.stdout
        self._begun_at: Final = clock()
        self._next_at = self._begun_at + _LINE_EVERY_S

    def look(self) -> None:
        """Print a line, if the last one is long ago."""
        now = self._clock()
        if now >= self._next_at:
            self._next_at = now + _LINE_EVERY_S
            summary, wall_s = self._summary, now - self._begun_at
            standing = figures(
                seeds=summary.seeds, wall_s=wall_s, virtual_s=summary.virtual_s, failures=summary.failures
            )
            self._print(f"{_done(summary, self._seconds, wall_s)}: {standing}")

    def failed(self, failure: Failure) -> None:
        """Print it."""
        self._print(_told(failure))

    def close(self) -> None:
        """Have nothing to stop."""

    def _print(self, line: str) -> None:
        self._out.write(line + "\n")
        self._out.flush()


def _told(failure: Failure) -> str:
    return f"FAILED  seed {failure.seed}: {failure.rule}: {failure.sentence}"


def _extent(summary: Summary, seconds: float | None, wall_s: float) -> tuple[float, float]:
    """How much there is to do, and how much is done: seconds, or seeds."""
    if seconds is not None:
        return seconds, wall_s
    return summary.planned or 1, summary.seeds


def _done(summary: Summary, seconds: float | None, wall_s: float) -> str:
    if seconds is not None:
        return f"{summary.seeds:,} seeds in {wall_s:.0f} of {seconds:.0f} s"
    return f"{summary.seeds:,} of {summary.planned or 0:,} seeds"


def _faults(summary: Summary) -> RenderableType:
    """What was injected so far, in a few columns."""
    table = Table.grid(padding=(0, 2))
    cells = [f"{count:,} {kind}" for kind, count in sorted(summary.faults.items())]
    for at in range(0, len(cells), _FAULTS_IN_A_ROW):
        table.add_row(*(Text(cell, style="dim") for cell in cells[at : at + _FAULTS_IN_A_ROW]))
    return table
