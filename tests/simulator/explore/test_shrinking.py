"""A failing scenario becomes a small one that fails by the same rule, within what may be spent."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from simulator.config import Config, LateStart, Virtual
from simulator.events import CutLink, Heal, KillLeader, PartHard, PartOneway, Pause, Resume
from simulator.explore.lots import CRASHED
from simulator.explore.shrinking import Shrunk, shrunk
from simulator.explore.shrinking_fit import lacks
from simulator.limits import problems
from simulator.virtual.played import Played
from tests.simulator.explore.shrinking_stage import LIVE, SAFE, Replayed, has, lavish

SEED = 77


def reduced(play: Replayed, config: Config | None = None, *, tries: int = 2000) -> Shrunk:
    found = shrunk(config or lavish(), SEED, play=play, tries=tries)
    assert found is not None
    return found


def killed_and_cut(config: Config, _: int) -> float | None:
    """Fails at a partition after a kill, if three requests are made."""
    if has(config, KillLeader, PartHard) and config.requests >= 3:
        return next(event.time for event in config.all_events if isinstance(event, PartHard))
    return None


def at_end(needs: Callable[[Config], bool]) -> Replayed:
    """A play that fails when the lifetime is over, because something was not settled."""
    return Replayed(lambda config, _: config.lifetime + 4 if needs(config) else None, rule=LIVE, checker="liveness")


def test_what_the_failure_does_not_need_is_left_out() -> None:
    after = reduced(Replayed(killed_and_cut)).after.config
    assert [type(event) for event in after.all_events] == [KillLeader, PartHard]
    assert (after.replicas, after.requests, after.lifetime) == (3, 3, 5.0)
    assert (after.environment, after.virtual, after.late_start) == ({}, Virtual(clocks="exact"), None)
    assert (after.value_size, after.shared_keys, after.burst, after.repeats) == (32, 0, 0, 0)


def test_snapshots_are_as_by_default_and_nothing_is_sent_twice_unless_the_failure_needs_it() -> None:
    snapshots = {"RAFT_SNAPSHOT_ENTRIES": "3", "RAFT_SNAPSHOT_MARGIN": "0"}
    config = replace(lavish(), repeats=30.0, environment={**lavish().environment, **snapshots})
    assert reduced(Replayed(killed_and_cut), config).after.config.environment == {}

    def needs_both(config: Config, seed: int) -> float | None:
        is_given = config.repeats and snapshots.keys() <= config.environment.keys()
        return killed_and_cut(config, seed) if is_given else None

    after = reduced(Replayed(needs_both), config).after.config
    assert after.repeats > 0
    assert after.environment == snapshots


def test_events_come_at_once_when_their_order_is_all_that_matters() -> None:
    assert [event.time for event in reduced(Replayed(killed_and_cut)).after.config.all_events] == [0, 0]


def test_the_result_is_what_was_played_and_takes_fewer_steps() -> None:
    found = reduced(play := Replayed(killed_and_cut))
    assert found.before.steps == play(lavish(), SEED).steps
    assert found.after.steps == play(found.after.config, found.after.seed).steps
    assert found.factor == found.before.steps / found.after.steps > 2


def test_replicas_that_the_failure_needs_stay() -> None:
    play = Replayed(lambda config, seed: killed_and_cut(config, seed) if config.replicas >= 5 else None)
    assert reduced(play).after.config.replicas == 5


def test_in_a_smaller_cluster_events_name_replicas_that_there_are() -> None:
    cut = CutLink(time=2.5, a="0006", b="0003", both=False)

    def fails(config: Config, _: int) -> float | None:
        links = (event for event in config.all_events if isinstance(event, CutLink))
        return next((event.time for event in links if event.a.isdigit() and event.b.isdigit()), None)

    after = reduced(Replayed(fails), lavish(cut)).after.config
    assert (after.replicas, after.all_events) == (3, (CutLink(time=0.0, a="0000", b="0001"),))


def test_a_failure_of_safety_needs_no_healing() -> None:
    assert not has(reduced(Replayed(killed_and_cut)).after.config, Heal)


def test_a_failure_of_liveness_keeps_what_heals_all_when_the_lifetime_is_over() -> None:
    found = reduced(at_end(lambda config: has(config, PartHard)))
    partition, heal, resume = found.after.config.all_events
    assert isinstance(partition, PartHard)
    assert (heal, resume) == (Heal(time=5.0), Resume(time=5.0))


def test_a_failure_of_liveness_is_not_made_of_what_may_not_settle() -> None:
    play = at_end(lambda _: True)
    reduced(play, lavish(KillLeader(time=1.0), KillLeader(time=2.0)))
    assert len(play.configs) > 20
    assert {lack for config in play.configs for lack in lacks(config)} == set()


def test_nobody_is_blamed_for_settings_that_do_not_fit_the_network() -> None:
    slow = replace(
        lavish(),
        virtual=Virtual(latency_ms=(10.0, 40.0)),
        late_start=LateStart(replica="0006", delay=1.4),
        environment={"RAFT_CAMPAIGN_RETRY_MS": "250", "RAFT_START_WAIT_MS": "2500", "RAFT_REQUESTS_OPEN_MAX": "5"},
    )
    play = at_end(lambda config: config.virtual.latency_ms[1] == 40)
    assert "RAFT_CAMPAIGN_RETRY_MS" in reduced(play, slow).after.config.environment


def test_every_scenario_that_is_played_is_valid() -> None:
    reduced(play := Replayed(killed_and_cut))
    assert [problem for config in play.configs for problem in problems(config)] == []


def test_a_failure_by_another_rule_does_not_count() -> None:
    class Twofold(Replayed):
        def rule_of(self, config: Config) -> str:
            return SAFE if config.requests >= 10 else "another"

    found = reduced(Twofold(killed_and_cut))
    assert (found.after.finding.rule, found.after.config.requests) == (SAFE, 10)


def test_what_fails_with_luck_only_is_shrunk_with_other_seeds() -> None:
    def seldom(config: Config, seed: int) -> float | None:
        shape = (config.replicas, config.requests, len(config.all_events), seed)
        is_lucky = seed == SEED and config.replicas == 7 and config.requests == 180
        return killed_and_cut(config, seed) if is_lucky or random.Random(str(shape)).random() < 0.2 else None

    found = reduced(Replayed(seldom))
    assert found.after.seed != SEED
    assert found.after.config.replicas == 3
    assert len(found.after.config.all_events) <= 3


def test_at_the_end_the_seed_is_hunted_that_fails_soonest() -> None:
    def sooner_with_some(config: Config, seed: int) -> float | None:
        at = killed_and_cut(config, seed)
        return None if at is None else at + (0 if seed == 42 else 3)

    assert reduced(Replayed(sooner_with_some)).after.seed == 42


@pytest.mark.parametrize("tries", [1, 7, 60])
def test_no_more_is_played_than_allowed(tries: int) -> None:
    found = reduced(play := Replayed(killed_and_cut), tries=tries)
    assert found.tries <= tries
    assert len(play.configs) <= tries + 1
    assert not found.is_done


def test_when_the_time_is_over_what_was_reached_is_the_result() -> None:
    shares = iter(1 - number / 50 for number in range(1000))
    found = shrunk(lavish(), SEED, play=Replayed(killed_and_cut), left=lambda: next(shares))
    assert found is not None
    assert found.factor > 1
    assert (found.tries <= 50, found.is_done) == (True, False)


def test_it_says_when_nothing_is_left_to_try() -> None:
    assert reduced(Replayed(killed_and_cut)).is_done


def test_the_same_failure_is_shrunk_to_the_same_scenario() -> None:
    first, second = (reduced(Replayed(killed_and_cut)) for _ in range(2))
    assert (first.after, first.tries) == (second.after, second.tries)


def test_what_does_not_fail_is_not_shrunk() -> None:
    assert shrunk(lavish(), SEED, play=Replayed(lambda *_: None)) is None


def test_gains_are_told_with_the_steps_before_and_after() -> None:
    told: list[str] = []
    shrunk(lavish(), SEED, play=Replayed(killed_and_cut), tell=told.append)
    assert told[0].startswith("nothing behind the failure: 1,628 -> ")


def test_an_exception_of_the_simulator_is_shrunk_too() -> None:
    def breaks(config: Config, _: int, *, steps_max: int | None = None) -> Played:
        if has(config, Pause):
            raise KeyError("0005")
        return Replayed(lambda *_: None)(config, 1, steps_max=steps_max)

    found = shrunk(lavish(), SEED, play=breaks)
    assert found is not None
    assert found.after.finding.rule == CRASHED
    assert [type(event) for event in found.after.config.all_events] == [Pause]


def lame(config: Config) -> bool:
    """Whether a replica cannot hear any more, behind the healing at the end."""
    events = [type(event) for event in config.all_events]
    return Heal in events and PartOneway in events[events.index(Heal) :]


def test_what_stays_wrong_behind_the_healing_stays_there_as_far_as_it_is_needed() -> None:
    lasting = (PartOneway(time=9.5, replica="follower"), CutLink(time=9.5, a="leader", b="follower"))
    left = replace(lavish(), extra_events=(*lavish().extra_events, *lasting))
    after = reduced(at_end(lame), left).after.config
    assert lame(after)
    assert [type(event) for event in after.all_events] == [Heal, Resume, PartOneway]
    assert {event.time for event in after.all_events} == {after.lifetime}


def test_a_liveness_failure_is_let_show_after_fewer_heartbeats() -> None:
    """So many heartbeats as there are until then, so many steps it takes."""

    def fails(config: Config, _: int) -> float | None:
        heartbeat_s = int(config.environment.get("RAFT_HEARTBEAT_MS", "200")) / 1000
        return config.lifetime + 1 / heartbeat_s if has(config, KillLeader) else None

    after = reduced(Replayed(fails, rule=LIVE, checker="liveness")).after.config
    assert int(after.environment["RAFT_HEARTBEAT_MS"]) >= 250
