"""What clients are owed when they send a request twice: it has an effect once, and may be answered as often."""

from __future__ import annotations

import pytest

from audit.invariants import Rule
from audit.invariants.state_model import REMEMBERED
from messages.entry import no_op
from messages.ids import Term
from simulator.ids import NodeId
from simulator.requests import Attempt, Sending
from simulator.virtual.answers import COMMITTED_ONCE, NOTHING_REFUSED, READS_SEE_COMMITS
from tests.simulator.virtual.test_answers import LEADER, Stage, fail, ok, redirect


def twice(stage: Stage, attempt: Attempt, at: float = 0.0) -> Attempt:
    """The same, sent a second time, to the replica that leads."""
    attempt.sendings.append(Sending(replica=NodeId(LEADER), sent_at=at))
    return attempt


def test_a_put_that_was_sent_twice_may_be_committed_and_answered_twice() -> None:
    stage = Stage()
    put = twice(stage, stage.asks("put"))
    for index in (1, 2):
        stage.commits(put, index)
        stage.answers.answered(ok(put))
    stage.answers.check_promised()
    stage.answers.conclude()
    assert stage.found == []


def test_but_not_three_times() -> None:
    stage = Stage()
    put = twice(stage, stage.asks("put"))
    for index in (1, 2, 3):
        stage.commits(put, index)
        stage.answers.answered(ok(put))
    assert stage.found == [COMMITTED_ONCE, Rule.ANSWERED_ONCE]


def test_the_second_entry_has_no_effect() -> None:
    stage = Stage()
    put = twice(stage, stage.asks("put"))
    stage.commits(put, 1)
    stage.commits(stage.asks("put"), 2)
    newer = stage.held
    stage.commits(put, 3)
    assert list(stage.answers.values.values()) == [newer]
    stage.reads(stage.asks("get", at=1.0), 3, value=newer)
    assert stage.found == []
    stage.reads(stage.asks("get", at=1.0), 3, value=put.request.value)
    assert stage.found == [READS_SEE_COMMITS]


@pytest.mark.parametrize(("behind", "is_again"), [(REMEMBERED, False), (REMEMBERED + 1, True)])
def test_unless_the_first_is_forgotten_by_then(behind: int, *, is_again: bool) -> None:
    stage = Stage()
    put = twice(stage, stage.asks("put"))
    stage.commits(put, 1)
    stage.commits(stage.asks("put"), 2)
    newer = stage.held
    for index in range(3, behind + 1):
        stage.answers.committed(0.0, index, no_op(Term(1)))
    stage.commits(put, 1 + behind)
    assert list(stage.answers.values.values()) == [put.request.value if is_again else newer]


def test_a_redirect_of_one_of_them_says_nothing_of_the_other() -> None:
    stage = Stage()
    put = twice(stage, stage.asks("put"))
    stage.answers.answered(redirect(put))
    stage.commits(put, 1)
    stage.answers.answered(ok(put))
    assert stage.found == []


def test_what_both_redirect_must_not_be_committed() -> None:
    stage = Stage()
    put = twice(stage, stage.asks("put"))
    stage.answers.answered(redirect(put))
    stage.answers.answered(redirect(put))
    stage.commits(put, 1)
    assert stage.found == [Rule.ANSWER_KEPT]


def test_a_read_that_was_asked_again_must_see_what_was_committed_when_it_was_asked_first() -> None:
    stage = Stage()
    stage.commits(stage.asks("put"), 1, at=1.0)
    get = twice(stage, stage.asks("get", at=2.0), at=3.0)
    stage.commits(stage.asks("put"), 2, at=2.5)
    get.sendings[0].replica = NodeId("0001")
    stage.reads(get, 1)
    assert stage.found == [READS_SEE_COMMITS], "it was asked there at 3.0"


def test_a_replica_may_refuse_where_what_is_repeated_may_be_too_much() -> None:
    stage = Stage(bound=1)
    put = stage.asks("put")
    stage.answers.answered(fail(put))
    assert stage.found == [NOTHING_REFUSED]
    stage.found.clear()
    put = stage.asks("put")
    stage.run.clients.repeated_at[NodeId(LEADER)] += 2
    stage.answers.answered(fail(put))
    assert stage.found == []
