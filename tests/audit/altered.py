"""Trails altered in memory, record by record, for running them again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeGuard

import msgspec
from msgspec.structs import replace as changed

from audit.divergence import Divergence
from audit.reading import read
from audit.records import Did, Event, Located, Record, Took
from audit.rerun import Rerun
from audit.trails import NodeTrail
from tests.audit import stories


def of_a_leader(directory: Path) -> NodeTrail:
    """Of a short story told into `directory`, the trail of the replica with the most to tell: it led."""
    stories.short(directory)
    return max(read(directory).nodes, key=lambda node: len(node.records))


def of(
    trail: NodeTrail, records: Sequence[Record], *, has_gaps: bool = False, is_complete_from_start: bool = True
) -> NodeTrail:
    """The same replica with these records, numbered as they would be in its file."""
    located = [
        Located(record=record, file=f"{trail.node}.jsonl", line=place + 1, position=place)
        for place, record in enumerate(records)
    ]
    return replace(trail, records=located, has_gaps=has_gaps, is_complete_from_start=is_complete_from_start)


def records(trail: NodeTrail) -> list[Record]:
    """What can be altered, and made a trail of again."""
    return [located.record for located in trail.records]


def is_told(record: Record) -> TypeGuard[Took]:
    """Whether an actor took what another one told it."""
    return isinstance(record, Took) and record.by is not None


def is_done(record: Record) -> TypeGuard[Did]:
    """Whether something left through a port."""
    return isinstance(record, Did)


def place_of(trail: NodeTrail, wanted: Callable[[Record], bool], *, number: int = 20) -> int:
    """Where such a record stands, not at the very beginning."""
    return [place for place, record in enumerate(records(trail)) if wanted(record)][number]


def last(trail: NodeTrail, actor: str) -> Took:
    """The last delivery of an actor."""
    return [each for each in records(trail) if isinstance(each, Took) and each.actor == actor][-1]


def took(trail: NodeTrail, actor: str, kind: str, message: bytes, by: tuple[str, int] | None = None) -> Took:
    """One more delivery, behind all others."""
    before = last(trail, actor)
    return changed(before, n=before.n + 1, by=by, type=kind, message=msgspec.Raw(message))


def event(trail: NodeTrail, name: str, **fields: object) -> Event:
    """A named event, as late as the last record."""
    end = trail.records[-1].record
    return Event(at=end.at, clock=end.clock, node=end.node, event=name, level="info", fields=fields)


def diverging(result: Rerun) -> Divergence:
    """The divergence that there must be."""
    assert result.divergence is not None
    return result.divergence
