"""Processes are killed, and disks fail, at any moment: what was acknowledged is there, and at most one step more."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path
from random import Random

from tests.layout import ROOT
from tests.storage.contract import Kept, Model
from tests.storage.places import found_in
from tests.storage.writer import FAILED_TWICE, steps, write

KILLS = 8


def started(directory: Path, seed: int, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.storage.writer", str(directory), str(seed), *more]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def lives(before: Kept, seed: int, acknowledged: int) -> tuple[Kept, Kept]:
    """What is to be found after so many steps behind `before`, and after one more, of which nobody was told."""
    model = Model(before)
    found = [before]
    for step in itertools.islice(steps(seed, before), acknowledged + 1):
        write(step, model)
        model.sync()
        found.append(model.restart())
    return found[-2], found[-1]


def test_what_was_acknowledged_outlives_a_process_that_is_killed(tmp_path: Path) -> None:
    """After so many lines, seeded: the kill itself comes at whatever moment behind them."""
    dice = Random(5)
    before = found_in(tmp_path)
    for seed in range(KILLS):
        assert before is not None
        process = started(tmp_path, seed)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(dice.randint(1, 60))]
        process.kill()
        lines += process.stdout.readlines()
        process.wait()
        process.stdout.close()
        found = found_in(tmp_path)
        assert found in lives(before, seed, len(lines))
        before = found


def test_what_was_acknowledged_outlives_a_disk_that_fails(tmp_path: Path) -> None:
    """A file may not grow any more: that is no full disk, and nothing is tried again."""
    before = found_in(tmp_path)
    assert before is not None
    for seed, bytes_max in enumerate((50_000, 123_456, 300_001)):
        process = started(tmp_path, seed, str(bytes_max))
        said, _ = process.communicate(timeout=60)
        *acknowledged, last = said.splitlines()
        assert last == FAILED_TWICE
        assert process.returncode == 0
        found = found_in(tmp_path)
        assert found in lives(before, seed, len(acknowledged))
        assert found is not None
        before = found
