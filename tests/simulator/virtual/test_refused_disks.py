"""Machines whose disk is damaged: no process begins on them, and nobody else is affected."""

from __future__ import annotations

from random import Random
from typing import Final

from actors.settings import Settings
from messages.ids import NodeId
from simulator.cluster import State
from simulator.config import Config
from simulator.events import DiskFlip, DiskMisdirect, RestartAll
from simulator.report import make_report
from simulator.run import Run
from simulator.virtual import play
from simulator.virtual.disk_rows import STATE
from simulator.virtual.household import Furnishing
from simulator.virtual.world import World
from tests.simulator.stage import broken
from tests.simulator.virtual.stage import FIRST, SECOND, as_the_run_sees

SEED: Final = 5
BLAMED: Final = {"no replica died by itself", "every replica said hello"}


def asked(*events: DiskFlip | RestartAll) -> Config:
    """Forty requests to three durable replicas."""
    return Config(
        lifetime=4, replicas=3, requests=40, mix=0.2, shared_keys=3, start_wait=3.0, durable=True, extra_events=events
    )


def beginning(config: Config) -> World:
    """A world in which nothing has happened yet."""
    run = Run(config, SEED)
    furnishing = Furnishing(tuple(NodeId(name) for name in run.cluster.replicas), Settings(), SEED)
    return World(run, Settings(), furnishing, Random(f"{SEED}/world"))


def flip_state(started: World) -> None:
    """Damage what is on an empty disk, too: term and vote."""
    disk = started.machines.disks[FIRST]
    disk.damage.flip(STATE, disk.content(STATE), 0.5)


def test_where_there_is_no_row_of_that_kind_another_is_damaged() -> None:
    """Before anything was written, there is no record."""
    started = beginning(asked())
    started.machines.spoil(FIRST, DiskFlip(time=0, replica="0000", row="record"))
    started.machines.spoil(SECOND, DiskMisdirect(time=0, replica="0001", row="entry"))
    assert started.machines.damaged == {"state": 2}
    assert all(list(started.machines.disks[name].damage.found()) == [STATE] for name in (FIRST, SECOND))


def test_a_process_that_does_not_begin_has_no_node_and_says_why() -> None:
    started = beginning(asked())
    flip_state(started)
    seen = as_the_run_sees(started, FIRST)
    seen.may_fail = True
    started.play()
    assert FIRST not in started.machines.nodes
    assert (seen.state, seen.exit and seen.exit.code) == (State.KILLED, 2)
    (entry,) = (each.text for each in started.run.journal.entries if "ended itself" in each.text)
    sentence = (
        "0000 ended itself: the disk 0000-1 is damaged: the row of the term and the vote is not as it was written"
    )
    assert entry.split(";")[0] == sentence
    assert not BLAMED & broken(make_report(started.run, "", ""))


def test_a_process_that_does_not_begin_though_no_event_has_damaged_its_disk_has_died() -> None:
    started = beginning(asked())
    flip_state(started)
    started.play()
    assert as_the_run_sees(started, FIRST).state is State.DIED
    assert broken(make_report(started.run, "", "")) >= BLAMED


def test_of_all_that_are_started_again_only_the_one_with_the_damaged_disk_does_not_begin() -> None:
    played = play(asked(DiskFlip(time=1, replica="0001"), RestartAll(time=1.001, after_s=0.1)), SEED)
    assert played.findings == ()
    states = {replica.name: replica.state for replica in played.report.replicas}
    assert states == {"0000": "ended", "0001": "killed", "0002": "ended"}
