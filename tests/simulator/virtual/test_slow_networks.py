"""Where a round trip takes longer than a candidate asks for, somebody is elected all the same."""

from __future__ import annotations

import pytest

from simulator.config import Config, Virtual
from simulator.virtual import play


@pytest.mark.parametrize(("profile", "latency_ms"), [("simulator", (185.0, 190.0)), ("cluster", (92.0, 95.0))])
def test_over_a_slow_network_somebody_is_elected(profile: str, latency_ms: tuple[float, float]) -> None:
    asked = Config(
        lifetime=12,
        replicas=3,
        requests=20,
        mix=0.2,
        start_wait=6,
        environment={"RAFT_PROFILE": profile},
        virtual=Virtual(latency_ms=latency_ms),
    )
    played = play(asked, 1)
    assert not played.findings
    assert played.report.passed
