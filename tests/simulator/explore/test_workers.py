"""Processes play lots, are renewed, are missed when they end, and do not outlive who started them."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.explore import workers as workers_module
from simulator.explore.campaign import Campaign, Plan
from simulator.explore.lots import Result, code_digest
from simulator.explore.workers import Processes, Work, WorkersError
from tests.simulator.explore.players import FIFO_VARIABLE, end_the_process, fail, play_other_code, pretend, result

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 60


def results_of(work: Work, plan: Plan, jobs: int = 2) -> list[Result]:
    campaign = Campaign(plan, Processes(jobs, work), code=code_digest(), look=lambda: None, has_time=lambda: True)
    return list(campaign.results())


def test_two_processes_play_what_one_would() -> None:
    found = results_of(pretend, Plan(first=0, count=30, lot_seeds=2))
    assert found == [result(seed, broken=seed % 10 == 7) for seed in range(30)]
    assert multiprocessing.active_children() == []


def test_processes_are_renewed_after_so_many_lots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers_module, "_LOTS_PER_POOL", 3)
    found = results_of(pretend, Plan(first=0, count=8, lot_seeds=1), jobs=1)
    assert [each.seed for each in found] == list(range(8))
    assert multiprocessing.active_children() == []


def test_a_process_that_ends_by_itself_is_an_error_in_one_sentence() -> None:
    with pytest.raises(WorkersError, match=r"^A process that played seeds ended by itself: .*\.$"):
        results_of(end_the_process, Plan(first=0, count=8), jobs=1)


def test_a_lot_that_raises_is_an_error_in_one_sentence() -> None:
    with pytest.raises(
        WorkersError, match=r"^A process that played seeds failed: ArithmeticError: seven is not lucky\.$"
    ):
        results_of(fail, Plan(first=0, count=8), jobs=1)


def test_a_process_that_runs_other_code_is_an_error() -> None:
    with pytest.raises(WorkersError, match="other code"):
        results_of(play_other_code, Plan(first=0, count=8), jobs=1)


def test_a_campaign_that_is_broken_off_leaves_no_process_behind() -> None:
    campaign = Campaign(
        Plan(first=0, count=None), Processes(1, pretend), code=code_digest(), look=lambda: None, has_time=lambda: True
    )
    results = campaign.results()
    next(results)
    results.close()
    assert multiprocessing.active_children() == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_process_that_plays_does_not_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    script = (
        "from simulator.explore.workers import Processes; from simulator.explore.lots import Lot; "
        "from tests.simulator.explore.players import say_so_and_wait; "
        "Processes(1, say_so_and_wait).submit(Lot(seeds=range(1))).result()"
    )
    guarded = f"if __name__ == '__main__':\n    {script}"
    (tmp_path / "parent.py").write_text(guarded)
    command = [sys.executable, str(tmp_path / "parent.py")]
    environment = os.environ | {FIFO_VARIABLE: str(fifo), "PYTHONPATH": str(ROOT)}
    with (
        subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as parent,
        fifo.open("rb", 0) as pipe,
    ):
        assert pipe.read(4) == b"here"
        parent.send_signal(signal.SIGKILL)
        parent.wait(PATIENCE_S)
        assert select.select([pipe], [], [], PATIENCE_S)[0], "the process that plays still lives"
        assert pipe.read(4) == b""
