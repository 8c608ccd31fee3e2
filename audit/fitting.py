"""Whether the trails of a directory belong to one run: replicas that name one another, alive at the same time."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Final, NamedTuple

from audit.files import TrailFile
from audit.problems import Problem, damage, note
from audit.records import VOLATILE, Opened
from audit.trails import NodeTrail

_APART_MAX_S: Final = 60.0
"""Trails of one run overlap; but at level `events` a quiet replica's may seem to end sooner than it did."""


class _Span(NamedTuple):
    """When a trail begins and ends, in seconds since 1970."""

    begins: float
    ends: float
    trail: NodeTrail
    opened: Opened


def fitting_problems(trails: Sequence[NodeTrail], place: str) -> list[Problem]:
    """What shows that trails of different runs are mixed, or that some are missing; about the directory `place`."""
    spans = [_span(trail, trail.opened) for trail in trails if trail.opened is not None]
    spans.sort(key=lambda span: span.begins)
    return [
        *_mixed(spans, place),
        *_restarts(spans),
        *_different_code(spans, place),
        *_missing_replicas(spans, place),
        *_missing_incarnations(trails),
    ]


def _span(trail: NodeTrail, opened: Opened) -> _Span:
    """The clock of the records counts from an unknown instant; `opened` says which time it was on the wall."""
    begins = opened.wall
    ends = begins + trail.records[-1].record.at - opened.at
    return _Span(begins, max(begins, ends), trail, opened)


def _mixed(spans: Sequence[_Span], place: str) -> Iterator[Problem]:
    """The first sign that tells runs apart."""
    for groups, sign in (
        (_grouped(spans, _members), "they name different replicas"),
        (_grouped(spans, _policy), "their settings differ"),
        (_by_time(spans), "they were not written at the same time"),
    ):
        if len(groups) > 1:
            belong = "; ".join(_together(group) for group in groups)
            yield damage(place, f"trails of different runs are mixed ({sign}): {belong}.")
            return


def _together(group: Sequence[_Span]) -> str:
    files = sorted(file for span in group for file in span.trail.files)
    return f"{', '.join(files)} belong together" if len(files) > 1 else f"{files[0]} belongs to none of them"


def _grouped(spans: Sequence[_Span], sign: Callable[[Opened], Hashable]) -> list[list[_Span]]:
    groups: defaultdict[Hashable, list[_Span]] = defaultdict(list)
    for span in spans:
        groups[sign(span.opened)].append(span)
    return list(groups.values())


def _members(opened: Opened) -> Hashable:
    return frozenset({opened.node, *opened.peers})


def _policy(opened: Opened) -> Hashable:
    return frozenset(opened.settings.items())


def _by_time(spans: Sequence[_Span]) -> list[list[_Span]]:
    """Those whose times overlap, or nearly do.

    The incarnations of one replica belong together whenever they were: a replica counts those that it finds in the
    directory that it writes to.
    """
    groups: list[list[_Span]] = []
    end = 0.0
    for lives in sorted(_grouped(spans, lambda opened: opened.node), key=lambda lives: lives[0].begins):
        if groups and lives[0].begins <= end + _APART_MAX_S:
            groups[-1] += lives
        else:
            groups.append([*lives])
        end = max(end, *(life.ends for life in lives))
    return groups


def _restarts(spans: Sequence[_Span]) -> Iterator[Problem]:
    """Where all replicas had ended, and then one was started again."""
    end = 0.0
    for span in spans:
        if span.trail.incarnation > 1 and span.begins > end:
            forgets = ", and it remembers nothing of before" if span.opened.storage in VOLATILE else ""
            sentence = f"all replicas had ended when {span.trail.node} was started again{forgets}."
            yield note(span.trail.files[0], sentence)
        end = max(end, span.ends)


def _different_code(spans: Sequence[_Span], place: str) -> Iterator[Problem]:
    groups = _grouped(spans, lambda opened: (opened.version, opened.code))
    if len(groups) > 1:
        listed = "; ".join(", ".join(span.trail.name for span in group) for group in groups)
        yield note(place, f"the replicas ran different code: {listed}.")


def _missing_replicas(spans: Sequence[_Span], place: str) -> Iterator[Problem]:
    named = {name for span in spans for name in span.opened.peers}
    missing = sorted(named - {span.trail.node for span in spans})
    if missing:
        verb = "was" if len(missing) == 1 else "were"
        yield note(place, f"there is no trail of {', '.join(missing)}, which {verb} part of the cluster.")


def _missing_incarnations(trails: Sequence[NodeTrail]) -> Iterator[Problem]:
    there = {(trail.node, trail.incarnation) for trail in trails}
    for trail in trails:
        before = trail.incarnation - 1
        if before and (trail.node, before) not in there:
            name = TrailFile(node=trail.node, incarnation=before, part=1).name
            yield note(trail.files[0], f"{trail.node} had run before, and {name}, the trail of that, is missing.")
