"""Directories that hold more or less than one run: each file is read or explained, and runs are told apart."""

import shutil
from pathlib import Path
from typing import Final

import pytest

from audit.reading import ReadError, read
from tests.audit.readings import damage, notes, trail_of, write
from tests.audit.trails import WALL, chatter, encoded, event, opened, replicas
from tests.storage.places import kept

# --- files -----------------------------------------------------------------------------------------------------------


def test_an_empty_file_is_said_and_the_others_are_read(tmp_path: Path) -> None:
    chatter(tmp_path, seed=1, messages=10)
    write(tmp_path, "0002.jsonl", b"")
    trails = read(tmp_path)
    assert notes(trails)[0] == "0002.jsonl: the file is empty: the replica ended before it wrote."
    assert [trail.name for trail in trails.nodes] == ["0001", "0003"]


def test_a_file_of_another_format_is_said_and_the_others_are_read(tmp_path: Path) -> None:
    chatter(tmp_path, seed=1, messages=10)
    write(tmp_path, "0002.jsonl", encoded([{"record": "opened", "format": 2, "novel": True}]))
    trails = read(tmp_path)
    assert damage(trails) == ["0002.jsonl: the trail is of format 2; this program reads format 1."]
    assert [trail.name for trail in trails.nodes] == ["0001", "0003"]


def test_a_file_that_is_no_trail_inside_is_said_once(tmp_path: Path) -> None:
    chatter(tmp_path, seed=1, messages=10)
    write(tmp_path, "0002.jsonl", b"dear diary,\ntoday\n" * 100)
    trails = read(tmp_path)
    assert damage(trails) == ["0002.jsonl: the file is no trail: no line of it is a record."]
    assert [trail.name for trail in trails.nodes] == ["0001", "0003"]


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    chatter(tmp_path, seed=1, messages=10)
    (tmp_path / "0002.jsonl").unlink()
    (tmp_path / "0002.jsonl").mkdir()
    assert damage(read(tmp_path)) == ["0002.jsonl: the file cannot be read: is a directory."]


def test_files_with_other_names_are_named_in_one_note(tmp_path: Path) -> None:
    write(tmp_path, "0001.jsonl", encoded(trail_of(1)))
    for number in range(7):
        write(tmp_path, f"notes{number}.txt", b"")
    assert [sentence.partition(": ")[2] for sentence in notes(read(tmp_path))] == [
        "not read, because no replica's trail is called so: "
        "notes0.txt, notes1.txt, notes2.txt, notes3.txt, notes4.txt and 2 more."
    ]


def test_a_renamed_file_is_damage(tmp_path: Path) -> None:
    write(tmp_path, "0002.jsonl", encoded(trail_of(1)))
    assert damage(read(tmp_path)) == [
        "0002.jsonl:1: the file was written as 0001.jsonl: it has been renamed or copied."
    ]


# --- runs ------------------------------------------------------------------------------------------------------------


WALL_LATER: Final = WALL + 5000


def run_of(directory: Path, names: tuple[str, ...], **of_opened: object) -> None:
    for name in names:
        peers = [peer for peer in names if peer != name]
        write(directory, f"{name}.jsonl", encoded(trail_of(1, name, peers=peers, **of_opened)))


def test_runs_of_different_clusters_are_told_apart(tmp_path: Path) -> None:
    run_of(tmp_path, ("0001", "0002", "0003"))
    run_of(tmp_path, ("00A1", "00A2", "00A3"))
    assert [sentence.partition(": ")[2] for sentence in damage(read(tmp_path))] == [
        "trails of different runs are mixed (they name different replicas): "
        "0001.jsonl, 0002.jsonl, 0003.jsonl belong together; 00A1.jsonl, 00A2.jsonl, 00A3.jsonl belong together."
    ]


def test_a_stray_trail_is_told_from_the_run(tmp_path: Path) -> None:
    run_of(tmp_path, ("0003", "0004", "0005"))
    run_of(tmp_path, ("0001", "0002", "0003"))
    (tmp_path / "0005.jsonl").unlink()
    sentence = damage(read(tmp_path))[0]
    assert "0001.jsonl, 0002.jsonl, 0003.jsonl belong together; 0004.jsonl belongs to none of them." in sentence


def test_runs_with_different_settings_are_told_apart(tmp_path: Path) -> None:
    run_of(tmp_path, ("0001", "0002", "0003"), settings={"heartbeat_ms": 100})
    other = [opened("0002", ("0001", "0003"), settings={"heartbeat_ms": 50})]
    write(tmp_path, "0002.jsonl", encoded(other))
    assert "their settings differ" in damage(read(tmp_path))[0]


def test_runs_at_different_times_are_told_apart(tmp_path: Path) -> None:
    run_of(tmp_path, ("0001", "0002", "0003"))
    write(tmp_path, "0002.jsonl", encoded([opened("0002", ("0001", "0003"), wall=WALL_LATER)]))
    (sentence,) = damage(read(tmp_path))
    assert "(they were not written at the same time): 0001.jsonl, 0003.jsonl belong together; 0002.jsonl" in sentence


def test_a_long_run_holds_early_and_late_replicas_together(tmp_path: Path) -> None:
    """The first was killed long before the last came; another lived all the while."""
    run_of(tmp_path, ("0001", "0002", "0003"))
    longest = [*trail_of(1, "0002", peers=["0001", "0003"]), event("0002", 6000, 9, "node.stopped", "node")]
    write(tmp_path, "0002.jsonl", encoded(longest))
    late = [opened("0003", ["0001", "0002"], wall=WALL_LATER)]
    write(tmp_path, "0003.jsonl", encoded(late))
    assert read(tmp_path).problems == ()


def test_replicas_that_were_all_stopped_and_started_again_are_one_run(tmp_path: Path) -> None:
    """In the same directory, however long that was after the first ended; that they remember nothing is noted."""
    run_of(tmp_path, ("0001", "0002", "0003"))
    for path in sorted(tmp_path.iterdir()):
        peers = [name for name in ("0001", "0002", "0003") if name != path.stem]
        again = trail_of(1, path.stem, peers=peers, incarnation=2, wall=WALL_LATER)
        write(tmp_path, f"{path.stem}.2.jsonl", encoded(again))
    trails = read(tmp_path)
    assert damage(trails) == []
    assert notes(trails) == [
        "0001.2.jsonl: all replicas had ended when 0001 was started again, and it remembers nothing of before."
    ]


def test_a_replica_alone_that_was_started_again_is_one_run(tmp_path: Path) -> None:
    write(tmp_path, "0001.jsonl", encoded(trail_of(1, peers=[], storage="disk")))
    again = trail_of(1, peers=[], storage="disk", incarnation=2, wall=WALL_LATER)
    write(tmp_path, "0001.2.jsonl", encoded(again))
    trails = read(tmp_path)
    assert damage(trails) == []
    assert notes(trails) == ["0001.2.jsonl: all replicas had ended when 0001 was started again."]


def test_a_replica_that_was_started_again_among_others_belongs_to_the_run(tmp_path: Path) -> None:
    first, second, third = replicas()
    first.says(9, "node.stopped")
    for replica in (first, second, third):
        replica.write(tmp_path)
    again = trail_of(1, "0002", peers=["0001", "0003"], incarnation=2, wall=WALL + 5)
    write(tmp_path, "0002.2.jsonl", encoded(again))
    assert read(tmp_path).problems == ()


def test_different_code_is_a_note(tmp_path: Path) -> None:
    run_of(tmp_path, ("0001", "0002", "0003"))
    write(tmp_path, "0002.jsonl", encoded([opened("0002", ("0001", "0003"), code="f00d")]))
    assert [sentence.partition(": ")[2] for sentence in notes(read(tmp_path))] == [
        "the replicas ran different code: 0001, 0003; 0002."
    ]


# --- nothing to show -------------------------------------------------------------------------------------------------


def test_a_directory_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"nowhere: there is no such directory\.$"):
        read(tmp_path / "nowhere")


def test_a_directory_that_is_a_file(tmp_path: Path) -> None:
    chatter(tmp_path, seed=1, messages=1)
    with pytest.raises(ReadError, match=r"0001\.jsonl is a file; name the directory that holds all trails"):
        read(tmp_path / "0001.jsonl")


def test_a_data_directory_is_no_trail(tmp_path: Path) -> None:
    for directory in (kept(tmp_path), tmp_path):
        with pytest.raises(ReadError, match=r"this directory, but what replicas keep: 'log' shows that\.$"):
            read(directory)


def test_a_directory_without_a_trail(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"there is no trail in this directory: no file like 0001\.jsonl\.$"):
        read(tmp_path)


def test_a_directory_above_that_of_a_trail(tmp_path: Path) -> None:
    (tmp_path / "run-1").mkdir()
    chatter(tmp_path / "run-1", seed=1, messages=1)
    with pytest.raises(ReadError, match=r"there is one in .*/run-1; name that\.$"):
        read(tmp_path)


def test_only_trails_of_another_format(tmp_path: Path) -> None:
    write(tmp_path, "0001.jsonl", encoded([opened("0001", (), format=9)]))
    with pytest.raises(ReadError, match=r"no trail in it can be read: 0001\.jsonl: the trail is of format 9; this"):
        read(tmp_path)


def test_only_empty_files(tmp_path: Path) -> None:
    write(tmp_path, "0001.jsonl", b"")
    with pytest.raises(ReadError, match=r"no trail in it can be read: 0001\.jsonl: the file is empty"):
        read(tmp_path)


def test_trails_can_be_read_from_a_copy(tmp_path: Path) -> None:
    """Nothing in a trail names where it lies."""
    (tmp_path / "here").mkdir()
    chatter(tmp_path / "here", seed=1, messages=5)
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    assert read(tmp_path / "there").nodes == read(tmp_path / "here").nodes
