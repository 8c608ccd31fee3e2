"""The ranges of what a configuration may say; types have been checked before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simulator.config import Config, Thresholds, Virtual
from simulator.events import (
    AnyEvent,
    Buffers,
    Caption,
    Corrupt,
    CutLink,
    Delay,
    DiskError,
    DiskFlip,
    DiskFull,
    DiskHang,
    DiskMisdirect,
    Drops,
    Duplicate,
    Flood,
    Hostile,
    LateTimers,
    PartLeader,
    PartOneway,
    PartStar,
    Pause,
    Reorder,
    Restart,
    RestartAll,
    Resume,
    Slow,
    Spoiling,
    Unseat,
    VirtualEvent,
    Wipe,
    type_of,
)
from simulator.ids import NodeId, replica_ids

RANGES: Final[dict[str, tuple[float, float]]] = {
    "lifetime": (5, 3600),
    "replicas": (3, 21),
    "requests": (1, 1_000_000),
    "mix": (0, 1),
    "drops": (0, 1),
    "start_wait": (0, 600),
    "end_wait": (0, 600),
    "max_packets": (1, 10_000_000),
    "seed": (0, 2**63 - 1),
    "value_size": (8, 60_000),
    "shared_keys": (0, 10_000),
    "burst": (0, 1024),
    "repeats": (0, 100),
}
_FRACTIONS: Final = (
    "maximum_get_fail_fraction",
    "maximum_put_fail_fraction",
    "maximum_get_generation_fail_fraction",
    "maximum_appends_batched_fraction",
)
_BENCHMARKS: Final = ("total_msgs", "failures", "duplicates", "median_latency")
_MILLISECONDS: Final = (0, 60_000)
_EVENT_RANGES: Final[dict[str, tuple[float, float]]] = {
    "rate": (0, 1),
    "min_ms": _MILLISECONDS,
    "max_ms": _MILLISECONDS,
    "per_second": (0, 10_000),
    "requests": (1, 10_000),
    "after_ms": _MILLISECONDS,
    "lasts_ms": _MILLISECONDS,
    "times": (0, 1_000),
    "flood": (0, 10_000),
    "after_s": (0, 600),
    "datagrams": (0, 100_000),
}
_CAPTION_MAX: Final = 200
_DESCRIPTIONS: Final = ("leader", "follower", "random")


def problems(config: Config) -> Iterator[str]:
    """Every way in which well-formed values are out of range."""
    for field, (low, high) in RANGES.items():
        yield from _outside(field, getattr(config, field), low, high)
    for field in _FRACTIONS:
        yield from _outside(f"tests.{field}", getattr(config.tests, field), 0, 1)
    for field in _BENCHMARKS:
        for value in getattr(config.tests.benchmarks, field) or ():
            yield from _outside(f"tests.benchmarks.{field}", value, 0, 1e12)
        yield from _falling(f"tests.benchmarks.{field}", getattr(config.tests.benchmarks, field))
    yield from _environment_problems(config)
    yield from _virtual_problems(config.virtual)
    known = replica_ids(config.replicas)
    if config.late_start is not None:
        yield from _outside("late_start.delay", config.late_start.delay, 0, 600)
        yield from _not_among("late_start.replica", config.late_start.replica, (), known)
    for name, events in (("events", config.events), ("extra_events", config.extra_events)):
        for number, event in enumerate(events):
            yield from _event_problems(f"{name}[{number}]", event, config.lifetime, known)
            if isinstance(event, Wipe | Spoiling) and not config.durable:
                yield f"`{name}[{number}]` is {type_of(event)}, and only `durable` replicas have disks."


def virtual_only(config: Config) -> str | None:
    """The first event that only virtual time can make happen, and where it stands; None when there is none."""
    for name, events in (("events", config.events), ("extra_events", config.extra_events)):
        for number, event in enumerate(events):
            if isinstance(event, VirtualEvent):
                return f"`{name}[{number}]` is {type_of(event)}"
    return None


def _environment_problems(config: Config) -> Iterator[str]:
    for name, value in config.environment.items():
        if not name or "=" in name or "\0" in name:
            yield f"`environment` names {name!r}, which no environment variable can be called."
        elif "\0" in value:
            yield f"`environment` gives {name} a value with a NUL in it, which no environment variable can have."
        elif name == "RAFT_TRAIL":
            yield "`environment` names RAFT_TRAIL; where trails go is said on the command line."
        elif name == "RAFT_DATA":
            yield "`environment` names RAFT_DATA; say `durable` instead, and each run has a directory of its own."


def _virtual_problems(virtual: Virtual) -> Iterator[str]:
    low, high = virtual.latency_ms
    for value in (low, high):
        yield from _outside("virtual.latency_ms", value, *_MILLISECONDS)
    if low > high:
        yield f"`virtual.latency_ms` is {low:g}, {high:g}; the second must not be below the first."
    yield from _outside("virtual.tick_ms", virtual.tick_ms, *_MILLISECONDS)
    yield from _outside("virtual.haste", virtual.haste, 0, 0.99)


def _event_problems(place: str, event: AnyEvent, lifetime: float, known: tuple[NodeId, ...]) -> Iterator[str]:
    yield from _outside(f"{place}.time", event.time, 0, lifetime)
    match event:
        case Drops() | Duplicate() | Delay() | Reorder() | Corrupt() | Hostile():
            yield from _number_problems(place, event)
            yield from _mixed_problems(place, event)
        case Flood() | Unseat() | Slow() | LateTimers() | Buffers() | RestartAll():
            yield from _number_problems(place, event)
        case DiskFull() | DiskError() | DiskHang() | DiskFlip() | DiskMisdirect():
            yield from _not_among(f"{place}.replica", event.replica, _DESCRIPTIONS, known)
        case PartLeader() | PartOneway() | PartStar() | Pause() | Restart() | Wipe():
            yield from _number_problems(place, event)
            yield from _not_among(f"{place}.replica", event.replica, _DESCRIPTIONS, known)
        case CutLink():
            yield from _not_among(f"{place}.a", event.a, _DESCRIPTIONS, known)
            yield from _not_among(f"{place}.b", event.b, _DESCRIPTIONS, known)
            if event.a == event.b and event.a in known:
                yield f"`{place}.b` is '{event.b}', and so is `{place}.a`; a link has two ends."
        case Resume():
            yield from _not_among(f"{place}.replica", event.replica, ("all",), known)
        case Caption() if len(event.text) > _CAPTION_MAX:
            yield f"`{place}.text` has {len(event.text)} characters; it may have {_CAPTION_MAX}."
        case _:
            return


def _number_problems(place: str, event: AnyEvent) -> Iterator[str]:
    for field, (low, high) in _EVENT_RANGES.items():
        if field in event.__struct_fields__:
            yield from _outside(f"{place}.{field}", getattr(event, field), low, high)


def _mixed_problems(place: str, event: Drops | Duplicate | Delay | Reorder | Corrupt | Hostile) -> Iterator[str]:
    if isinstance(event, Delay) and event.min_ms > event.max_ms:
        yield f"`{place}.min_ms` is {event.min_ms:g}; it must not be above `max_ms`, which is {event.max_ms:g}."
    if isinstance(event, Corrupt) and not event.kinds:
        yield f"`{place}.kinds` is empty; it must name flip, truncate or rewrite."


def _outside(field: str, value: float | None, low: float, high: float) -> Iterator[str]:
    if value is not None and not low <= value <= high:
        yield f"`{field}` is {_shown(value)}; it must be from {low:,} to {high:,}."


def _falling(field: str, thresholds: Thresholds | None) -> Iterator[str]:
    if thresholds is not None and list(thresholds) != sorted(thresholds):
        shown = ", ".join(_shown(each) for each in thresholds)
        yield f"`{field}` is {shown}; a threshold must not be below the one before it."


def _not_among(field: str, value: str, words: tuple[str, ...], known: tuple[NodeId, ...]) -> Iterator[str]:
    if value not in words and value not in known:
        allowed = ", ".join((*words, f"or an ID from {known[0]} to {known[-1]}"))
        yield f"`{field}` is '{value}'; it must be {allowed.removeprefix('or ')}."


def _shown(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) and abs(value) < 10**15 else f"{value:g}"
