"""What is said of a point, so that the states at it are not misread."""

from pathlib import Path

import pytest

from audit.points import cut_at
from audit.reading import Trails, read
from audit.remarks import Remarks
from tests.audit.trails import encoded, event, opened


@pytest.fixture
def trails(tmp_path: Path) -> Trails:
    """0001 is there from 0 to 9 s, 0002 from 2 to 4 s, and neither hears of the other; their clock was 700 at first."""
    for node, begins, ends in (("0001", 0, 9), ("0002", 2, 4)):
        peers = [peer for peer in ("0001", "0002") if peer != node]
        first = opened(node, peers, at=700.0 + begins, wall=1e9 + begins)
        records = [first, event(node, 700.0 + ends, 1, "node.stopped")]
        (tmp_path / f"{node}.jsonl").write_bytes(encoded(records))
    return read(tmp_path)


def of_replicas(trails: Trails, point: str) -> list[list[str]]:
    cut, remarks = cut_at(trails, point), Remarks(trails)
    return [list(remarks.of_replica(trail, cut)) for trail in trails.nodes]


def of_run(trails: Trails, point: str) -> list[str]:
    return list(Remarks(trails).of_run(cut_at(trails, point)))


BEFORE = ["its trail begins at 2.000 s, after this point: every actor is shown as it was built"]
AFTER = ["its trail ends at 4.000 s, before this point: this is what it knew last"]


@pytest.mark.parametrize(
    ("point", "of_second"),
    [
        ("1", BEFORE),
        ("2", []),
        ("3.5", []),
        ("4", []),
        ("8.5", AFTER),
        ("end", AFTER),
        ("0001.jsonl:2", []),
        ("99", AFTER),
        ("-1", []),
    ],
)
def test_a_replica_that_was_not_there_at_the_point_is_said(trails: Trails, point: str, of_second: list[str]) -> None:
    assert of_replicas(trails, point) == [[], of_second]


def test_a_point_outside_the_run_is_said(trails: Trails) -> None:
    assert of_run(trails, "-1") == ["-1 lies before the run, which began at 0: every actor is shown as it was built."]
    assert of_run(trails, "9.5") == ["9.5 lies after the run, which ended at 9.000 s: its end is shown."]
    for point in ("0", "9", "end", "0002.jsonl:2"):
        assert of_run(trails, point) == []


def test_the_clock_of_a_replica_is_told(trails: Trails) -> None:
    assert [Remarks(trails).clock(trail) for trail in trails.nodes] == ["its clock was 700.000 when the run began"] * 2


def test_each_machine_has_its_own_clock(tmp_path: Path) -> None:
    for node, at in (("0001", 100.0), ("0002", 7000.0)):
        peers = [peer for peer in ("0001", "0002") if peer != node]
        (tmp_path / f"{node}.jsonl").write_bytes(encoded([opened(node, peers, at=at)]))
    trails = read(tmp_path)
    assert [Remarks(trails).clock(trail) for trail in trails.nodes] == [
        "its clock was 100.000 when the run began",
        "its clock was 7000.000 when the run began",
    ]
