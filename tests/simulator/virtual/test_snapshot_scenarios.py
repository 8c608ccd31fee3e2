"""The built-in scenarios of snapshots show what they are about, and hold."""

from __future__ import annotations

from typing import Final

import pytest

from simulator.scenarios import SCENARIOS
from simulator.virtual import Played, play

SEEDS: Final = range(3)


def played(name: str, seed: int) -> Played:
    run = play(SCENARIOS[name].config, seed)
    assert run.findings == ()
    return run


@pytest.mark.parametrize("seed", SEEDS)
def test_snapshots_are_taken_and_sent_while_leaders_die(seed: int) -> None:
    run = played("snapshots", seed)
    assert run.events["snapshot.saved"] > 50
    assert run.events["snapshot.installed"] > 0
    assert run.events["write.repeated"] + run.events["request.repeated"] > 0
    assert run.faults["kill_leader"] == 2
    assert len(run.report.leaders) >= 3


@pytest.mark.parametrize("seed", SEEDS)
def test_a_follower_catches_up_while_its_leader_serves(seed: int) -> None:
    run = played("catch-up", seed)
    assert run.events["snapshot.installed"] == 1
    assert run.report.traffic.by_type["install_snapshot"] > 5
    assert len(run.report.leaders) == 1
    assert run.report.served.max_ms < 100
