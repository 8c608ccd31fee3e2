"""What people see: the live display, plain lines, and the text of reports."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from simulator.display import LiveDisplay
from simulator.events import Caption, KillLeader, PartOneway, Restart
from simulator.plain import PlainDisplay
from simulator.report import encode_reports
from simulator.text import closing_table, full_text, line_of
from tests.simulator.stage import LEADER, Obedient, Stage, config, play
from tests.simulator.test_verdict import AnswersTwice, Silent

SETTING = config(Caption(time=0, text="Look at this."), KillLeader(time=1), requests=20)


def staged() -> Stage:
    stage = Stage(SETTING)
    stage.say(LEADER, "0001", "append", leader=LEADER, term=7, commit_index=41)
    stage.until(0.5)
    return stage


def drawn(display: LiveDisplay, stage: Stage) -> str:
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    with console.capture() as capture:
        console.print(display.render(stage.run, stage.now))
    return capture.get()


def test_the_display_shows_who_leads_terms_commit_indexes_requests_and_the_caption() -> None:
    shown = drawn(LiveDisplay("demo", SETTING), staged())
    assert "demo, seed 1" in shown
    assert "Look at this." in shown
    (leader,) = [line.split() for line in shown.splitlines() if "leads" in line and "0000" in line and "41" in line]
    assert leader[1:5] == ["0000", "leads", "7", "41"]
    assert "3 sent, 0 answered, 3 in flight" in shown


def test_the_display_shows_replicas_that_are_killed_and_cut_off() -> None:
    stage = Stage(config(PartOneway(time=0.5, replica="0001"), KillLeader(time=1)))
    stage.say(LEADER, "0001", "append", leader=LEADER)
    stage.until(1.0)
    shown = drawn(LiveDisplay("demo", SETTING), stage)
    assert "killed 0000, the leader" in shown
    assert "cut off" in shown


class Screen:
    """A terminal that counts what is drawn on it."""

    def __init__(self) -> None:
        self.text = io.StringIO()
        self.display = LiveDisplay("demo", SETTING, Console(file=self.text, width=100, force_terminal=True))

    def size(self) -> int:
        return len(self.text.getvalue())


def test_the_display_waits_until_nothing_is_under_way() -> None:
    stage, screen = staged(), Screen()
    screen.display.look(stage.run, 2.0, idle=False)
    first = screen.size()
    screen.display.look(stage.run, 2.5, idle=True)
    assert screen.size() == first
    screen.display.look(stage.run, 3.1, idle=False)
    assert screen.size() > first
    screen.display.close()


def test_the_display_is_drawn_soon_when_idle() -> None:
    stage, screen = Stage(SETTING), Screen()
    screen.display.look(stage.run, 0.0, idle=False)
    first = screen.size()
    screen.display.look(stage.run, 0.1, idle=True)
    assert screen.size() == first
    screen.display.look(stage.run, 0.2, idle=True)
    assert screen.size() > first
    screen.display.close()


def test_plain_lines_tell_every_event_once_and_the_standing_from_time_to_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stage = staged()
    display = PlainDisplay("demo", SETTING)
    for now in (1.0, 1.1, 6.5):
        display.look(stage.run, now, idle=False)
    lines = capsys.readouterr().out.splitlines()
    assert sum("Look at this." in line for line in lines) == 1
    assert sum("3 replicas up, leader 0000, 3 requests sent" in line for line in lines) == 2


def test_the_full_text_has_the_verdict_first_and_last() -> None:
    lines = full_text(play(config())).splitlines()
    assert lines[0] == "virtual: all held"
    assert lines[-1] == "Verdict: all held"


def test_the_full_text_names_what_broke() -> None:
    text = full_text(play(config(), AnswersTwice))
    assert "Verdict: DID NOT HOLD (no duplicate answers)" in text
    assert "BROKEN  no duplicate answers: 20, allowed 0" in text


def test_the_full_text_tells_who_was_restarted_and_how_often() -> None:
    restarts = [Restart(time=number, replica="0001", after_s=0.5) for number in (1, 2)]
    lines = full_text(play(config(*restarts))).splitlines()
    told = {line.split()[0]: line.endswith(", restarts 2") for line in lines if " ready " in line}
    assert told == {"0000": False, "0001": True, "0002": False}


def test_the_full_text_has_of_a_replica_only_what_is_known() -> None:
    report = play(config())
    first = replace(report.replicas[0], ready_ms=12.0, ready_cpu_ms=9.0, cpu_s=0.5, memory_peak_kb=20_480, exit_ms=3.0)
    virtual = replace(report.replicas[1], ready_ms=12.0, ready_cpu_ms=None, cpu_s=None, exit_ms=None)
    late = replace(virtual, ready_ms=None, exit_code=None)
    lines = full_text(replace(report, replicas=(first, virtual, late))).splitlines()
    assert [line.split(maxsplit=2)[2] for line in lines if " ready" in line and "ended" in line] == [
        f"ready 12 ms (9 ms cpu), cpu 0.50 s, memory 20 MB, exit {first.exit_code} after 3 ms",
        f"ready 12 ms, exit {virtual.exit_code}",
        "never ready",
    ]


def test_a_failed_run_is_a_line_with_scenario_and_seed_and_another_with_what_broke() -> None:
    line, broken = line_of(play(config(), AnswersTwice, seed=9)).splitlines()
    assert line.startswith("FAILED  virtual")
    assert "seed 9" in line
    assert broken.strip() == "no duplicate answers: 20, allowed 0"


def test_the_closing_table_sums_up_by_scenario() -> None:
    reports = [play(config()), play(config(), AnswersTwice), play(config(), Obedient, seed=2)]
    table = closing_table(reports).splitlines()
    assert len(table) == 3
    assert table[1].split()[:2] == ["virtual", "2/3"]
    assert table[-1] == "3 runs: 1 did not hold."


def test_json_tells_whether_all_runs_passed() -> None:
    assert b'"passed": true' in encode_reports([play(config())])[:60]
    assert b'"passed": false' in encode_reports([play(config()), play(config(), AnswersTwice)])[:60]


def test_a_latency_of_nothing_is_none_not_zero() -> None:
    report = play(SETTING, Silent)
    shown = full_text(report)
    assert "every answer        none" in shown
    assert "median_latency  none" in shown
    assert "0.00 ms" not in shown
    assert "median      none  p99        none" in line_of(report)
    assert closing_table([report]).splitlines()[1].split().count("none") == 2
