"""What the simulator makes of the trails that real replicas leave."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from simulator import trails
from simulator.config import Config, Tests
from simulator.loading import ConfigError
from simulator.processes import command_of
from simulator.report import Report
from simulator.session import Job, Unwatched, WorkerError, play
from simulator.trails import CHECK_NAME, check, show
from simulator.verdict import Check
from tests.simulator.stage import broken

ROOT = Path(__file__).resolve().parent.parent.parent
FLOOR = ROOT / "benchmarks" / "floor.py"
SHORT = Config(
    lifetime=30.0,
    replicas=3,
    requests=40,
    mix=0.5,
    burst=1,
    start_wait=3.0,
    end_wait=0.1,
    tests=Tests(maximum_get_generation_fail_fraction=1.0),
)
"""It ends as soon as all is answered: a leader that is late, on a busy machine, makes it longer and not worse."""


def job_of(program: Path, **options: object) -> Job:
    command = (sys.executable, *command_of(program))
    job = Job(scenario="test", config=SHORT, seed=1, command=command, program="test")
    return replace(job, **options)  # type: ignore[arg-type]  # the options are those of a job


def trail_check(report: Report) -> Check:
    (found,) = (each for each in report.checks if each.name == CHECK_NAME)
    return found


def test_a_run_that_is_verified_and_shown(tmp_path: Path) -> None:
    page = tmp_path / "run.html"
    report = play(job_of(ROOT / "node.py", verify=True, page=page), Unwatched())
    assert report.passed, broken(report)
    assert "of 3 replicas replayed; all as recorded" in trail_check(report).detail
    assert "<title>test, seed 1" in page.read_text(encoding="utf-8")


def test_a_program_that_leaves_no_trail_does_not_verify() -> None:
    report = play(job_of(FLOOR, verify=True), Unwatched())
    assert not report.passed
    assert not trail_check(report).held
    assert "there is no trail in this directory" in trail_check(report).detail


def test_a_run_that_is_not_verified_has_no_such_check() -> None:
    report = play(job_of(FLOOR, config=msgspec.structs.replace(SHORT, start_wait=1.0)), Unwatched())
    assert CHECK_NAME not in {each.name for each in report.checks}


def test_a_page_without_a_trail_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^There is no page to be made: .*there is no trail"):
        show(tmp_path, tmp_path / "x.html", "nothing")


def test_a_directory_that_is_gone_does_not_verify(tmp_path: Path) -> None:
    assert not check(tmp_path / "gone").held


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc, where nobody may write")
@pytest.mark.parametrize("virtual", [False, True])
def test_a_directory_that_takes_no_trails_is_one_sentence(virtual: bool) -> None:
    with pytest.raises(ConfigError, match=r"^/proc: trails cannot be kept there: [a-z ]+\.$"):
        play(job_of(FLOOR, trails=Path("/proc"), virtual=virtual), Unwatched())


def end_at_once(*_: object) -> None:
    """What a reader does for which the machine has no memory."""
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(("option", "read"), [("verify", "check"), ("page", "show")])
def test_a_reader_that_is_lost_is_one_sentence(
    option: str, read: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trails, read, end_at_once)
    job = job_of(FLOOR, virtual=True, trails=tmp_path, **{option: tmp_path / "run.html"})
    with pytest.raises(WorkerError, match=r"^test, seed 1: the process that read its trails ended by itself: .*\.$"):
        play(job, Unwatched())
