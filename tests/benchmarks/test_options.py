"""The command line: what may be asked for, and how it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.families import PARTS
from benchmarks.options import parse


def test_everything_is_measured_when_nothing_is_said() -> None:
    options = parse([], "")
    assert (options.rounds, options.failovers, options.only) == (3, 10, PARTS)
    assert (options.seconds, options.json) == (None, None)


def test_some_parts_a_trial_and_a_file_can_be_asked_for(tmp_path: Path) -> None:
    words = ["--only", "size,messages", "--seconds", "5", "--rounds", "1", "--json", str(tmp_path / "out.json")]
    options = parse(words, "")
    assert (options.only, options.seconds, options.rounds) == (("messages", "size"), 5, 1)
    assert options.json == tmp_path / "out.json"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--only", "messages,speed"], "'speed' is none of messages, latency, failover, follower, size"),
        (["--rounds", "0"], "'0' must be a whole number, 1 at least"),
        (["--failovers", "many"], "'many' must be a whole number, 1 at least"),
        (["--seconds", "4"], "'4' must be a whole number, 5 at least"),
        (["--json", "/nowhere/out.json"], "'/nowhere/out.json' must be a file in a directory that exists"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words, "")
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err
