"""The files of a trail: a name for each process and each part, and at the beginning of each what a reader needs."""

import itertools
import json
from pathlib import Path

import pytest

from tests.trail.stage import GENEROUS_S, OPENING, event, numbers, records, took
from trail import Rotation, Trail, TrailError, rotation_from
from trail.parts import Parts

SMALL = 2000
"""Bytes of a part: the opening and some dozen events."""


def rotated(directory: Path, count: int, *, parts_max: int = 0) -> list[str]:
    """The files that `count` events leave behind, oldest first."""
    parts = Parts(directory, OPENING, Rotation(part_bytes=SMALL, parts_max=parts_max), lambda: 0.0, lambda: 1000.0)
    for number in range(count):
        parts.write([event(number)])
    parts.close()
    return [path.name for path in sorted(directory.iterdir(), key=lambda path: (len(path.name), path.name))]


def test_a_part_begins_with_what_running_it_again_needs(tmp_path: Path) -> None:
    Parts(tmp_path, OPENING, Rotation(), lambda: 12.5, lambda: 1000.0).close()
    (opened,) = records((tmp_path / "0001.jsonl").read_bytes())
    assert list(opened.items()) == [
        ("record", "opened"),
        ("format", 1),
        ("at", 12.5),
        ("clock", 0),
        ("node", "0001"),
        ("incarnation", 1),
        ("part", 1),
        ("before", ""),
        ("wall", 1000.0),
        ("peers", ["0002", "0003"]),
        ("settings", {"window": 16}),
        ("seed", "s"),
        ("storage", "memory"),
        ("level", "full"),
        ("version", "0.1.0"),
        ("code", "c0de"),
    ]


def test_a_file_is_never_one_of_an_earlier_process(tmp_path: Path) -> None:
    paths = []
    for number in range(3):
        trail = Trail(tmp_path / "new" / "directories", OPENING)
        trail.write(event(number))
        trail.close(within_s=GENEROUS_S)
        paths.append(trail.path)
    assert [path.name for path in paths] == ["0001.jsonl", "0001.2.jsonl", "0001.3.jsonl"]
    assert [numbers(path.read_bytes()) for path in paths] == [[0], [1], [2]]
    assert [records(path.read_bytes())[0]["incarnation"] for path in paths] == [1, 2, 3]


def test_a_part_names_the_last_line_of_the_one_before(tmp_path: Path) -> None:
    names = rotated(tmp_path, 60)
    assert len(names) > 2
    contents = [(tmp_path / name).read_bytes() for name in names]
    for before, after in itertools.pairwise(contents):
        assert json.loads(after.splitlines()[0])["before"] == json.loads(before.splitlines()[-1])["crc"]


def test_a_trail_goes_on_in_the_next_part_and_nothing_is_lost(tmp_path: Path) -> None:
    names = rotated(tmp_path, 60)
    assert names == ["0001.jsonl", *(f"0001.part{part}.jsonl" for part in range(2, len(names) + 1))]
    assert len(names) >= 3
    files = [(tmp_path / name).read_bytes() for name in names]
    assert list(itertools.chain.from_iterable(map(numbers, files))) == list(range(60))
    assert [records(file)[0]["part"] for file in files] == list(range(1, len(names) + 1))


def test_the_parts_of_a_second_process_have_its_number(tmp_path: Path) -> None:
    first = rotated(tmp_path, 30)
    second = sorted(set(rotated(tmp_path, 30)) - set(first))
    assert second == ["0001.2.jsonl", "0001.2.part2.jsonl"]


def test_a_part_ends_with_the_line_that_fills_it(tmp_path: Path) -> None:
    *full, _last = [(tmp_path / name).read_bytes() for name in rotated(tmp_path, 60)]
    for file in full:
        assert len(file) >= SMALL
        assert len(file[: file.rstrip(b"\n").rindex(b"\n")]) < SMALL


def test_parts_also_change_within_what_is_written_at_once(tmp_path: Path) -> None:
    parts = Parts(tmp_path, OPENING, Rotation(part_bytes=SMALL))
    parts.write([event(number) for number in range(60)])
    parts.close()
    files = sorted(tmp_path.iterdir(), key=lambda path: (len(path.name), path.name))
    assert len(files) >= 3
    assert [number for file in files for number in numbers(file.read_bytes())] == list(range(60))


def test_a_later_part_begins_at_the_moment_of_the_record_before_it(tmp_path: Path) -> None:
    """Were it ahead of what still waits, receipts elsewhere could seem to come before their sendings."""
    parts = Parts(tmp_path, OPENING, Rotation(part_bytes=1), lambda: 100.0, lambda: 5000.0)
    parts.write([took(30), took(20), took(40)])
    parts.close()
    second, third = (records((tmp_path / f"0001.part{part}.jsonl").read_bytes())[0] for part in (3, 4))
    assert (second["at"], second["clock"], second["wall"]) == (3.0, 30, 5000.0 - 97.0)
    assert (third["at"], third["clock"], third["wall"]) == (2.0, 30, 5000.0 - 98.0), "the highest clock so far"


def test_of_many_parts_the_first_and_the_newest_are_kept(tmp_path: Path) -> None:
    names = rotated(tmp_path, 100, parts_max=3)
    assert len(names) == 3
    assert names[0] == "0001.jsonl"
    kept = [int(name.removeprefix("0001.part").removesuffix(".jsonl")) for name in names[1:]]
    assert kept[0] > 2
    assert kept[1] == kept[0] + 1
    assert numbers((tmp_path / names[-1]).read_bytes())[-1] == 99


def test_a_part_that_somebody_has_deleted_is_no_reason_to_stop(tmp_path: Path) -> None:
    parts = Parts(tmp_path, OPENING, Rotation(part_bytes=1, parts_max=2))
    parts.write([event(1), event(2)])
    parts.path.unlink()
    parts.write([event(3), event(4), event(5)])
    parts.close()
    assert numbers(parts.path.read_bytes()) == [5]


def test_sizes_come_from_the_environment() -> None:
    assert rotation_from({}) == rotation_from({"RAFT_TRAIL_PART_MB": "", "RAFT_TRAIL_PARTS_MAX": ""}) == Rotation()
    assert Rotation() == Rotation(part_bytes=64_000_000, parts_max=0)
    given = {"RAFT_TRAIL_PART_MB": "2", "RAFT_TRAIL_PARTS_MAX": "5"}
    assert rotation_from(given) == Rotation(part_bytes=2_000_000, parts_max=5)
    assert rotation_from({"RAFT_TRAIL_PARTS_MAX": "0"}) == Rotation()


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "100001", "many", "٣", "9" * 5000])
def test_a_size_that_cannot_be_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(
        TrailError, match=r"^RAFT_TRAIL_PART_MB must be a whole number from 1 to 100000, and is '.*'\.$"
    ):
        rotation_from({"RAFT_TRAIL_PART_MB": text})


@pytest.mark.parametrize("text", ["1", "-1", "100001", "all"])
def test_a_number_of_parts_that_cannot_be_is_refused_in_one_sentence(text: str) -> None:
    sentence = (
        r"^RAFT_TRAIL_PARTS_MAX must be 0, which keeps all parts, or a whole number from 2 to 100000, and is '.*'\.$"
    )
    with pytest.raises(TrailError, match=sentence):
        rotation_from({"RAFT_TRAIL_PARTS_MAX": text})
