"""Short runs with real processes: an obedient program holds, and each way of misbehaving is found out."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec
import pytest

from simulator.config import Config, Tests
from simulator.events import AnyEvent, Flood, Hostile, KillLeader, KillNonLeader, Pause, Restart, Resume
from simulator.processes import command_of
from simulator.report import Report
from simulator.session import Job, Unwatched, play
from tests.simulator.replicas.misbehaving import FAREWELLS
from tests.simulator.stage import broken

HERE = Path(__file__).parent
FLOOR = HERE.parent.parent / "benchmarks" / "floor.py"
MISBEHAVING = HERE / "replicas" / "misbehaving.py"


def short(*events: AnyEvent, requests: int = 40, value_size: int = 32, max_packets: int = 2_000) -> Config:
    return Config(
        lifetime=0.6,
        replicas=3,
        requests=requests,
        mix=0.5,
        start_wait=1.0,
        end_wait=0.1,
        value_size=value_size,
        max_packets=max_packets,
        tests=Tests(maximum_get_generation_fail_fraction=1.0),
        extra_events=events,
    )


def run(config: Config, command: tuple[str, ...], *, trails: Path | None = None, grace_s: float = 2.0) -> Report:
    job = Job(
        scenario="test",
        config=config,
        seed=1,
        command=command,
        program="test",
        trails=trails,
        grace_s=grace_s,
    )
    return play(job, Unwatched())


def misbehave(fault: str, config: Config | None = None, *, grace_s: float = 2.0) -> Report:
    return run(config or short(), (sys.executable, str(MISBEHAVING), fault), grace_s=grace_s)


def test_the_floor_program_holds() -> None:
    report = run(short(value_size=30_000), command_of(FLOOR))
    assert report.passed, broken(report)
    assert report.failures == 0
    assert report.traffic.by_type["copy"] == 2 * report.requests.puts
    assert all(replica.cpu_s is not None and replica.exit_ms is not None for replica in report.replicas)


def test_an_obedient_process_holds_under_kills_and_pauses() -> None:
    events = (KillNonLeader(time=0.1), Pause(time=0.2, replica="leader"), Resume(time=0.4))
    report = misbehave("", short(*events))
    assert report.passed, broken(report)
    assert [entry.text.split()[0] for entry in report.journal] == ["0000", "killed", "paused", "resumed"]
    assert report.answers.max_ms > 100


def test_requests_at_a_killed_leader_are_told_apart() -> None:
    report = misbehave("", short(KillLeader(time=0.4), Pause(time=0.3, replica="0000")))
    assert report.requests.unanswered_killed > 0
    assert report.failovers[-1].cause == "killed"
    assert report.failovers[-1].took_ms is None


@pytest.mark.parametrize("after_s", [0.0, 0.2])
def test_a_process_that_is_restarted_says_hello_and_is_heard_and_reached_under_its_name(after_s: float) -> None:
    restart = Restart(time=0.1, replica="0001", after_s=after_s)
    config = msgspec.structs.replace(short(restart, Flood(time=2.5, requests=40)), lifetime=3.0)
    report = run(config, command_of(FLOOR))
    assert report.passed, broken(report)
    assert [(each.state, each.restarts) for each in report.replicas] == [("ended", 0), ("ended", 1), ("ended", 0)]
    assert all(each.ready_ms is not None and each.exit_code is not None for each in report.replicas)
    assert report.traffic.by_type["copied"] >= report.requests.puts + 20
    assert [entry.text for entry in report.journal][:3] == [
        "0000 leads",
        "killed 0001, which did not lead",
        "0001 is started again",
    ]


def test_all_that_a_process_said_before_its_end_is_heard_before_another_takes_its_name() -> None:
    restart = Restart(time=0.1, replica="0001", after_s=0.0)
    report = misbehave("says_much_at_its_end", msgspec.structs.replace(short(restart), lifetime=2.5))
    assert report.passed, broken(report)
    assert report.traffic.by_type["farewell"] == FAREWELLS


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("never_says_hello", "every replica said hello"),
        ("talks_before_siblings_said_hello", "nothing sent before hello"),
        ("floods", "not too much traffic"),
        ("sends_garbage", "no incorrect response"),
    ],
)
def test_a_misbehaving_replica_is_found_out(fault: str, check: str) -> None:
    assert check in broken(misbehave(fault))


def test_a_replica_that_ignores_sigterm_is_killed_and_found_out() -> None:
    assert broken(misbehave("ignores_sigterm", grace_s=0.1)) == {"replicas end on SIGTERM"}


def test_a_replica_that_says_hello_late_and_to_whom_nobody_spoke_before_holds() -> None:
    assert misbehave("hello_is_late").passed


def test_a_replica_that_prints_much_is_drained_and_holds() -> None:
    assert misbehave("prints_much").passed


def test_a_replica_that_dies_is_found_out_and_tells_its_traceback() -> None:
    report = misbehave("dies_by_itself")
    assert "no replica died by itself" in broken(report)
    died = next(replica for replica in report.replicas if replica.state == "died")
    assert died.exit_code == 1
    assert "RuntimeError: a bug of the replica" in died.last_words


def test_a_replica_that_cannot_bear_hostile_datagrams_dies_and_is_found_out() -> None:
    assert "no replica died by itself" in broken(misbehave("", short(Hostile(time=0.1, per_second=50))))


def test_replicas_are_told_where_to_write_and_the_trail_is_kept_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAFT_TRAIL", raising=False)
    writer = tmp_path / "writer.py"
    writer.write_text(
        "import json, os, runpy, sys\n"
        f"path = {str(FLOOR)!r}\n"
        "name = os.path.join(os.environ['RAFT_TRAIL'], sys.argv[2])\n"
        "open(name, 'w').write(json.dumps(sys.argv[2:]))\n"
        "runpy.run_path(path, run_name='__main__')\n"
    )
    report = run(short(requests=5), (sys.executable, str(writer)), trails=tmp_path / "trails")
    assert report.trail == str(tmp_path / "trails" / "test-1")
    assert json.loads(Path(report.trail, "0001").read_text()) == ["0001", "0000", "0002"]
    assert sorted(path.name for path in Path(report.trail).iterdir()) == ["0000", "0001", "0002"]


def test_replicas_are_given_the_environment_of_the_configuration_beside_the_simulators_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAFT_TRAIL", raising=False)
    monkeypatch.setenv("RAFT_COLOUR", "red")
    monkeypatch.setenv("RAFT_SHADE", "dark")
    writer = tmp_path / "writer.py"
    writer.write_text(
        "import os, sys\n"
        "name = os.path.join(os.environ['RAFT_TRAIL'], sys.argv[2])\n"
        "open(name, 'w').write(os.environ['RAFT_COLOUR'] + os.environ['RAFT_SHADE'])\n"
    )
    config = msgspec.structs.replace(short(), environment={"RAFT_COLOUR": "blue"})
    report = run(config, (sys.executable, str(writer)), trails=tmp_path / "trails")
    assert [path.read_text() for path in Path(report.trail).iterdir()] == ["bluedark"] * 3


def test_a_directory_of_an_earlier_run_is_not_written_to_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAFT_TRAIL", raising=False)
    earlier = tmp_path / "test-1" / "0000"
    earlier.parent.mkdir()
    earlier.write_text("earlier")
    writer = tmp_path / "writer.py"
    writer.write_text("import os, sys; open(os.path.join(os.environ['RAFT_TRAIL'], sys.argv[2]), 'w').close()\n")
    assert run(short(), (sys.executable, str(writer)), trails=tmp_path).trail == str(tmp_path / "test-1-2")
    assert earlier.read_text() == "earlier"
