"""Stars and single links: who can talk to whom, whom an event chooses, and when it happens."""

from __future__ import annotations

import pytest

from simulator.events import AnyEvent, CutLink, Heal, KillLeader, PartEnd, PartHard, PartOneway, PartStar
from tests.simulator.stage import LEADER, Stage, config, delivered_to

FOLLOWERS = ["0001", "0002", "0003", "0004"]


def staged(*events: AnyEvent, leader: str | None = LEADER, seed: int = 1) -> Stage:
    """Five replicas that say hello, one of which leads (or nobody)."""
    stage = Stage(config(*events, replicas=5, requests=1), seed)
    if leader is not None:
        stage.say(leader, "FFFF", "append", leader)
    return stage


def last_text(stage: Stage) -> str:
    return stage.run.journal.entries[-1].text


def reached(stage: Stage, src: str) -> list[str]:
    """Whom a broadcast of `src` reaches."""
    return delivered_to(stage.say(src, "FFFF", "probe"))


def cut_ways(stage: Stage) -> set[tuple[str, str]]:
    """All ways, from sender to receiver, that carry nothing."""
    names = tuple(stage.run.cluster.replicas)
    cuts = stage.run.network.partition.cuts
    return {(src, dst) for src in names for dst in names if src != dst and cuts(src, dst)}


# --- a star ------------------------------------------------------------------------------------------------------


def test_in_a_star_only_its_middle_talks_to_the_others() -> None:
    stage = staged(PartStar(time=1, replica="0002"))
    stage.until(1.0)
    assert reached(stage, "0002") == ["0000", "0001", "0003", "0004"]
    assert [reached(stage, name) for name in ("0000", "0001", "0003", "0004")] == [["0002"]] * 4
    assert last_text(stage) == "only 0002 can talk to the others from now on"


def test_the_middle_of_a_star_is_anybody_by_the_seed() -> None:
    hubs = set()
    for seed in range(40):
        stage = staged(PartStar(time=1), leader=None, seed=seed)
        stage.until(1.0)
        hubs.add(stage.run.network.partition.hub)
    assert hubs == {LEADER, *FOLLOWERS}


@pytest.mark.parametrize("seed", range(10))
def test_the_middle_of_a_star_can_be_a_follower(seed: int) -> None:
    stage = staged(PartStar(time=1, replica="follower"), seed=seed)
    stage.until(1.0)
    assert stage.run.network.partition.hub in FOLLOWERS


def test_a_later_star_takes_the_place_of_an_earlier_one() -> None:
    stage = staged(PartStar(time=1, replica="0001"), PartStar(time=2, replica="0002"))
    stage.until(2.0)
    assert reached(stage, "0002") == ["0000", "0001", "0003", "0004"]


def test_a_star_around_a_replica_that_is_dead_is_only_told() -> None:
    stage = staged(KillLeader(time=1), PartStar(time=2, replica=LEADER))
    stage.until(2.0)
    assert last_text(stage) == "there is no such replica to keep the only links"
    assert not stage.run.network.partition.active


def test_a_leader_that_a_star_cuts_off_is_a_failover_and_still_believed() -> None:
    stage = staged(PartStar(time=1, replica="0003"))
    stage.until(1.0)
    assert [(each.leader, each.cause) for each in stage.run.failovers.all] == [(LEADER, "cut off")]
    assert stage.run.cluster.leader == LEADER


def test_a_leader_in_the_middle_of_a_star_is_no_failover() -> None:
    stage = staged(PartStar(time=1, replica="leader"))
    stage.until(1.0)
    assert stage.run.failovers.all == []


# --- a link ------------------------------------------------------------------------------------------------------


def test_a_cut_link_carries_nothing_either_way() -> None:
    stage = staged(CutLink(time=1, a="0001", b="0003"))
    stage.until(1.0)
    assert cut_ways(stage) == {("0001", "0003"), ("0003", "0001")}
    assert last_text(stage) == "0001 and 0003 cannot talk to each other from now on"


def test_a_link_can_be_cut_in_one_direction() -> None:
    stage = staged(CutLink(time=1, a="0001", b="0003", both=False))
    stage.until(1.0)
    assert cut_ways(stage) == {("0001", "0003")}
    assert last_text(stage) == "what 0001 sends to 0003 is lost from now on"


def test_cut_links_add_up() -> None:
    links = (CutLink(time=1, a="0001", b="0003"), CutLink(time=2, a="0001", b="0002", both=False))
    stage = staged(*links)
    stage.until(2.0)
    assert cut_ways(stage) == {("0001", "0003"), ("0003", "0001"), ("0001", "0002")}


@pytest.mark.parametrize("seed", range(10))
def test_unless_told_otherwise_a_link_of_the_leader_is_cut(seed: int) -> None:
    stage = staged(CutLink(time=1), leader="0002", seed=seed)
    stage.until(1.0)
    ((src, dst), _) = sorted(cut_ways(stage), key=lambda way: way[0] != "0002")
    assert src == "0002"
    assert dst != "0002"


@pytest.mark.parametrize(("a", "b"), [("random", "random"), ("follower", "follower"), ("0001", "follower")])
def test_the_two_ends_of_a_link_that_are_chosen_differ(a: str, b: str) -> None:
    for seed in range(20):
        stage = staged(CutLink(time=1, a=a, b=b), seed=seed)
        stage.until(1.0)
        assert len(cut_ways(stage)) == 2


@pytest.mark.parametrize(("a", "b"), [("leader", "leader"), ("0001", "leader"), ("0000", "0002"), ("0002", "0000")])
def test_a_link_that_lacks_an_end_is_only_told(a: str, b: str) -> None:
    stage = staged(KillLeader(time=1), CutLink(time=2, a=a, b=b))
    stage.until(1.0)
    stage.say("0001", "FFFF", "append", "0001")
    stage.until(2.0)
    assert last_text(stage) == "there are no two such replicas to cut the link between"
    assert not stage.run.network.partition.active


def test_what_a_cut_link_loses_counts_as_cut_off() -> None:
    stage = staged(CutLink(time=1, a="0001", b="0003"))
    stage.until(1.0)
    stage.say("0001", "0003", "vote")
    assert stage.run.network.counts.partitioned == 1


def test_a_leader_is_cut_off_by_the_link_that_takes_its_majority() -> None:
    cuts = [CutLink(time=1 + number, a=LEADER, b=name, both=False) for number, name in enumerate(FOLLOWERS)]
    stage = staged(*cuts)
    stage.until(2.0)
    assert stage.run.failovers.all == []
    stage.until(4.0)
    assert [(each.leader, each.cause, each.at) for each in stage.run.failovers.all] == [(LEADER, "cut off", 3.5)]


# --- waiting, and the end ----------------------------------------------------------------------------------------

WAIT = [
    PartStar(time=1, replica="leader"),
    PartStar(time=1, replica="follower"),
    CutLink(time=1),
    CutLink(time=1, a="follower", b="random"),
    CutLink(time=1, a="0001", b="leader"),
]
DO_NOT_WAIT = [PartStar(time=1), PartStar(time=1, replica="0001"), CutLink(time=1, a="0001", b="random")]


@pytest.mark.parametrize("event", WAIT, ids=repr)
def test_what_names_the_leader_or_a_follower_waits_until_a_leader_is_known(event: AnyEvent) -> None:
    stage = staged(event, leader=None)
    stage.until(2.0)
    assert "waits until a leader is known" in last_text(stage)
    assert not stage.run.network.partition.active
    stage.say(LEADER, "0001", "append", LEADER)
    assert stage.run.network.partition.active


@pytest.mark.parametrize("event", DO_NOT_WAIT, ids=repr)
def test_what_names_neither_does_not_wait(event: AnyEvent) -> None:
    stage = staged(event, leader=None)
    stage.until(1.0)
    assert stage.run.network.partition.active


@pytest.mark.parametrize("end", [PartEnd(time=2), Heal(time=2)], ids=repr)
@pytest.mark.parametrize("event", WAIT[:3], ids=repr)
def test_what_still_waits_to_cut_somebody_off_is_given_up_when_partitions_end(event: AnyEvent, end: AnyEvent) -> None:
    stage = staged(event, end, leader=None)
    stage.until(2.0)
    stage.say(LEADER, "0001", "append", LEADER)
    assert not stage.run.network.partition.active


@pytest.mark.parametrize("end", [PartEnd(time=2), Heal(time=2)], ids=repr)
def test_stars_and_cut_links_end_with_all_partitions(end: AnyEvent) -> None:
    stage = staged(PartStar(time=1), CutLink(time=1), PartOneway(time=1), PartHard(time=1), end)
    stage.until(1.0)
    assert cut_ways(stage)
    stage.until(2.0)
    assert cut_ways(stage) == set()
    assert not stage.run.network.partition.active
