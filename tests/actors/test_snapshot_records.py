"""What the records of a snapshot mean: each kind has its names, and what is written is read again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.snapshot import (
    AppliedWrite,
    remembered_mid,
    term_record,
    terms_in,
    value_name,
    values_in,
    writes_in,
    writes_record,
)
from messages.ids import LARGEST_INTEGER, ClientId, LogIndex, Term
from messages.snapshot import Record
from tests.actors.samples import CLIENT, index

_WRITES = st.lists(
    st.tuples(st.integers(1, LARGEST_INTEGER).map(LogIndex), st.just(CLIENT), st.text(max_size=33)), min_size=1
)


def test_records_of_each_kind_are_read_by_those_who_want_that_kind_only() -> None:
    write: AppliedWrite = (index(7), CLIENT, "m")
    records: tuple[Record, ...] = (term_record(index(1), Term(3)), (value_name("k"), "v"), writes_record([write]))
    assert list(terms_in(records)) == [(1, 3)]
    assert list(values_in(records)) == [("k", "v")]
    assert list(writes_in(records)) == [(records[2][0], (write,))]


def test_names_sort_as_the_indexes_in_them_do() -> None:
    """SQLite gives records by name: terms and writes come in log order."""
    indexes = [1, 9, 10, 99, 10**9, LARGEST_INTEGER]
    names = [term_record(index(each), Term(1))[0] for each in indexes]
    assert names == sorted(names)


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_key_may_look_like_any_record_and_is_a_key_all_the_same(key: str, value: str) -> None:
    for looks_like in (key, "t/" + key, "w/" + key, "v/" + key):
        record = (value_name(looks_like), value)
        assert list(values_in([record])) == [(looks_like, value)]
        assert [*terms_in([record]), *writes_in([record])] == []


@given(_WRITES)
def test_writes_are_read_as_they_were_written(writes: list[AppliedWrite]) -> None:
    ((_, read),) = writes_in([writes_record(writes)])
    assert list(read) == writes


@pytest.mark.parametrize("record", [("t/", "1"), ("t/one", "1"), ("t/0000000000000001", ""), ("t/1", "one")])
def test_a_record_of_terms_that_says_nothing_is_a_value_error(record: Record) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        list(terms_in([record]))


@pytest.mark.parametrize("content", ["", "x", "[", "{}", "[1]", "[[1]]", '[["1","0015","m"]]', '[[1,"0015","m",2]]'])
def test_a_record_of_writes_that_says_nothing_is_a_value_error(content: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|Expected|truncated"):
        list(writes_in([("w/0000000000000001", content)]))


# --- remembered MIDs ---------------------------------------------------------------------------------------------


@given(st.text(max_size=32))
def test_a_mid_of_usual_length_is_remembered_as_it_is(mid: str) -> None:
    assert remembered_mid(mid) == mid


@given(st.text(min_size=33, max_size=80))
def test_a_longer_mid_is_remembered_in_33_characters_that_no_shorter_one_has(mid: str) -> None:
    assert len(remembered_mid(mid)) == 33


@given(st.text(max_size=80), st.text(max_size=80))
def test_different_mids_are_remembered_as_different_ones(one: str, other: str) -> None:
    assert (remembered_mid(one) == remembered_mid(other)) == (one == other)


def test_a_mid_that_looks_like_a_digest_is_another_one() -> None:
    digest = remembered_mid("x" * 40)
    assert remembered_mid(digest) != digest


def test_the_name_of_writes_is_the_index_of_the_first_of_them() -> None:
    name, _ = writes_record([(index(12), ClientId("0015"), "a"), (index(15), ClientId("0015"), "b")])
    assert name == "w/0000000000000012"
