"""Points of a run: what people may call them, and which records lie before each."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from audit.files import ReadError
from audit.merge import merged
from audit.points import Cut, cut_at, named
from audit.reading import Trails, read
from audit.records import Did, Located, Took
from audit.times import times_of
from messages.codec import stamp_of
from tests.audit.noted_run import NotedRun
from tests.audit.trails import Replica, encoded, opened, replicas, took


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> NotedRun:
    return NotedRun(tmp_path_factory.mktemp("run"))


@pytest.fixture
def small(tmp_path: Path) -> Trails:
    """One message from 0001 to 0002, which answers; then both go on."""
    one, two = replicas(2)
    sender = one.takes(0.1, "consensus", "Start", at=0.1)
    question = one.sends(0.2, "consensus", sender, "question", "0002")
    listener = two.hears(0.3, question)
    answer = two.sends(0.4, "consensus", listener, "answer", "0001")
    two.says(0.45, "term.advanced")
    one.hears(0.5, answer)
    for replica in (one, two):
        replica.says(0.9, "node.stopped")
        replica.write(tmp_path)
    return read(tmp_path)


def counts(trails: Trails, point: str) -> tuple[int, ...]:
    """How many records of each replica lie before the point."""
    cut = cut_at(trails, point)
    return tuple(len(cut.of(trail)) for trail in trails.nodes)


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ("end", (6, 6)),
        ("0", (1, 1)),
        ("0.2", (3, 1)),
        ("0.25", (3, 1)),
        ("0.3", (3, 3)),
        ("0.45", (3, 5)),
        ("1000", (6, 6)),
        ("-1", (0, 0)),
        ("0001.jsonl:1", (1, 0)),
        ("0001.jsonl:3", (3, 1)),
        ("0002.jsonl:2", (3, 2)),
        ("0001/consensus/1", (2, 0)),
        ("0002/socket_reader/1", (3, 2)),
        ("0002/consensus/1", (3, 3)),
        ("0001/socket_reader/1", (4, 6)),
        ("0001/consensus/2", (5, 6)),
    ],
)
def test_a_point_is_a_time_a_record_a_delivery_or_the_end(small: Trails, point: str, expected: tuple[int, int]) -> None:
    assert counts(small, point) == expected


@pytest.mark.parametrize(
    "point",
    [
        "0001.jsonl:0",
        "0001.jsonl:7",
        "0001.jsonl:" + "9" * 5000,
        "0003.jsonl:1",
        "0001.part2.jsonl:1",
        "0001/consensus/0",
        "0001/consensus/3",
        "0001/consensus/" + "9" * 5000,
        "0001/nobody/1",
        "0003/consensus/1",
        "0001.2/consensus/1",
        "",
        "soon",
        "1,5",
        "1e3",
        "nan",
        "0001",
        "0001/consensus",
        "consensus/1",
        "0001/consensus/-1",
        "runs/0001.jsonl:1",
        "0001.jsonl:\u0661",
        "END",
    ],
)
def test_what_is_no_point_or_is_not_there_is_one_sentence(small: Trails, point: str) -> None:
    with pytest.raises(ReadError) as error:
        cut_at(small, point)
    sentence = str(error.value)
    assert point[:20] in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 300


def received(cut: Cut, trails: Trails) -> Iterator[int]:
    """The stamps of all datagrams that were received before the point."""
    for trail in trails.nodes:
        for located in cut.of(trail):
            if isinstance(located.record, Took) and located.record.type == "Datagrams":
                for payload in msgspec.json.decode(located.record.message)["payloads"]:
                    if stamp := stamp_of(payload.encode()):
                        yield stamp


def test_the_cut_at_a_record_is_consistent(run: NotedRun) -> None:
    """Whatever was received before the point was sent before it; and nothing of a replica is left out in between."""
    records = [located for trail in run.trails.nodes for located in trail.records]
    for located in records[::40]:
        cut = cut_at(run.trails, located.place)
        sent = {
            each.record.clock
            for trail in run.trails.nodes
            for each in cut.of(trail)
            if isinstance(each.record, Did) and each.record.port == "datagrams"
        }
        assert sent.issuperset(received(cut, run.trails))
        assert cut.of(run.trail(located.record.node))[-1] is located


def test_the_cut_at_a_later_record_holds_that_at_an_earlier_one(run: NotedRun) -> None:
    before = {trail.name: 0 for trail in run.trails.nodes}
    for located in merged(run.trails)[::100]:
        cut = cut_at(run.trails, located.place)
        assert all(before[name] <= count for name, count in cut.counts.items())
        assert sum(before.values()) < sum(cut.counts.values())
        before = cut.counts


def test_the_cut_at_a_time_ends_before_the_first_record_that_is_later(run: NotedRun) -> None:
    since_start = times_of(run.trails).since_start

    def is_later(located: Located) -> bool:
        return since_start(located.record) > 2.5

    cut = cut_at(run.trails, "2.5")
    for trail in run.trails.nodes:
        assert not any(map(is_later, cut.of(trail)))
        assert is_later(trail.records[len(cut.of(trail))])


def test_a_second_process_of_a_name_has_points_of_its_own(tmp_path: Path) -> None:
    for number, file in ((1, "0001.jsonl"), (2, "0001.2.jsonl")):
        records = [opened(incarnation=number), took("0001", 1.0, number, "consensus", 1, "Start", {"at": 1.0})]
        (tmp_path / file).write_bytes(encoded(records))
    trails = read(tmp_path)
    assert counts(trails, "0001/consensus/1") == (2, 1)
    assert counts(trails, "0001.2/consensus/1") == (2, 2)
    assert counts(trails, "0001.2.jsonl:2") == (2, 2)


def test_the_actor_of_a_delivery_may_have_a_slash_in_its_name(tmp_path: Path) -> None:
    replica = Replica(node="0001", peers=["0002", "0003"])
    replica.takes(0.1, "replicator/0002", "StepDown")
    replica.says(0.2, "node.stopped")
    replica.write(tmp_path)
    assert counts(read(tmp_path), "0001/replicator/0002/1") == (2,)


def test_a_replica_that_left_no_trail_is_named_with_those_that_did(small: Trails) -> None:
    assert named(small, "0002") is small.nodes[1]
    with pytest.raises(ReadError, match=r"There is no trail of '0009' in .*; there are those of 0001, 0002\."):
        named(small, "0009")


def test_a_replica_that_wrote_nothing_has_an_empty_part_in_every_cut(small: Trails) -> None:
    silent = replace(small.nodes[1], node="0003", records=[])
    trails = replace(small, nodes=(*small.nodes, silent))
    assert cut_at(trails, "0001.jsonl:2").of(silent) == cut_at(trails, "end").of(silent) == []


def test_a_point_may_lie_in_any_part_and_all_parts_before_it_lie_before_it(tmp_path: Path) -> None:
    for part, file in ((1, "0001.jsonl"), (2, "0001.part2.jsonl"), (3, "0001.part3.jsonl")):
        start = took("0001", float(part), part, "consensus", part, "Start", {"at": 1.0})
        (tmp_path / file).write_bytes(encoded([opened(part=part, at=part - 0.5, clock=part - 1), start]))
    trails = read(tmp_path)
    assert [counts(trails, f"0001.part2.jsonl:{line}") for line in (1, 2)] == [(3,), (4,)]
    assert counts(trails, "0001/consensus/3") == (6,)
