"""Between the parts of a snapshot a leader pauses, so that clients are served meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from tests.actors.replicator_stage import SETTINGS
from tests.actors.snapshot_stage import RECORDS, SnapshotStage, chunk

PAUSE_S: Final = 0.02


@pytest.fixture
def stage() -> SnapshotStage:
    return SnapshotStage(replace(SETTINGS, snapshot_pause_ms=round(PAUSE_S * 1000)))


def after_the_pause(stage: SnapshotStage) -> list[tuple[int, int, str]]:
    """Alarms ring until a part is asked for; what is read then."""
    for _ in range(3):
        if not stage.parts.told:
            stage.ring()
    return stage.wanted()


def test_the_next_part_is_read_when_the_pause_is_over(stage: SnapshotStage) -> None:
    part = stage.begin()
    stage.now += 0.001
    assert stage.takes(part) == []
    taken_at = stage.now
    assert stage.timer.due == pytest.approx(taken_at + PAUSE_S)
    assert after_the_pause(stage) == [(part.last_included_index, 2, RECORDS[1][0])]
    assert stage.now == pytest.approx(taken_at + PAUSE_S)


def test_an_alarm_that_was_set_before_does_not_end_it() -> None:
    """It rings when the answer would have been overdue, and is set anew."""
    stage = SnapshotStage(replace(SETTINGS, snapshot_pause_ms=150))
    stage.takes(stage.begin())
    taken_at = stage.now
    stage.ring()
    assert (stage.now < taken_at + 0.15, stage.wanted(), stage.dues()) == (True, [], 0)
    stage.ring()
    assert len(stage.wanted()) == 1


def test_in_a_pause_neither_an_answer_that_comes_twice_nor_a_refusal_nor_news_of_the_peer_matters(
    stage: SnapshotStage,
) -> None:
    part = stage.begin()
    stage.takes(part)
    stage.takes(part)
    stage.refuses(part)
    stage.heard()
    stage.acknowledge(0)
    stage.reject(20, next_prev=0)
    assert (stage.wanted(), stage.sent(), stage.reads.told) == ([], [], [])
    assert len(after_the_pause(stage)) == 1
    assert after_the_pause(stage) == []


def test_heartbeats_go_on_in_long_pauses() -> None:
    stage = SnapshotStage(replace(SETTINGS, snapshot_pause_ms=10_000))
    stage.takes(stage.begin())
    stage.alarm()
    stage.alarm()
    assert stage.dues() >= 1, "the leader is reminded of one"
    (beat,) = stage.heartbeat()
    assert (beat.prev_log_index, beat.entries) == (0, ())
    assert stage.wanted() == []


@pytest.mark.parametrize("way", ["another term", "no leader"])
def test_a_pause_ends_with_the_reign(stage: SnapshotStage, way: str) -> None:
    stage.takes(stage.begin())
    if way == "another term":
        stage.lead_again(term=6)
    else:
        stage.step_down()
    stage.now += 2 * PAUSE_S
    stage.ring()
    assert stage.wanted() == []


def test_whoever_has_it_all_meanwhile_needs_no_more(stage: SnapshotStage) -> None:
    """Another leader, before this one, had sent it the rest."""
    stage.takes(stage.begin())
    stage.acknowledge(20)
    stage.now += 2 * PAUSE_S
    stage.ring()
    assert stage.wanted() == []


def test_all_parts_come_nevertheless(stage: SnapshotStage) -> None:
    part = stage.begin()
    began_at = stage.now
    for count in (2, 4):
        stage.takes(part)
        ((_, offset, _),) = after_the_pause(stage)
        (part,) = stage.give(chunk(offset))
        assert part.offset == count
    assert part.done
    assert stage.now - began_at == pytest.approx(2 * PAUSE_S)
