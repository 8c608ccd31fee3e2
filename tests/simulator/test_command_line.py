"""The command line: what it accepts, what it prints, and its exit codes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from simulator.arguments import parse_arguments
from simulator.program import main
from simulator.scenarios import SCENARIOS

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FLOOR = str(ROOT / "benchmarks" / "floor.py")
FAST = (
    '{"lifetime": 5, "replicas": 3, "requests": 30, "start_wait": 1, "end_wait": 0.2, "mix": 0.5, '
    '"burst": 2, "shared_keys": 4}'
)


def simulator(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "simulator", *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_the_environment_one_sentence_says_how_to_make_it() -> None:
    bare = [sys.executable, "-S", "-m", "simulator", "--list"]  # -S: without any installed package
    done = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("The simulator needs Python 3.11 or newer with msgspec, rich: run 'make environment'")
    assert done.stderr.count("\n") == 1


def test_list_names_every_built_in_scenario_with_what_it_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(SCENARIOS)
    assert all(SCENARIOS[line.split()[0]].description in line for line in lines)


def test_show_prints_a_file_that_the_simulator_reads_again(tmp_path: Path) -> None:
    shown = simulator("--show", "everything")
    assert shown.returncode == 0
    path = tmp_path / "mine.json"
    path.write_text(shown.stdout)
    (job,) = parse_arguments([str(path), "--replica", FLOOR]).jobs
    assert job.config == SCENARIOS["everything"].config
    assert job.scenario == "mine"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["stedy-reads"], "stedy-reads: there is no such file and no built-in scenario of that name; did you mean"),
        (["exploer"], "exploer: there is no such file and no built-in scenario of that name; did you mean explore?"),
        (["shrnik", "7"], "shrnik: there is no such file and no built-in scenario of that name; did you mean shrink?"),
        (["--plain", "explore"], "explore: this is a command and no scenario: it stands first, as in "),
        (["--show", "xyz"], "xyz: there is no such file and no built-in scenario of that name; --list names"),
        (["all", "--replica", "/nowhere/node.py"], "/nowhere/node.py: there is no such program to run as a replica."),
        (
            ["all", "--replica", FLOOR, "--json", "/nowhere/x.json"],
            "/nowhere/x.json: the report cannot be written",
        ),
        (["all", "--replica", FLOOR, "--trails", "/nowhere/x/y"], "/nowhere/x/y: trails cannot be kept there"),
        (
            ["story", "--replica", FLOOR, "--page", "/nowhere/x.html"],
            "/nowhere/x.html: the page cannot be written",
        ),
        (["all", "--replica", FLOOR, "--page", "x.html"], "x.html: a page shows one run; "),
    ],
)
def test_bad_input_gets_one_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith(sentence)
    assert error.count("\n") == 1


@pytest.mark.parametrize("option", [("--verify",), ("--page", "x.html")])
def test_a_common_directory_for_trails_is_refused_where_one_run_is_to_be_read(
    option: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAFT_TRAIL", "/tmp/common")
    assert main(["story", "--replica", FLOOR, *option]) == 2
    assert capsys.readouterr().err.startswith("RAFT_TRAIL is set, but --verify and --page need a directory")


def test_that_a_data_directory_is_not_heeded_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAFT_DATA", raising=False)
    assert parse_arguments(["story", "--replica", FLOOR]).remarks == ()
    monkeypatch.setenv("RAFT_DATA", "data")
    (remark,) = parse_arguments(["story", "--replica", FLOOR]).remarks
    assert remark.startswith("RAFT_DATA: ignored: a run starts from nothing")
    assert "docs/storage.md" in remark


def test_that_a_directory_for_trails_is_not_heeded_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["story", "--trails", str(tmp_path)]
    monkeypatch.delenv("RAFT_TRAIL", raising=False)
    assert parse_arguments(arguments).remarks == ()
    monkeypatch.setenv("RAFT_TRAIL", "common")
    (remark,) = parse_arguments(arguments).remarks
    assert remark == f"--trails {tmp_path}: ignored: RAFT_TRAIL is set, and says where replicas leave their trails."
    assert not any(each.startswith("--trails") for each in parse_arguments(["--virtual", *arguments]).remarks)


@pytest.mark.parametrize("arguments", [[], ["all", "--repeat", "0"], ["all", "--seed", "-1"], ["all", "--jobs", "x"]])
def test_a_wrong_option_ends_with_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(arguments)
    assert raised.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_bad_configuration_file_gets_exit_code_2(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text('{"lifetime": 30, "replicas": 50, "requests": 5}')
    done = simulator(str(path))
    assert done.returncode == 2
    assert done.stderr == f"{path}: `replicas` is 50; it must be from 3 to 21.\n"


def test_all_runs_every_built_in_scenario_with_its_own_seeds() -> None:
    jobs = parse_arguments(["all", "--repeat", "3", "--seed", "7", "--replica", FLOOR]).jobs
    assert len(jobs) == 3 * len(SCENARIOS)
    assert [job.seed for job in jobs[:3]] == [7, 8, 9]
    assert list(dict.fromkeys(job.scenario for job in jobs)) == list(SCENARIOS)


def test_the_seed_of_a_file_is_used_unless_the_command_line_has_one(tmp_path: Path) -> None:
    path = tmp_path / "seeded.json"
    path.write_text(FAST.replace("{", '{"seed": 42, ', 1))
    assert parse_arguments([str(path), "--replica", FLOOR]).jobs[0].seed == 42
    assert parse_arguments([str(path), "--replica", FLOOR, "--seed", "5"]).jobs[0].seed == 5


def test_one_run_prints_its_full_report_and_writes_json(tmp_path: Path) -> None:
    (tmp_path / "fast.json").write_text(FAST.replace("{", '{"dorps": 0.1, ', 1))
    done = simulator("fast.json", "--replica", FLOOR, "--json", "out.json", "--seed", "3", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("Verdict: all held")
    assert "seed 3" in done.stdout
    assert done.stderr == "fast.json: ignored: `dorps`; did you mean `drops`?\n"
    assert "  ignored: `dorps`; did you mean `drops`?\n" in done.stdout
    written = json.loads((tmp_path / "out.json").read_text())
    assert (written["version"], written["passed"]) == (1, True)
    (run,) = written["runs"]
    assert run["ignored"] == ["`dorps`; did you mean `drops`?"]
    assert (run["scenario"], run["seed"], run["requests"]["sent"], run["failures"]) == ("fast", 3, 30, 0)


def test_runs_side_by_side_print_a_line_each_and_a_table_and_fail_together(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(FAST)
    (tmp_path / "bad.json").write_text(FAST.replace("{", '{"max_packets": 4, ', 1))
    done = simulator("good.json", "bad.json", "--replica", FLOOR, "--jobs", "2", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    verdicts = {tuple(line.split()[:2]) for line in done.stdout.splitlines()}
    assert {("FAILED", "bad"), ("held", "good")} <= verdicts
    assert done.stdout.endswith("2 runs: 1 did not hold.\n")
    assert done.stderr == ""


def running(program: Path) -> int:
    """How many processes run `program`."""
    count = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_bytes().split(b"\0")
        except OSError:
            continue
        count += str(program).encode() in arguments and b"-m" not in arguments
    return count


def interrupted(program: Path, number: signal.Signals, options: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Start a long run, and send the simulator a signal once its replicas run."""
    simulating = subprocess.Popen(
        [sys.executable, "-m", "simulator", "kill-leader", "--replica", str(program), *options],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(program.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    limit = time.monotonic() + 20
    while running(program) < 5:
        assert time.monotonic() < limit
        time.sleep(0.02)
    simulating.send_signal(number)
    out, error = simulating.communicate(timeout=20)
    return subprocess.CompletedProcess((), simulating.returncode, out, error)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("options", [[], ["--jobs", "2", "--repeat", "2"]])
def test_an_interrupted_simulator_leaves_no_replica_behind(
    tmp_path: Path, number: signal.Signals, code: int, options: list[str]
) -> None:
    program = tmp_path / "replica.py"
    shutil.copy(FLOOR, program)
    done = interrupted(program, number, options)
    assert done.returncode == code
    assert "no replica is left running" in done.stderr
    assert "Traceback" not in done.stderr
    assert running(program) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of a process that was killed")
@pytest.mark.parametrize("options", [[], ["--jobs", "2", "--repeat", "2"]])
def test_a_simulator_that_is_killed_leaves_no_replica_behind(tmp_path: Path, options: list[str]) -> None:
    program = tmp_path / "replica.py"
    shutil.copy(FLOOR, program)
    assert interrupted(program, signal.SIGKILL, options).returncode == -signal.SIGKILL
    limit = time.monotonic() + 5
    while running(program):
        assert time.monotonic() < limit
        time.sleep(0.02)
