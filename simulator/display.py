"""The live display: a run at a glance, on a terminal."""

from __future__ import annotations

from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from simulator.cluster import Replica, State
from simulator.config import Config
from simulator.ids import NodeId
from simulator.run import Run

_REFRESH_EVERY_S: Final = 0.15
_REFRESH_AT_LEAST_EVERY_S: Final = 1.0
_ROOM_NEEDED_S: Final = 0.015
"""A refresh is put off when the next task is due sooner, so that it delays no request."""
_ENTRIES_SHOWN: Final = 8
_STYLES: Final = {
    "leads": "bold green",
    "up": "green",
    "paused": "yellow",
    "cut off": "yellow",
    "starting": "cyan",
    "waiting": "dim",
    "killed": "red",
    "died": "bold red",
    "lost": "bold red",
    "ended": "dim",
}


class LiveDisplay:
    """Shows a run while it goes on; it draws when nothing is under way, and at least once a second."""

    def __init__(self, scenario: str, config: Config, console: Console | None = None) -> None:
        self._scenario = scenario
        self._config = config
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._started = False
        self._last = -_REFRESH_AT_LEAST_EVERY_S

    def look(self, run: Run, now: float, *, idle: bool) -> None:
        """Draw anew when it is time, and nobody has to wait for it."""
        since_s = now - self._last
        if self._started and since_s < _REFRESH_EVERY_S:
            return
        if since_s >= _REFRESH_AT_LEAST_EVERY_S or (idle and _has_room(run, now)):
            self._last = now
            self._draw(run, now)

    def close(self) -> None:
        """Clear the display away."""
        if self._started:
            self._live.stop()

    def _draw(self, run: Run, now: float) -> None:
        if not self._started:
            self._started = True
            self._live.start()
        self._live.update(self.render(run, now), refresh=True)

    def render(self, run: Run, now: float) -> RenderableType:
        """The whole picture, as it is at `now`."""
        parts: list[RenderableType] = [self._progress(now)]
        if run.journal.caption:
            parts.append(Text(run.journal.caption, style="bold"))
        parts += [_replicas(run), _figures(run), _entries(run)]
        return Panel(Group(*parts), title=f"{self._scenario}, seed {run.seed}", border_style="dim")

    def _progress(self, now: float) -> RenderableType:
        config = self._config
        total = config.start_wait + config.lifetime + config.end_wait
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(ratio=1)
        line.add_column(justify="right", width=16)
        line.add_row(ProgressBar(total=total, completed=min(now, total)), f"{now:.1f} / {total:.0f} s")
        return line


def _has_room(run: Run, now: float) -> bool:
    due = run.next_time
    return run.clients.in_flight == 0 and (due is None or due - now >= _ROOM_NEEDED_S)


def _replicas(run: Run) -> RenderableType:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for title in ("replica", "state", "term", "commit index", "requests waiting"):
        table.add_column(title, justify="left" if title in {"replica", "state"} else "right")
    for name, replica in run.cluster.replicas.items():
        state = _state(run, name, replica)
        waiting = run.clients.waiting_at[name]
        style = _STYLES[state]
        table.add_row(name, Text(state, style=style), _shown(replica.term), _shown(replica.commit_index), str(waiting))
    return table


def _state(run: Run, name: NodeId, replica: Replica) -> str:
    if replica.state is not State.UP:
        return str(replica.state.value)
    if run.network.partition.is_cut(name):
        return "cut off"
    return "leads" if run.cluster.leader == name else "up"


def _shown(number: int | None) -> str:
    return "-" if number is None else str(number)


def _figures(run: Run) -> RenderableType:
    answers = run.clients.answers
    traffic = run.router.traffic
    counts = run.network.counts
    return Text(
        f"requests: {run.clients.sent} sent, {answers.by_type['ok']} answered, "
        f"{run.clients.in_flight} in flight, {answers.by_type['redirect']} redirects, {answers.by_type['fail']} fails\n"
        f"messages: {traffic.total} between replicas, {counts.dropped} dropped, {counts.partitioned} cut off"
    )


def _entries(run: Run) -> RenderableType:
    entries = run.journal.entries[-_ENTRIES_SHOWN:]
    lines = [f"{entry.at:7.2f} s  {entry.text}" for entry in entries]
    return Text("\n".join(lines + [""] * (_ENTRIES_SHOWN - len(lines))), style="dim", no_wrap=True, overflow="ellipsis")
