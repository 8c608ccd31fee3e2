"""Finding out before the work that its outcome cannot be written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from simulator.loading import ConfigError
from simulator.outputs import check_directory, check_file, write_file
from simulator.program import main
from tests.layout import ROOT

check_report = partial(check_file, what="the report")
NO_PROC = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc, where nobody may write")


def test_a_trial_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    check_report(tmp_path / "new.json")
    check_report(tmp_path / "link")
    check_directory(tmp_path / "trails")
    check_directory(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


def test_a_trial_leaves_what_is_there_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text("old")
    before = path.stat()
    check_report(path)
    assert path.read_text() == "old"
    assert path.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("path", ["none/x.json", "", "file/x.json"])
def test_a_file_that_can_be_nowhere_is_refused(path: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r": the report cannot be written there; name a file in a directory that"):
        check_report(tmp_path / path)


@pytest.mark.parametrize("path", ["none/x", "file"])
def test_a_directory_that_can_be_nowhere_is_refused(path: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r": trails cannot be kept there; name a directory, or a new one in one that"):
        check_directory(tmp_path / path)


@NO_PROC
@pytest.mark.parametrize(
    ("try_it", "sentence"),
    [
        (lambda: check_report(Path("/proc/x")), r"^/proc/x: the report cannot be written: [a-z ]+\.$"),
        (lambda: write_file(Path("/proc/x"), b"", "the page"), r"^/proc/x: the page cannot be written: [a-z ]+\.$"),
        (lambda: check_directory(Path("/proc")), r"^/proc: trails cannot be kept there: [a-z ]+\.$"),
        (lambda: check_directory(Path("/proc/x")), r"^/proc/x: trails cannot be kept there: [a-z ]+\.$"),
    ],
)
def test_what_the_system_refuses_is_named_with_its_reason(try_it: Callable[[], None], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        try_it()


@NO_PROC
@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("--virtual kill-leader --json", "the report"),
        ("--virtual kill-leader --page", "the page"),
        ("--virtual kill-leader --trails", "trails"),
        ("explore --seeds 1 --json", "the report"),
        ("explore --seeds 1 --trails", "trails"),
        ("shrink 1 --out", "the scenario"),
    ],
)
def test_every_command_refuses_at_once(command: str, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "/proc/x"]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith(f"/proc/x: {what} cannot be ")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "command",
    [
        "--list",
        "--virtual kill-leader --seed 1",
        "--virtual kill-leader power-cut --seed 1",
        "explore --seeds 1 --seed 1 --plain",
        "shrink kill-leader --seed 1 --plain",
    ],
)
def test_a_reader_that_has_seen_enough_is_no_failure(command: str, tmp_path: Path) -> None:
    """Nobody reads what is printed."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    ended = subprocess.run(
        [sys.executable, "-m", "simulator", *command.split()],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=write_end,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(write_end)
    assert (ended.returncode, ended.stderr) == (141, "")
