"""A full disk is no matter for a leader from whom nobody wants anything."""

from __future__ import annotations

import pytest

from simulator.config import Config
from simulator.events import DiskFull, Heal
from simulator.virtual import play
from tests.simulator.stage import broken

FULL_S = 4.0
"""Longer than two of the longest election timeouts below."""


def idle(seed: int) -> Config:
    """All requests are answered, and a snapshot of them waits for the next transaction, when the disk becomes full."""
    return Config(
        lifetime=1,
        replicas=3,
        requests=20,
        mix=0.0,
        start_wait=2.0,
        end_wait=8.0,
        durable=True,
        environment={
            "RAFT_ELECTION_TIMEOUT_MIN_MS": "300",
            "RAFT_ELECTION_TIMEOUT_MAX_MS": "600",
            "RAFT_HEARTBEAT_MS": "60",
            "RAFT_SNAPSHOT_ENTRIES": "1",
        },
        extra_events=(DiskFull(time=3.0), Heal(time=3.0 + FULL_S)),
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_leader_whose_snapshot_waits_for_room_leads_on(seed: int) -> None:
    played = play(idle(seed), seed)
    assert broken(played.report) == set()
    leaders = [reign.leader for reign in played.report.leaders]
    assert len(leaders) == 1, "it leads on"
