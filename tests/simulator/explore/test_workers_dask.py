"""A Dask cluster plays what processes play; what keeps it from doing so is said in one sentence."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Protocol

import pytest

from simulator.explore.campaign import Campaign, Plan
from simulator.explore.lots import Lot, Result, code_digest
from simulator.explore.workers import Pending, Processes, Work, Workers, WorkersError
from simulator.explore.workers_dask import Client, Dask
from tests.simulator.explore.players import Task, fail, play_other_code, pretend

pytestmark = pytest.mark.filterwarnings("ignore")  # they are distributed's own affair

PLAN = Plan(first=0, count=20, lot_seeds=3)


class Cluster(Protocol):
    scheduler_address: str

    def close(self) -> object: ...


class NewCluster(Protocol):
    def __call__(
        self, *, n_workers: int, threads_per_worker: int, processes: bool, dashboard_address: None
    ) -> Cluster: ...


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    new_cluster: NewCluster = importlib.import_module("distributed").LocalCluster
    cluster = new_cluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None)
    yield cluster.scheduler_address
    cluster.close()


def results_of(workers: Workers, plan: Plan = PLAN) -> list[Result]:
    campaign = Campaign(plan, workers, code=code_digest(), look=lambda: None, has_time=lambda: True)
    return list(campaign.results())


def test_a_cluster_plays_what_processes_play(address: str) -> None:
    assert results_of(Dask(address, pretend)) == results_of(Processes(1, pretend))


def test_a_cluster_comes_to_the_same_as_processes_when_seeds_are_really_played(address: str) -> None:
    plan = Plan(first=1, count=4, lot_seeds=2)
    there, here = (results_of(workers, plan) for workers in (Dask(address), Processes(1)))
    assert [replace(each, cpu_s=0.0) for each in there] == [replace(each, cpu_s=0.0) for each in here]
    assert all(each.steps > 0 for each in there)


def test_a_cluster_can_be_left_and_entered_again(address: str) -> None:
    results = Campaign(
        PLAN, Dask(address, pretend), code=code_digest(), look=lambda: None, has_time=lambda: True
    ).results()
    next(results)
    results.close()
    assert len(results_of(Dask(address, pretend))) == 20


def test_a_lot_that_fails_on_the_cluster_is_an_error_in_one_sentence(address: str) -> None:
    with pytest.raises(WorkersError, match=r"^The Dask workers at .* did not play .*: seven is not lucky\.$"):
        results_of(Dask(address, fail))


def test_a_worker_that_joins_later_with_other_code_is_found_out_by_its_results(address: str) -> None:
    with pytest.raises(WorkersError, match=r"^A worker runs other code"):
        results_of(Dask(address, play_other_code))


def test_a_scheduler_that_cannot_be_reached_is_an_error_in_one_sentence() -> None:
    with pytest.raises(
        WorkersError, match=r"^The Dask scheduler at tcp://127.0.0.1:9 cannot be reached within 0.2 s: .*\.$"
    ):
        Dask("tcp://127.0.0.1:9", patience_s=0.2)


def test_what_is_no_address_is_an_error_in_one_sentence() -> None:
    with pytest.raises(WorkersError, match=r"^The Dask scheduler at no://where cannot be reached within .*\.$"):
        Dask("no://where", patience_s=0.2)


def test_without_the_package_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(WorkersError, match=r"^--dask needs the package 'distributed', which is not installed; .*\.$"):
        Dask("tcp://127.0.0.1:9")


class Pretended:
    """A cluster of which a test decides everything."""

    def __init__(self, codes: Mapping[str, str], *, lacks: str = "", workers: int = 1) -> None:
        self._codes = codes
        self._lacks = lacks
        self._workers = workers
        self.closed = False

    def submit(self, work: Work, lot: Lot, /, *, pure: bool) -> Pending:
        assert not pure, "a lot that is played again is played again"
        return Task(work, lot)

    def run(self, function: Callable[[], str], /) -> Mapping[str, str]:
        assert function is code_digest
        if self._lacks:
            raise Exception(self._lacks)  # noqa: TRY002 (as distributed does)
        return self._codes

    def wait_for_workers(self, n_workers: int, timeout: float) -> None:
        if self._workers < n_workers:
            raise TimeoutError

    def nthreads(self) -> Mapping[str, int]:
        return {"a": 3, "b": 2}

    def close(self, timeout: float) -> None:
        self.closed = True

    def connect(self, address: str, /, *, timeout: float, set_as_default: bool) -> Client:
        return self


def test_a_cluster_with_other_code_is_refused_before_anything_is_played() -> None:
    cluster = Pretended({"a": code_digest(), "b": "other"})
    with pytest.raises(WorkersError, match=r"^A worker runs other code \(other\)"):
        Dask("tcp://there:1", connect=cluster.connect)
    assert cluster.closed


def test_a_worker_that_cannot_import_the_program_is_an_error_in_one_sentence() -> None:
    cluster = Pretended({}, lacks="No module named 'simulator'")
    with pytest.raises(WorkersError, match=r"^A Dask worker cannot run this program .*\.$"):
        Dask("tcp://there:1", connect=cluster.connect)
    assert cluster.closed


def test_a_scheduler_that_cannot_import_the_program_is_an_error_in_one_sentence() -> None:
    workers = Dask("tcp://there:1", connect=Pretended({"a": code_digest()}).connect)
    error = workers.explain(RuntimeError("Error during deserialization of the task graph. This frequently\noccurs"))
    assert str(error).startswith("The Dask scheduler at tcp://there:1 cannot import this program: start it in ")


def test_a_cluster_without_workers_is_an_error_in_one_sentence() -> None:
    cluster = Pretended({}, workers=0)
    with pytest.raises(WorkersError, match=r"^The Dask scheduler at tcp://there:1 has no workers: .*\.$"):
        Dask("tcp://there:1", connect=cluster.connect)
    assert cluster.closed


def test_every_thread_of_a_cluster_has_a_lot_and_one_in_reserve() -> None:
    assert Dask("tcp://there:1", connect=Pretended({"a": code_digest()}).connect).capacity == 10
