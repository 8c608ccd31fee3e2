"""Leaders are taken away as soon as they lead, and given back; so many of them, and until all is healed."""

from __future__ import annotations

import pytest

from simulator.actions import Pause, Resume
from simulator.events import AnyEvent, Heal, Unseat
from simulator.ids import NodeId
from tests.simulator.stage import Stage, config, requests_in

NAMES = ("0000", "0001", "0002", "0003", "0004")


def staged(*events: AnyEvent) -> Stage:
    return Stage(config(*events, replicas=5, requests=1))


def leads(stage: Stage, name: str, term: int) -> None:
    """A replica shows that it leads a term."""
    stage.say(name, "FFFF", "append", name, term=term)


def is_away(stage: Stage, name: str) -> bool:
    """Whether a replica is cut off."""
    return stage.run.network.partition.is_cut(NodeId(name))


def texts(stage: Stage) -> list[str]:
    return [entry.text for entry in stage.run.journal.entries]


def test_the_order_is_told_and_begins_with_who_leads_already() -> None:
    stage = staged(Unseat(time=1, times=3, after_ms=10, lasts_ms=60_000))
    leads(stage, "0000", 1)
    stage.until(1.0)
    assert texts(stage)[-1] == "3 leaders, one after another, are taken away from now on"
    assert not is_away(stage, "0000")
    stage.until(1.010)
    assert is_away(stage, "0000")


def test_a_leader_is_taken_away_within_the_time_and_given_back() -> None:
    stage = staged(Unseat(time=1, times=1, after_ms=10, lasts_ms=1000))
    stage.until(1.0)
    leads(stage, "0001", 1)
    assert not is_away(stage, "0001")
    stage.until(1.010)
    assert is_away(stage, "0001")
    stage.until(2.010)
    assert not is_away(stage, "0001")
    assert texts(stage)[-1] == "all partitions end"
    assert stage.run.injected == {"unseat": 1, "part_leader": 1}


def test_a_leader_is_taken_away_once_however_often_it_shows_that_it_leads() -> None:
    stage = staged(Unseat(time=1, times=5, after_ms=0, lasts_ms=60_000))
    stage.until(1.0)
    for _ in range(3):
        leads(stage, "0001", 1)
        stage.until(1.5)
    assert stage.run.injected["part_leader"] == 1


def test_a_leader_that_is_given_back_before_anybody_follows_it_is_taken_away_again() -> None:
    stage = staged(Unseat(time=1, times=3, after_ms=0, lasts_ms=10))
    stage.until(1.0)
    leads(stage, "0001", 1)
    stage.until(2.0)
    assert stage.run.injected["part_leader"] == 3


def test_whoever_follows_a_leader_that_is_away_is_taken_away_and_nobody_else() -> None:
    """Replicas that have not heard of it go on naming the old one."""
    stage = staged(Unseat(time=1, times=2, after_ms=0, lasts_ms=60_000))
    stage.until(1.0)
    leads(stage, "0001", 1)
    stage.until(1.0)
    leads(stage, "0002", 2)
    stage.say("0003", "FFFF", "append_accepted", "0001", term=1)
    stage.until(1.0)
    told = [text.partition(":")[0] for text in texts(stage) if "is cut off" in text]
    assert told == ["0001 is cut off from a majority", "0002 is cut off from a majority"]


def test_so_many_leaders_are_taken_away_and_then_it_is_over() -> None:
    stage = staged(Unseat(time=1, times=2, after_ms=0, lasts_ms=2_000))
    stage.until(1.0)
    for term in (1, 2, 3):
        assert stage.run.is_unseating
        leads(stage, NAMES[term], term)
        stage.until(1.0)
    stage.until(5.0)
    assert stage.run.injected["part_leader"] == 2
    assert not stage.run.is_unseating


def test_it_is_not_over_while_somebody_is_away() -> None:
    stage = staged(Unseat(time=1, times=1, after_ms=0, lasts_ms=3000))
    stage.until(1.0)
    leads(stage, "0001", 1)
    stage.until(1.0)
    assert is_away(stage, "0001")
    assert stage.run.is_unseating


@pytest.mark.parametrize("end", [Heal(time=2), Unseat(time=2, times=0)])
def test_what_ends_it_ends_what_it_would_have_done(end: AnyEvent) -> None:
    stage = staged(Unseat(time=1, after_ms=3000, flood=5), end)
    stage.until(1.0)
    leads(stage, "0001", 1)
    stage.until(2.0)
    assert not stage.run.is_unseating
    leads(stage, "0002", 2)
    stage.until(5.0)
    assert "part_leader" not in stage.run.injected


def test_requests_are_sent_while_it_is_away() -> None:
    stage = staged(Unseat(time=1, times=1, after_ms=0, lasts_ms=1000, flood=7))
    stage.until(1.0)
    leads(stage, "0001", 1)
    assert len(requests_in(stage.until(2.5))) == 7


@pytest.mark.parametrize(("way", "kind"), [("hard", "part_hard"), ("oneway", "part_oneway")])
def test_other_ways_to_take_a_leader_away(way: str, kind: str) -> None:
    stage = staged(Unseat(time=1, way="hard" if way == "hard" else "oneway", after_ms=0, lasts_ms=3000))
    stage.until(1.0)
    leads(stage, "0001", 1)
    stage.until(1.0)
    assert stage.run.injected[kind] == 1
    assert stage.run.network.partition.active


def test_a_leader_that_is_paused_goes_on_when_it_is_given_back() -> None:
    stage = staged(Unseat(time=1, way="pause", times=1, after_ms=0, lasts_ms=1000))
    stage.until(0.9)
    leads(stage, "0001", 1)
    actions = stage.until(2.0)
    assert [type(action) for action in actions if isinstance(action, Pause | Resume)] == [Pause, Resume]


def test_ways_in_which_a_leader_can_only_send_or_only_receive_are_both_tried() -> None:
    stage = staged(Unseat(time=1, way="oneway", after_ms=0, lasts_ms=0, times=20))
    leads(stage, "0000", 1)
    stage.until(1.5)
    told = " ".join(texts(stage))
    assert "can only send" in told
    assert "can only receive" in told
