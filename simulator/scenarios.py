"""The built-in scenarios: one family of trouble each, short enough to be run all in one go."""

from __future__ import annotations

from typing import Final

from simulator.config import Benchmarks, Config, LateStart, Tests, Thresholds
from simulator.events import (
    AnyEvent,
    Corrupt,
    Delay,
    Duplicate,
    Heal,
    Hostile,
    KillLeader,
    KillNonLeader,
    PartEasy,
    PartEnd,
    PartHard,
    PartOneway,
    Pause,
    Reorder,
    Restart,
    RestartAll,
    Resume,
    Wipe,
)
from simulator.scenario import Scenario
from simulator.story import STORY

_REPLICAS_MANY: Final = 21
_PACKETS_MANY: Final = 60_000
"""Heartbeats to twenty peers, 20 a second with an answer each, are 14,000 messages in 17 s before any request."""
_START_WAIT_MANY_S: Final = 10.0
"""So many Python processes that start on two cores need more than the usual 5 s when anything else runs."""
_PACKETS_BURST: Final = 100_000
"""A replica that sends every put of a burst by itself needs 8 messages for each, twice that if it retransmits."""


def _tests(total_msgs: Thresholds | None = None, *, batched: float = 0.5) -> Tests:
    """Thresholds of the typical load: latency in seconds."""
    benchmarks = Benchmarks(
        total_msgs=total_msgs,
        failures=(0, 0, 5),
        duplicates=(0, 0, 0),
        median_latency=(0.001, 0.005, 0.05),
    )
    return Tests(benchmarks=benchmarks, maximum_appends_batched_fraction=batched)


def _steady(description: str, mix: float, total_msgs: Thresholds) -> Scenario:
    config = Config(lifetime=30, replicas=5, requests=500, mix=mix, tests=_tests(total_msgs))
    return Scenario(description=description, config=config)


def _short(
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
) -> Scenario:
    config = Config(
        lifetime=lifetime,
        replicas=replicas,
        requests=requests,
        mix=mix,
        drops=drops,
        events=contract_events,
        extra_events=own,
        tests=_tests(),
        late_start=late_start,
        value_size=value_size,
        shared_keys=shared_keys,
        durable=durable,
    )
    return Scenario(description=description, config=config)


_STEADY: Final = {
    "steady-reads": _steady("500 requests in 30 s, four in five of them gets", 0.8, (900, 2000, 4000)),
    "steady-writes": _steady("500 requests in 30 s, four in five of them puts", 0.2, (2200, 4000, 8000)),
}

_LOSS: Final = {
    f"loss-{percent}": _short(f"{percent} % of the messages between replicas are lost", drops=percent / 100)
    for percent in (5, 10, 15, 30)
}

_KILLS: Final = {
    "kill-follower": _short("a replica that does not lead is killed", KillNonLeader(time=3)),
    "kill-two-followers": _short(
        "two replicas that do not lead are killed: three of five are left",
        KillNonLeader(time=3),
        KillNonLeader(time=6),
    ),
    "kill-leader": _short("the leader is killed", KillLeader(time=4)),
    "kill-two-leaders": _short(
        "the leader is killed, and later its successor", KillLeader(time=3), KillLeader(time=8), lifetime=12
    ),
}

_PARTITIONS: Final = {
    "easy-partition": _short("a minority without the leader is cut off for 4 s", PartEasy(time=3), PartEnd(time=7)),
    "two-easy-partitions": _short(
        "twice, a minority without the leader is cut off for 3 s",
        PartEasy(time=2),
        PartEnd(time=5),
        PartEasy(time=7),
        PartEnd(time=10),
        lifetime=12,
    ),
    "hard-partition": _short(
        "a random minority, perhaps with the leader, is cut off for 4 s", PartHard(time=3), PartEnd(time=7)
    ),
    "two-hard-partitions": _short(
        "twice, a random minority, perhaps with the leader, is cut off for 4 s",
        PartHard(time=2),
        PartEnd(time=6),
        PartHard(time=8),
        PartEnd(time=12),
        lifetime=14,
    ),
    "oneway-partition": _short(
        "the leader can send and not hear for 4 s; then a follower can hear and not send for 3 s",
        own=(
            PartOneway(time=2, replica="leader", direction="send_only"),
            Heal(time=6),
            PartOneway(time=8, replica="follower", direction="receive_only"),
            Heal(time=11),
        ),
        lifetime=13,
    ),
}

_MIXTURES: Final = {
    "loss-and-kill-leader": _short("10 % loss, and the leader is killed", KillLeader(time=4), drops=0.1),
    "loss-and-hard-partition": _short(
        "10 % loss, and a hard partition for 5 s", PartHard(time=3), PartEnd(time=8), drops=0.1, lifetime=12
    ),
    "partition-and-kill-leader": _short(
        "a hard partition for 4 s, and then the leader is killed",
        PartHard(time=2),
        PartEnd(time=6),
        KillLeader(time=9),
        lifetime=13,
    ),
    "everything": _short(
        "15 % loss, a hard partition, the leader killed, another hard partition, a follower killed",
        PartHard(time=2),
        PartEnd(time=5),
        KillLeader(time=7),
        PartHard(time=9),
        PartEnd(time=12),
        KillNonLeader(time=13),
        drops=0.15,
        lifetime=15,
    ),
}

_SIZES: Final = {
    f"replicas-{count}": _short(f"{count} replicas, one of which is killed", KillNonLeader(time=4), replicas=count)
    for count in (3, 5, 7)
} | {
    f"replicas-{_REPLICAS_MANY}": Scenario(
        description=f"{_REPLICAS_MANY} replicas, one of which is killed",
        config=Config(
            lifetime=10,
            replicas=_REPLICAS_MANY,
            requests=100,
            mix=0.5,
            events=(KillNonLeader(time=4),),
            start_wait=_START_WAIT_MANY_S,
            max_packets=_PACKETS_MANY,
            tests=_tests(),
        ),
    )
}

_LOADS: Final = {
    "large-values": _short("values of 30,000 bytes", requests=150, value_size=30_000),
    "burst-5000": Scenario(
        description="5,000 requests as fast as they are answered, 128 at a time",
        config=Config(
            lifetime=30,
            replicas=5,
            requests=5_000,
            mix=0.8,
            burst=128,
            max_packets=_PACKETS_BURST,
            tests=_tests(batched=0.0),
        ),
    ),
    "contention": _short(
        "all clients read and write the same five keys, through a hard partition and a leader kill",
        PartHard(time=2),
        PartEnd(time=5),
        KillLeader(time=7),
        requests=400,
        shared_keys=5,
        lifetime=12,
    ),
}

_NETWORK: Final = {
    "duplication": _short("a third of the messages arrive twice", own=(Duplicate(time=0, rate=0.33),)),
    "delay": _short("messages take up to 30 ms", own=(Delay(time=0, min_ms=1, max_ms=30),)),
    "reordering": _short("a fifth of the messages are overtaken by later ones", own=(Reorder(time=0, rate=0.2),)),
    "corruption": _short(
        "a tenth of the messages arrive damaged, for 8 s", own=(Corrupt(time=0, rate=0.1), Heal(time=8))
    ),
    "hostile": _short(
        "every replica gets 200 malformed datagrams a second, for 8 s",
        own=(Hostile(time=0, per_second=200), Heal(time=8)),
    ),
    "hostile-flood": _short(
        "more than 100,000 malformed datagrams in 9 s, in the names of clients, strangers and peers",
        own=(Hostile(time=0, per_second=2400), Heal(time=9)),
    ),
}

_PROCESSES: Final = {
    "pause-leader": _short(
        "the leader's process is stopped for 3 s, beyond any lease", own=(Pause(time=3), Resume(time=6))
    ),
    "pause-follower": _short(
        "a follower's process is stopped for 4 s", own=(Pause(time=3, replica="follower"), Resume(time=7))
    ),
    "late-start": _short(
        "one replica starts 2 s after the others", late_start=LateStart(replica="0004", delay=2.0), lifetime=8
    ),
}

_DISKS: Final = {
    "restarts": _short(
        "durable replicas: the leader, a follower and the leader again are killed, and come back",
        own=(
            Restart(time=2, replica="leader", after_s=0.5),
            Restart(time=5, replica="follower", after_s=1.0),
            Restart(time=8, replica="leader", after_s=0.2),
        ),
        lifetime=14,
        shared_keys=5,
        durable=True,
    ),
    "lost-disk": _short(
        "durable replicas: a follower comes back with an empty disk, and the leader is killed for good",
        KillLeader(time=7),
        own=(Wipe(time=3, replica="follower", after_s=0.5),),
        lifetime=14,
        shared_keys=5,
        durable=True,
    ),
    "power-cut": _short(
        "durable replicas: all of them are killed at once, twice, and come back",
        own=(RestartAll(time=3, after_s=0.5), RestartAll(time=9, after_s=1.0)),
        lifetime=16,
        shared_keys=5,
        durable=True,
    ),
}

SCENARIOS: Final[dict[str, Scenario]] = (
    _STEADY
    | _LOSS
    | _KILLS
    | _PARTITIONS
    | _MIXTURES
    | _SIZES
    | _LOADS
    | _NETWORK
    | _PROCESSES
    | _DISKS
    | {"story": STORY}
)
"""Every built-in scenario by name, in the order in which `all` runs them."""
