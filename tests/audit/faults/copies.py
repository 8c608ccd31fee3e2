"""Putting a fault into a copy of the code, and having that copy tell a story."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.audit.faults.table import Fault

ROOT: Final = Path(__file__).resolve().parents[3]

_NEEDED: Final = (
    "messages",
    "actors",
    "trail",
    "recording",
    "tests/__init__.py",
    "tests/actors/__init__.py",
    "tests/actors/cluster.py",
    "tests/audit/__init__.py",
    "tests/audit/recorded_cluster.py",
    "tests/audit/stories.py",
)
"""What a recorded cluster runs on."""


def copied(fault: Fault, to: Path) -> None:
    """Copy the code to the directory `to`, with `fault` in it; what it replaces must be there, once."""
    for name in _NEEDED:
        source, target = ROOT / name, to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy2(source, target)
    path = to / fault.file
    text = path.read_text("utf-8")
    assert text.count(fault.right) == 1, f"{fault.file} holds {text.count(fault.right)} times: {fault.right}"
    path.write_text(text.replace(fault.right, fault.wrong), "utf-8")


def told(fault: Fault, seed: int, scratch: Path) -> Path:
    """The directory with the trails of the story `seed`, told by the faulty code."""
    code, trails = scratch / "code", scratch / "trails"
    copied(fault, code)
    trails.mkdir()
    of_snapshots = ["snapshots"] if fault.of_snapshots else []
    command = [sys.executable, "-m", "tests.audit.stories", str(trails), str(seed), *of_snapshots]
    subprocess.run(command, cwd=code, env={"PYTHONPATH": str(code)}, check=True, timeout=60)
    return trails
