"""Putting a mutant into a copy of the code, and having the copy tried."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from simulator.explore.shrinking import SECONDS
from tests.mutants.mutant import Mutant, mutated
from tests.mutants.trial import Trial

ROOT: Final = Path(__file__).resolve().parents[2]

_NEEDED: Final = (
    "messages",
    "actors",
    "storage",
    "trail",
    "recording",
    "linearizability",
    "audit",
    "simulator",
    "tests/__init__.py",
    "tests/mutants/__init__.py",
    "tests/mutants/trial.py",
)
_TIMEOUT_S: Final = 3600.0


def copied(mutant: Mutant | None, to: Path) -> None:
    """Copy the code to the directory `to`, with `mutant` in it, if there is one."""
    for name in _NEEDED:
        source, target = ROOT / name, to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    if mutant is not None:
        path = to / mutant.file
        path.write_text(mutated(mutant, path.read_text("utf-8")), "utf-8")


def trial_of(mutant: Mutant | None, *, seeds: int, tries: int = 0, seconds: float = SECONDS) -> Trial:
    """Try a mutant, or the code as it is, in a process of its own."""
    with TemporaryDirectory(prefix="mutant-") as scratch:
        code = Path(scratch)
        copied(mutant, code)
        command = [sys.executable, "-m", "tests.mutants.trial", str(seeds), str(tries), str(seconds)]
        done = subprocess.run(
            command,
            cwd=code,
            env={"PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": "1"},
            check=True,
            capture_output=True,
            timeout=_TIMEOUT_S,
        )
    return msgspec.json.decode(done.stdout, type=Trial)
