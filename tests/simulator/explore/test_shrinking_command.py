"""`python -m simulator shrink`: what it writes, what it says, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.events import CutLink, Delay, KillLeader
from simulator.explore.drawing import drawn
from simulator.explore.shrinking_command import main
from simulator.explore.shrinking_text import told
from simulator.loading import load
from simulator.scenario import Scenario
from tests.simulator.explore.shrinking_stage import SAFE, Replayed, has, lavish

HOLDS = Replayed(lambda *_: None)


def kill_fails() -> Replayed:
    return Replayed(lambda config, _: 1.5 if has(config, KillLeader) else None)


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory to work in, with a scenario that fails."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.json").write_bytes(Scenario(description="", config=lavish()).as_file())
    return tmp_path


def test_the_small_scenario_is_written_with_its_seed_and_fails_again(directory: Path) -> None:
    assert main(["mine.json", "--seed", "5"], play := kill_fails()) == 0
    config = load(directory / "shrunk-mine-5.json").config
    assert [type(event) for event in config.all_events] == [KillLeader]
    assert config.seed is not None
    assert play(config, config.seed).findings


def test_the_file_does_not_name_what_is_as_by_default(directory: Path) -> None:
    main(["mine.json", "--seed", "5"], kill_fails())
    given = json.loads((directory / "shrunk-mine-5.json").read_bytes())
    assert given.keys() >= {"lifetime", "replicas", "requests", "seed", "extra_events"}
    assert given.keys().isdisjoint({"mix", "drops", "value_size", "shared_keys", "burst", "environment", "late_start"})


def test_it_is_played_once_more_for_its_trail(directory: Path) -> None:
    main(["mine.json", "--seed", "5"], play := kill_fails())
    assert [str(path) for path in play.trails] == ["runs/shrunk-mine-5"]


def test_an_earlier_trail_is_left_alone(directory: Path) -> None:
    (directory / "runs" / "shrunk-mine-5").mkdir(parents=True)
    main(["mine.json", "--seed", "5"], play := kill_fails())
    assert [str(path) for path in play.trails] == ["runs/shrunk-mine-5-2"]


def test_files_are_written_where_the_user_wants_them(directory: Path) -> None:
    main(["mine.json", "--seed", "5", "--out", "small.json", "--trails", "here"], play := kill_fails())
    assert load(directory / "small.json").config.replicas == 3
    assert [str(path) for path in play.trails] == ["here"]


def test_a_number_is_the_seed_of_a_random_scenario(directory: Path) -> None:
    play = Replayed(lambda *_: 0.5)
    assert main(["31"], play) == 0
    assert play.configs[0] == drawn(31)
    assert (directory / "shrunk-31.json").exists()


def test_with_amnesia_it_is_that_of_the_other_kind(directory: Path) -> None:
    main(["31", "--amnesia", "--tries", "1"], play := Replayed(lambda *_: 0.5))
    assert play.configs[0] == drawn(31, amnesia=True)


def test_a_small_scenario_can_be_shrunk_again_with_its_own_seed(directory: Path) -> None:
    main(["mine.json", "--seed", "5", "--tries", "20"], kill_fails())
    assert main(["shrunk-mine-5.json"], kill_fails()) == 0


def test_it_says_what_was_gained_what_breaks_and_how_to_go_on(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["mine.json", "--seed", "5"], kill_fails())
    said = capsys.readouterr().out
    for part in (
        "times fewer steps",
        "replicas              7      3",
        f"{SAFE}: 0001 and 0002",
        "0.000 s  kill_leader",
        "python -m simulator --virtual shrunk-mine-5.json",
        "python -m audit summary runs/shrunk-mine-5",
        "python -m audit page runs/shrunk-mine-5 -o shrunk-mine-5.html",
    ):
        assert part in said


def test_when_nothing_fails_it_says_so_and_writes_nothing(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mine.json", "--seed", "5"], HOLDS) == 1
    assert "Nothing failed: the scenario holds with seed 5" in capsys.readouterr().out
    assert sorted(path.name for path in directory.iterdir()) == ["mine.json"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing.json"], "nothing.json: there is no such file and no built-in scenario of that name"),
        (["mine.json"], "mine.json: the scenario has no seed; say with --seed N with which one it fails."),
        (["7", "--seed", "8"], "7: this is the seed of a random scenario already; --seed is for a file or a name."),
        (["9" * 30], "a seed is a whole number from 0 to 9223372036854775807."),
        (["mine.json", "--amnesia"], "mine.json: --amnesia is for the random scenario of a seed"),
        (["7", "--out", "no/where.json"], "no/where.json: the scenario cannot be written there"),
        (["7", "--trails", "full"], "full: the trail cannot be written there; name a directory that is empty or new."),
        (["7", "--trails", "no/where"], "no/where: the trail cannot be written there; name a directory in one"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(
    directory: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    (directory / "full").mkdir()
    (directory / "full" / "file").touch()
    assert main(arguments, HOLDS) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["7", "--tries", "0"], ["7", "--for", "soon"]])
def test_bad_options_are_refused_as_everywhere(directory: Path, arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments, HOLDS)


def test_events_are_told_with_their_parameters() -> None:
    assert told(KillLeader(time=1.25)) == "   1.250 s  kill_leader"
    assert told(Delay(time=0, max_ms=50.0)) == "   0.000 s  delay: rate 1, min_ms 1, max_ms 50, tail no, only any"
    assert told(CutLink(time=2)) == "   2.000 s  cut_link: a leader, b follower, both yes"
