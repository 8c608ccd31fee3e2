"""What is run to judge the replica: families of runs, the bars that are their own, and the order of their turns."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, get_args

import msgspec

from simulator.config import Config
from simulator.events import AnyEvent, KillLeader, KillNonLeader, PartEnd, PartHard

Part: TypeAlias = Literal["messages", "latency", "failover", "follower", "size"]
PARTS: Final[tuple[Part, ...]] = get_args(Part)
DEFAULT_PROFILE: Final = "simulator"
TIMEOUTS_A_GAP: Final = 2
"""Without a leader, clients go without answers for at most so many of the longest election timeouts."""

_MANY: Final = 21
_MANY_START_WAIT_S: Final = 12.0
"""So many Python processes need seconds to start on two cores."""
_MANY_PACKETS: Final = 100_000
"""Never the bar: what so many replicas say in 34 s is far less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Runs of one configuration, from different seeds, and what they are run for."""

    name: str
    parts: tuple[Part, ...]
    config: Config
    profile: str = DEFAULT_PROFILE
    """The replica's: what its timeouts are."""
    messages_below: int | None = None
    """Messages between replicas in one run stay below this; None when nobody counts them."""
    gap_max_ms: int | None = None
    """A dead leader's successor answers within this; None when nobody looks."""
    cores_max: int | None = None
    """All processes of a run share so many cores; None for as many as there are."""
    whole: bool = True
    """Whether turns are as long as the bar on messages supposes."""

    @property
    def loses_its_leader(self) -> bool:
        """Whether requests may die with a leader that is killed."""
        return any(isinstance(event, KillLeader) for event in self.config.all_events)

    def programs(self, parts: Collection[Part]) -> tuple[str, ...]:
        """Who is run: the replica, and before it the floor program, when their latencies are compared."""
        return ("floor", "replica") if "latency" in self.parts and "latency" in parts else ("replica",)


def _thirty_seconds(requests: int, mix: float, *events: AnyEvent, drops: float = 0.0) -> Config:
    return Config(lifetime=30, replicas=5, requests=requests, mix=mix, drops=drops, events=events)


_TWO_PARTITIONS: Final = (PartHard(time=6), PartEnd(time=12), PartHard(time=18), PartEnd(time=24))

FAMILIES: Final = (
    Family(
        name="steady-writes",
        parts=("messages", "latency"),
        config=_thirty_seconds(500, 0.2),
        messages_below=2_000,
    ),
    Family(
        name="steady-reads",
        parts=("messages", "latency"),
        config=_thirty_seconds(500, 0.8),
        messages_below=900,
    ),
    Family(
        name="loss-15",
        parts=("messages",),
        config=_thirty_seconds(500, 0.2, drops=0.15),
        messages_below=2_200,
    ),
    Family(
        name="kill-leader",
        parts=("messages",),
        config=_thirty_seconds(400, 0.2, KillLeader(time=12)),
        messages_below=1_700,
    ),
    Family(
        name="two-hard-partitions",
        parts=("messages",),
        config=_thirty_seconds(300, 0.2, *_TWO_PARTITIONS),
        messages_below=1_500,
    ),
    Family(
        name="kill-follower",
        parts=("follower",),
        config=_thirty_seconds(500, 0.2, KillNonLeader(time=10)),
    ),
    Family(
        name="replicas-21",
        parts=("size",),
        cores_max=2,
        config=Config(
            lifetime=20,
            replicas=_MANY,
            requests=300,
            mix=0.5,
            start_wait=_MANY_START_WAIT_S,
            max_packets=_MANY_PACKETS,
        ),
    ),
)
"""All but those of failover, which are one for each profile."""


def failover_families(timeouts_max_ms: Mapping[str, int]) -> tuple[Family, ...]:
    """A family of short runs for each profile, given its longest election timeout: the leader is killed."""
    return tuple(
        Family(
            name=f"failover-{profile}",
            parts=("failover",),
            config=Config(lifetime=8, replicas=5, requests=104, mix=0.2, events=(KillLeader(time=3),)),
            profile=profile,
            gap_max_ms=TIMEOUTS_A_GAP * timeout_max_ms,
        )
        for profile, timeout_max_ms in timeouts_max_ms.items()
    )


def shortened(family: Family, seconds: float) -> Family:
    """The family with a lifetime of at most so many seconds: requests and events keep their places in it.

    Runs of failover stay as they are: they are short, and a gap must fit into them.
    """
    config = family.config
    share = seconds / config.lifetime
    if share >= 1 or "failover" in family.parts:
        return family
    events = tuple(msgspec.structs.replace(event, time=event.time * share) for event in config.events)
    requests = round(config.requests * share)
    shorter = msgspec.structs.replace(config, lifetime=seconds, requests=requests, events=events)
    return replace(family, config=shorter, whole=False)


def chosen(families: Iterable[Family], parts: Collection[Part]) -> tuple[Family, ...]:
    """The families that are needed for `parts`."""
    return tuple(family for family in families if any(part in parts for part in family.parts))


def schedule(families: Iterable[Family], rounds: int, failovers: int) -> list[tuple[Family, int]]:
    """Every turn, as a family and its seed: all families once, then all a second time, and so on.

    So the machine's mood is in all of them. A profile's failovers take `failovers` turns, other families `rounds`.
    """
    times = [(family, failovers if "failover" in family.parts else rounds) for family in families]
    last = max((count for _, count in times), default=0)
    return [(family, seed) for seed in range(1, last + 1) for family, count in times if seed <= count]
