"""A run in virtual time is a function of its configuration and its seed, in whatever process it is played."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec
import pytest

from audit.__main__ import main as audit_main
from audit.reading import read
from audit.verify import HELD, verify
from simulator.config import Config, Virtual
from simulator.loading import ConfigError
from simulator.scenarios import SCENARIOS
from simulator.virtual import Played, play
from tests.simulator.virtual.cases import BREAKING, CASES, FORGETFUL, SEED, small

ROOT: Final = Path(__file__).resolve().parent.parent.parent.parent
CODE: Final = (
    "actors",
    "audit",
    "linearizability",
    "messages",
    "recording",
    "simulator",
    "storage",
    "trail",
    "tests/simulator",
)
PLAIN: Final = small(Virtual())


def start(directory: Path, *, code: Path = ROOT, hash_seed: str) -> subprocess.Popen[str]:
    """A process that plays all cases, with code that lies in `code`."""
    directory.mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", "tests.simulator.virtual.cases", str(directory)],
        cwd=code,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(code)},
        stderr=subprocess.PIPE,
        text=True,
    )


def copied(to: Path) -> Path:
    """The code, as much of it as the cases need, in another directory."""
    for package in CODE:
        shutil.copytree(ROOT / package, to / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "tests/__init__.py", to / "tests")
    return to


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """What three processes made of the cases: two that hash differently, and one with a copy of the code."""
    base = tmp_path_factory.mktemp("played")
    directories = base / "one", base / "other", base / "copied"
    processes = (
        start(directories[0], hash_seed="1"),
        start(directories[1], hash_seed="2"),
        start(directories[2], hash_seed="3", code=copied(base / "elsewhere" / "checkout")),
    )
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    return directories


def contents(directory: Path) -> dict[str, bytes]:
    """All files, by their names."""
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


# --- the same run ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_processes_make_the_same_of_a_configuration_and_a_seed(places: tuple[Path, Path, Path], case: str) -> None:
    one, other, copy = (place.joinpath(f"{case}.txt").read_text(encoding="utf-8") for place in places)
    assert one == other == copy


@pytest.mark.parametrize("case", CASES)
def test_processes_write_the_same_trail_byte_for_byte(places: tuple[Path, Path, Path], case: str) -> None:
    one, other, _ = (contents(place / case) for place in places)
    assert len(one) >= 3
    assert one == other


@pytest.mark.parametrize("case", CASES)
def test_where_the_code_lies_makes_no_difference_to_a_trail(places: tuple[Path, Path, Path], case: str) -> None:
    one, _, copy = (contents(place / case) for place in places)
    assert one == copy
    assert not any(str(ROOT).encode() in content for content in one.values())


def test_a_trail_ends_with_why_its_replica_failed(places: tuple[Path, Path, Path]) -> None:
    last_words = [content.splitlines()[-1] for content in contents(places[0] / "full").values()]
    assert sum(b'"event":"node.failed"' in words and b"no space left on device" in words for words in last_words) == 1
    assert sum(b'"event":"node.stopped"' in words for words in last_words) == 2


def test_a_configuration_and_a_seed_are_played_alike_twice() -> None:
    assert play(PLAIN, SEED) == play(PLAIN, SEED)


def test_a_run_that_fails_is_played_alike_twice() -> None:
    first = play(FORGETFUL, SEED)
    assert first.findings
    assert first == play(FORGETFUL, SEED)


def test_another_seed_gives_another_run() -> None:
    runs = [play(PLAIN, seed) for seed in (1, 2, 3)]
    assert len({run.steps for run in runs}) == 3
    assert len({repr(run.report) for run in runs}) == 3


@pytest.mark.parametrize("config", [PLAIN, small(Virtual(storage="synced", haste=0.2)), FORGETFUL])
def test_a_run_is_the_same_whether_it_is_recorded_or_not(config: Config, tmp_path: Path) -> None:
    assert play(config, SEED, trails=tmp_path) == play(config, SEED)


# --- its trail ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", sorted(CASES.keys() - BREAKING))
def test_the_trail_of_a_run_in_which_all_held_is_verified(places: tuple[Path, Path, Path], case: str) -> None:
    verdict = verify(read(places[0] / case))
    assert verdict.code == HELD
    assert verdict.replayed > 500


@pytest.mark.parametrize("name", ["kill-leader", "corruption", "replicas-7"])
def test_the_trail_of_a_built_in_scenario_is_verified(name: str, tmp_path: Path) -> None:
    play(shorter(SCENARIOS[name].config), SEED, trails=tmp_path)
    assert verify(read(tmp_path)).code == HELD


def shorter(config: Config) -> Config:
    """The same trouble, and fewer requests."""
    return msgspec.structs.replace(config, requests=40)


def test_the_trail_of_a_run_that_broke_a_rule_shows_the_same_to_the_audit(places: tuple[Path, Path, Path]) -> None:
    found = {finding.rule for finding in play(FORGETFUL, SEED).findings if finding.checker == "Raft's rules"}
    assert found
    assert {str(violation.rule) for violation in verify(read(places[0] / "forgetful")).violations} == found


# --- what comes of it --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_built_in_scenario_holds_in_virtual_time(name: str) -> None:
    played = play(SCENARIOS[name].config, SEED, scenario=name)
    assert played.findings == ()
    assert played.report.passed
    assert played.scenario == played.report.scenario == name


@pytest.mark.parametrize("name", ["steady-writes", "kill-leader", "pause-leader", "contention"])
def test_a_built_in_scenario_in_which_all_is_well_in_the_end_is_played_until_it_is_known_to_settle(name: str) -> None:
    played = play(shorter(SCENARIOS[name].config), SEED, scenario=name)
    (settles,) = (check for check in played.report.checks if check.name == "settles, and stays quiet")
    assert settles.detail.startswith("settled ")


def held(played: Played, name: str) -> bool:
    """Whether a check of the report held."""
    return {check.name: check.held for check in played.report.checks}[name]


def test_what_broke_a_rule_is_a_check_of_the_report_that_did_not_hold() -> None:
    played = play(FORGETFUL, SEED)
    assert not played.report.passed
    assert not held(played, "Raft's rules at every step")
    assert held(played, "clients get what they are owed")


def test_a_run_that_was_stopped_by_a_finding_is_not_judged_by_what_it_did_not_come_to() -> None:
    assert {finding.checker for finding in play(FORGETFUL, SEED).findings} == {"Raft's rules"}


def test_a_finding_says_at_which_step_and_when_it_showed() -> None:
    played = play(FORGETFUL, SEED)
    assert {finding.step for finding in played.findings} == {played.steps}
    assert {finding.at for finding in played.findings} == {played.virtual_s - FORGETFUL.start_wait}


def test_the_faults_that_were_injected_are_counted() -> None:
    faults = play(PLAIN, SEED).faults
    assert faults["part_hard"] == faults["part_star"] == 1
    assert all(faults[kind] for kind in ("lost", "duplicated", "reordered", "cut off"))


def test_of_what_machines_do_each_time_counts() -> None:
    faults = play(PLAIN, SEED).faults
    assert faults["waited"] > 5
    assert faults["rang late"] > 5


def test_the_named_events_are_counted_by_what_tells_them_apart() -> None:
    played = play(PLAIN, SEED)
    assert played.events["role.changed: elected"] >= 1
    assert played.events["request.answered: ok"] == played.report.requests.ok
    assert played.events["request.answered: redirect"] == played.report.requests.redirects


# --- its settings ------------------------------------------------------------------------------------------------


def test_the_environment_of_the_file_sets_the_replicas_settings() -> None:
    often, seldom = (
        play(msgspec.structs.replace(PLAIN, environment={"RAFT_HEARTBEAT_MS": each}), SEED) for each in ("20", "200")
    )
    assert often.report.traffic.total > 2 * seldom.report.traffic.total


def test_variables_of_the_process_that_plays_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = play(PLAIN, SEED)
    monkeypatch.setenv("RAFT_HEARTBEAT_MS", "20")
    monkeypatch.setenv("RAFT_TRAIL", "somewhere")
    assert play(PLAIN, SEED) == expected


def test_variables_that_are_no_settings_mean_nothing() -> None:
    environment = {"LANG": "C", "RAFT_TRAIL_LEVEL": "off", "RAFT_SEED": "7"}
    played = play(msgspec.structs.replace(PLAIN, environment=environment), SEED)
    assert replace(played, config=PLAIN) == play(PLAIN, SEED)


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        ("RAFT_HEARTBEAT_MS", "many", "RAFT_HEARTBEAT_MS must be a whole number from 1 to 200000, and is 'many'."),
        ("RAFT_HARTBEAT_MS", "20", "'RAFT_HARTBEAT_MS' is no setting; 'node.py --help' lists them."),
        ("RAFT_HEARTBEAT_MS", "700", "RAFT_HEARTBEAT_MS (700) must be at most a third"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_one_sentence(variable: str, value: str, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        play(msgspec.structs.replace(PLAIN, environment={variable: value}), SEED)
    assert str(caught.value).startswith(f"`environment`: {text}")
    assert "\n" not in str(caught.value)


def test_the_summary_of_a_trail_counts_latencies_by_the_clock_of_its_records(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A node's own clock began anywhere: what its actors were told by it is no time of the trail's."""
    play(PLAIN, SEED, trails=tmp_path)
    audit_main(["summary", str(tmp_path)])
    lines = [line for line in capsys.readouterr().out.splitlines() if "answered in" in line]
    assert lines
    assert not any("answered in -" in line for line in lines)
