"""What clients are owed: each rule about answers notices when it is broken, and is silent when it is not."""

from __future__ import annotations

from typing import Final, Literal

import pytest

from audit.invariants import Rule
from messages.entry import Entry, Write, no_op
from messages.ids import ClientId, LogIndex, NodeId, RequestId, Term
from messages.wire import Fail, Get, GetOk, PutOk, Redirect
from simulator.cluster import State
from simulator.config import Config
from simulator.requests import Attempt, Outcome
from simulator.run import Run
from simulator.virtual.answers import COMMITTED_ONCE, NOTHING_REFUSED, READS_SEE_COMMITS, Answers

LEADER: Final = NodeId("0000")


class Stage:
    """A run whose clients have asked, and what was found of the answers to them; `bound` is what replicas hold open."""

    def __init__(self, *, bound: int = 20_000) -> None:
        self.run: Final = Run(Config(lifetime=5, replicas=3, requests=10, shared_keys=1), seed=1)
        for replica in self.run.cluster.replicas.values():
            replica.state = State.UP
        self.found: Final[list[str]] = []
        self.sentences: Final[list[str]] = []
        self.held = ""
        """What the only key holds, as far as the log is committed."""
        self.answers: Final = Answers(self.run, self._report, open_max=bound)

    def _report(self, rule: str, sentence: str) -> None:
        self.found.append(rule)
        self.sentences.append(sentence)

    def asks(self, kind: Literal["get", "put"], at: float = 0.0) -> Attempt:
        """A client asks something."""
        self.run.clients.ask(at, kind)
        return list(self.run.clients.attempts())[-1]

    def commits(self, attempt: Attempt, index: int, *, at: float = 0.0, value: str | None = None) -> None:
        """The put of an attempt is committed."""
        request = attempt.request
        write = Write(
            client=ClientId(request.client),
            MID=RequestId(attempt.mid),
            key=request.key,
            value=request.value if value is None else value,
        )
        self.held = write.value
        self.answers.committed(at, index, Entry(term=Term(1), write=write))

    def reads(self, attempt: Attempt, applied: int, value: str | None = None) -> None:
        """A state machine serves a get, having applied so much: with what the key holds by now, or with `value`."""
        get = Get(
            src=ClientId(attempt.request.client),
            dst=LEADER,
            leader=LEADER,
            MID=RequestId(attempt.mid),
            key=attempt.request.key,
        )
        ok = GetOk(src=LEADER, dst=get.src, leader=LEADER, MID=get.MID, value=self.held if value is None else value)
        self.answers.read(ok, LogIndex(applied))


def ok(attempt: Attempt) -> PutOk:
    return PutOk(src=LEADER, dst=ClientId(attempt.request.client), leader=LEADER, MID=RequestId(attempt.mid))


def redirect(attempt: Attempt) -> Redirect:
    return Redirect(src=LEADER, dst=ClientId(attempt.request.client), leader=LEADER, MID=RequestId(attempt.mid))


def fail(attempt: Attempt) -> Fail:
    return Fail(src=LEADER, dst=ClientId(attempt.request.client), leader=LEADER, MID=RequestId(attempt.mid))


def test_a_put_that_is_answered_when_it_is_committed_breaks_nothing() -> None:
    stage = Stage()
    put = stage.asks("put")
    stage.answers.committed(0.0, 1, no_op(Term(1)))
    stage.answers.answered(ok(put))
    stage.commits(put, 2)
    stage.answers.check_promised()
    stage.answers.conclude()
    assert stage.found == []


def test_ok_to_a_put_that_is_not_committed_by_the_end_of_the_step_is_noticed() -> None:
    stage = Stage()
    stage.answers.answered(ok(stage.asks("put")))
    stage.answers.check_promised()
    assert stage.found == [Rule.OK_MEANS_COMMITTED]


def test_an_ok_that_a_client_got_for_nothing_is_noticed_at_the_end() -> None:
    stage = Stage()
    put = stage.asks("put")
    put.outcome = Outcome.OK
    stage.answers.conclude()
    assert stage.found == [Rule.OK_MEANS_COMMITTED]


def test_a_redirected_put_that_is_committed_later_is_noticed() -> None:
    stage = Stage()
    put = stage.asks("put")
    stage.answers.answered(redirect(put))
    stage.commits(put, 1)
    assert stage.found == [Rule.ANSWER_KEPT]


def test_a_redirect_of_a_put_that_was_committed_before_is_noticed() -> None:
    stage = Stage()
    put = stage.asks("put")
    stage.commits(put, 1)
    stage.answers.answered(redirect(put))
    assert stage.found == [Rule.ANSWER_KEPT]


def test_two_answers_to_one_request_are_noticed() -> None:
    stage = Stage()
    put = stage.asks("put")
    stage.commits(put, 1)
    stage.answers.answered(ok(put))
    stage.answers.answered(ok(put))
    assert stage.found == [Rule.ANSWERED_ONCE]


def test_a_put_that_is_committed_twice_is_noticed() -> None:
    stage = Stage()
    put = stage.asks("put")
    stage.commits(put, 1)
    stage.commits(put, 2)
    assert stage.found == [COMMITTED_ONCE]


def test_a_write_that_nobody_asked_for_is_noticed() -> None:
    stage = Stage()
    put = stage.asks("put")
    stage.commits(put, 1, value="another")
    assert stage.found == [Rule.ASKED_FOR]


@pytest.mark.parametrize(("applied", "found"), [(1, [READS_SEE_COMMITS]), (2, [])])
def test_a_read_must_see_what_was_committed_before_it_was_asked(applied: int, found: list[str]) -> None:
    stage = Stage()
    for index in (1, 2):
        stage.commits(stage.asks("put"), index, at=1.0)
    stage.reads(stage.asks("get", at=2.0), applied)
    assert stage.found == found


def test_a_read_need_not_see_what_was_committed_after_it_was_asked() -> None:
    stage = Stage()
    get = stage.asks("get", at=1.0)
    stage.commits(stage.asks("put", at=1.0), 1, at=1.0)
    stage.reads(get, 0)
    assert stage.found == []


def test_a_read_that_claims_to_have_applied_all_must_return_what_the_key_has_held_since_it_was_asked() -> None:
    stage = Stage()
    stage.commits(stage.asks("put"), 1, at=1.0)
    before = stage.held
    stage.commits(stage.asks("put"), 2, at=1.0)
    stage.reads(stage.asks("get", at=2.0), 2, value=before)
    assert stage.found == [READS_SEE_COMMITS]


def test_a_refusal_far_from_any_bound_is_noticed() -> None:
    stage = Stage()
    stage.answers.answered(fail(stage.asks("put")))
    assert stage.found == [NOTHING_REFUSED]


def test_a_refusal_is_legitimate_where_more_was_asked_than_a_replica_holds_open() -> None:
    stage = Stage(bound=2)
    for replica in list(stage.run.cluster.replicas.values())[1:]:
        replica.state = State.KILLED
    attempts = [stage.asks("put") for _ in range(3)]
    stage.answers.answered(fail(attempts[-1]))
    assert stage.found == []


def test_the_sentence_names_the_request() -> None:
    stage = Stage()
    put = stage.asks("put")
    stage.answers.answered(ok(put))
    stage.answers.check_promised()
    assert put.mid in stage.sentences[0]
