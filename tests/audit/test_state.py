"""`python -m audit state`: what every actor knew at a point, for people and for machines."""

import json
from pathlib import Path

import pytest

from audit.__main__ import main
from audit.state import shown
from tests.audit.noted_run import NotedRun
from tests.audit.trails import encoded, event, opened

AT = "0000/consensus/100"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> NotedRun:
    return NotedRun(tmp_path_factory.mktemp("run"))


def test_every_actor_of_every_replica_is_shown_with_what_it_had_taken(
    run: NotedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["state", str(run.directory), "--at", AT]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:4] for line in lines if not line.startswith(" ")] == ["0000", "0001", "0002"]
    assert "  consensus, after 100 messages:" in lines
    assert sum(line.startswith("  replicator/") for line in lines) == 6
    assert "    nothing to remember" in lines
    assert max(map(len, lines)) < 200


def test_for_machines_it_is_all_that_the_actors_really_knew(run: NotedRun, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["state", str(run.directory), "--at", AT, "--node", "0000", "--json"]) == 0
    states = json.loads(capsys.readouterr().out)
    assert states.keys() == {"0000"}
    assert states["0000"]["consensus"] == run.noted["0000", "consensus", 100]


def test_only_what_is_asked_for_is_shown(run: NotedRun, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["state", str(run.directory), "--at", "end", "--node", "0002", "--actor", "state_machine"]
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    taken = len(run.deliveries("0002", "state_machine"))
    assert lines[0].startswith("0002 (its clock was ")
    assert lines[1] == f"  state_machine, after {taken} messages:"
    assert all(line.startswith("    ") for line in lines[2:])
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out).keys() == {"0002"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--at", "0009/consensus/1"], "There is no record 0009/consensus/1 in "),
        (["--at", "soon"], "'soon' is no point of a run: "),
        (["--at", "end", "--node", "0009"], "There is no trail of '0009' in "),
        (["--at", "end", "--actor", "brain"], "There is no actor 'brain'; there are "),
    ],
)
def test_what_is_not_there_is_one_sentence_and_exit_code_2(
    run: NotedRun, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(["state", str(run.directory), *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(told)
    assert captured.err.count("\n") == 1


def test_a_point_must_be_named(run: NotedRun, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["state", str(run.directory)])
    assert ended.value.code == 2
    assert "--at" in capsys.readouterr().err


def test_a_replica_whose_state_cannot_be_known_hides_no_others(
    run: NotedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in run.directory.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    lines = (tmp_path / "0001.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "0001.jsonl").write_bytes(b"".join(lines[10:]))
    assert main(["state", str(tmp_path), "--at", "end"]) == 1
    out = capsys.readouterr().out.splitlines()
    (at,) = [place for place, line in enumerate(out) if line.startswith("0001 (")]
    assert out[at + 1] == "  NOT as far as asked for: the beginning of its trail is missing"
    assert out[at + 2].startswith("0002 (")


def test_a_trail_without_messages_has_no_states_to_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = [opened(level="events", settings={}), event("0001", 1.0, 1, "node.stopped")]
    (tmp_path / "0001.jsonl").write_bytes(encoded(records))
    assert main(["state", str(tmp_path), "--at", "end"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "the state of 0001 cannot be known: its trail, of level 'events', has no messages." in captured.err


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ("v", '"v"'),
        ([1, 2], "[1,2]"),
        (list(range(100)), "100 items, the last: 99"),
        ({str(number): number for number in range(50)}, "50 keys, the last: 49: 49"),
        ("v" * 200, '"' + "v" * 96 + "..."),
        (["v" * 200], '["' + "v" * 95 + "..."),
        ({"k": "v" * 200}, '{"k":"' + "v" * 91 + "..."),
    ],
)
def test_a_value_is_one_line_and_of_a_large_one_its_size_and_end(value: object, text: str) -> None:
    assert shown(value) == text  # type: ignore[arg-type]  # plain data, all of it
