"""Which of the actors' branches a campaign came through, and which it never did."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from simulator.explore.coverage_source import ANYTHING, Branch

_PROTOCOL: Final = "only a replica that breaks the protocol says such a thing, sealed"

OUT_OF_REACH: Final[Mapping[str, str]] = {
    "datagram.rejected: oversize": "no socket gives so large a datagram",
    "datagram.unsent": "a port's own; the ports of virtual time are others",
    "message.impossible: another one leads": _PROTOCOL,
    "message.impossible: it replaces what is committed": _PROTOCOL,
    "message.impossible: its records say nothing that could be": _PROTOCOL,
    "message.impossible: term *": _PROTOCOL,
    "request.answered: the entry does not fit into a datagram": "no client of the simulator writes so large a value",
    "request.answered: whether it was applied before is forgotten": "no client of the simulator says `since`",
    "snapshot.refused: checksum": "only a replica that mixes the parts of two snapshots sends what does not add up",
}
"""Branches that no scenario reaches while the actors are right, and why; with amnesia some may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercised:
    """A branch that was taken, and how often."""

    event: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unexercised:
    """A branch that never was; `remark` says why, where it could not be."""

    event: str
    place: str
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """All branches, by whether they were taken; `unknown` are events that the source does not have as read."""

    exercised: tuple[Exercised, ...]
    never: tuple[Unexercised, ...]
    unknown: tuple[Exercised, ...]


def coverage(events: Mapping[str, int], branches: Iterable[Branch]) -> Coverage:
    """Hold the events of a campaign against the branches of the source."""
    exercised: list[Exercised] = []
    never: list[Unexercised] = []
    known: dict[str, None] = {}
    for branch in branches:
        taken = [event for event in events if _is_of(event, branch)]
        known |= dict.fromkeys(taken)
        if taken:
            exercised.append(Exercised(event=branch.event, count=sum(events[event] for event in taken)))
        else:
            remark = OUT_OF_REACH.get(branch.event, "")
            never.append(Unexercised(event=branch.event, place=branch.place, remark=remark))
    unknown = tuple(Exercised(event=event, count=events[event]) for event in sorted(events) if event not in known)
    return Coverage(exercised=tuple(exercised), never=tuple(never), unknown=unknown)


def _is_of(event: str, branch: Branch) -> bool:
    if ANYTHING not in branch.event:
        return event == branch.event
    pattern = ".*".join(re.escape(part) for part in branch.event.split(ANYTHING))
    return re.fullmatch(pattern, event, re.DOTALL) is not None
