"""The configuration of a run: the contract's format, and what this simulator adds to it.

Unknown fields are ignored, for other simulators have fields of their own.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from simulator.events import AnyEvent, Hostile, Restart, RestartAll, Wipe

Thresholds = tuple[float, float, float]
"""Up to the first: bonus; up to the second: full; up to the third: partial; above: none."""


class Benchmarks(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Thresholds of what is measured; what has none is measured and not graded."""

    total_msgs: Thresholds | None = None
    failures: Thresholds | None = None
    duplicates: Thresholds | None = None
    median_latency: Thresholds | None = None
    """Seconds."""


class Tests(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run is judged by; fractions are of the requests of that kind."""

    benchmarks: Benchmarks = Benchmarks()
    maximum_get_fail_fraction: float = 0.5
    maximum_put_fail_fraction: float = 0.5
    maximum_get_generation_fail_fraction: float = 0.1
    maximum_appends_batched_fraction: float = 0.5
    """Share of `requests * replicas * share of puts` that is the least of traffic between replicas."""


class LateStart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A replica that starts `delay` seconds after the others."""

    replica: str
    delay: float


Clocks: TypeAlias = Literal["exact", "random", "extreme", "drifting"]


class Virtual(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What virtual time's machines are like; real ones are as they are."""

    latency_ms: tuple[float, float] = (0.05, 0.25)
    """A datagram takes so long to a replica's socket, at least and at most."""
    tick_ms: float = 0.0
    """When not 0: datagrams arrive at whole ticks only, several at once, as machines that are busy read them."""
    haste: float = 0.0
    """How likely it is, at each step until the last event, that time passes although some actor has something to do."""
    clocks: Clocks = "random"
    """How wrong the rates of the replicas' clocks are, within what their settings allow for."""
    storage: Literal["memory", "synced"] = "memory"
    """`synced`: what is written is durable only when it was synced, as on a disk; it does not outlive its process.

    Where replicas are `durable`, all have disks.
    """


class Config(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run, as a configuration file describes it. Times are seconds."""

    lifetime: float
    """The span over which requests are spread."""
    replicas: int
    requests: int
    mix: float = 0.8
    """Share of gets among the requests."""
    drops: float = 0.0
    """Share of messages between replicas that are lost."""
    start_wait: float = 5.0
    """From the start of the replicas to the first request."""
    end_wait: float = 2.0
    """From the last request to the end."""
    max_packets: int = 20_000
    """Messages between replicas at most."""
    seed: int | None = None
    events: tuple[AnyEvent, ...] = ()
    extra_events: tuple[AnyEvent, ...] = ()
    tests: Tests = Tests()
    late_start: LateStart | None = None
    value_size: int = 32
    """Characters, and bytes, of every value."""
    shared_keys: int = 0
    """When not 0: clients read and write that many keys in common, instead of keys of their own."""
    burst: int = 0
    """When not 0: requests are not spread evenly, but sent as soon as fewer than this many wait for an answer."""

    repeats: float = 0.0
    """In percent: this share of what clients send is sent once more, under the same MID, to the same or another one."""

    durable: bool = False
    """Replicas keep their log, term and vote on disk, where they outlive their processes."""

    environment: dict[str, str] = {}
    """Environment variables that the replicas are given, such as their settings."""
    virtual: Virtual = Virtual()

    @property
    def all_events(self) -> tuple[AnyEvent, ...]:
        """Every event, in the order of time."""
        return tuple(sorted(self.events + self.extra_events, key=lambda event: event.time))

    @property
    def has_forgers(self) -> bool:
        """Whether anything arrives that no replica that keeps the rules has sent."""
        return self.is_amnesiac or any(isinstance(event, Hostile) for event in self.all_events)

    @property
    def is_amnesiac(self) -> bool:
        """Whether replicas come back under their old names without what they had promised."""
        return not self.durable and any(isinstance(event, Restart | RestartAll | Wipe) for event in self.all_events)

    @property
    def gets(self) -> int:
        """How many of the requests are meant to be gets."""
        return round(self.requests * self.mix)
