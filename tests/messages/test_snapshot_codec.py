"""Snapshots in datagrams: impossible ones are rejected, and whatever can be in one fits (Raft §7)."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.key_values import WRITES_TOGETHER
from actors.snapshot import AppliedWrite, remembered_mid, term_record, value_name, writes_record
from messages.codec import (
    DATAGRAM_BYTES_MAX,
    ENTRY_BYTES_MAX,
    ENVELOPE_BYTES,
    Rejection,
    decode,
    encode,
    entry_bytes,
    record_bytes,
    records_checksum,
    stamped,
)
from messages.entry import Entry, Write
from messages.ids import LARGEST_INTEGER, ClientId, Instant, LogIndex, NodeId, RequestId, Term
from messages.snapshot import Record
from messages.wire import Get, GetOk, InstallSnapshot, Put, PutOk
from tests.messages.test_codec import written
from tests.messages.test_rejections import Fields, rejected, without

INSTALL: Fields = {
    "src": "0002",
    "dst": "0001",
    "leader": "0002",
    "type": "install_snapshot",
    "term": 3,
    "last_included_index": 9,
    "last_included_term": 2,
    "offset": 0,
    "records": [["v/k", "v"]],
    "checksum": 4711,
    "done": False,
    "at": 1.5,
}
REPLY: Fields = {
    "src": "0001",
    "dst": "0002",
    "leader": "0002",
    "type": "snapshot_reply",
    "term": 3,
    "last_included_index": 9,
    "offset": 1,
    "at": 1.5,
}
RECORDS = st.lists(st.tuples(st.text(min_size=1, max_size=20), st.text(max_size=40)), max_size=8).map(tuple)


def part_of(records: tuple[Record, ...]) -> InstallSnapshot:
    """A part with the longest numbers that there can be."""
    most = LARGEST_INTEGER
    return InstallSnapshot(
        src=NodeId("0001"),
        dst=NodeId("0002"),
        leader=NodeId("0001"),
        term=Term(most),
        last_included_index=LogIndex(most),
        last_included_term=Term(most),
        offset=LogIndex(most),
        records=records,
        checksum=2**32 - 1,
        done=False,
        at=Instant(123456789.12345678),
    )


def datagram_bytes(*records: Record) -> int:
    """How many bytes a datagram with these records has, with the longest stamp."""
    return len(stamped(encode(part_of(records)), 10**16 - 1))


# --- what is rejected --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [INSTALL, REPLY])
def test_the_undamaged_messages_of_these_tables_are_taken(fields: Fields) -> None:
    assert not isinstance(decode(json.dumps(fields).encode()), Rejection)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        (INSTALL | {"last_included_index": 0}, "$.last_included_index"),
        (INSTALL | {"last_included_index": 0, "last_included_term": 0}, "$.last_included_index"),
        (INSTALL | {"last_included_term": 0}, "$.last_included_term"),
        (INSTALL | {"last_included_term": 4}, "$.last_included_term"),
        (INSTALL | {"term": 0}, "$.last_included_term"),
        (INSTALL | {"records": [["v/k", "v"], ["", "v"]]}, "$.records[1]"),
    ],
    ids=["nothing included", "nothing at all", "no term", "a term beyond its leader's", "nobody leads", "no name"],
)
def test_a_snapshot_that_no_leader_can_have_sent_is_impossible(fields: Fields, where: str) -> None:
    rejection = rejected(json.dumps(fields).encode())
    assert (rejection.reason, rejection.where) == ("impossible", where)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        (without(INSTALL, "records"), "$"),
        (without(INSTALL, "checksum"), "$"),
        (INSTALL | {"records": {}}, "$.records"),
        (INSTALL | {"records": [["v/k"]]}, "$.records[0]"),
        (INSTALL | {"records": [["v/k", "v", "w"]]}, "$.records[0]"),
        (INSTALL | {"records": [["v/k", None]]}, "$.records[0][1]"),
        (INSTALL | {"records": [[7, "v"]]}, "$.records[0][0]"),
        (INSTALL | {"offset": -1}, "$.offset"),
        (INSTALL | {"checksum": -1}, "$.checksum"),
        (INSTALL | {"checksum": 2**32}, "$.checksum"),
        (INSTALL | {"done": 1}, "$.done"),
        (REPLY | {"offset": -1}, "$.offset"),
        (REPLY | {"disk": "d" * 33}, "$.disk"),
        (REPLY | {"introduced": None}, "$.introduced"),
        (without(REPLY, "last_included_index"), "$"),
    ],
)
def test_a_missing_or_mistyped_field_is_malformed_where_it_is(fields: Fields, where: str) -> None:
    rejection = rejected(json.dumps(fields).encode())
    assert (rejection.reason, rejection.where) == ("malformed", where)


# --- what fits ---------------------------------------------------------------------------------------------------


@given(RECORDS, st.tuples(st.text(min_size=1), st.text()))
def test_record_bytes_is_what_a_record_adds_to_a_datagram(records: tuple[Record, ...], record: Record) -> None:
    grown = len(encode(part_of((*records, record)))) - len(encode(part_of(records)))
    assert grown == record_bytes(record) - (not records)


def test_the_envelope_leaves_room_for_every_field_of_a_part_and_its_stamp() -> None:
    assert datagram_bytes() <= ENVELOPE_BYTES


@given(key=st.text(max_size=40), value=st.text(max_size=40))
def test_a_value_takes_less_in_a_snapshot_than_in_its_entry(key: str, value: str) -> None:
    entry = Entry(term=Term(1), write=Write(client=ClientId("0015"), MID=RequestId(""), key=key, value=value))
    assert record_bytes((value_name(key), value)) < entry_bytes(entry)


@pytest.mark.parametrize("character", ["x", "é", "\0", '"', "\\", "😀", "\u2028"])
@pytest.mark.parametrize("in_key", [True, False])
def test_whatever_fits_into_an_entry_fits_into_a_snapshot(character: str, in_key: bool) -> None:
    """A key that could be written and not be sent to a follower that lags would keep it out for ever."""
    bare = Entry(term=Term(1), write=Write(client=ClientId("0015"), MID=RequestId(""), key="", value=""))
    each = len(msgspec.json.encode(character)) - 2
    text = character * ((ENTRY_BYTES_MAX - entry_bytes(bare)) // each)
    key, value = (text, "") if in_key else ("", text)
    entry = Entry(term=Term(1), write=Write(client=ClientId("0015"), MID=RequestId(""), key=key, value=value))
    assert ENTRY_BYTES_MAX - each < entry_bytes(entry) <= ENTRY_BYTES_MAX
    record = (value_name(key), value)
    assert datagram_bytes(record) <= DATAGRAM_BYTES_MAX
    assert decode(stamped(encode(part_of((record,))), 1)) == part_of((record,))


def longest(mid: str) -> Record:
    """As many writes as a record holds, all of them with the same MID, and the longest numbers."""
    client = ClientId("\0\0\0\0")
    writes: list[AppliedWrite] = [(LogIndex(LARGEST_INTEGER), client, remembered_mid(mid))] * WRITES_TOGETHER
    return writes_record(writes)


@pytest.mark.parametrize("character", ["x", "é", "\0", "\n", '"', "\\", "😀", "\u2028", "\x7f"])
@pytest.mark.parametrize("length", [0, 32, 33, 10_000])
def test_a_record_of_remembered_writes_fits_whatever_their_mids_are(character: str, length: int) -> None:
    """A MID is the client's choice."""
    record = longest(character * length)
    assert record_bytes(record) <= DATAGRAM_BYTES_MAX / 2
    assert decode(encode(part_of((record,)))) == part_of((record,))


@given(st.text(max_size=40))
def test_no_mid_takes_more_room_than_control_characters_do(mid: str) -> None:
    assert record_bytes(longest(mid)) <= record_bytes(longest("\0" * 32))


def test_a_record_of_terms_is_small() -> None:
    assert record_bytes(term_record(LogIndex(LARGEST_INTEGER), Term(LARGEST_INTEGER))) <= 64


# --- checksums ---------------------------------------------------------------------------------------------------


@given(RECORDS, RECORDS)
def test_a_checksum_goes_on_where_the_one_before_ended_and_survives_the_way(
    first: tuple[Record, ...], second: tuple[Record, ...]
) -> None:
    """What was decoded is checked as it is, and must encode to the same bytes."""
    arrived = decode(encode(part_of(second)))
    assert isinstance(arrived, InstallSnapshot)
    before = records_checksum(first, 0)
    assert records_checksum(arrived.records, before) == records_checksum(second, before)
    if first != second:
        assert records_checksum(first, 0) != records_checksum(second, 0)


def test_a_checksum_depends_on_what_came_before() -> None:
    records = (("v/k", "v"),)
    assert records_checksum(records, 0) != records_checksum(records, records_checksum(records, 0))


# --- exactly once ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("since", [None, 0, 7])
def test_a_request_may_carry_an_index_and_need_not(since: int | None) -> None:
    fields: Fields = {"src": "0015", "dst": "0001", "leader": "FFFF", "MID": "m", "key": "k"}
    with_it = fields if since is None else fields | {"since": since}
    for request, kind in ((with_it | {"type": "get"}, Get), (with_it | {"type": "put", "value": "v"}, Put)):
        message = decode(json.dumps(request).encode())
        assert isinstance(message, kind)
        assert message.since == since
        assert decode(written(message)) == message


@pytest.mark.parametrize("since", [-1, 1.5, "1", True, 2**53])
def test_an_index_that_is_none_is_malformed(since: object) -> None:
    request = {"src": "0015", "dst": "0001", "leader": "FFFF", "type": "get", "MID": "m", "key": "k", "since": since}
    assert rejected(json.dumps(request).encode()).where == "$.since"


def test_an_answer_says_an_index_only_when_there_is_one() -> None:
    """Other programs' clients get the contract's fields, and no others."""
    replica, client, mid = NodeId("0001"), ClientId("0015"), RequestId("m")
    put_ok = PutOk(src=replica, dst=client, leader=replica, MID=mid)
    get_ok = GetOk(src=replica, dst=client, leader=replica, MID=mid, value="")
    for answer in (put_ok, get_ok):
        assert "index" not in json.loads(encode(answer))
        assert json.loads(encode(replace(answer, index=LogIndex(7))))["index"] == 7
