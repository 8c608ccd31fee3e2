"""A follower that lags, crashes and loses its disk always comes to the leader's state: by entries or by a snapshot."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from tests.actors.replicator_stage import SETTINGS
from tests.actors.snapshot_world import SnapshotWorld

STORM_S = 3.0
"""For so long the network is bad, the log grows, and the follower crashes."""

CALM_S = 6.0
"""Within so long afterwards the follower has everything."""


@cache
def after_a_storm(seed: int) -> SnapshotWorld:
    """All of it has happened; look, and change nothing."""
    world = SnapshotWorld(seed)
    world.live()
    world.run(STORM_S)
    world.calm_down()
    world.run(CALM_S)
    return world


@pytest.mark.parametrize("seed", range(25))
def test_whatever_happens_the_follower_comes_to_the_leaders_state(seed: int) -> None:
    """Raft §7; and at each step, what it has applied is what the leader had applied at that index."""
    world = after_a_storm(seed)
    follower, last = world.follower, len(world.stage.log)
    assert (follower.replica.core.log.last_index, follower.replica.commit_index) == (last, last)
    assert follower.machine.last_applied == last
    assert follower.machine.values == world.history[-1]
    assert world.match == last


@pytest.mark.parametrize("seed", range(4))
def test_a_follower_catches_up_though_more_is_written_during_a_transfer_than_the_margin_keeps(seed: int) -> None:
    """Else it would be sent one snapshot after another, each of them in vain, for as long as clients write."""
    settings = replace(SETTINGS, snapshot_entries=10, snapshot_margin=20, batch_bytes=400)
    world = SnapshotWorld(seed, settings, entries=600, keys=300)
    world.write_at(400.0)
    installed: list[dict[str, object]] = []
    while not installed:
        world.run(0.01)
        installed = world.follower.replica.audit.events("snapshot.installed")
    last = installed[0]["last_included"]
    assert isinstance(last, int)
    assert len(world.stage.log) - last > 20
    world.run(5.0)
    assert len(world.stage.audit.events("snapshot.sent")) == 1
    assert len(world.stage.log) - world.match < 20


def test_the_storms_are_eventful() -> None:
    """A test in which no snapshot is ever needed could not fail."""
    events = Counter[str]()
    reasons = Counter[object]()
    for seed in range(25):
        world = after_a_storm(seed)
        for audit in (world.stage.audit, *world.audits):
            events.update(audit.names())
            reasons.update(event["reason"] for event in audit.events("snapshot.refused"))
    for name in ("sent", "resent", "installed", "not_needed", "held_back", "saved", "refused"):
        assert events[f"snapshot.{name}"] >= 5, name
    assert reasons["stale"] >= 1
    assert reasons["out_of_order"] >= 5
    assert events["message.impossible"] == 0
