"""Changes at random, several at once, find what no orderly move leads to, and respect what a scenario must keep."""

from __future__ import annotations

from msgspec.structs import replace

from simulator.config import Config
from simulator.events import Heal, KillLeader, PartHard, PartLeader, Restart, Resume
from simulator.explore.shrinking import Shrunk, shrunk
from simulator.explore.shrinking_fit import allowed_from
from tests.simulator.explore.shrinking_stage import LIVE, Replayed, Why, has, lavish

SEED = 77
LATE_S = 9.0


def reduced(play: Replayed, config: Config | None = None) -> Shrunk:
    found = shrunk(config or lavish(), SEED, play=play, tries=4000)
    assert found is not None
    return found


def sooner_if(why: Why) -> Replayed:
    """A play that fails late in any case, and sooner as `why` says."""

    def fails(config: Config, seed: int) -> float | None:
        at = why(config, seed)
        return LATE_S if at is None else at

    return Replayed(fails)


def test_changes_that_gain_nothing_alone_are_found_together() -> None:
    def slow_and_busy(config: Config, _: int) -> float | None:
        machines = config.virtual
        return 0.5 if machines.tick_ms >= 1 and machines.haste >= 0.01 else None

    after = reduced(sooner_if(slow_and_busy)).after
    assert after.finding.at == 0.5
    assert after.config.virtual.tick_ms >= 1
    assert after.config.virtual.haste >= 0.01


def test_trouble_that_nobody_had_may_be_what_shows_it_sooner() -> None:
    def cut(config: Config, _: int) -> float | None:
        return next((event.time for event in config.all_events if isinstance(event, PartLeader)), None)

    assert not has(lavish(), PartLeader)
    after = reduced(sooner_if(cut)).after
    assert [type(event) for event in after.config.all_events] == [PartLeader]
    assert after.finding.at <= 0


def test_replicas_that_keep_their_promises_are_not_made_to_forget_them() -> None:
    """Nobody is to blame for what follows upon that."""
    play, durable = Replayed(lambda config, _: 1.0 if has(config, Restart) else None), replace(lavish(), durable=True)
    found = reduced(play, durable)
    assert not any(config.is_amnesiac for config in play.configs)
    assert not allowed_from(found.before)(replace(durable, durable=False))


def test_where_forgetting_is_what_fails_it_may_stay() -> None:
    after = reduced(Replayed(lambda config, _: 1.0 if config.is_amnesiac else None)).after
    assert [type(event) for event in after.config.all_events] == [Restart]


def test_the_healing_at_the_end_stays_the_last_that_happens() -> None:
    play = Replayed(
        lambda config, _: config.lifetime + 4 if has(config, KillLeader) else None, rule=LIVE, checker="liveness"
    )
    reduced(play)
    for config in play.configs:
        *body, heal, resume = config.all_events
        assert (heal, resume) == (Heal(time=config.lifetime), Resume(time=config.lifetime))
        assert all(event.time <= config.lifetime for event in body)


def test_it_is_the_same_whenever_it_is_made() -> None:
    def in_order(config: Config, seed: int) -> float | None:
        return 0.25 if has(config, PartHard, KillLeader) and seed % 3 == 0 else None

    first, second = (reduced(sooner_if(in_order)) for _ in range(2))
    assert (first.after, first.tries) == (second.after, second.tries)


def test_a_replica_is_not_blamed_for_waiting_after_its_start_as_it_was_told() -> None:
    """After a restart it waits again, and nobody can lead before that is over."""
    first = Replayed(lambda config, _: config.lifetime + 4, rule=LIVE, checker="liveness")
    is_allowed = allowed_from(reduced(first).before)
    assert is_allowed(replace(lavish(), environment={"RAFT_START_WAIT_MS": "1000"}))
    assert not is_allowed(replace(lavish(), environment={"RAFT_START_WAIT_MS": "5000"}))
