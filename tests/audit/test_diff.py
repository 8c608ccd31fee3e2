"""`python -m audit diff`: how two states differ."""

import json

import pytest

from audit.__main__ import main
from audit.diff import differences
from audit.inspection import Plain
from tests.audit.noted_run import NotedRun


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> NotedRun:
    return NotedRun(tmp_path_factory.mktemp("run"))


def diff(run: NotedRun, *arguments: str) -> int:
    """Its exit code."""
    return main(["diff", str(run.directory), *arguments])


@pytest.mark.parametrize("point", ["end", "2.5", "0000/consensus/100", "0001.jsonl:1"])
def test_a_state_does_not_differ_from_itself(run: NotedRun, capsys: pytest.CaptureFixture[str], point: str) -> None:
    assert diff(run, "--at", point, "--to", point) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if " clock was " not in line]
    assert lines == [
        line for node in ("0000", "0001", "0002") for line in (f"{node}, from {point} to {point}:", "  no difference")
    ]


def test_a_replica_does_not_differ_from_itself(run: NotedRun, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(run, "--at", "end", "--node", "0001", "--with", "0001") == 0
    head, clock, *rest = capsys.readouterr().out.splitlines()
    assert (head, rest) == ("0001 and 0001, at end:", ["  no difference"])
    assert clock.startswith("  0001: its clock was ")


def test_one_delivery_changes_what_its_actor_knew_and_nothing_else(
    run: NotedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    n = next(n for n in range(2, 50) if run.noted["0001", "log_store", n] != run.noted["0001", "log_store", n - 1])
    took = run.deliveries("0001", "log_store")[n - 1]
    (place,) = [located for located in run.trail("0001").records if located.record is took]
    before = f"{place.file}:{place.line - 1}"
    assert diff(run, "--at", before, "--to", place.place, "--node", "0001") == 0
    head, _, *changes = capsys.readouterr().out.splitlines()
    assert head == f"0001, from {before} to {place.place}:"
    assert len(changes) > 0
    assert all(change.startswith("  log_store  storage.") and " → " in change for change in changes)
    assert diff(run, "--at", before, "--to", place.place, "--node", "0001", "--actor", "consensus") == 0
    assert capsys.readouterr().out.splitlines()[2:] == ["  no difference"]


def test_two_replicas_at_one_point_differ_in_what_each_is(run: NotedRun, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(run, "--at", "end", "--node", "0000", "--with", "0001", "--actor", "consensus") == 0
    head, first, second, *changes = capsys.readouterr().out.splitlines()
    assert head == "0000 and 0001, at end:"
    assert first.startswith("  0000: its clock was ")
    assert second.startswith("  0001: its clock was ")
    assert all(change.startswith("  consensus  ") for change in changes)
    assert any(change.startswith("  consensus  core.now: ") for change in changes)


def test_a_point_outside_the_run_is_said_once(run: NotedRun, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(run, "--at", "-3", "--to", "99") == 0
    before, after = capsys.readouterr().err.splitlines()
    assert before.startswith("-3 lies before the run")
    assert after.startswith("99 lies after the run")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--at", "end"], "Name another point with --to, or another replica with --with."),
        (
            ["--at", "1", "--to", "2", "--node", "0000", "--with", "0001"],
            "Name another point with --to, or another replica with --with, not both.",
        ),
        (["--at", "1", "--with", "0001"], "Name the replica to compare with by --node."),
        (["--at", "1", "--to", "later"], "'later' is no point of a run: "),
        (["--at", "1", "--to", "2", "--node", "0009"], "There is no trail of '0009' in "),
        (["--at", "1", "--node", "0000", "--with", "0009"], "There is no trail of '0009' in "),
        (["--at", "1", "--to", "2", "--actor", "brain"], "There is no actor 'brain'; there are "),
    ],
)
def test_what_makes_no_sense_is_one_sentence_and_exit_code_2(
    run: NotedRun, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert diff(run, *arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(told)
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"term": 1}, {"term": 1}, []),
        ({"term": 1}, {"term": 2}, [("term", "1", "2")]),
        ({"log": {"terms": [1]}}, {"log": {"terms": [1, 2]}}, [("log.terms", "[1]", "[1,2]")]),
        ({"state": [1, None]}, {"state": [2, None]}, [("state", "[1,null]", "[2,null]")]),
        ({"held": []}, {"held": ["a"]}, [("held", "[]", '["a"]')]),
        ({"staged": {"a": 1}}, {"staged": None}, [("staged", '{"a":1}', "null")]),
        (None, {"a": 1}, [("", "null", '{"a":1}')]),
        ({"values": {"k": "v", "l": "w"}}, {"values": {"l": "w"}}, [("values.k", '"v"', "(absent)")]),
        ({"leader": None}, {"leader": "0001"}, [("leader", "null", '"0001"')]),
        ({"of": {"0001": {"a": 1}}}, {"of": {}}, [("of.0001", '{"a":1}', "(absent)")]),
    ],
)
def test_each_path_that_differs_is_shown_with_both_values(
    before: Plain, after: Plain, found: list[tuple[str, str, str]]
) -> None:
    assert list(differences(before, after)) == found


def entries(first: int, last: int, term: int = 1) -> Plain:
    """A log, as a state shows it."""
    return [{"term": term, "write": {"client": "0010", "MID": f"{index}"}} for index in range(first, last + 1)]


LAST_OF_9 = '{"term":1,"write":{"client":"0010","MID":"9"}}'
LAST_OF_3 = '{"term":1,"write":{"client":"0010","MID":"3"}}'


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (entries(1, 6), entries(4, 9), f"6 items: 3 gone, the last: {LAST_OF_3}; 3 new, the last: {LAST_OF_9}"),
        (entries(1, 6), entries(1, 9), f"9 items: 3 new, the last: {LAST_OF_9}"),
        (entries(4, 9), entries(7, 9), f"3 items: 3 gone, the last: {LAST_OF_9.replace('9', '6')}"),
        (entries(4, 9), [], f"0 items: 6 gone, the last: {LAST_OF_9}"),
        (["one two three", "four"] * 4, ["four", "one two three"] * 4, "8 items: in another order"),
        (["a" * 70], ["a" * 70] * 2, f"2 items: 1 new, the last: {json.dumps('a' * 70)}"),
    ],
)
def test_of_long_lists_it_is_told_what_has_gone_and_what_has_come(before: Plain, after: Plain, told: str) -> None:
    """A log that begins later is the same log, and no other one at each place."""
    ((path, left, right),) = differences({"log": before}, {"log": after})
    assert isinstance(before, list)
    assert (path, left, right) == ("log", f"{len(before)} item{'' if len(before) == 1 else 's'}", told)
