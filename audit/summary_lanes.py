"""Who was in which role, as lines of text: a lane for each replica, time to the right."""

from collections.abc import Iterator
from typing import Final

from audit.summary_facts import Life, Summary
from audit.summary_roles import Turn

LEGEND: Final = (
    "· follows",
    "p asks for pre-votes",
    "c asks for votes",
    "━ leads (behind its term)",
    "x ends before the others",
)
_SIGNS: Final = {"follower": "·", "pre_candidate": "p", "candidate": "c", "leader": "━"}
_RANKS: Final = {" ": 0, "·": 1, "p": 2, "c": 3, "━": 4}
_WIDTH_MIN: Final = 20
_TICKS: Final = 5
_BETWEEN: Final = "   "


def lanes_of(summary: Summary, width: int) -> Iterator[str]:
    """The lanes in at most `width` columns, the time below them, and the legend."""
    margin = max(map(len, summary.names)) + 2
    columns = max(width - margin, _WIDTH_MIN)
    for life in summary.lives:
        yield f"{life.name:<{margin}}{_lane(life, summary.turns.get(life.name, []), summary.duration_s, columns)}"
    yield " " * margin + _axis(summary.duration_s, columns)
    yield from (" " * margin + line for line in _legend(columns))


def _legend(columns: int) -> Iterator[str]:
    """What the signs mean, in as many lines as it takes."""
    line = LEGEND[0]
    for sign in LEGEND[1:]:
        if len(line) + len(_BETWEEN) + len(sign) > columns:
            yield line
            line = sign
        else:
            line += _BETWEEN + sign
    yield line


def _lane(life: Life, turns: list[Turn], duration_s: float, columns: int) -> str:
    """In each column the highest role that the replica had there; a term where it begins to lead."""
    lane = [" "] * columns
    begins = [Turn(at=life.began_at, role="follower", term=0), *turns]
    ends = [turn.at for turn in turns] + [life.ended_at]
    for turn, end in zip(begins, ends, strict=True):
        sign = _SIGNS.get(turn.role, "?")
        for column in range(_column(turn.at, duration_s, columns), _column(end, duration_s, columns) + 1):
            if _RANKS.get(sign, 0) > _RANKS.get(lane[column], 0):
                lane[column] = sign
    for turn in turns:
        if turn.role == "leader":
            _write(lane, _column(turn.at, duration_s, columns), str(turn.term))
    last = _column(life.ended_at, duration_s, columns)
    if last + 1 < columns and life.ending != "running":
        lane[last + 1] = "x"
    return "".join(lane).rstrip()


def _write(lane: list[str], column: int, text: str) -> None:
    for place, sign in enumerate(text, column):
        if place < len(lane):
            lane[place] = sign


def _column(at: float, duration_s: float, columns: int) -> int:
    return min(int(at / duration_s * columns), columns - 1) if duration_s > 0 else 0


def _axis(duration_s: float, columns: int) -> str:
    """A few times, each beginning where it is; the last ends where the run does."""
    axis = [" "] * columns
    last = f"{duration_s:.1f} s"
    for tick in range(_TICKS):
        column, time = columns * tick // _TICKS, f"{duration_s * tick / _TICKS:.1f}"
        if column + len(time) < columns - len(last):
            _write(axis, column, time)
    _write(axis, columns - len(last), last)
    return "".join(axis).rstrip()
