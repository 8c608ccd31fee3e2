"""Where a run's trail goes: where the environment says, or where all children of one process agree to go."""

import os
import subprocess
import sys
from pathlib import Path

from trail import run_directory

ROOT = Path(__file__).resolve().parents[2]
ASK = "from pathlib import Path; from trail import run_directory; print(run_directory({}, Path('here')))"


def test_the_environment_names_the_directory(tmp_path: Path) -> None:
    assert run_directory({"RAFT_TRAIL": str(tmp_path)}, Path("elsewhere")) == tmp_path


def test_an_empty_name_is_none(tmp_path: Path) -> None:
    assert run_directory({"RAFT_TRAIL": ""}, tmp_path) == run_directory({}, tmp_path)


def test_by_default_it_is_named_after_the_process_that_started_this_one(tmp_path: Path) -> None:
    directory = run_directory({}, tmp_path)
    assert directory.parent == tmp_path / "runs"
    assert directory.name.startswith(f"run-{os.getppid()}-")
    assert directory.name.rpartition("-")[2].isdigit(), "when it was started, for process IDs are used again"


def test_all_children_of_one_process_agree_without_asking_each_other() -> None:
    command = [sys.executable, "-c", ASK]
    answers = {subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout for _ in range(2)}
    assert len(answers) == 1
    assert answers.pop().startswith(f"here/runs/run-{os.getpid()}-")
