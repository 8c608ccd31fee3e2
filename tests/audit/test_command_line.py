"""`python -m audit`: exit codes, sentences instead of tracebacks, and the newest run when none is named."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit.__main__ import main
from audit.arguments import COMMANDS
from tests.audit.readings import locked
from tests.audit.small_run import small_run
from tests.layout import ROOT


def audit(*arguments: str, into: int = subprocess.PIPE) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "audit", *arguments]
    return subprocess.run(command, cwd=ROOT, stdout=into, stderr=subprocess.PIPE, text=True, check=False, timeout=30)


@pytest.mark.parametrize("command", ["summary", "timeline"])
def test_a_directory_that_is_not_there_is_one_sentence_and_exit_code_2(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, str(tmp_path / "nowhere")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"{tmp_path}/nowhere: there is no such directory.\n"


def test_the_newest_run_is_read_when_none_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, written_at in (("run-1", 1000), ("run-2", 3000), ("run-3", 2000)):
        (tmp_path / "runs" / name).mkdir(parents=True)
        small_run(tmp_path / "runs" / name)
        for path in (tmp_path / "runs" / name).iterdir():
            os.utime(path, (written_at, written_at))
    (tmp_path / "runs" / "other").mkdir()
    assert main(["timeline", "--event-only"]) == 0
    assert capsys.readouterr().err == "Reading runs/run-2, the newest run.\n"


def test_no_run_at_all_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["summary"]) == 2
    assert capsys.readouterr().err == "There is no trail under ./runs; name the directory of one.\n"


@pytest.mark.parametrize("named", [[], ["runs"]])
def test_runs_that_cannot_be_read_are_one_sentence(
    named: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    with locked(tmp_path / "runs"):
        assert main(["summary", *named]) == 2
    assert capsys.readouterr().err == "runs: the directory cannot be read: permission denied.\n"


def test_a_run_that_cannot_be_read_hides_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("run-1", "run-2"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    small_run(tmp_path / "runs" / "run-1")
    with locked(tmp_path / "runs" / "run-2"):
        assert main(["summary"]) == 0
        assert capsys.readouterr().err == "Reading runs/run-1, the newest run.\n"
        assert main(["summary", "runs"]) == 2
    assert "there is one in runs/run-1; name that" in capsys.readouterr().err


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit) as ended:
            main([command.name, "--help"])
        assert ended.value.code == 0
        assert f"python -m audit {command.name}" in capsys.readouterr().out


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert all(command.name in text and command.line.split(",")[0] in text for command in COMMANDS)


@pytest.mark.parametrize("arguments", [[], ["lament"], ["timeline", "--term", "three"], ["summary", "a", "b"]])
def test_a_command_line_that_makes_no_sense_gives_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m audit" in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    """What is printed is more than a pipe holds, and nobody reads it."""
    small_run(tmp_path)
    path = tmp_path / "0001.jsonl"
    path.write_bytes(path.read_bytes() + b"no record\n" * 10)
    read_end, write_end = os.pipe()
    os.close(read_end)
    ended = audit("timeline", str(tmp_path), "--json", into=write_end)
    os.close(write_end)
    assert ended.returncode == 141
    assert "Traceback" not in ended.stderr


def test_it_runs_as_a_program(tmp_path: Path) -> None:
    small_run(tmp_path)
    ended = audit("summary", str(tmp_path))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"{tmp_path}: 5.0 s, 3 trails, 60 records\n\nAnomalies\n")
