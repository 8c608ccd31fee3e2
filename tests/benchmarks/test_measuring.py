"""The line that is printed when a run is done."""

from __future__ import annotations

import msgspec

from benchmarks.measuring import Report
from tests.benchmarks.runs import run, turns


def test_a_line_says_what_was_run_and_measured() -> None:
    [turn] = turns(run(messages=1_812, median_ms=1.2, p99_ms=3.1), family="steady-writes")
    words = " ".join(turn.line().split())
    assert words == "steady-writes replica seed 1 1,812 messages, median 1.20 ms, p99 3.10 ms, 0 failures"


def test_a_line_tells_gaps_when_a_leader_was_killed() -> None:
    [turn] = turns(run(gaps=(1_234.5, None)))
    assert turn.line().endswith("0 failures, gap 1,234 ms, gap without end")


def test_a_line_says_what_did_not_hold_and_where_its_trail_is() -> None:
    [turn] = turns(run(broken=("gets answered", "puts answered"), trail="runs/1"))
    assert turn.line().endswith(", DID NOT HOLD: gets answered; puts answered (trail: runs/1)")


def test_a_report_may_say_more_than_is_read() -> None:
    written = msgspec.json.encode({"version": 1, "runs": [msgspec.to_builtins(run()) | {"seed": 7}]})
    assert msgspec.json.decode(written, type=Report).runs == [run()]
