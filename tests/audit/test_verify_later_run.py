"""`python -m audit verify` of replicas that come back with their disks, and leave their trails in a new directory."""

from pathlib import Path

import pytest

from audit.__main__ import main
from tests.audit.restarted_run import RestartedRun
from tests.audit.sealing import lines, write_sealed


def later(run: RestartedRun, directory: Path) -> Path:
    """What the second processes left, as if they were the first that left any."""
    directory.mkdir()
    for path in sorted(run.directory.glob("*.2.jsonl")):
        told = [line.replace(b'"incarnation":2', b'"incarnation":1') for line in lines(path)]
        write_sealed(directory / path.name.replace(".2.", "."), told)
    return directory


@pytest.fixture(params=range(3))
def directory(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return later(RestartedRun(tmp_path, request.param), tmp_path / "later")


def test_what_they_had_before_is_believed(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(directory)]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", ["0000.jsonl", "0001.jsonl", "0002.jsonl", "0001.2.jsonl"])
@pytest.mark.parametrize("seed", range(3))
def test_where_one_process_left_none_of_its_own_what_needs_it_is_believed(
    name: str, seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether it is the first of its replica or the second."""
    run = RestartedRun(tmp_path, seed)
    (run.directory / name).unlink()
    assert main(["verify", str(run.directory)]) == 3
    said = capsys.readouterr().out
    assert "BROKEN" not in said
    assert "DIVERGED" not in said


def test_one_that_left_no_trail_leaves_something_unchecked(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    min(directory.iterdir()).unlink()
    assert main(["verify", str(directory)]) == 3, capsys.readouterr().out
