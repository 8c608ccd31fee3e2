"""Liveness: what is missing once nothing is wrong is found, and nothing is asked while anything is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
import pytest

from actors.settings import Settings
from actors.state_machine import StateMachine
from messages.codec import decode
from messages.entry import Entry, no_op
from messages.ids import NodeId, Term
from messages.socket_reader import Datagrams
from messages.state_machine import Apply
from messages.wire import Get, GetOk, LeaderCheck
from simulator.cluster import State
from simulator.config import Virtual
from simulator.events import AnyEvent, Buffers, Caption, Drops, Hostile, LateTimers, PartOneway, Slow
from simulator.ids import NodeId as RunId
from simulator.virtual import play as play_run
from simulator.virtual.node import Node
from simulator.virtual.settling import SAYS_LITTLE, SETTLES, STAYS_QUIET
from simulator.virtual.world import World
from tests.actors.probes import AuditProbe, Wire
from tests.actors.samples import index, put
from tests.simulator.virtual.cases import small
from tests.simulator.virtual.stage import FIRST, NAMES, SECOND, THIRD, Probes, actor, config, hello, reader, world

SETTINGS: Final = Settings(election_timeout_min_ms=50, election_timeout_max_ms=100, heartbeat_ms=10, probe_max_ms=100)
"""So it must settle within a second, and then be quiet for 0.7 seconds."""

ENDS_AT: Final = 8.0


class Cluster:
    """Three replicas that say hello and answer gets; what they store, and who leads, the test says.

    The first request is asked at two seconds, the last within a second of it; by then, nothing is wrong any more.
    """

    def __init__(self, *events: AnyEvent, answers: bool = True, burst: int = 0) -> None:
        self._answers: Final = answers
        asked = msgspec.structs.replace(config(*events), mix=1.0, end_wait=ENDS_AT - 3.0, burst=burst)
        self.world: Final = world(Probes(self._furnish), asked, settings=SETTINGS)
        self.watch: Final = self.world.watch

    def _furnish(self, node: Node) -> None:
        node.spawn("state_machine", StateMachine, me=node.name, audit=AuditProbe().log, datagrams=Wire())
        reader(node, lambda batch: self._answer(node, batch))
        hello(node)

    def _answer(self, node: Node, batch: Datagrams) -> None:
        for payload in batch.payloads:
            message = decode(payload)
            if isinstance(message, Get) and self._answers:
                ok = GetOk(src=node.name, dst=message.src, leader=node.name, MID=message.MID, value="")
                node.send(ok)

    def at(self, time_s: float, do: Callable[[], object]) -> None:
        """Do something at a time of the run."""

        def happen(_: None) -> None:
            do()

        self.world.at(time_s, happen, None)

    def elects(self, leader: NodeId, term: int, *voters: NodeId) -> None:
        """Some replicas are in a term, and one of them leads it."""
        for name in (leader, *voters):
            self.watch.saved(self.world.machines.nodes[name], Term(term), leader)
        self.watch.said(self.world.machines.nodes[leader], "role.changed", {"role": "leader", "term": term})

    def stores(self, *names: NodeId) -> None:
        """Replicas store an entry, and commit it."""
        for name in names:
            self.watch.appended(self.world.machines.nodes[name], (no_op(Term(1)),))
        for name in names:
            self.commits(name)

    def commits(self, name: NodeId) -> None:
        """A replica applies the entry that it stores."""
        self.watch.told(self.world.machines.nodes[name], Apply(first=index(1), entries=(no_op(Term(1)),)))
        self.applies(name, no_op(Term(1)))

    def applies(self, name: NodeId, entry: Entry) -> None:
        """A state machine applies what it likes."""
        self.world.machines.nodes[name].state_machine.on_receive(Apply(first=index(1), entries=(entry,)))

    def agrees(self) -> None:
        """All is as it should be: one leads, all store the same."""
        self.elects(FIRST, 1, SECOND, THIRD)
        self.stores(*NAMES)

    def play(self, prepare: Callable[[], object] | None = None) -> World:
        """Play to the end; `prepare` says how the cluster stands before the first request."""
        self.at(1.0, self.agrees if prepare is None else prepare)
        self.world.play()
        return self.world

    def found(self) -> list[tuple[str, str]]:
        """The findings' rules and sentences."""
        assert {finding.checker for finding in self.watch.findings} <= {"liveness"}
        return [(finding.rule, finding.sentence) for finding in self.watch.findings]


def lacking(cluster: Cluster, prepare: Callable[[], object] | None = None) -> str:
    """What is missing in the end."""
    cluster.play(prepare)
    ((rule, sentence),) = cluster.found()
    assert rule == SETTLES
    since, _, missing = sentence.partition(" s after the last fault and request, ")
    assert 1.0 <= float(since) <= 1.2
    return missing


# --- a run that settles ------------------------------------------------------------------------------------------


def test_a_run_that_settles_ends_early_and_says_so() -> None:
    cluster = Cluster()
    played = cluster.play()
    assert cluster.found() == []
    assert 2.9 + 0.7 < played.now < 2.9 + 0.7 + 0.5
    assert played.settling.describe().startswith("settled 0.1 s after the last fault and request, and quiet for 0.")


def test_a_real_run_settles_and_its_report_says_so() -> None:
    asked = msgspec.structs.replace(small(Virtual()), drops=0.0, end_wait=60.0)
    played = play_run(asked, 1)
    assert played.virtual_s < 20.0
    (check,) = (check for check in played.report.checks if check.name == "settles, and stays quiet")
    assert check.held
    assert check.detail.startswith("settled ")


# --- nothing is asked while anything is wrong --------------------------------------------------------------------


@pytest.mark.parametrize(
    "events",
    [
        (Drops(time=0.1, rate=0.01),),
        (Hostile(time=0.1, per_second=1),),
        (PartOneway(time=0.1, replica=FIRST), PartOneway(time=0.1, replica=SECOND)),
        (Slow(time=0.1),),
        (LateTimers(time=0.1),),
        (Buffers(time=0.1),),
        (Caption(time=5.5, text="the last event"),),
    ],
)
def test_nothing_is_asked_while_anything_is_wrong_or_to_come(events: tuple[AnyEvent, ...]) -> None:
    cluster = Cluster(*events)
    played = cluster.play(lambda: None)
    assert cluster.found() == []
    assert played.now == pytest.approx(ENDS_AT)


def test_a_run_that_is_never_left_alone_says_so() -> None:
    played = Cluster(Slow(time=0.1)).play(lambda: None)
    assert played.settling.describe() == "there was something wrong until the end"


def test_nothing_is_asked_while_requests_are_not_sent() -> None:
    """In a burst, no more are sent while those that were are not answered."""
    cluster = Cluster(answers=False, burst=2)
    cluster.play(lambda: None)
    assert cluster.world.run.workload.unsent == 8
    assert cluster.found() == []


def test_what_a_slow_actor_still_waits_for_when_that_ends_is_waited_for() -> None:
    cluster = Cluster(Slow(time=-0.9, rate=0.0001, max_ms=4000), Slow(time=0.9, rate=0))
    cluster.play(lambda: None)
    assert cluster.found() == []
    assert cluster.world.disturbances.until == pytest.approx(6.9)


def test_nothing_is_asked_while_a_majority_does_not_run() -> None:
    cluster = Cluster()

    def pause() -> None:
        for name in (FIRST, SECOND):
            cluster.world.run.cluster.replicas[RunId(name)].state = State.PAUSED

    cluster.play(pause)
    assert cluster.found() == []


def test_nothing_is_asked_while_a_replica_is_to_come_back() -> None:
    cluster = Cluster()

    def kill() -> None:
        replica = cluster.world.run.cluster.replicas[RunId(THIRD)]
        replica.state, replica.restarts_at = State.KILLED, 100.0

    cluster.play(kill)
    assert cluster.found() == []


def test_what_goes_wrong_again_before_all_agree_begins_the_time_anew() -> None:
    cluster = Cluster()
    faults = cluster.world.run.network.faults
    for time in (3.6, 4.5, 5.4, 6.3, 7.2):
        cluster.at(time, lambda: setattr(faults, "drops", 0.1))
        cluster.at(time + 0.15, lambda: setattr(faults, "drops", 0.0))
    cluster.play(lambda: None)
    assert cluster.found() == []


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


def test_requests_that_are_not_answered_are_found() -> None:
    missing = lacking(Cluster(answers=False))
    assert missing.endswith("requests to 0000 are not answered")


def test_a_replica_that_stays_in_an_older_term_is_found() -> None:
    cluster = Cluster()
    missing = lacking(cluster, lambda: cluster.elects(FIRST, 1, SECOND))
    assert missing == "the replicas are in different terms: {'0000': 1, '0001': 1, '0002': 0}"


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


def test_messages_are_not_counted_while_somebody_is_cut_off() -> None:
    cluster = Cluster()

    def cut_off() -> None:
        cluster.agrees()
        cluster.world.run.network.partition.split({RunId(FIRST), RunId(SECOND)})

    cluster.at(3.3, lambda: chatter(cluster, 1000))
    cluster.play(cut_off)
    assert cluster.found() == []
