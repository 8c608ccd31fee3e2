"""Where one part of a trail ends and the next begins, nothing can be taken away without being noticed."""

from pathlib import Path

import pytest

from audit.reading import Severity, read
from tests.trail.stage import OPENING, event
from trail import Rotation
from trail.parts import Parts


@pytest.fixture
def rotated(tmp_path: Path) -> Path:
    """A trail of several parts."""
    parts = Parts(tmp_path, OPENING, Rotation(part_bytes=2000), lambda: 0.0, lambda: 1000.0)
    for number in range(60):
        parts.write([event(number)])
    parts.close()
    assert (tmp_path / "0001.part3.jsonl").exists()
    return tmp_path


def damages(directory: Path) -> list[str]:
    return [str(each) for each in read(directory).problems if each.severity is Severity.DAMAGE]


def test_parts_that_follow_one_another_are_whole(rotated: Path) -> None:
    assert damages(rotated) == []
    assert not read(rotated).nodes[0].has_gaps


@pytest.mark.parametrize("part", ["0001.jsonl", "0001.part2.jsonl"])
def test_a_part_whose_last_line_was_taken_away_is_noticed_in_the_next(rotated: Path, part: str) -> None:
    path = rotated / part
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    number = 2 if part == "0001.jsonl" else 3
    sentence = f"the end of part {number - 1} is missing: this part went on from another last line."
    assert damages(rotated) == [f"0001.part{number}.jsonl:1: {sentence}"]
    assert read(rotated).nodes[0].has_gaps
