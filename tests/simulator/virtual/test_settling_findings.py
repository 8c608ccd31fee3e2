"""Liveness: whatever is missing once nothing is wrong is found, and so is whatever disturbs the quiet behind that."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from messages.entry import no_op
from messages.ids import Term
from messages.socket_reader import Datagrams
from messages.wire import LeaderCheck
from simulator.events import CutLink
from simulator.ids import NodeId as RunId
from simulator.virtual.node import Node
from simulator.virtual.settling import HEARS_ALL, SAYS_LITTLE, STAYS_QUIET
from tests.actors.samples import put
from tests.simulator.virtual.settling_stage import SETTINGS, Cluster, lacking
from tests.simulator.virtual.stage import FIRST, SECOND, THIRD, actor

# --- what may be missing -----------------------------------------------------------------------------------------


def test_that_nobody_leads_is_found() -> None:
    assert lacking(Cluster(), lambda: None) == "nobody leads"


def test_two_leaders_are_found() -> None:
    cluster = Cluster()

    def two() -> None:
        cluster.elects(FIRST, 1, SECOND, THIRD)
        cluster.elects(SECOND, 2, THIRD)

    assert lacking(cluster, two) == "0000 and 0001 leads"


def test_a_leader_that_can_talk_to_no_majority_is_found() -> None:
    cluster = Cluster()

    def cut_off() -> None:
        cluster.agrees()
        cluster.world.run.network.partition.split({RunId(SECOND), RunId(THIRD)})

    assert lacking(cluster, cut_off) == "0000 leads, and can talk to 0 others"


def test_a_leader_that_no_majority_talks_to_is_found_though_it_could() -> None:
    cluster = Cluster()
    cluster.silent_towards = frozenset({FIRST})
    assert lacking(cluster, cluster.agrees) == "0000 leads, and has heard 0 others"


def test_requests_that_are_not_answered_are_found() -> None:
    missing = lacking(Cluster(answers=False))
    assert missing.endswith("requests to 0000 are not answered")


def test_a_replica_that_stays_in_an_older_term_is_found() -> None:
    cluster = Cluster()
    missing = lacking(cluster, lambda: cluster.elects(FIRST, 1, SECOND))
    assert missing == "the replicas are in different terms: {'0000': 1, '0001': 1, '0002': 0}"


@pytest.mark.parametrize(("margin", "bound_s"), [(0, 1.9), (1, 1.0)])
def test_a_replica_that_lacks_what_was_dropped_may_take_as_long_as_its_snapshot_takes(
    margin: int, bound_s: float
) -> None:
    """One entry is one record at most, so one part, and behind it the leader pauses."""
    settings = replace(SETTINGS, snapshot_margin=margin, snapshot_pause_ms=900)
    cluster = Cluster(settings=settings)

    def lag() -> None:
        cluster.elects(FIRST, 1, SECOND, THIRD)
        cluster.stores(FIRST, SECOND)

    missing = lacking(cluster, lag, bound_s=bound_s)
    assert missing == "0002 has a log of 0 entries, 0 of them applied; 1 are committed"


def test_a_replica_that_lags_for_ever_is_found() -> None:
    cluster = Cluster()

    def lag() -> None:
        cluster.elects(FIRST, 1, SECOND, THIRD)
        cluster.stores(FIRST, SECOND)

    assert lacking(cluster, lag) == "0002 has a log of 0 entries, 0 of them applied; 1 are committed"


def test_a_replica_that_does_not_apply_what_it_has_is_found() -> None:
    cluster = Cluster()

    def lag() -> None:
        cluster.elects(FIRST, 1, SECOND, THIRD)
        cluster.stores(FIRST, SECOND)
        cluster.watch.appended(cluster.world.machines.nodes[THIRD], (no_op(Term(1)),))

    assert lacking(cluster, lag) == "0002 has a log of 1 entries, 0 of them applied; 1 are committed"


def test_a_map_that_is_not_what_the_log_makes_is_found() -> None:
    cluster = Cluster()

    def another() -> None:
        cluster.elects(FIRST, 1, SECOND, THIRD)
        cluster.stores(FIRST, SECOND)
        cluster.watch.appended(cluster.world.machines.nodes[THIRD], (no_op(Term(1)),))
        cluster.applies(THIRD, put(1, "a"))

    assert lacking(cluster, another) == "0002 has applied all, and its map is another than the log makes"


def test_of_a_replica_that_is_cut_off_only_little_is_asked() -> None:
    cluster = Cluster()

    def cut_off() -> None:
        cluster.elects(FIRST, 1, SECOND)
        cluster.stores(FIRST, SECOND)
        cluster.world.run.network.partition.split({RunId(FIRST), RunId(SECOND)})

    cluster.play(cut_off)
    assert cluster.found() == []


# --- and then it is quiet ----------------------------------------------------------------------------------------


def test_a_term_that_begins_in_the_quiet_is_found() -> None:
    cluster = Cluster()
    cluster.at(3.3, lambda: cluster.watch.saved(cluster.world.machines.nodes[THIRD], Term(2), None))
    cluster.play()
    assert cluster.found() == [(STAYS_QUIET, "term 2 began in a cluster that had agreed in 1")]


def chatter(cluster: Cluster, count: int) -> None:
    """A replica sends many messages in the quiet."""
    node = cluster.world.machines.nodes[THIRD]
    check = LeaderCheck(src=THIRD, dst=FIRST, leader=FIRST, term=Term(1))
    talker = actor(node, "talker", lambda _: node.send(check))
    for _ in range(count):
        talker.tell("begin")


@pytest.mark.parametrize(("count", "found"), [(200, []), (1000, [SAYS_LITTLE])])
def test_more_messages_in_the_quiet_than_heartbeats_need_are_found(count: int, found: list[str]) -> None:
    cluster = Cluster()
    cluster.at(3.3, lambda: chatter(cluster, count))
    cluster.play()
    assert [rule for rule, _ in cluster.found()] == found


def test_a_follower_that_its_leader_never_hears_is_found() -> None:
    cluster = Cluster()
    cluster.silent = frozenset({(THIRD, FIRST)})
    cluster.play()
    assert cluster.found() == [(HEARS_ALL, "0000 has not heard 0002 for 0.8 s; 0.4 s are allowed")]


def test_followers_need_not_hear_one_another() -> None:
    cluster = Cluster()
    cluster.silent = frozenset({(THIRD, SECOND), (SECOND, THIRD)})
    cluster.play()
    assert cluster.found() == []


def test_who_cannot_talk_to_the_leader_need_not_be_heard_by_it() -> None:
    cluster = Cluster(CutLink(time=0.0, a=FIRST, b=THIRD))
    cluster.silent = frozenset({(THIRD, FIRST)})
    cluster.play()
    assert cluster.found() == []


def test_messages_are_not_counted_while_somebody_is_cut_off() -> None:
    cluster = Cluster()

    def cut_off() -> None:
        cluster.agrees()
        cluster.world.run.network.partition.split({RunId(FIRST), RunId(SECOND)})

    cluster.at(3.3, lambda: chatter(cluster, 1000))
    cluster.play(cut_off)
    assert cluster.found() == []


class Muted(Cluster):
    """A cluster of which one replica, that cannot talk to the leader but to the others, answers nobody."""

    def __init__(self) -> None:
        super().__init__(CutLink(time=0.0, a=FIRST, b=THIRD))

    def _answer(self, node: Node, batch: Datagrams) -> None:
        if node.name != THIRD:
            super()._answer(node, batch)


def test_clients_of_who_hears_of_the_leader_from_others_are_not_left_waiting() -> None:
    assert re.fullmatch(rf"\d+ requests to {THIRD} are not answered", lacking(Muted()))


def test_a_write_in_a_log_waits_as_long_as_only_the_log_can_tell_its_fate() -> None:
    cluster = Muted()
    cluster.at(3.2, lambda: cluster.watch.logged.update(each.mid for each in cluster.world.run.clients.attempts()))
    cluster.play()
    assert cluster.found() == []
