"""From a directory to records: all that can be read of it, and what is wrong with the rest.

    trails = read(Path("runs/run-1234"))

`merge.merged(trails)` puts the records of all replicas into one order.
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from audit.collection import collection_paused
from audit.files import ReadError, TrailFile, holds_a_trail, listing
from audit.fitting import fitting_problems
from audit.incarnation import IncarnationReading
from audit.problems import Problem, Severity, note
from audit.trails import NodeTrail, Trails
from storage.layout import replicas_in

__all__ = ["NodeTrail", "Problem", "ReadError", "Severity", "Trails", "read"]

_OTHERS_SHOWN: Final = 5


def read(directory: Path) -> Trails:
    """Read every trail in `directory`; raises ReadError when nothing at all can be shown."""
    found = listing(directory)
    if not found.files:
        raise ReadError(_nothing_there(directory))
    with collection_paused():
        readings = [IncarnationReading(directory, tuple(files)) for _, files in groupby(found.files, _incarnation)]
    nodes = tuple(trail for reading in readings if (trail := reading.trail()) is not None)
    problems = [problem for reading in readings for problem in reading.problems]
    if not nodes:
        raise ReadError(f"{directory}: no trail in it can be read: {'; '.join(map(str, problems))}")
    problems += [*_ignored(directory, found.others), *fitting_problems(nodes, str(directory))]
    return Trails(directory=directory, nodes=nodes, problems=tuple(problems))


def _incarnation(file: TrailFile) -> tuple[str, int]:
    return file.node, file.incarnation


def _nothing_there(directory: Path) -> str:
    """Perhaps one level above what was meant, or a data directory."""
    inside = [path for path in directory.iterdir() if holds_a_trail(path)]
    if not inside and replicas_in(directory):
        return f"{directory}: there is no trail in this directory, but what replicas keep: 'log' shows that."
    if not inside:
        return f"{directory}: there is no trail in this directory: no file like 0001.jsonl."
    newest = max(inside, key=lambda path: path.stat().st_mtime)
    return f"{directory}: there is no trail in this directory, but there is one in {newest}; name that."


def _ignored(directory: Path, names: Sequence[str]) -> list[Problem]:
    if not names:
        return []
    listed = ", ".join(names[:_OTHERS_SHOWN])
    more = f" and {len(names) - _OTHERS_SHOWN} more" if len(names) > _OTHERS_SHOWN else ""
    return [note(str(directory), f"not read, because no replica's trail is called so: {listed}{more}.")]
