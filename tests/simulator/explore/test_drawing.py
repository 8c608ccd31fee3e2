"""Random scenarios are within all bounds, have every kind of trouble among them, and leave nothing wrong behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import get_args

import msgspec
import pytest

from actors.settings import known_variables, settings_from
from simulator.config import Config
from simulator.events import (
    AnyEvent,
    Caption,
    CutLink,
    Delay,
    DiskError,
    DiskFlip,
    DiskFull,
    DiskHang,
    DiskMisdirect,
    DiskRow,
    Drops,
    Duplicate,
    Flood,
    Heal,
    KillLeader,
    KillNonLeader,
    PartEasy,
    PartEnd,
    PartHard,
    PartLeader,
    PartOneway,
    Pause,
    Restart,
    RestartAll,
    Resume,
    Wipe,
)
from simulator.explore.drawing import drawn, situation
from simulator.explore.drawing_dice import log_uniform, milliseconds, one_of
from simulator.explore.drawing_episodes import EPISODES
from simulator.limits import problems
from simulator.loading import parse

ROOT = Path(__file__).resolve().parents[3]
SEEDS = 3_000
DAMAGE = (DiskFlip, DiskMisdirect)
FOR_GOOD = (KillLeader, KillNonLeader, DiskError, Wipe, *DAMAGE)
_LEFT_TO_DEFAULTS = {"RAFT_SEED", "RAFT_START_WAIT_MS", "RAFT_START_WAIT_PER_PEER_MS"}
"""The seed is the run's; and replicas wait at the start for as long as their processes may take to begin."""


@cache
def scenarios(*, amnesia: bool = False) -> tuple[Config, ...]:
    return tuple(drawn(seed, amnesia=amnesia) for seed in range(SEEDS))


def of(rare: str | None, *, amnesia: bool = False) -> tuple[Config, ...]:
    """Those that are made of one rare situation, or of none."""
    return tuple(config for seed, config in enumerate(scenarios(amnesia=amnesia)) if situation(seed) == rare)


@pytest.mark.parametrize("amnesia", [False, True])
def test_every_scenario_is_within_the_limits_of_a_configuration(amnesia: bool) -> None:
    assert [list(problems(config)) for config in scenarios(amnesia=amnesia) if list(problems(config))] == []


def test_the_replicas_accept_the_settings_of_every_scenario() -> None:
    for config in scenarios():
        settings_from(config.environment)


@pytest.mark.parametrize("amnesia", [False, True])
def test_a_scenario_written_as_a_file_is_read_as_the_same_scenario(amnesia: bool) -> None:
    for config in scenarios(amnesia=amnesia):
        loaded = parse(msgspec.json.encode(config), "scenario")
        assert loaded.config == config
        assert loaded.ignored == ()


def test_every_kind_of_event_occurs() -> None:
    drawn_kinds = {type(event) for config in scenarios() for event in config.all_events}
    assert drawn_kinds == set(get_args(AnyEvent)) - {Caption}
    assert any(isinstance(event, Restart) for config in scenarios(amnesia=True) for event in config.all_events)


def test_every_setting_is_drawn_in_some_scenarios_and_left_to_its_default_in_others() -> None:
    drawn_settings = Counter(name for config in scenarios() for name in config.environment)
    settings = {name for name in known_variables() if not name.startswith(("RAFT_DATA", "RAFT_TRAIL"))}
    assert set(drawn_settings) == settings - _LEFT_TO_DEFAULTS
    assert all(SEEDS / 50 < count < SEEDS * 0.95 for count in drawn_settings.values())


def test_every_size_of_cluster_and_every_kind_of_machine_occurs() -> None:
    assert {config.replicas for config in scenarios()} == {3, 4, 5, 6, 7, 9}
    assert {config.virtual.haste for config in scenarios()} == {0.0, 0.001, 0.01, 0.1}
    assert {config.virtual.clocks for config in scenarios()} == {"exact", "random", "extreme", "drifting"}
    assert {config.virtual.storage for config in scenarios()} == {"memory", "synced"}
    assert {config.value_size for config in scenarios()} == {32, 2000, 30_000}
    assert {config.shared_keys for config in scenarios()} == {0, 1, 2, 3, 4, 5, 20}
    assert {config.repeats for config in scenarios()} == {0, 5, 30, 100}
    assert {bool(config.burst) for config in scenarios()} == {True, False}
    assert {config.late_start is None for config in scenarios()} == {True, False}
    assert min(config.virtual.latency_ms[0] for config in scenarios()) == 0.05
    assert max(config.virtual.latency_ms[1] for config in scenarios()) == 40.0


def test_a_majority_of_all_replicas_survives() -> None:
    for config in scenarios():
        kills = sum(isinstance(event, KillLeader | KillNonLeader) for event in config.all_events)
        assert config.replicas - kills > config.replicas / 2


def test_a_majority_keeps_its_disks_and_its_votes() -> None:
    """Whatever dies, loses its disk or has it damaged counts together."""
    for config in scenarios():
        lost = sum(isinstance(event, FOR_GOOD) for event in config.all_events)
        assert config.replicas - lost > config.replicas / 2


def test_disks_are_damaged_in_either_way_and_in_every_kind_of_row() -> None:
    damage = [event for config in scenarios() for event in config.all_events if isinstance(event, DAMAGE)]
    assert {type(event) for event in damage} == set(DAMAGE)
    assert {event.row for event in damage} == set(get_args(DiskRow))
    assert len(damage) > SEEDS / 50


def test_some_scenarios_are_made_of_one_rare_situation() -> None:
    found = Counter(situation(seed) for seed in range(SEEDS))
    assert set(found) == {None, "feud", "naps", "laggards", "usurpers", "ballots", "strangers"}
    assert all(count > SEEDS / 35 for count in found.values())


def test_some_leaders_are_cut_off_while_somebody_has_lost_patience() -> None:
    """Just behind a restart, or with clocks that are as wrong as may be."""
    found = of("usurpers")
    assert {config.durable for config in found} == {True, False}
    assert {config.virtual.clocks for config in found} == {"random", "extreme", "drifting"}
    assert all({CutLink, PartLeader} <= {type(event) for event in config.all_events} for config in found)


def test_some_replicas_lose_their_disks_before_they_have_met_all_others() -> None:
    found = of("strangers")
    assert {config.replicas for config in found} == {3, 5}
    assert all(Wipe in {type(event) for event in config.all_events} for config in found)


def test_some_scenarios_are_of_followers_that_lag_too_far_behind() -> None:
    found = of("laggards")
    assert SEEDS / 13 < len(found) < SEEDS / 8
    assert {config.durable for config in found} == {True, False}
    kinds = {type(event) for config in found for event in config.all_events}
    assert kinds >= {PartLeader, PartOneway, Pause, KillLeader, Restart, Wipe, Flood, Drops, Delay, Duplicate}


def test_some_clients_send_what_they_want_twice() -> None:
    assert SEEDS / 5 < sum(config.repeats > 0 for config in scenarios()) < SEEDS / 3


def test_some_scenarios_kill_all_but_a_bare_majority() -> None:
    kills = Counter(
        (config.replicas, sum(isinstance(event, KillLeader | KillNonLeader) for event in config.all_events))
        for config in scenarios()
    )
    assert all(kills[replicas, (replicas - 1) // 2] for replicas in (3, 4, 5, 6, 7))


def test_only_durable_replicas_are_restarted_unless_amnesia_is_asked_for() -> None:
    for config in scenarios():
        assert config.durable or not any(isinstance(event, Restart | RestartAll) for event in config.all_events)
    assert SEEDS / 5 < sum(config.durable for config in scenarios()) < SEEDS / 2
    for config in scenarios(amnesia=True):
        assert any(isinstance(event, Restart) for event in config.all_events)


def test_everything_is_healed_at_the_end_of_the_lifetime() -> None:
    for config in (*scenarios(), *scenarios(amnesia=True)):
        heal, resume, *_ = [event for event in config.all_events if event.time == config.lifetime]
        assert heal == Heal(time=config.lifetime)
        assert resume == Resume(time=config.lifetime, replica="all")


def test_some_scenarios_leave_a_minority_cut_off_or_standing_still_behind_that() -> None:
    lasting = Counter(
        type(event) for config in scenarios() for event in config.all_events[-2:] if is_lasting(config, event)
    )
    assert {KillLeader, KillNonLeader, PartOneway, CutLink, PartEasy, PartHard, PartLeader, Pause} <= set(lasting)
    assert sum(lasting.values()) > SEEDS / 5


def is_lasting(config: Config, event: AnyEvent) -> bool:
    return event.time == config.lifetime and not isinstance(event, Heal | Resume)


def test_the_fewest_scenarios_have_most_kinds_of_trouble_and_some_have_a_single_one() -> None:
    """Swarm testing: a scenario with everything in it hides as much as it shows."""
    kinds = [
        len({type(event) for event in config.all_events if not is_lasting(config, event)} - {Heal, Resume, PartEnd})
        for config in of(None)
        if not config.durable
    ]
    assert sum(count == 0 for count in kinds) > 0
    assert sum(count in {1, 2} for count in kinds) > len(kinds) / 5
    assert 0 < sum(count > 12 for count in kinds) < SEEDS / 5


def test_events_follow_one_another_closely_in_many_scenarios() -> None:
    gaps = [later.time - earlier.time for config in scenarios() for earlier, later in pairwise(config.all_events)]
    close = sum(0 < gap <= 0.1 for gap in gaps)
    assert close > len(gaps) / 5


def test_leaders_are_paused_for_longer_than_a_lease_and_for_less() -> None:
    longer, less = 0, 0
    for config in scenarios():
        lease_s = settings_from(config.environment).lease_ms / 1000
        for event in config.all_events:
            if isinstance(event, Pause) and event.replica == "leader" and event.time < config.lifetime:
                end = next(
                    each.time for each in config.all_events if isinstance(each, Resume) and each.time > event.time
                )
                longer += end - event.time > lease_s
                less += end - event.time < lease_s
    assert longer > SEEDS / 50
    assert less > SEEDS / 50


def test_who_starts_late_says_hello_before_anybody_may_talk_to_it() -> None:
    """By the fastest clock that the settings allow for, and however long its process takes to start."""
    for config in scenarios():
        if config.late_start is not None:
            settings = settings_from(config.environment)
            wait_ms = settings.start_wait_ms + settings.start_wait_per_peer_ms * (config.replicas - 1)
            first_ms = (wait_ms + settings.election_timeout_min_ms) / (1 + settings.clock_error_percent / 100)
            assert config.late_start.delay + 0.4 <= first_ms / 1000 + 0.001


def test_a_campaign_has_time_to_be_answered() -> None:
    """Two round trips of the slowest datagrams, well within the least timeout, or nobody would ever lead."""
    for config in scenarios():
        settings = settings_from(config.environment)
        latency_ms = config.virtual.latency_ms[1]
        assert settings.election_timeout_min_ms >= 15 * latency_ms
        assert settings.campaign_retry_ms >= 4 * latency_ms


def test_floods_and_refusals_do_not_meet() -> None:
    """Hundreds of clients that are refused, and ask again at once, for as long as nobody leads."""
    for config in scenarios():
        if "RAFT_REQUESTS_OPEN_MAX" in config.environment:
            assert not config.burst
            assert not any(isinstance(event, Flood) for event in config.all_events)


def test_a_typical_scenario_is_small() -> None:
    sizes = sorted(
        config.requests + sum(event.requests for event in config.all_events if isinstance(event, Flood))
        for config in scenarios()
    )
    lifetimes = sorted(config.lifetime for config in scenarios())
    assert sizes[SEEDS // 2] <= 110
    assert sizes[SEEDS * 9 // 10] <= 400
    assert lifetimes[SEEDS // 2] <= 8
    assert lifetimes[-1] <= 15


def test_a_seed_is_the_same_scenario_in_a_process_that_hashes_otherwise() -> None:
    script = (
        "import hashlib, msgspec; from simulator.explore.drawing import drawn; "
        "texts = [msgspec.json.encode(drawn(seed, amnesia=seed % 2 == 1)) for seed in range(200)]; "
        "print(hashlib.sha256(b''.join(texts)).hexdigest())"
    )

    def digest(hash_seed: str) -> str:
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert digest("1") == digest("2") != ""


def test_different_seeds_are_different_scenarios() -> None:
    assert len({msgspec.json.encode(config) for config in scenarios()}) == SEEDS


def test_amnesia_adds_restarts_to_the_same_cluster() -> None:
    """But to those that are drawn for what is rarest: there, everybody had better remember."""
    same = tuple(zip(of(None), of(None, amnesia=True), strict=True))
    assert SEEDS * 0.5 < len(same) < SEEDS * 0.62
    for plain, forgetful in same:
        assert plain.replicas == forgetful.replicas
        assert plain.environment == forgetful.environment
        assert plain.virtual == forgetful.virtual


@pytest.mark.parametrize("kind", sorted(EPISODES.keys() - {"heal"}))
def test_every_kind_of_trouble_is_drawn_alone_in_some_scenario(kind: str) -> None:
    assert any(_signature(config) == kind for config in scenarios())


def _signature(config: Config) -> str:
    of_disks = Restart | RestartAll | Wipe | DiskFull | DiskHang | DiskError | DiskFlip | DiskMisdirect
    kinds = {
        each.__struct_config__.tag
        for each in config.all_events
        if not (is_lasting(config, each) or isinstance(each, of_disks))
    }
    alone = kinds - {"part_end", "resume"} - ({"heal"} if _heals(config) < 2 else set())
    return str(next(iter(alone))) if len(alone) == 1 else ""


def _heals(config: Config) -> int:
    return sum(isinstance(event, Heal) for event in config.all_events)


def test_one_of_respects_the_weights() -> None:
    rng = Random(1)
    counts = Counter(one_of(rng, {"often": 9, "seldom": 1, "never": 0}) for _ in range(1000))
    assert set(counts) == {"often", "seldom"}
    assert 850 < counts["often"] < 950


def test_log_uniform_gives_each_order_of_magnitude_its_share() -> None:
    rng = Random(1)
    numbers = [log_uniform(rng, 1, 1000) for _ in range(3000)]
    assert all(1 <= number <= 1000 for number in numbers)
    for low in (1, 10, 100):
        assert 900 < sum(low <= number < 10 * low for number in numbers) < 1100


def test_times_are_whole_milliseconds() -> None:
    assert milliseconds(1.23456) == 1.235
