"""What `make bench-crash` plays: as many rounds as are asked for, of every kind, in a configuration that is allowed."""

from __future__ import annotations

from itertools import pairwise

import msgspec

from benchmarks.crash import Check, Replica, Requests, Run, scenario
from simulator.events import Restart, RestartAll
from simulator.limits import problems
from simulator.loading import parse


def test_a_run_has_so_many_rounds_of_every_kind() -> None:
    config, kinds = scenario(20, 1)
    assert kinds.total() == 20
    assert set(kinds) == {"the leader", "one", "two", "all"}
    rounds = {round(event.time, 6) for event in config.all_events}
    assert len(rounds) == 20
    assert all(isinstance(event, Restart | RestartAll) for event in config.all_events)


def test_nobody_is_ended_again_before_he_is_back() -> None:
    config, _ = scenario(20, 3)
    times = sorted({event.time for event in config.all_events})
    assert all(later - earlier > 2.0 for earlier, later in pairwise(times))
    assert config.lifetime - times[-1] > 9.0


def test_the_configuration_is_one_that_the_simulator_takes() -> None:
    config, _ = scenario(20, 1)
    assert list(problems(config)) == []
    assert parse(msgspec.json.encode(config), "crash.json").config == config


def test_the_same_seed_plays_the_same() -> None:
    assert scenario(20, 1) == scenario(20, 1)
    assert scenario(20, 1) != scenario(20, 2)


def test_what_is_broken_is_told_and_what_says_nothing_of_losses_is_not() -> None:
    lost = Check(name="history linearizable", held=False, detail="key k")
    checks = [lost, Check(name="gets answered", held=False, detail="few")]
    run = Run(seed=1, requests=Requests(1, 2), replicas=[Replica(3)], checks=checks)
    assert run.broken() == ["history linearizable: key k"]
