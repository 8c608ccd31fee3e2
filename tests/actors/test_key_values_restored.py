"""A snapshot that was made of changes is as good as the whole log: what begins with it behaves alike (Raft §7)."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.key_values import KeyValues
from actors.snapshot import Image as SnapshotImage
from actors.snapshot import writes_in
from messages.entry import Entry, Write
from messages.ids import ClientId, LogIndex, RequestId, Term
from tests.actors.key_values_model import Image, Model, changed, meaning, restored
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


@pytest.mark.parametrize(("entries_between", "has_effect"), [(0, False), (1, True)])
def test_what_the_next_entry_can_repeat_is_in_the_snapshot_and_no_more(entries_between: int, has_effect: bool) -> None:
    """A snapshot after L has all writes at i with i + REMEMBERED > L."""
    state = applied(put(1, "a"), *puts(1, SHORT - 1, first=2))
    copy = restored(changed({}, state.take_changes()), SHORT)
    for either in (state, copy):
        for entry in puts(1, entries_between, first=100):
            either.apply(entry)
        assert either.apply(put(1, "a")) == has_effect


def _log(steps: list[tuple[int, str, str, str | None]]) -> list[Entry]:
    """Of each step the rise of the term, the client, the MID, and the key, if it is no no-op."""
    log, term = list[Entry](), 1
    for rise, client, mid, key in steps:
        term += rise
        write = (
            None if key is None else Write(client=ClientId(client), MID=RequestId(mid), key=key, value=str(len(log)))
        )
        log.append(Entry(term=Term(term), write=write))
    return log


_STEPS: Final = st.tuples(
    st.sampled_from([0, 0, 0, 1, 3]),
    st.sampled_from(["0015", "0016"]),
    st.sampled_from(["a", "b", "c" * 40, "d" * 40]),
    st.sampled_from(["x", "y", "z", None]),
)
LOGS: Final = st.lists(_STEPS, max_size=40).map(_log)
"""Few clients, keys and MIDs, so that much is repeated; terms that never fall."""
CUTS: Final = st.sets(st.integers(1, 40))
"""Behind which entries snapshots are taken."""


@given(LOGS, CUTS, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_a_snapshot_made_of_changes_behaves_like_the_whole_log_ever_after(
    log: list[Entry], taken_at: set[int], random: Random
) -> None:
    """Raft §7: whenever snapshots were taken, whatever is repeated behind them, and in whatever order it was sent."""
    live, model, image = KeyValues(), Model(remembered=SHORT), dict[str, str]()
    copies: list[tuple[KeyValues, Image]] = []
    for number, entry in enumerate(log, start=1):
        outcome = model.apply(entry)
        assert live.apply(entry) == outcome
        assert all(copy.apply(entry) == outcome for copy, _ in copies)
        if number in taken_at:
            image = changed(image, live.take_changes())
            assert meaning(image, number, SHORT) == model.meaning()
            copies = [(copy, changed(own, copy.take_changes())) for copy, own in copies]
            assert all(meaning(own, number, SHORT) == model.meaning() for _, own in copies)
            copies.append((restored(image, number, random), image))
    assert all(copy.values == model.values for copy, _ in copies)
    assert live.values == model.values
    assert all(copy.last_applied == live.last_applied for copy, _ in copies)


@given(LOGS, CUTS, st.integers(1, 40))
@settings(max_examples=100, deadline=None)
def test_the_snapshot_after_an_entry_says_the_same_whenever_others_were_taken(
    log: list[Entry], taken_at: set[int], last: int
) -> None:
    """It is a function of the log: replicas take theirs at different indexes."""
    images: list[Image] = []
    for cuts in (taken_at, set[int]()):
        state, image = KeyValues(), dict[str, str]()
        for number, entry in enumerate(log[:last], start=1):
            state.apply(entry)
            if number in cuts:
                image = changed(image, state.take_changes())
        images.append(changed(image, state.take_changes()))
    one, other = (meaning(image, len(log[:last]), SHORT) for image in images)
    assert one == other


@given(LOGS, CUTS)
@settings(max_examples=100, deadline=None)
def test_a_snapshot_holds_little_more_writes_than_are_remembered(log: list[Entry], taken_at: set[int]) -> None:
    """Its size is bounded by the state, not by the history: a record goes when its last write is forgotten."""
    state, image = KeyValues(), dict[str, str]()
    for number, entry in enumerate(log, start=1):
        state.apply(entry)
        if number in taken_at:
            image = changed(image, state.take_changes())
            last_ones = [writes[-1][0] for _, writes in writes_in(image.items())]
            assert all(last + SHORT > number for last in last_ones)


def test_the_map_can_be_looked_at_but_belongs_to_the_state() -> None:
    state = restored({"t/0000000000000001": "1", "v/k": "v"}, 3)
    assert (state.values, state.last_applied, state.changed_entries) == ({"k": "v"}, LogIndex(3), 0)


def test_writes_are_forgotten_in_log_order_in_whatever_order_their_records_come() -> None:
    state, image = KeyValues(), dict[str, str]()
    for entry in puts(1, SHORT):
        state.apply(entry)
        image = changed(image, state.take_changes())
    copy = KeyValues(LogIndex(SHORT), SnapshotImage(reversed(image.items())))
    for either in (state, copy):
        either.apply(put(1, "another"))
        assert [either.apply(put(1, mid)) for mid in ("1", "2", "4")] == [True, True, False]


def test_a_write_that_a_snapshot_tells_twice_is_forgotten_all_the_same() -> None:
    """No state machine tells it so; bad input is no exception."""
    writes = '[[1,"0015","m"],[2,"0015","m"]]'
    state = restored({"t/0000000000000001": "1", "w/0000000000000001": writes}, 2)
    assert not state.apply(put(1, "m"))
    for entry in puts(1, SHORT):
        state.apply(entry)
    assert state.apply(put(1, "m"))
