"""Runs in which disks are damaged: who notices stops, and is not started again, and the others go on."""

from __future__ import annotations

from typing import Final

import pytest

from simulator.cluster import State
from simulator.config import Config
from simulator.events import AnyEvent, DiskFlip, DiskMisdirect, DiskRow, PartEasy, PartEnd, Restart, Wipe
from simulator.report import Report
from simulator.virtual import Played, play

VICTIM: Final = "0001"


def played(
    *events: AnyEvent, replicas: int = 3, seed: int = 3, every: int = 5, requests: int = 60, mix: float = 0.3
) -> Played:
    config = Config(
        lifetime=5,
        replicas=replicas,
        requests=requests,
        mix=mix,
        shared_keys=10,
        start_wait=3.0,
        durable=True,
        environment={"RAFT_SNAPSHOT_ENTRIES": str(every), "RAFT_SNAPSHOT_MARGIN": "30"},
        extra_events=events,
    )
    return play(config, seed)


def flip(row: DiskRow, at: float = 3.0) -> DiskFlip:
    return DiskFlip(time=at, replica=VICTIM, row=row)


def restart(at: float) -> Restart:
    return Restart(time=at, replica=VICTIM, after_s=0.2)


def state(report: Report) -> str:
    (found,) = (replica.state for replica in report.replicas if replica.name == VICTIM)
    return found


@pytest.mark.parametrize("row", ["any", "entry", "record", "state"])
def test_a_replica_whose_disk_is_damaged_is_not_started_again(row: DiskRow) -> None:
    run = played(flip(row), restart(3.0))
    assert run.findings == ()
    assert state(run.report) == State.KILLED.value
    assert any("0001 ended itself: the disk 0001-1 is damaged: " in entry.text for entry in run.report.journal)
    assert sum(count for name, count in run.faults.items() if name.startswith("damaged: ")) == 1
    assert run.faults["stopped by damage"] == 1


def test_nor_is_one_on_whose_disk_something_stands_in_the_wrong_place() -> None:
    run = played(DiskMisdirect(time=3.0, replica=VICTIM, row="entry"), restart(3.0))
    assert (run.findings, state(run.report)) == ((), State.KILLED.value)
    assert any(entry.text == "on the disk of 0001, something stands in the wrong place" for entry in run.report.journal)


def test_a_replica_that_never_reads_what_is_damaged_goes_on() -> None:
    run = played(flip("entry"))
    assert (run.findings, state(run.report)) == ((), State.ENDED.value)


def test_a_leader_that_reads_it_for_somebody_else_stops_and_another_one_leads() -> None:
    """All entries are kept; the one who was cut off lacks some that its leader must read."""
    away = (PartEasy(time=1.0), PartEnd(time=4.0))
    flips = [DiskFlip(time=3.9, replica="leader", row="entry") for _ in range(40)]
    run = played(away[0], *flips, away[1])
    assert run.findings == ()
    assert any("ended itself: " in entry.text for entry in run.report.journal)
    assert len(run.report.leaders) > 1


def test_an_empty_disk_in_its_place_is_as_good_as_new() -> None:
    run = played(flip("record"), Wipe(time=3.2, replica=VICTIM, after_s=0.2), restart(4.5))
    assert (run.findings, state(run.report)) == ((), State.ENDED.value)


def test_where_there_is_no_row_of_that_kind_another_one_is_damaged() -> None:
    run = played(flip("record"), restart(3.0), every=1000)
    assert (run.findings, state(run.report)) == ((), State.KILLED.value)
    assert "damaged: record" not in run.faults


def test_a_transaction_is_torn_now_and_then() -> None:
    """The more is under way, the more often the power goes while it is being written."""
    restarts = [Restart(time=float(number), replica="random", after_s=0.05) for number in range(1, 5)]
    runs = [played(*restarts, replicas=5, seed=seed, requests=3000, mix=0.05) for seed in (2, 5)]
    assert [run.findings for run in runs] == [()] * 2
    assert sum(run.faults.get("torn transactions", 0) for run in runs) > 0
