"""The built-in scenarios: one family of trouble each, short enough to be run all in one go."""

from __future__ import annotations

from typing import Final

from simulator.config import Config, LateStart, Thresholds
from simulator.events import (
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
    Resume,
)
from simulator.scenario import Scenario, short, typical
from simulator.scenarios_of_storage import DISKS, SNAPSHOTS
from simulator.story import STORY

_REPLICAS_MANY: Final = 21
_PACKETS_MANY: Final = 60_000
"""Heartbeats to twenty peers, 20 a second with an answer each, are 14,000 messages in 17 s before any request."""
_START_WAIT_MANY_S: Final = 10.0
"""So many Python processes that start on two cores need more than the usual 5 s when anything else runs."""
_PACKETS_BURST: Final = 100_000
"""A replica that sends every put of a burst by itself needs 8 messages for each, twice that if it retransmits."""


def _steady(description: str, mix: float, total_msgs: Thresholds) -> Scenario:
    config = Config(lifetime=30, replicas=5, requests=500, mix=mix, tests=typical(total_msgs))
    return Scenario(description=description, config=config)


_STEADY: Final = {
    "steady-reads": _steady("500 requests in 30 s, four in five of them gets", 0.8, (900, 2000, 4000)),
    "steady-writes": _steady("500 requests in 30 s, four in five of them puts", 0.2, (2200, 4000, 8000)),
}

_LOSS: Final = {
    f"loss-{percent}": short(f"{percent} % of the messages between replicas are lost", drops=percent / 100)
    for percent in (5, 10, 15, 30)
}

_KILLS: Final = {
    "kill-follower": short("a replica that does not lead is killed", KillNonLeader(time=3)),
    "kill-two-followers": short(
        "two replicas that do not lead are killed: three of five are left",
        KillNonLeader(time=3),
        KillNonLeader(time=6),
    ),
    "kill-leader": short("the leader is killed", KillLeader(time=4)),
    "kill-two-leaders": short(
        "the leader is killed, and later its successor", KillLeader(time=3), KillLeader(time=8), lifetime=12
    ),
}

_PARTITIONS: Final = {
    "easy-partition": short("a minority without the leader is cut off for 4 s", PartEasy(time=3), PartEnd(time=7)),
    "two-easy-partitions": short(
        "twice, a minority without the leader is cut off for 3 s",
        PartEasy(time=2),
        PartEnd(time=5),
        PartEasy(time=7),
        PartEnd(time=10),
        lifetime=12,
    ),
    "hard-partition": short(
        "a random minority, perhaps with the leader, is cut off for 4 s", PartHard(time=3), PartEnd(time=7)
    ),
    "two-hard-partitions": short(
        "twice, a random minority, perhaps with the leader, is cut off for 4 s",
        PartHard(time=2),
        PartEnd(time=6),
        PartHard(time=8),
        PartEnd(time=12),
        lifetime=14,
    ),
    "oneway-partition": short(
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
    "loss-and-kill-leader": short("10 % loss, and the leader is killed", KillLeader(time=4), drops=0.1),
    "loss-and-hard-partition": short(
        "10 % loss, and a hard partition for 5 s", PartHard(time=3), PartEnd(time=8), drops=0.1, lifetime=12
    ),
    "partition-and-kill-leader": short(
        "a hard partition for 4 s, and then the leader is killed",
        PartHard(time=2),
        PartEnd(time=6),
        KillLeader(time=9),
        lifetime=13,
    ),
    "everything": short(
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
    f"replicas-{count}": short(f"{count} replicas, one of which is killed", KillNonLeader(time=4), replicas=count)
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
            tests=typical(),
        ),
    )
}

_LOADS: Final = {
    "large-values": short("values of 30,000 bytes", requests=150, value_size=30_000),
    "burst-5000": Scenario(
        description="5,000 requests as fast as they are answered, 128 at a time",
        config=Config(
            lifetime=30,
            replicas=5,
            requests=5_000,
            mix=0.8,
            burst=128,
            max_packets=_PACKETS_BURST,
            tests=typical(batched=0.0),
        ),
    ),
    "contention": short(
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
    "duplication": short("a third of the messages arrive twice", own=(Duplicate(time=0, rate=0.33),)),
    "delay": short("messages take up to 30 ms", own=(Delay(time=0, min_ms=1, max_ms=30),)),
    "reordering": short("a fifth of the messages are overtaken by later ones", own=(Reorder(time=0, rate=0.2),)),
    "corruption": short(
        "a tenth of the messages arrive damaged, for 8 s", own=(Corrupt(time=0, rate=0.1), Heal(time=8))
    ),
    "hostile": short(
        "every replica gets 200 malformed datagrams a second, for 8 s",
        own=(Hostile(time=0, per_second=200), Heal(time=8)),
    ),
    "hostile-flood": short(
        "more than 100,000 malformed datagrams in 9 s, in the names of clients, strangers and peers",
        own=(Hostile(time=0, per_second=2400), Heal(time=9)),
    ),
}

_PROCESSES: Final = {
    "pause-leader": short(
        "the leader's process is stopped for 3 s, beyond any lease", own=(Pause(time=3), Resume(time=6))
    ),
    "pause-follower": short(
        "a follower's process is stopped for 4 s", own=(Pause(time=3, replica="follower"), Resume(time=7))
    ),
    "late-start": short(
        "one replica starts 2 s after the others", late_start=LateStart(replica="0004", delay=2.0), lifetime=8
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
    | DISKS
    | SNAPSHOTS
    | {"story": STORY}
)
"""Every built-in scenario by name, in the order in which `all` runs them."""
