"""The command line in virtual time: what it runs, what it refuses, and what it leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from simulator.arguments import parse_arguments
from simulator.program import main
from simulator.scenarios import SCENARIOS

ROOT = Path(__file__).parent.parent.parent
FLOOR = str(ROOT / "benchmarks" / "floor.py")
SHORT = '"lifetime": 5, "replicas": 3, "requests": 20, "start_wait": 2, "mix": 0.5, "shared_keys": 4'
AMNESIA = ("--virtual", "random-amnesia", "--seed", "1", "--repeat", "3")
"""Runs with restarts that forget: at least one of them breaks a promise."""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where runs keep trails that nobody named a place for."""
    for name in [name for name in os.environ if name.startswith("RAFT_")]:
        monkeypatch.delenv(name)
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    monkeypatch.setenv("TMPDIR", str(directory))
    return directory


def written(path: Path, fields: str = "") -> str:
    """A configuration file."""
    file = path / "short.json"
    file.write_text(f"{{{SHORT}{', ' if fields else ''}{fields}}}")
    return str(file)


def reports(out: Path, *arguments: str) -> list[dict[str, Any]]:
    """The runs of a JSON report."""
    assert main([*arguments, "--json", str(out)]) in {0, 1}
    runs: list[dict[str, Any]] = json.loads(out.read_bytes())["runs"]
    return runs


def with_event(kind: str) -> str:
    return f'"extra_events": [{{"type": "caption", "time": 1, "text": "x"}}, {{"type": "{kind}", "time": 1}}]'


# --- what it runs ------------------------------------------------------------------------------------------------


def test_a_scenario_is_run_in_virtual_time_by_the_command() -> None:
    command = [sys.executable, "-m", "simulator", "--virtual", "kill-leader", "--seed", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Raft's rules at every step" in done.stdout
    assert done.stdout.endswith("Verdict: all held\n")


def test_the_json_report_names_the_program_and_the_checks_of_virtual_time(tmp_path: Path) -> None:
    (run,) = reports(tmp_path / "out.json", "--virtual", written(tmp_path, '"dorps": 0.1'), "--seed", "5")
    assert run["passed"], run["checks"]
    assert (run["scenario"], run["seed"], run["trail"]) == ("short", 5, "")
    assert run["program"] == "the actors of node.py, in virtual time"
    assert run["ignored"] == ["`dorps`; did you mean `drops`?"]
    assert [check["name"] for check in run["checks"]][-3:] == [
        "Raft's rules at every step",
        "clients get what they are owed",
        "settles, and stays quiet",
    ]


@pytest.mark.parametrize("scenario", ["story", "random"])
def test_the_same_seed_writes_the_same_report_and_another_seed_another(tmp_path: Path, scenario: str) -> None:
    first, second, other = (
        reports(tmp_path / "out.json", "--virtual", scenario, "--seed", seed) for seed in ("4", "4", "5")
    )
    assert first == second
    assert first[0]["journal"] != other[0]["journal"]


def test_the_same_seed_writes_the_same_trail(tmp_path: Path) -> None:
    trails = tmp_path / "trails"
    for _ in range(2):
        main(["--virtual", written(tmp_path), "--seed", "4", "--trails", str(trails)])
    first, second = (
        {path.name: path.read_bytes() for path in sorted((trails / name).iterdir())}
        for name in ("short-4", "short-4-2")
    )
    assert first == second
    assert len(first) >= 3


def test_runs_are_verified_from_their_trails_and_these_are_thrown_away(
    temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--virtual", "kill-leader", "--seed", "1", "--repeat", "2", "--verify"]) == 0
    assert capsys.readouterr().out.endswith("2 runs: all held.\n")
    assert list(temporary.iterdir()) == []


def test_a_run_that_is_verified_says_so(tmp_path: Path) -> None:
    (run,) = reports(tmp_path / "out.json", "--virtual", written(tmp_path), "--seed", "1", "--verify")
    assert run["checks"][-1]["name"] == "trails verify"
    assert "of 3 replicas replayed; all as recorded" in run["checks"][-1]["detail"]


def test_a_page_shows_the_run(tmp_path: Path) -> None:
    page = tmp_path / "run.html"
    assert main(["--virtual", written(tmp_path), "--seed", "1", "--page", str(page)]) == 0
    assert "<title>short, seed 1" in page.read_text(encoding="utf-8")


def test_a_run_that_fails_keeps_its_trail_and_names_it(tmp_path: Path, temporary: Path) -> None:
    failed = [run for run in reports(tmp_path / "out.json", *AMNESIA) if not run["passed"]]
    assert failed
    assert {Path(run["trail"]) for run in failed} == set(temporary.iterdir())
    assert all(any(Path(run["trail"]).iterdir()) for run in failed)


def test_runs_side_by_side_of_which_one_fails_end_with_exit_code_1(
    temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*AMNESIA, "--jobs", "2"]) == 1
    assert capsys.readouterr().out.count("FAILED") == len(list(temporary.iterdir())) > 0


def test_each_seed_of_random_is_a_scenario_of_its_own() -> None:
    first, second = parse_arguments(["--virtual", "random", "--seed", "7", "--repeat", "2"]).jobs
    assert (first.scenario, first.seed, second.seed) == ("random", 7, 8)
    assert first.config != second.config
    (again,) = parse_arguments(["--virtual", "random", "--seed", "8"]).jobs
    assert again.config == second.config


def test_all_in_virtual_time_is_every_built_in_scenario() -> None:
    jobs = parse_arguments(["--virtual", "all", "--seed", "1"]).jobs
    assert [job.scenario for job in jobs] == list(SCENARIOS)
    assert all(job.virtual for job in jobs)


@pytest.mark.parametrize("kind", ["slow", "late_timers", "buffers"])
def test_an_event_that_only_virtual_time_can_make_happen_is_run_there(tmp_path: Path, kind: str) -> None:
    file = written(tmp_path, f'{with_event(kind)[:-1]}, {{"type": "heal", "time": 2}}]')
    (run,) = reports(tmp_path / "out.json", "--virtual", file, "--seed", "1")
    assert run["passed"], run["checks"]


def test_the_environment_of_the_file_counts_and_that_of_the_command_does_not_which_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def total(fields: str) -> int:
        (run,) = reports(tmp_path / "out.json", "--virtual", written(tmp_path, fields), "--seed", "1")
        messages: int = run["traffic"]["total"]
        return messages

    usual, seldom = total(""), total('"environment": {"RAFT_HEARTBEAT_MS": "20"}')
    assert usual != seldom
    capsys.readouterr()
    monkeypatch.setenv("RAFT_HEARTBEAT_MS", "20")
    assert total("") == usual
    assert "RAFT_HEARTBEAT_MS: ignored: " in capsys.readouterr().err


# --- what it refuses ---------------------------------------------------------------------------------------------


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence with which a command line is refused."""
    assert main(list(arguments)) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.count("\n") == 1
    return error.rstrip()


@pytest.mark.parametrize("kind", ["slow", "late_timers", "buffers"])
def test_such_an_event_is_refused_without_virtual_time(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, with_event(kind))
    sentence = f"`extra_events[1]` is {kind}, which only virtual time can make happen: run it with --virtual."
    assert refused(capsys, file, "--replica", FLOOR) == f"{file}: {sentence}"


@pytest.mark.parametrize("name", ["random", "random-amnesia"])
def test_a_random_scenario_is_refused_without_virtual_time(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    sentence = f"{name}: a random scenario is for virtual time: run it with --virtual."
    assert refused(capsys, "steady-writes", name) == sentence


def test_another_program_is_refused_in_virtual_time(capsys: pytest.CaptureFixture[str]) -> None:
    sentence = f"{FLOOR}: no other program can be run in virtual time; leave out --virtual."
    assert refused(capsys, "--virtual", "kill-leader", "--replica", FLOOR) == sentence


def test_a_random_scenario_cannot_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    sentence = "random: there is no such file and no built-in scenario of that name; --list names the built-in ones."
    assert refused(capsys, "--show", "random") == sentence


def test_a_misspelt_random_scenario_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "--virtual", "random-amnesie").endswith("did you mean random-amnesia?")


def test_settings_that_cannot_be_are_refused_and_no_trail_is_left(
    tmp_path: Path, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, '"environment": {"RAFT_HEARTBEAT_MS": "soon"}')
    assert refused(capsys, "--virtual", "kill-leader", file, "--verify").startswith(f"{file}: `environment`: ")
    assert refused(capsys, "shrink", file, "--seed", "1").startswith(f"{file}: `environment`: ")
    assert list(temporary.iterdir()) == []
