"""The built-in scenarios in which replicas come back with what they have on disk, or lag behind what is still kept."""

from __future__ import annotations

from typing import Final

from simulator.events import KillLeader, PartEasy, PartEnd, Restart, RestartAll, Wipe
from simulator.scenario import Scenario, short

_LITTLE_KEPT: Final = {"RAFT_SNAPSHOT_ENTRIES": "10", "RAFT_SNAPSHOT_MARGIN": "10"}
"""So that few entries are enough to lag behind."""
_A_LITTLE_MORE: Final = {"RAFT_SNAPSHOT_ENTRIES": "20", "RAFT_SNAPSHOT_MARGIN": "50", "RAFT_THRIFTY": "0"}
"""So that nobody lags behind who is not away."""
_IN_PARTS: Final = {"RAFT_BATCH_BYTES": "2000"}
"""So that a snapshot travels in many."""

DISKS: Final[dict[str, Scenario]] = {
    "restarts": short(
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
    "lost-disk": short(
        "durable replicas: a follower comes back with an empty disk, and the leader is killed for good",
        KillLeader(time=7),
        own=(Wipe(time=3, replica="follower", after_s=0.5),),
        lifetime=14,
        shared_keys=5,
        durable=True,
    ),
    "power-cut": short(
        "durable replicas: all of them are killed at once, twice, and come back",
        own=(RestartAll(time=3, after_s=0.5), RestartAll(time=9, after_s=1.0)),
        lifetime=16,
        shared_keys=5,
        durable=True,
    ),
}

SNAPSHOTS: Final[dict[str, Scenario]] = {
    "snapshots": short(
        "a snapshot every ten entries, 10 % loss, followers that lag behind, and two leaders killed",
        PartEasy(time=2),
        PartEnd(time=4),
        KillLeader(time=4.05),
        PartEasy(time=7),
        PartEnd(time=9),
        KillLeader(time=9.05),
        lifetime=14,
        requests=400,
        mix=0.3,
        drops=0.1,
        shared_keys=100,
        repeats=10,
        environment=_LITTLE_KEPT | _IN_PARTS,
    ),
    "catch-up": short(
        "a follower is cut off for 5 s, and takes the snapshot when it is back, while clients go on",
        PartEasy(time=2),
        PartEnd(time=7),
        lifetime=10,
        replicas=3,
        requests=800,
        mix=0.2,
        environment=_A_LITTLE_MORE | _IN_PARTS,
    ),
}
