"""What makes one failing scenario smaller than another: above all, how few steps there are to be understood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from simulator.config import Config, Virtual
from simulator.events import AnyEvent
from simulator.explore.shrinking_trials import Failure

Size: TypeAlias = tuple[int, int, int, int, int]
"""Replicas, events, requests, settings that are not plain, and the length of the text."""

SETTINGS: Final = (
    "lifetime",
    "mix",
    "drops",
    "start_wait",
    "late_start",
    "value_size",
    "shared_keys",
    "burst",
    "repeats",
)
"""What in a configuration had better be as by default, or as little as there may be, beside events and machines."""

_DEFAULTS: Final = Config(lifetime=5, replicas=3, requests=1)
_PLAIN: Final = Virtual(clocks="exact")


def cost(failure: Failure) -> tuple[int, Size]:
    """The less, the better: steps first; of two that take as many, the plainer scenario."""
    return failure.steps, size_of(failure.config)


def size_of(config: Config) -> Size:
    """How much there is to read in a scenario."""
    return (
        config.replicas,
        len(config.all_events),
        config.requests,
        sum(1 for _ in _settings(config)),
        len(msgspec.json.encode(config)),
    )


def tidied(config: Config) -> Config:
    """The same, so that a file does not name what is as by default: of numbers, that goes by identity."""
    defaults = {name: getattr(_DEFAULTS, name) for name in SETTINGS}
    return replace(config, **{name: value for name, value in defaults.items() if getattr(config, name) == value})


def parameters_given(event: AnyEvent) -> Iterator[str]:
    """The parameters of an event that differ from their defaults; those that have none are not counted."""
    for field in msgspec.structs.fields(event):
        if not field.required and getattr(event, field.name) != field.default:
            yield field.name


def _settings(config: Config) -> Iterator[str]:
    yield from (name for name in SETTINGS if getattr(config, name) != getattr(_DEFAULTS, name))
    yield from (name for name in _PLAIN.__struct_fields__ if getattr(config.virtual, name) != getattr(_PLAIN, name))
    yield from config.environment
    for event in config.all_events:
        yield from parameters_given(event)
