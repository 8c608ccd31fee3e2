"""A replicator and a follower over a network that loses, delays, reorders and repeats: their logs always become one."""

import pytest

from tests.actors.replicator_world import World

STORM_S = 3.0
"""For so long the network is bad, and the leader's log grows."""

CALM_S = 4.0
"""Within so long afterwards the follower has everything."""


@pytest.mark.parametrize("seed", range(150))
def test_whatever_the_network_does_the_follower_gets_the_leaders_log(seed: int) -> None:
    world = World(seed)
    world.grow()
    world.run(STORM_S)
    world.calm_down()
    world.run(CALM_S)
    assert world.follower.log == world.stage.log
    assert world.match == len(world.stage.log)


@pytest.mark.parametrize("seed", range(10))
def test_when_nothing_is_left_to_send_only_heartbeats_are_sent(seed: int) -> None:
    world = World(seed)
    world.calm_down()
    world.run(CALM_S)
    before = world.datagrams
    world.run(10.0)
    assert 98 <= world.datagrams - before <= 100, "one in 200 ms, and its answer"
