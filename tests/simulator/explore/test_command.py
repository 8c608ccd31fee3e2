"""The command `explore`: what it accepts, what it prints, and its exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from simulator.config import Config
from simulator.explore import command, lots
from simulator.explore.arguments import Options, duration_s, parse_arguments
from simulator.explore.drawing import drawn
from simulator.explore.lots import CRASHED, Lot, play_lot
from simulator.explore.workers import Work
from simulator.program import main
from simulator.virtual import Finding, Played, play
from tests.layout import ROOT
from tests.simulator.explore.players import BROKEN, Handmade, pretend

EASY = ("explore", "--plain", "--seed", "1", "--seeds", "2", "--jobs", "1")


class OneByOne(Handmade):
    """Workers that are given a lot only when the one before is over."""

    def __init__(self, work: Work) -> None:
        super().__init__(work, capacity=1)


def run(options: Options, workers: Handmade) -> command.Ended:
    ticks = iter(range(10**6))

    def clock() -> float:
        if workers.under_way:
            workers.finish_one()
        return next(ticks) / 10

    return command.explore(options, workers, clock=clock)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("10m", 600), ("2h", 7200), ("1", 1), ("168h", 604_800)]
)
def test_durations_are_seconds_minutes_or_hours(text: str, seconds: int) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--for", "soon"], r"'soon' must be a time from 1s to 168h, such as 90, 90s, 10m or 2h"),
        (["--for", "0"], r"'0' must be a time"),
        (["--for", "169h"], r"'169h' must be a time"),
        (["--for", "-5"], r"--for"),
        (["--seeds", "0"], r"'0' must be a whole number from 1 to 1000000000"),
        (["--seeds", "5", "--for", "5"], r"not allowed with argument"),
        (["--jobs", "2", "--dask", "tcp://a:1"], r"not allowed with argument"),
        (["--jobs", "many"], r"'many' must be a whole number"),
        (["--seed", "x"], r"'x' must be a whole number"),
        (["more"], r"unrecognized arguments: more"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["explore", *arguments])
    assert ended.value.code == 2
    assert re.search(said, capsys.readouterr().err)


@pytest.mark.parametrize("option", ["--json", "--trails"])
def test_what_cannot_be_written_is_found_out_before_the_campaign(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explore", option, str(tmp_path / "none" / "there")]) == 2
    assert str(tmp_path) in capsys.readouterr().err


def test_without_options_a_thousand_seeds_are_played_from_a_random_one_on() -> None:
    options = [parse_arguments([]) for _ in range(2)]
    assert {each.plan.count for each in options} == {1000}
    assert options[0].plan.first != options[1].plan.first
    assert options[0].jobs == (os.cpu_count() or 1)


def test_few_seeds_are_divided_so_that_every_process_has_some() -> None:
    assert parse_arguments(["--seeds", "16", "--jobs", "2"]).plan.lot_seeds == 4
    assert parse_arguments(["--seeds", "1", "--jobs", "2"]).plan.lot_seeds == 1
    assert parse_arguments(["--for", "1m", "--jobs", "2"]).plan.lot_seeds == 8


def test_help_names_every_option_that_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["explore", "--help"])
    options = set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - {"--help"}
    document = (ROOT / "docs" / "exploring.md").read_text("utf-8")
    rows = set(re.findall(r"^\| `(--[a-z]+)", document, re.MULTILINE))
    assert rows == options


def test_the_simulator_names_its_commands_in_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert "python -m simulator explore" in shown
    assert "python -m simulator shrink" in shown


def test_a_file_of_the_commands_name_can_still_be_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "explore").write_text("{}")
    monkeypatch.chdir(tmp_path)
    assert main(["./explore"]) == 2
    assert "explore: `lifetime` is missing." in capsys.readouterr().err


def test_a_campaign_says_how_it_ended() -> None:
    options = parse_arguments(["--seeds", "20", "--seed", "0", "--plain"])
    assert run(options, OneByOne(pretend)).explored.end == "all seeds played"
    assert run(parse_arguments(["--seed", "0", "--stop", "--plain"]), OneByOne(pretend)).explored.seeds == 8
    timed = run(parse_arguments(["--for", "3", "--seed", "0", "--plain"]), OneByOne(pretend))
    assert timed.explored.end == "time over"
    assert timed.explored.seeds > 0


def test_a_campaign_that_is_interrupted_is_summed_up_as_far_as_it_came() -> None:
    workers = OneByOne(_interrupt_at_the_third_lot)
    ended = run(parse_arguments(["--seeds", "800", "--seed", "0", "--plain"]), workers)
    assert ended.interrupted is not None
    assert ended.interrupted.exit_code == 130
    assert ended.explored.end == "interrupted"
    assert 16 <= ended.explored.seeds < 800
    assert workers.closed == [True]


def _interrupt_at_the_third_lot(lot: Lot) -> lots.LotPlayed:
    if lot.seeds.start == 16:
        signal.raise_signal(signal.SIGINT)
    return pretend(lot)


def playing(findings: tuple[Finding, ...]) -> Callable[..., Played]:
    """Playing as it is, but for what is found."""

    def play_so(config: Config, seed: int, *, scenario: str = "", trails: Path | None = None) -> Played:
        if trails is not None:
            (trails / "0000.jsonl").write_text("{}\n")
        short = Config(lifetime=5, replicas=3, requests=2, start_wait=3, mix=0)
        return replace(play(short, seed, scenario=scenario), findings=findings)

    return play_so


def test_a_seed_for_which_the_simulator_itself_raises_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(config: Config, seed: int, *, scenario: str = "", trails: Path | None = None) -> Played:
        raise ArithmeticError(f"{seed} is not lucky")

    monkeypatch.setattr(lots, "play", raises)
    played = play_lot(Lot(seeds=range(3, 5)))
    assert [each.findings[0].rule for each in played.results] == [CRASHED, CRASHED]
    assert played.results[0].findings[0].sentence.startswith("ArithmeticError: 3 is not lucky (test_command.py, line ")


def test_the_first_failure_is_played_again_for_its_trails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lots, "play", playing((BROKEN,)))
    monkeypatch.setattr(command, "Processes", lambda jobs: Quick(play_lot))
    trails = tmp_path / "runs"
    assert main([*EASY, "--trails", str(trails)]) == 1
    assert [path.name for path in trails.iterdir()] == ["random-1"]
    assert (trails / "random-1" / "0000.jsonl").exists()
    assert f"Trails of seed 1: {trails / 'random-1'}\n" in capsys.readouterr().out
    assert main([*EASY, "--trails", str(trails)]) == 1
    assert sorted(path.name for path in trails.iterdir()) == ["random-1", "random-1-2"]


class Quick(Handmade):
    """Workers that play a lot the moment it is asked for."""

    def submit(self, lot: Lot) -> Done:
        return Done(self._work(lot))


class Done:
    """A lot that is over."""

    def __init__(self, played: lots.LotPlayed) -> None:
        self._played = played

    def add_done_callback(self, fn: Callable[[Done], None], /) -> None:
        fn(self)

    def result(self) -> lots.LotPlayed:
        return self._played


def test_seeds_are_really_played_and_the_report_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report.json"
    code = main([*EASY, "--json", str(out)])
    report = json.loads(out.read_bytes())
    assert code == (0 if report["passed"] else 1)
    assert (report["first_seed"], report["seeds"], report["scenario"]) == (1, 2, "random")
    assert report["virtual_s"] > 10
    assert report["coverage"]["unknown"] == []
    assert "Seeds from 1 on, in 1 process.\n" in capsys.readouterr().out


def test_a_seed_comes_to_the_same_wherever_it_is_played() -> None:
    (here,) = play_lot(Lot(seeds=range(3, 4))).results
    again = play(drawn(3), 3, scenario="random")
    assert (here.steps, here.virtual_s, here.events, here.faults, here.findings) == (
        again.steps,
        again.virtual_s,
        again.events,
        again.faults,
        again.findings,
    )


def test_ctrl_c_ends_a_campaign_with_its_report_and_without_a_traceback() -> None:
    command_line = [sys.executable, "-m", "simulator", "explore", "--for", "10m", "--jobs", "2", "--plain"]
    with subprocess.Popen(
        command_line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("Seeds from ")
        process.stdout.readline()  # a line of progress: the campaign is under way
        os.killpg(process.pid, signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "(interrupted)" in rest
    assert errors == "\nThe campaign was ended by SIGINT.\n"
