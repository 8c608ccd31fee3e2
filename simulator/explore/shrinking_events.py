"""Moves that make what happens in a scenario less: fewer events, sooner, and plainer ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec.structs import replace

from simulator.events import AnyEvent, KillLeader, PartLeader, type_of
from simulator.explore.drawing_dice import milliseconds
from simulator.explore.shrinking_search import Search

_SCALES: Final = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9)
_GAPS: Final = (0.0, 0.2, 0.5, 0.8)


def whole_kinds(search: Search) -> None:
    """Nothing at all goes wrong, or nothing of one kind."""
    search.attempt_events(())
    search.attempt_lasting(())
    for kind in dict.fromkeys(type_of(event) for event in search.events):
        search.attempt_events(tuple(event for event in search.events if type_of(event) != kind))


def fewer_events(search: Search) -> None:
    """Leave events out, in ever smaller runs (Zeller's ddmin)."""
    size = len(search.events)
    while size:
        start = 0
        while start < len(search.events):
            rest = search.events[:start] + search.events[start + size :]
            if not search.attempt_events(rest):
                start += size
        size //= 2


def less_lasting(search: Search) -> None:
    """Let less stay wrong."""
    for number in reversed(range(len(search.lasting))):
        search.attempt_lasting(search.lasting[:number] + search.lasting[number + 1 :])


def fewer_pairs(search: Search) -> None:
    """Leave out two events that need one another: one that begins what the other ends."""
    for distance in range(2, len(search.events)):
        start = 0
        while start + distance < len(search.events):
            events = search.events
            end = start + distance
            if not search.attempt_events(events[:start] + events[start + 1 : end] + events[end + 1 :]):
                start += 1


def plainest_trouble(search: Search) -> None:
    """Let one event do for all: the leader dies, or is cut off, at once or when the first or the last happened."""
    times = sorted({0.0, *(event.time for event in (*search.events[:1], *search.events[-1:]))})
    for kind in (KillLeader, PartLeader):
        for time in times if search.events else ():
            search.attempt(search.with_events((kind(time=time),)), 2 * search.seeds)


def sooner(search: Search) -> None:
    """Bring all events nearer to the beginning, and to one another."""
    _scale(search)
    if search.events:
        first_s = search.events[0].time
        search.attempt_events(tuple(_at(event, event.time - first_s) for event in search.events))
    for number in range(len(search.events)):
        _close_gap(search, number)


def alone(search: Search) -> None:
    """Bring single events nearer to the one before or behind, whatever the others do; so their order may change."""
    for number in range(len(search.events)):
        for other in (number - 1, number + 1):
            events = search.events
            if 0 <= other < len(events):
                for share in (0.0, 0.5):
                    time = events[other].time + share * (events[number].time - events[other].time)
                    if search.attempt_events((*events[:number], _at(events[number], time), *events[number + 1 :])):
                        break


def plainer_events(search: Search) -> None:
    """Give each event its default parameters, or rounder and smaller ones; and rounder times."""
    for number in range(len(search.events)):
        for _ in range(len(msgspec.structs.fields(search.events[number])) * 2):
            event = search.events[number]
            if not any(
                search.attempt_events((*search.events[:number], other, *search.events[number + 1 :]))
                for other in _plainer(event)
            ):
                break


def _scale(search: Search) -> None:
    for scale in _SCALES:
        while search.events and search.attempt_events(tuple(_at(event, event.time * scale) for event in search.events)):
            if not scale:
                return


def _close_gap(search: Search, number: int) -> None:
    """Let the event `number`, and all after it, follow sooner upon the one before."""
    for share in _GAPS:
        events = search.events
        if number >= len(events):
            return
        gap = events[number].time - (events[number - 1].time if number else 0.0)
        less = gap * (1 - share)
        if less > 0.001 and search.attempt_events(
            (*events[:number], *(_at(event, event.time - less) for event in events[number:]))
        ):
            return


def _at(event: AnyEvent, time: float) -> AnyEvent:
    return replace(event, time=max(milliseconds(time), 0.0))


def _plainer(event: AnyEvent) -> Iterator[AnyEvent]:
    for digits in (0, 1, 2):
        yield replace(event, time=round(event.time, digits))
    for field in msgspec.structs.fields(event):
        value = getattr(event, field.name)
        if not field.required and value != field.default and getattr(event, "rate", 1):
            yield replace(event, **{field.name: field.default})
        if field.name != "time" and isinstance(value, float | int) and not isinstance(value, bool) and value:
            yield from (replace(event, **{field.name: other}) for other in _rounder(field.name, value))


def _rounder(name: str, value: float) -> Iterator[float]:
    """Numbers that read more easily than `value`, and do not make more of it; a share had better be all."""
    if name == "rate" and value != 1:
        yield 1.0
    for other in (value / 4, value / 2, value):
        rounded = float(f"{other:.1g}")
        if rounded != value:
            yield type(value)(rounded) or value
