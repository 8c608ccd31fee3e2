"""Where a run's trail goes, the same place for all replicas of a run without their having to agree."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

VARIABLE: Final = "RAFT_TRAIL"


def run_directory(environment: Mapping[str, str], working_directory: Path) -> Path:
    """The directory that `RAFT_TRAIL` names; by default one under `runs/`, named after who started this replica.

    All replicas of a run are children of one simulator: its process ID, and when it was started (IDs are used again),
    name the run.
    """
    named = environment.get(VARIABLE, "")
    if named:
        return Path(named)
    parent = os.getppid()
    started = _start_tick(parent)
    name = f"run-{parent}" if started is None else f"run-{parent}-{started}"
    return working_directory / "runs" / name


def _start_tick(process: int) -> str | None:
    """When the process was started, in clock ticks since boot; None where the system has no /proc."""
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    behind_name = status.rpartition(")")[2].split()
    return behind_name[19] if len(behind_name) > 19 else None
