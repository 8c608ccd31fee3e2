"""A transfer ends with the term, and with the peer that it was for; what was asked for it is ignored then (Raft §7)."""

from __future__ import annotations

import pytest

from tests.actors.replicator_stage import TERM, shape
from tests.actors.snapshot_stage import LAST, SnapshotStage, chunk


@pytest.fixture
def stage() -> SnapshotStage:
    return SnapshotStage()


def test_stepping_down_ends_a_transfer(stage: SnapshotStage) -> None:
    part = stage.begin()
    stage.step_down()
    assert stage.takes(part) == []
    stage.acknowledge(0)
    stage.heard()
    stage.ring()
    assert (stage.sent(), stage.appends, stage.reads.told) == ([], [], [])


def test_a_part_that_is_read_when_this_node_leads_no_more_is_not_sent(stage: SnapshotStage) -> None:
    stage.takes(stage.begin())
    stage.step_down()
    assert stage.gives() == []


def test_a_new_term_begins_with_entries_and_with_another_transfer_if_need_be(stage: SnapshotStage) -> None:
    part = stage.go_on(stage.begin())
    stage.step_down()
    stage.lead_again(term=TERM + 2)
    assert stage.takes(part) == []
    stage.now += 0.001
    stage.reject(LAST + 1, next_prev=0)
    assert len(stage.reads.take()) == 1
    (anew,) = stage.give(chunk(0), term=TERM + 2)
    assert (anew.term, anew.offset) == (TERM + 2, 0)


def test_a_part_for_a_peer_that_was_replaced_meanwhile_is_ignored(stage: SnapshotStage) -> None:
    """It has another disk, and nothing on it: in the same term, all begins anew."""
    stage.takes(stage.begin())
    stage.lead_again()
    assert stage.gives() == []
    assert shape(stage.heartbeat()) == [(LAST + 1, 0)]


def test_a_part_for_the_peer_before_does_not_go_on_with_the_transfer_to_the_one_that_took_its_place(
    stage: SnapshotStage,
) -> None:
    first = stage.begin()
    stage.takes(first)
    stage.lead_again()
    stage.now += 0.001
    stage.reject(LAST + 1, next_prev=0)
    stage.reads.take()
    (anew,) = stage.give(chunk(0))
    assert stage.gives() == [], "what was asked for in the transfer before"
    assert stage.go_on(anew).offset == 2


def test_a_part_for_the_peer_before_that_comes_first_does_not_begin_the_transfer_to_the_next_one(
    stage: SnapshotStage,
) -> None:
    """The log store answers in the order in which it was asked."""
    stage.takes(stage.begin())
    stage.lead_again()
    stage.now += 0.001
    stage.reject(LAST + 1, next_prev=0)
    assert stage.gives() == []
    assert [part.offset for part in stage.give(chunk(0))] == [0]


def test_an_answer_of_the_peer_before_does_not_end_the_transfer_to_the_one_that_took_its_place(
    stage: SnapshotStage,
) -> None:
    """Consensus does not hand it on; what it had handed on before comes before `Lead`."""
    first = stage.begin()
    stage.lead_again()
    stage.now += 0.001
    stage.reject(LAST + 1, next_prev=0)
    (anew,) = stage.give(chunk(0))
    assert stage.refuses(first) == []
    assert stage.go_on(anew).offset == 2
