"""What a built-in scenario is."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from simulator.config import Benchmarks, Config, LateStart, Tests, Thresholds
from simulator.events import AnyEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A configuration, and what it is about in a line."""

    description: str
    config: Config

    def as_file(self) -> bytes:
        """Write the configuration as a file that other simulators of the contract accept too."""
        return msgspec.json.format(msgspec.json.encode(self.config), indent=2) + b"\n"


def typical(total_msgs: Thresholds | None = None, *, batched: float = 0.5) -> Tests:
    """Thresholds of the typical load: latency in seconds."""
    benchmarks = Benchmarks(
        total_msgs=total_msgs,
        failures=(0, 0, 5),
        duplicates=(0, 0, 0),
        median_latency=(0.001, 0.005, 0.05),
    )
    return Tests(benchmarks=benchmarks, maximum_appends_batched_fraction=batched)


def short(
    description: str,
    *contract_events: AnyEvent,
    own: tuple[AnyEvent, ...] = (),
    lifetime: float = 10,
    replicas: int = 5,
    requests: int = 200,
    mix: float = 0.5,
    drops: float = 0.0,
    late_start: LateStart | None = None,
    value_size: int = 32,
    shared_keys: int = 0,
    durable: bool = False,
    repeats: float = 0.0,
    environment: dict[str, str] | None = None,
) -> Scenario:
    """One family of trouble, in 10 s or so; the contract's events first, then our own."""
    config = Config(
        lifetime=lifetime,
        replicas=replicas,
        requests=requests,
        mix=mix,
        drops=drops,
        events=contract_events,
        extra_events=own,
        tests=typical(),
        late_start=late_start,
        value_size=value_size,
        shared_keys=shared_keys,
        durable=durable,
        repeats=repeats,
        environment=environment or {},
    )
    return Scenario(description=description, config=config)
