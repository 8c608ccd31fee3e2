"""What is read of a trail that is as replicas write it, and of one that is not: shown as far as possible, and said."""

from pathlib import Path

import pytest

from audit.files import trail_file
from audit.lines import Lines
from audit.reading import Severity, Trails, read
from audit.records import Did, Event, Opened, Took
from tests.audit.readings import damage, notes, trail_of, write
from tests.audit.trails import chatter, did, encoded, event, opened, took


def deliveries(trails: Trails) -> list[int]:
    """The sequence numbers that were read of the first replica."""
    return [each.record.n for each in trails.nodes[0].records if isinstance(each.record, Took)]


# --- as replicas write it --------------------------------------------------------------------------------------------


def test_every_kind_of_record_is_read(tmp_path: Path) -> None:
    records = [
        opened("0001", ()),
        event("0001", 0.1, 1, "role.changed", role="leader", level="warning"),
        took("0001", 0.2, 2, "consensus", 1, "Start", {"at": 0.2}, ("socket_reader", 7)),
        did("0001", 0.3, 3, "log_store", 1, "storage", "sync", {}),
    ]
    write(tmp_path, "0001.jsonl", encoded(records))
    trails = read(tmp_path)
    first, second, third, fourth = (located.record for located in trails.nodes[0].records)
    assert isinstance(first, Opened)
    assert isinstance(second, Event)
    assert isinstance(third, Took)
    assert isinstance(fourth, Did)
    assert (second.event, second.level, second.actor, second.fields) == (
        "role.changed",
        "warning",
        "consensus",
        {"role": "leader"},
    )
    assert (third.by, bytes(third.message)) == (("socket_reader", 7), b'{"at":0.2}')
    assert trails.problems == ()


def test_a_record_knows_its_line_and_its_position(tmp_path: Path) -> None:
    write(tmp_path, "0001.jsonl", encoded(trail_of(2)))
    located = read(tmp_path).nodes[0].records
    assert [(each.place, each.position) for each in located] == [
        ("0001.jsonl:1", 0),
        ("0001.jsonl:2", 1),
        ("0001.jsonl:3", 2),
    ]


def test_a_whole_trail_is_complete_and_without_gaps(tmp_path: Path) -> None:
    chatter(tmp_path, seed=1, messages=30)
    trails = read(tmp_path)
    assert trails.problems == ()
    assert [(trail.name, trail.is_complete_from_start, trail.has_gaps, trail.cut_off) for trail in trails.nodes] == [
        ("0001", True, False, False),
        ("0002", True, False, False),
        ("0003", True, False, False),
    ]


def test_parts_are_one_trail_in_their_order(tmp_path: Path) -> None:
    records = trail_of(11)
    write(tmp_path, "0001.jsonl", encoded(records[:3]))
    for part in range(2, 11):
        write(tmp_path, f"0001.part{part}.jsonl", encoded([opened("0001", (), part=part), records[part + 1]]))
    trails = read(tmp_path)
    assert trails.problems == ()
    assert deliveries(trails) == list(range(1, 12))
    assert [each.position for each in trails.nodes[0].records] == list(range(len(trails.nodes[0].records)))


def test_each_incarnation_is_a_trail_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, "0001.jsonl", encoded(trail_of(2)))
    write(tmp_path, "0001.2.jsonl", encoded(trail_of(3, incarnation=2)))
    trails = read(tmp_path)
    assert trails.problems == ()
    assert [(trail.node, trail.incarnation, len(trail.records)) for trail in trails.nodes] == [
        ("0001", 1, 3),
        ("0001", 2, 4),
    ]


@pytest.mark.parametrize("name", ["0001.jsonl", "00A1.2.jsonl", "0001.part2.jsonl", "FFF0.12.part34.jsonl"])
def test_the_name_of_a_file_says_what_it_is_of(name: str) -> None:
    file = trail_file(name)
    assert file is not None
    assert file.name == name


@pytest.mark.parametrize(
    "name", ["1.jsonl", "00a1.jsonl", "0001.json", "0001.1.jsonl", "0001.part1.jsonl", "0001.02.jsonl", "x0001.jsonl"]
)
def test_other_names_are_not_those_of_trails(name: str) -> None:
    assert trail_file(name) is None


# --- lines -----------------------------------------------------------------------------------------------------------


def test_an_unfinished_last_line_is_normal(tmp_path: Path) -> None:
    write(tmp_path, "0001.jsonl", encoded(trail_of(3))[:-30])
    trails = read(tmp_path)
    assert notes(trails) == ["0001.jsonl:4: the last line is unfinished: the replica was killed while it was written."]
    assert damage(trails) == []
    assert deliveries(trails) == [1, 2]
    assert trails.nodes[0].cut_off
    assert not trails.nodes[0].has_gaps


def test_a_last_line_that_lacks_only_its_end_is_whole(tmp_path: Path) -> None:
    write(tmp_path, "0001.jsonl", encoded(trail_of(3))[:-1])
    trails = read(tmp_path)
    assert trails.problems == ()
    assert deliveries(trails) == [1, 2, 3]


def test_one_changed_byte_is_damage_at_exactly_that_line_and_the_record_is_kept(tmp_path: Path) -> None:
    write(tmp_path, "0001.jsonl", encoded(trail_of(6)).replace(b'"at":0.3}', b'"at":0.4}'))
    trails = read(tmp_path)
    assert damage(trails) == [
        "0001.jsonl:4: the checksum does not fit: this line was changed, or lines before it are missing."
    ]
    assert deliveries(trails) == [1, 2, 3, 4, 5, 6]
    assert trails.nodes[0].damaged == {3}
    assert trails.nodes[0].has_gaps


@pytest.mark.parametrize("offset", range(-20, -1))
def test_a_change_in_the_checksum_itself_is_damage_at_that_line_only(tmp_path: Path, offset: int) -> None:
    lines = encoded(trail_of(6)).splitlines(keepends=True)
    changed = bytearray(lines[3])
    changed[offset] = ord("7") if changed[offset] != ord("7") else ord("8")
    lines[3] = bytes(changed)
    write(tmp_path, "0001.jsonl", b"".join(lines))
    (sentence,) = damage(read(tmp_path))
    assert sentence.startswith("0001.jsonl:4: ")


def test_every_byte_of_every_line_is_covered(tmp_path: Path) -> None:
    """Whichever byte is changed, the line in which it stands is named, and no line after it."""
    content = encoded(trail_of(3))
    for offset in range(len(content)):
        if content[offset] == ord("\n"):
            continue
        changed = bytearray(content)
        changed[offset] ^= 1
        write(tmp_path, "0001.jsonl", bytes(changed))
        line = content.count(b"\n", 0, offset) + 1
        trails = read(tmp_path)
        places = {problem.place for problem in trails.problems if problem.severity is Severity.DAMAGE}
        assert f"0001.jsonl:{line}" in places or (line == 1 and places == {"0001.jsonl"}), offset
        assert places <= {f"0001.jsonl:{line}", "0001.jsonl"}, offset


def test_a_missing_line_is_damage_where_it_is_missing(tmp_path: Path) -> None:
    lines = encoded(trail_of(6)).splitlines(keepends=True)
    del lines[3]
    write(tmp_path, "0001.jsonl", b"".join(lines))
    assert damage(read(tmp_path)) == [
        "0001.jsonl:4: the checksum does not fit: this line was changed, or lines before it are missing.",
        "0001.jsonl:4: delivery 3 of consensus is missing before this line.",
    ]


def test_lines_that_changed_places_are_damage(tmp_path: Path) -> None:
    lines = encoded(trail_of(6)).splitlines(keepends=True)
    lines[3], lines[4] = lines[4], lines[3]
    write(tmp_path, "0001.jsonl", b"".join(lines))
    trails = read(tmp_path)
    assert {problem.place for problem in trails.problems} == {f"0001.jsonl:{line}" for line in (4, 5, 6)}


@pytest.mark.parametrize("bad", [b"", b"no json", b"[]", b'{"record":"lament"}', b'{"a":' * 5000, b"\xff\xfe\x00"])
def test_what_is_no_record_is_damage_and_reading_goes_on(tmp_path: Path, bad: bytes) -> None:
    lines = encoded(trail_of(6)).splitlines(keepends=True)
    lines[3] = bad + b"\n"
    write(tmp_path, "0001.jsonl", b"".join(lines))
    trails = read(tmp_path)
    (sentence,) = damage(trails)
    assert sentence.startswith("0001.jsonl:4: this line is no record: ")
    assert deliveries(trails) == [1, 2, 4, 5, 6]
    assert trails.nodes[0].has_gaps


def test_what_a_decoder_complains_of_stands_in_a_sentence(tmp_path: Path) -> None:
    lines = encoded(trail_of(6)).splitlines(keepends=True)
    lines[3], lines[4] = b"no json\n", b"[]\n"
    write(tmp_path, "0001.jsonl", b"".join(lines))
    malformed, other = damage(read(tmp_path))
    assert malformed == "0001.jsonl:4: this line is no record: JSON is malformed: invalid character (byte 4)."
    assert other.startswith("0001.jsonl:5: this line is no record: expected ")


def test_of_very_many_damaged_lines_the_first_are_named_and_the_others_counted() -> None:
    lines = Lines("0001.jsonl")
    for _ in range(1000):
        lines.take(b"nonsense")
    assert len(lines.problems) == 21
    assert str(lines.problems[-1]) == "0001.jsonl: 980 more lines of this file are damaged."


# --- what is missing -------------------------------------------------------------------------------------------------


def test_missing_deliveries_are_named(tmp_path: Path) -> None:
    records = trail_of(9)
    del records[4:7]
    write(tmp_path, "0001.jsonl", encoded(records))
    trails = read(tmp_path)
    assert damage(trails) == ["0001.jsonl:5: deliveries 4 to 6 of consensus are missing before this line."]
    assert trails.nodes[0].has_gaps


def test_the_first_delivery_is_missed_too(tmp_path: Path) -> None:
    records = trail_of(3)
    del records[1]
    write(tmp_path, "0001.jsonl", encoded(records))
    assert damage(read(tmp_path)) == ["0001.jsonl:2: delivery 1 of consensus is missing before this line."]


def test_deliveries_out_of_order_are_named(tmp_path: Path) -> None:
    records = trail_of(6)
    records[3], records[4] = records[4], records[3]
    write(tmp_path, "0001.jsonl", encoded(records))
    assert "0001.jsonl:5: delivery 3 of consensus comes after its delivery 4." in damage(read(tmp_path))


def test_what_the_replica_says_that_it_left_out_is_no_damage(tmp_path: Path) -> None:
    records = trail_of(9)
    records[4:7] = [event("0001", 0.4, 4, "trail.shed", "node", count=5)]
    write(tmp_path, "0001.jsonl", encoded(records))
    trails = read(tmp_path)
    assert damage(trails) == []
    assert notes(trails) == ["0001.jsonl: the replica left out 5 records: it had more to write than it could."]
    assert (trails.nodes[0].shed, trails.nodes[0].has_gaps) == (5, True)


def test_more_is_missing_than_the_replica_left_out(tmp_path: Path) -> None:
    records = trail_of(9)
    records[4:7] = [event("0001", 0.4, 4, "trail.shed", "node", count=2)]
    write(tmp_path, "0001.jsonl", encoded(records))
    assert damage(read(tmp_path)) == ["0001.jsonl:6: deliveries 4 to 6 of consensus are missing before this line."]


def later_part(number: int) -> bytes:
    return encoded([opened("0001", (), part=number), took("0001", 9, 9, "consensus", 9 * number, "Start", {"at": 9})])


def test_a_missing_part_is_damage(tmp_path: Path) -> None:
    write(tmp_path, "0001.jsonl", encoded(trail_of(17)))
    write(tmp_path, "0001.part2.jsonl", later_part(2))
    write(tmp_path, "0001.part5.jsonl", later_part(5))
    trails = read(tmp_path)
    assert damage(trails) == ["0001.part5.jsonl: parts 3 to 4 before this file are missing."]
    assert trails.nodes[0].is_complete_from_start
    assert trails.nodes[0].has_gaps


def test_parts_that_were_deleted_to_bound_the_disk_are_no_damage(tmp_path: Path) -> None:
    """The first part is kept, the oldest others go."""
    write(tmp_path, "0001.jsonl", encoded(trail_of(2)))
    write(tmp_path, "0001.part3.jsonl", later_part(3))
    trails = read(tmp_path)
    assert notes(trails) == [
        "0001.part3.jsonl: part 2 before this file is missing; a replica that may keep few parts deletes these."
    ]
    assert damage(trails) == []
    assert trails.nodes[0].has_gaps


def test_a_missing_beginning_is_said(tmp_path: Path) -> None:
    later = [opened("0001", (), part=3), took("0001", 9, 9, "consensus", 77, "Start", {"at": 9})]
    write(tmp_path, "0001.part3.jsonl", encoded(later))
    trails = read(tmp_path)
    assert notes(trails) == [
        "0001.part3.jsonl: the beginning (parts 1 to 2) is missing, so the replica cannot be run again from its start."
    ]
    assert damage(trails) == []
    assert not trails.nodes[0].is_complete_from_start
    assert not trails.nodes[0].has_gaps


def test_a_missing_replica_is_said(tmp_path: Path) -> None:
    chatter(tmp_path, seed=1, messages=10)
    (tmp_path / "0002.jsonl").unlink()
    assert [sentence.partition(": ")[2] for sentence in notes(read(tmp_path))] == [
        "there is no trail of 0002, which was part of the cluster."
    ]


def test_a_missing_incarnation_is_said(tmp_path: Path) -> None:
    write(tmp_path, "0001.3.jsonl", encoded(trail_of(1, incarnation=3)))
    missing = "0001.3.jsonl: 0001 had run before, and 0001.2.jsonl, the trail of that, is missing."
    assert missing in notes(read(tmp_path))


def test_a_first_line_that_is_damaged_costs_only_that_line(tmp_path: Path) -> None:
    content = encoded(trail_of(3))
    write(tmp_path, "0001.jsonl", b"{" + content)
    trails = read(tmp_path)
    assert [sentence.partition(": ")[0] for sentence in damage(trails)] == ["0001.jsonl:1", "0001.jsonl"]
    assert deliveries(trails) == [1, 2, 3]
    assert trails.nodes[0].opened is None
    assert not trails.nodes[0].is_complete_from_start
