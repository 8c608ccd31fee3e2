"""Durable replicas as real processes: what they refuse to start with, and what they bring back after a power cut."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from messages.ids import NodeId
from simulator.config import Config, Tests
from simulator.events import RestartAll
from simulator.processes import GRACE_S
from simulator.session import Job, Unwatched, play
from storage import SqliteStorage
from tests.end_to_end.launch import NODE, Launched, run, said

US = ("0000", "0001", "0002")
"""The replica under test, and its peers."""


def durable(directory: Path) -> dict[str, str]:
    return {"RAFT_DATA": str(directory / "data"), "RAFT_TRAIL": str(directory / "trail")}


def killed(node: Launched) -> None:
    """A power cut, as far as a process can tell."""
    os.kill(node.process.pid, signal.SIGKILL)
    node.process.wait(10)


def test_a_new_replica_makes_its_directory_and_says_hello(tmp_path: Path) -> None:
    with Launched(tmp_path, durable(tmp_path)) as node:
        assert said(node.receive())["type"] == "hello"
    assert (tmp_path / "data" / "0000" / "raft.sqlite").exists()


def test_a_second_process_is_refused_by_the_name_of_the_first(tmp_path: Path) -> None:
    with Launched(tmp_path, durable(tmp_path)) as node:
        node.receive()
        second = run("8000", *US, environment=durable(tmp_path))
        assert second.returncode == 2
        assert f"is in use by process {node.process.pid}, replica 0000" in second.stderr
        assert len(second.stderr.splitlines()) == 1


def test_after_a_power_cut_the_next_process_may_have_the_directory(tmp_path: Path) -> None:
    with Launched(tmp_path, durable(tmp_path)) as node:
        node.receive()
        killed(node)
    with Launched(tmp_path, durable(tmp_path)) as node:
        assert said(node.receive())["type"] == "hello"


def test_the_directory_of_another_cluster_is_refused(tmp_path: Path) -> None:
    SqliteStorage.open(tmp_path / "data", me=NodeId("0000"), cluster=[NodeId("0007"), NodeId("0008")]).close()
    refused = run("8000", *US, environment=durable(tmp_path))
    assert refused.returncode == 2
    assert "belongs to the cluster 0000, 0007, 0008, not to 0000, 0001, 0002" in refused.stderr


def test_a_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    refused = run("8000", *US, environment=durable(tmp_path))
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_when_the_power_fails_for_all_of_them(seed: int, tmp_path: Path) -> None:
    """Real processes and real disks; `make bench-crash` does so by the hundred."""
    config = Config(
        lifetime=6,
        replicas=3,
        requests=120,
        mix=0.5,
        shared_keys=3,
        durable=True,
        start_wait=4.0,
        end_wait=1.0,
        environment={"RAFT_PROFILE": "cluster"},
        extra_events=(RestartAll(time=1.0, after_s=0.3), RestartAll(time=3.5, after_s=0.1)),
        tests=Tests(maximum_get_fail_fraction=0.9, maximum_put_fail_fraction=0.9),
    )
    job = Job(
        scenario="power",
        config=config,
        seed=seed,
        command=(str(NODE),),
        program="node.py",
        trails=tmp_path,
        verify=True,
        grace_s=GRACE_S,
    )
    report = play(job, Unwatched())
    assert [f"{check.name}: {check.detail}" for check in report.checks if not check.held] == []
    assert [replica.restarts for replica in report.replicas] == [2, 2, 2]
    assert report.requests.puts_answered > 10
