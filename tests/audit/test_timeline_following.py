"""Following a run while it goes on: every record once, in an order that holds, whatever is half written."""

from pathlib import Path
from random import Random

import pytest

from audit.files import ReadError
from audit.follower import Follower
from audit.merge import Settling, merged
from audit.reading import read
from tests.audit.small_run import small_run
from tests.audit.trails import chatter, encoded, opened, took


def pieces_of(source: Path, target: Path, seed: int) -> list[list[str]]:
    """Copy a run byte by byte, as it were, and follow it; the places of the records of each poll."""
    random = Random(seed)
    contents = {path.name: path.read_bytes() for path in sorted(source.glob("*.jsonl"))}
    follower = Follower(target)
    polls: list[list[str]] = []
    while any(contents.values()):
        name = random.choice([name for name, content in contents.items() if content])
        size = random.randint(1, 3000)
        with (target / name).open("ab") as file:
            file.write(contents[name][:size])
        contents[name] = contents[name][size:]
        polls.append([located.place for located in follower.poll()])
    assert follower.problems == ()
    return polls


@pytest.mark.parametrize("seed", range(5))
def test_every_record_comes_once_however_it_is_written(tmp_path: Path, seed: int) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "target").mkdir()
    chatter(tmp_path / "source", seed=seed, messages=100)
    places = [place for poll in pieces_of(tmp_path / "source", tmp_path / "target", seed) for place in poll]
    assert sorted(places) == sorted(located.place for located in merged(read(tmp_path / "source")))
    for name in ("0001", "0002", "0003"):
        own = [int(place.partition(":")[2]) for place in places if place.startswith(name)]
        assert own == sorted(own)


def test_positions_go_on_over_parts(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    (tmp_path / "0001.jsonl").write_bytes(encoded([opened("0001", ())]))
    first = follower.poll()
    second_part = [opened("0001", (), part=2), took("0001", 1, 1, "consensus", 1, "Start", {"at": 1})]
    (tmp_path / "0001.part2.jsonl").write_bytes(encoded(second_part))
    assert [located.position for located in (*first, *follower.poll())] == [0, 1, 2]


def test_a_damaged_line_is_a_problem_and_the_next_are_given(tmp_path: Path) -> None:
    content = encoded([opened("0001", ()), took("0001", 1, 1, "consensus", 1, "Start", {"at": 1})])
    (tmp_path / "0001.jsonl").write_bytes(b"nonsense\n" + content)
    follower = Follower(tmp_path)
    assert len(follower.poll()) == 2
    assert follower.problems[0].place == "0001.jsonl:1"


def test_a_directory_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="there is no such directory"):
        Follower(tmp_path / "gone").poll()


def test_a_cause_that_is_written_a_little_late_still_goes_first(tmp_path: Path) -> None:
    """0002 has written what it received before 0001 has written that it sent it."""
    small_run(tmp_path)
    order = merged(read(tmp_path))
    early = [located for located in order if located.file == "0002.jsonl"]
    late = [located for located in order if located.file != "0002.jsonl"]
    settling = Settling()
    given = [*settling.add(early), *settling.add(late), *settling.add([]), *settling.rest()]
    assert given == order


def test_what_came_with_the_last_lot_waits_for_the_next(tmp_path: Path) -> None:
    small_run(tmp_path)
    order = merged(read(tmp_path))
    settling = Settling()
    assert settling.add(order[:10]) == []
    assert settling.add([]) == order[:10]
    assert settling.add(order[10:]) == []
    assert settling.rest() == order[10:]


def test_what_is_later_than_all_that_is_settled_goes_on_waiting(tmp_path: Path) -> None:
    """Records of one lot reach their order together; a cause of the newest may still be on its way."""
    small_run(tmp_path)
    order = merged(read(tmp_path))
    settling = Settling()
    early = [located for located in order[:20] if located.file == "0002.jsonl"]
    settled = order.index(early[-1]) + 1
    settling.add(early)
    assert settling.add([located for located in order[:40] if located not in early]) == order[:settled]
    assert settling.rest() == order[settled:40]
