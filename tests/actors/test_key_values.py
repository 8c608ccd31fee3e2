"""The map, and what is remembered of the log: each write once, and what a snapshot lacks of it (Raft §7, §8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from actors.key_values import WRITES_TOGETHER, KeyValues
from actors.snapshot import REMEMBERED, writes_in
from messages.entry import Entry, Write, no_op
from messages.ids import ClientId, RequestId, Term
from messages.snapshot import Change
from tests.actors.samples import put, puts

SHORT: Final = 5
"""So long writes are remembered here, in indexes, unless a test says otherwise."""


@pytest.fixture(autouse=True, scope="module")
def _remembered_shortly() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("actors.key_values.REMEMBERED", SHORT)
        patch.setattr("actors.key_values.WRITES_TOGETHER", 3)
        yield


def applied(*entries: Entry) -> KeyValues:
    state = KeyValues()
    for entry in entries:
        state.apply(entry)
    return state


def said(changes: tuple[Change, ...], kind: str) -> list[Change]:
    return [change for change in changes if change[0].startswith(kind)]


# --- each write once ---------------------------------------------------------------------------------------------


def test_a_write_that_is_repeated_changes_nothing() -> None:
    """Raft §8: the client did not know what had become of it, and somebody else has written meanwhile."""
    state = applied(put(1, "a", value="first"), put(1, "b", value="second"))
    assert not state.apply(put(1, "a", value="first"))
    assert (state.values, state.last_applied) == ({"k": "second"}, 3)


def test_a_repeated_write_changes_nothing_even_if_it_says_something_else() -> None:
    state = applied(put(1, "a", value="first"))
    assert not state.apply(put(1, "a", key="other", value="x"))
    assert state.values == {"k": "first"}


def test_the_same_mid_of_another_client_is_another_write() -> None:
    state = applied(put(1, "a", value="first"))
    assert state.apply(Entry(term=Term(1), write=Write(client=ClientId("0016"), MID=RequestId("a"), key="k", value="")))


def test_a_write_is_remembered_for_so_many_indexes_and_then_forgotten() -> None:
    """The entry at index j repeats the write at i if j - i is REMEMBERED at most."""
    last_time = applied(put(1, "a"), *puts(1, SHORT - 1, first=2))
    assert not last_time.apply(put(1, "a"))
    too_late = applied(put(1, "a"), *puts(1, SHORT, first=2))
    assert too_late.apply(put(1, "a"))


def test_no_ops_and_repeated_writes_count_for_how_long_it_is_remembered() -> None:
    state = applied(put(1, "a"), *(put(1, "b") for _ in range(SHORT - 2)), no_op(Term(2)), no_op(Term(3)))
    assert state.apply(put(3, "a"))


def test_repeating_a_write_does_not_make_it_remembered_for_longer() -> None:
    """It is known from where it was applied."""
    state = applied(put(1, "a"), *puts(1, SHORT - 1, first=2), put(1, "a"))
    assert state.apply(put(1, "a"))


def test_a_write_that_had_an_effect_twice_is_remembered_from_the_second_time_on() -> None:
    state = applied(put(1, "a"), *puts(1, SHORT, first=2), put(1, "a"))
    for entry in puts(1, SHORT - 1, first=100):
        state.apply(entry)
    assert not state.apply(put(1, "a"))


def test_long_mids_are_told_apart_to_their_end() -> None:
    state = applied(put(1, "x" * 5000 + "1"))
    assert state.apply(put(1, "x" * 5000 + "2"))
    assert not state.apply(put(1, "x" * 5000 + "1"))


def test_what_all_replicas_must_do_alike_is_ten_thousand_indexes() -> None:
    """A replica that remembered more or less than another would come to another map."""
    assert REMEMBERED == 10_000


# --- what a snapshot lacks ---------------------------------------------------------------------------------------


def test_a_key_that_was_written_often_is_one_change() -> None:
    state = applied(*(put(1, str(number), value=str(number)) for number in range(9)))
    assert said(state.take_changes(), "v/") == [("v/k", "8")]


def test_what_a_snapshot_has_is_not_told_again() -> None:
    state = applied(*puts(1, 3))
    state.take_changes()
    state.apply(put(1, "x", key="other"))
    assert [name for name, _ in said(state.take_changes(), "v/")] == ["v/other"]
    assert state.take_changes() == ()


def test_a_term_is_told_where_it_begins_and_once() -> None:
    state = applied(no_op(Term(2)), *puts(2, 3), no_op(Term(7)))
    assert said(state.take_changes(), "t/") == [("t/0000000000000001", "2"), ("t/0000000000000005", "7")]
    state.apply(put(7, "x"))
    assert said(state.take_changes(), "t/") == []


def test_a_no_op_and_a_repeated_write_count_as_applied() -> None:
    state = applied(no_op(Term(1)), put(1, "a"), put(1, "a"))
    assert state.changed_entries == 3
    state.take_changes()
    assert state.changed_entries == 0


def test_only_what_had_an_effect_counts_in_bytes() -> None:
    state = applied(no_op(Term(1)), put(1, "a", key="key", value="value"), put(1, "a", key="key", value="value"))
    assert state.changed_bytes == len("keyvalue")
    state.take_changes()
    assert state.changed_bytes == 0


def test_a_record_holds_so_many_writes_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it fits into a datagram."""
    monkeypatch.setattr("actors.key_values.REMEMBERED", REMEMBERED)
    monkeypatch.setattr("actors.key_values.WRITES_TOGETHER", WRITES_TOGETHER)
    state = applied(*puts(1, 2 * WRITES_TOGETHER + 1))
    records = [(name, content or "") for name, content in said(state.take_changes(), "w/")]
    assert [len(writes) for _, writes in writes_in(records)] == [WRITES_TOGETHER, WRITES_TOGETHER, 1]


def test_a_record_is_dropped_when_none_of_its_writes_can_be_repeated() -> None:
    state = applied(*puts(1, 2))
    state.take_changes()
    for entry in puts(1, SHORT - 1, first=3):
        state.apply(entry)
    assert [content for _, content in said(state.take_changes(), "w/")].count(None) == 0
    state.apply(put(1, "x"))
    assert ("w/0000000000000001", None) in state.take_changes()
