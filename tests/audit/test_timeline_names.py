"""What the time line is asked for by name: one that there is not is a mistake, one of which nothing is there none."""

import re
from pathlib import Path

import pytest

from audit.__main__ import main
from audit.kinds import EVENTS
from tests.audit.small_run import small_run
from tests.audit.trails import Replica
from tests.layout import ROOT


@pytest.fixture
def run(tmp_path: Path) -> Path:
    small_run(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--actor", "consenus"], "There is no actor 'consenus'; did you mean consensus?\n"),
        (["--actor", "replicator/0009"], "There is no actor 'replicator/0009'; did you mean replicator/0003?\n"),
        (
            ["--kind", "role.changed", "--kind", "role.chnged"],
            "There is no kind 'role.chnged'; did you mean role.changed?\n",
        ),
        (["--kind", "*zebra*"], "There is no kind '*zebra*'; 'timeline --help' says what a kind is.\n"),
        (
            ["--actor", "brain"],
            "There is no actor 'brain'; there are consensus, election_timer, log_store, node, replicator, "
            "socket_reader, state_machine.\n",
        ),
    ],
)
def test_a_name_that_there_is_not_is_one_sentence_and_exit_code_2(
    run: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(["timeline", str(run), *arguments]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", told)


@pytest.mark.parametrize(
    "kind", ["Rang", "install_snapshot", "hello", "sync", "timer", "trail.shed", "opened", "snapshot.*"]
)
def test_a_kind_that_there_might_be_can_be_asked_for(run: Path, kind: str) -> None:
    assert main(["timeline", str(run), "--kind", kind]) == 0


def test_a_request_of_which_there_is_nothing_is_said(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["timeline", str(run), "--mid", "M99"]) == 0
    assert capsys.readouterr().err == (
        "No request of the MID M99 is in the trail; timeline --event-only --kind 'request.*' shows which there are.\n"
    )


def test_what_other_code_calls_its_records_can_be_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replica = Replica(node="0001", peers=[])
    replica.takes(1.0, "oracle", "Lament", about="nothing")
    replica.write(tmp_path)
    assert main(["timeline", str(tmp_path), "--kind", "Lament", "--actor", "oracle"]) == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_a_name_that_there_is_not_is_no_run_to_follow(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["timeline", str(run), "--follow", "--actor", "replicator/0009", "--kind", "role.chnged"]) == 2
    assert capsys.readouterr().err == "There is no kind 'role.chnged'; did you mean role.changed?\n"


def test_every_event_that_is_written_anywhere_is_known() -> None:
    """A dotted name in the source is one, if it is not that of a file."""
    sources = [
        ROOT / "node.py",
        *(path for room in ("actors", "trail", "recording") for path in (ROOT / room).rglob("*.py")),
    ]
    named = {name for path in sources for name in re.findall(r'"([a-z_]+\.[a-z_]+)"', path.read_text(encoding="utf-8"))}
    assert {name for name in named if not name.endswith((".py", ".sqlite"))} == EVENTS
