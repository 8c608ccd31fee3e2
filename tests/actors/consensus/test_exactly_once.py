"""A client that does not know what became of a write sends it again: it is applied once, or refused (Raft §8)."""

from __future__ import annotations

from typing import Final

import pytest
from msgspec import UNSET

from actors.snapshot import REMEMBERED
from messages.state_machine import Read
from messages.wire import Fail, PutOk
from tests.actors.consensus.driver import Replica, campaigns, fates, forget, is_elected, leader
from tests.actors.consensus.sayings import B, accepted, append, entries, get, put

SHORT: Final = 5
"""So long writes are remembered here, in indexes."""


@pytest.fixture(autouse=True)
def _remembered_shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    assert REMEMBERED > SHORT
    monkeypatch.setattr("actors.consensus.leading.REMEMBERED", SHORT)


def serving(*, log: int = 1) -> Replica:
    """A leads; its log has so many entries, all committed."""
    replica = leader(behind=entries(*[1] * (log - 1)))
    commit(replica)
    forget(replica)
    return replica


def commit(replica: Replica) -> None:
    """All that is in A's log commits."""
    replica.hears(accepted(B, term=replica.core.term, match=replica.core.log.last_index, at=replica.now))


def refused(replica: Replica) -> list[str]:
    return [answer.MID for answer in replica.says(Fail)]


# --- index in answers --------------------------------------------------------------------------------------------


def test_who_writes_with_an_index_is_told_where_the_entry_is() -> None:
    replica = serving(log=3)
    replica.asked(put("1", since=0), put("2", since=3))
    commit(replica)
    assert [(answer.MID, answer.index) for answer in replica.says(PutOk)] == [("1", 4), ("2", 5)]


def test_who_writes_without_an_index_is_told_none() -> None:
    """Other programs' clients may not expect more than the contract says."""
    replica = serving()
    replica.asked(put("1"))
    commit(replica)
    assert [answer.index for answer in replica.says(PutOk)] == [UNSET]


def test_a_read_with_an_index_reaches_the_state_machine_as_it_is() -> None:
    """Only that knows how far it has applied the log."""
    replica = serving()
    replica.asked(get("1", since=0))
    assert [request.since for message in replica.state_machine.only(Read) for request in message.requests] == [0]


def test_an_index_does_not_get_into_the_log() -> None:
    replica, other = serving(), serving()
    replica.asked(put("1", since=1))
    other.asked(put("1"))
    assert replica.storage.read(replica.storage.last_index(), 1) == other.storage.read(other.storage.last_index(), 1)


# --- repetition --------------------------------------------------------------------------------------------------


def test_a_write_that_was_answered_and_comes_again_gets_an_entry_and_ok_again() -> None:
    """Its entry has no effect: that is the state machine's business."""
    replica = serving()
    for index in (2, 3):
        replica.asked(put("1", since=1))
        commit(replica)
        assert [(answer.MID, answer.index) for answer in replica.says(PutOk)] == [("1", index)]
    assert len(replica.log_terms) == 3


def test_a_write_that_is_open_and_comes_again_is_answered_once() -> None:
    replica = serving()
    replica.asked(put("1", since=1))
    replica.asked(put("1", since=1))
    commit(replica)
    assert fates(replica) == [("1", "ok")]
    assert len(replica.log_terms) == 2


# --- refusal -----------------------------------------------------------------------------------------------------


def test_a_write_is_taken_while_a_repetition_would_be_noticed_and_refused_when_not() -> None:
    """Where it may have been applied, behind `since`, is out of what is remembered."""
    replica = serving(log=6)
    replica.asked(put("old", since=1))
    assert refused(replica) == ["old"]
    replica.asked(put("young", since=2))
    commit(replica)
    assert fates(replica) == [("young", "ok")]
    assert len(replica.log_terms) == 7


def test_a_write_that_is_refused_gets_no_entry_and_why_is_audited() -> None:
    replica = serving(log=8)
    replica.asked(put("1", since=0))
    assert len(replica.log_terms) == 8
    (event,) = replica.audit.events("request.answered")
    assert (event["mid"], event["answer"]) == ("1", "fail")
    assert event["reason"] == "whether it was applied before is forgotten"


def test_who_is_refused_may_ask_again() -> None:
    replica = serving(log=8)
    replica.asked(put("1", since=0))
    replica.asked(put("1", since=8))
    assert refused(replica) == ["1"]
    commit(replica)
    assert fates(replica) == [("1", "ok")]


def test_of_writes_that_come_together_each_is_judged_by_the_index_that_it_would_get() -> None:
    replica = serving(log=4)
    replica.asked(put("a"), put("b", since=1), put("c", since=1), put("d", since=2), put("e", since=2))
    assert refused(replica) == ["c", "e"]
    commit(replica)
    assert fates(replica) == [("a", "ok"), ("b", "ok"), ("d", "ok")]
    assert len(replica.log_terms) == 7


def test_writes_that_were_held_are_judged_when_they_get_into_the_log() -> None:
    """Behind the no-op of a new leader."""
    replica = Replica(3)
    replica.hears(append(B, term=1, entries=entries(*[1] * 5)))
    replica.passes(2000)
    replica.asked(put("old", since=1), put("young", since=2))
    campaigns(replica)
    is_elected(replica)
    assert refused(replica) == ["old"]
    commit(replica)
    assert fates(replica) == [("young", "ok")]


def test_a_write_without_an_index_is_never_refused_for_its_age() -> None:
    replica = serving(log=50)
    replica.asked(put("1"))
    commit(replica)
    assert fates(replica) == [("1", "ok")]


def test_an_index_from_the_future_is_no_reason_to_refuse() -> None:
    """The client has heard of it from a leader that this one has not heard of yet, or is mistaken."""
    replica = serving()
    replica.asked(put("1", since=10**9))
    commit(replica)
    assert fates(replica) == [("1", "ok")]


def test_a_read_is_never_refused_for_its_age() -> None:
    replica = serving(log=50)
    replica.asked(get("1", since=0))
    assert replica.read() == ["1"]
