"""The codec writes what the contract says, reads back what it wrote, and knows what fits into a datagram."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.codec import (
    DATAGRAM_BYTES_MAX,
    ENTRY_BYTES_MAX,
    ENVELOPE_BYTES,
    MID_BYTES_MAX,
    Rejection,
    decode,
    encode,
    entry_bytes,
    stamped,
)
from messages.entry import Entry, Write
from messages.ids import (
    LARGEST_INTEGER,
    NOBODY,
    ClientId,
    Instant,
    LogIndex,
    NodeId,
    RequestId,
    Term,
)
from messages.wire import AppendEntries, Fail, Get, GetOk, Hello, Outbound, Put, PutOk, Redirect
from messages.wire import Inbound as Decoded
from tests.messages.strategies import INBOUND_TYPES, POSSIBLE, WIRE_TYPES, entries

REPLICA, CLIENT, MID = NodeId("0001"), ClientId("0015"), RequestId("m1")


def written(message: Decoded | Outbound) -> bytes:
    """The datagram of `message`, whoever sends it: requests are encoded by clients only."""
    return msgspec.json.encode(message) if isinstance(message, Get | Put) else encode(message)


@pytest.mark.parametrize("kind", INBOUND_TYPES)
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_what_a_replica_receives_decodes_to_what_was_encoded(kind: type, data: st.DataObject) -> None:
    message = data.draw(POSSIBLE[kind])
    assert decode(written(message)) == message


@pytest.mark.parametrize("kind", [kind for kind in WIRE_TYPES if kind not in INBOUND_TYPES])
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_what_a_client_receives_decodes_to_what_was_encoded(kind: type, data: st.DataObject) -> None:
    message = data.draw(POSSIBLE[kind])
    assert msgspec.json.decode(written(message), type=kind) == message


@pytest.mark.parametrize("kind", WIRE_TYPES)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_every_datagram_has_the_four_fields_of_the_contract(kind: type, data: st.DataObject) -> None:
    fields = json.loads(written(data.draw(POSSIBLE[kind])))
    assert all(isinstance(fields[name], str) for name in ("src", "dst", "leader", "type"))


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (
            Hello(src=REPLICA, dst=NOBODY, leader=NOBODY),
            {"src": "0001", "dst": "FFFF", "leader": "FFFF", "type": "hello"},
        ),
        (
            GetOk(src=REPLICA, dst=CLIENT, leader=REPLICA, MID=MID, value=""),
            {"src": "0001", "dst": "0015", "leader": "0001", "type": "ok", "MID": "m1", "value": ""},
        ),
        (
            PutOk(src=REPLICA, dst=CLIENT, leader=REPLICA, MID=MID),
            {"src": "0001", "dst": "0015", "leader": "0001", "type": "ok", "MID": "m1"},
        ),
        (
            Redirect(src=REPLICA, dst=CLIENT, leader=NOBODY, MID=MID),
            {"src": "0001", "dst": "0015", "leader": "FFFF", "type": "redirect", "MID": "m1"},
        ),
        (
            Fail(src=REPLICA, dst=CLIENT, leader=NOBODY, MID=MID),
            {"src": "0001", "dst": "0015", "leader": "FFFF", "type": "fail", "MID": "m1"},
        ),
    ],
)
def test_the_messages_of_the_contract_have_its_fields_and_no_others(message: Outbound, fields: dict[str, str]) -> None:
    assert json.loads(encode(message)) == fields


@pytest.mark.parametrize(
    ("datagram", "message"),
    [
        (
            b'{"src": "0015", "dst": "0001", "leader": "FFFF", "type": "get", "MID": "m1", "key": "k"}',
            Get(src=CLIENT, dst=REPLICA, leader=NOBODY, MID=MID, key="k"),
        ),
        (
            b'{"key":"k","value":"\\u00e9","MID":"m1","type":"put","leader":"FFFF","dst":"0001","src":"0015"}',
            Put(src=CLIENT, dst=REPLICA, leader=NOBODY, MID=MID, key="k", value="é"),
        ),
        (
            b'{"src": "0002", "dst": "0001", "leader": "FFFF", "type": "hello", "clock": {"0002": [1, 2]}}',
            Hello(src=NodeId("0002"), dst=REPLICA, leader=NOBODY),
        ),
    ],
)
def test_fields_may_come_in_any_order_and_unknown_ones_are_ignored(datagram: bytes, message: Decoded) -> None:
    assert decode(datagram) == message


@given(entry=entries)
def test_entry_bytes_is_what_an_entry_adds_to_a_datagram(entry: Entry) -> None:
    grown = len(encode(append_of((entry, entry)))) - len(encode(append_of((entry,))))
    assert grown == entry_bytes(entry)


def test_the_largest_entry_and_the_largest_numbers_fit_into_a_datagram() -> None:
    entry = large_entry(ENTRY_BYTES_MAX)
    assert entry_bytes(entry) == ENTRY_BYTES_MAX
    assert len(encode(append_of((entry,)))) <= DATAGRAM_BYTES_MAX


def test_the_envelope_leaves_room_for_every_field_of_an_append() -> None:
    assert len(encode(append_of(()))) <= ENVELOPE_BYTES


def test_a_datagram_of_the_largest_size_is_read_and_one_byte_more_is_not() -> None:
    empty = b'{"src":"0015","dst":"0001","leader":"FFFF","type":"get","MID":"m","key":""}'
    padding = b"k" * (DATAGRAM_BYTES_MAX - len(empty))
    fits = empty.replace(b'"key":""', b'"key":"%s"' % padding)
    assert isinstance(decode(fits), Get)
    assert decode(fits + b" ") == Rejection(reason="oversize", where="$", detail="65508 bytes")


@pytest.mark.parametrize(
    ("mid", "fits"), [("m" * 256, True), ("m" * 257, False), ("\0" * 42, True), ("\0" * 43, False)]
)
def test_a_mid_that_leaves_no_room_for_an_answer_is_refused(mid: str, fits: bool) -> None:
    request = Get(src=CLIENT, dst=REPLICA, leader=NOBODY, MID=RequestId(mid), key="k")
    refused = Rejection(reason="malformed", where="$.MID", detail="more than 256 bytes")
    assert decode(msgspec.json.encode(request)) == (request if fits else refused)


def test_the_largest_value_can_be_read_under_the_longest_mid() -> None:
    write = large_entry(ENTRY_BYTES_MAX).write
    assert write is not None
    mid = RequestId("m" * MID_BYTES_MAX)
    answer = GetOk(src=REPLICA, dst=CLIENT, leader=REPLICA, MID=mid, value=write.value, index=LogIndex(LARGEST_INTEGER))
    assert len(stamped(encode(answer), LARGEST_INTEGER)) <= DATAGRAM_BYTES_MAX


def large_entry(size_bytes: int) -> Entry:
    """An entry that takes so many bytes of a datagram."""
    write = Write(client=CLIENT, MID=MID, key="k", value="")
    term = Term(LARGEST_INTEGER)
    padding = size_bytes - entry_bytes(Entry(term=term, write=write))
    return Entry(term=term, write=Write(client=CLIENT, MID=MID, key="k", value="v" * padding))


def append_of(log: tuple[Entry, ...]) -> AppendEntries:
    """An AppendEntries with the longest numbers that there can be."""
    return AppendEntries(
        src=REPLICA,
        dst=REPLICA,
        leader=REPLICA,
        term=Term(LARGEST_INTEGER),
        prev_log_index=LogIndex(LARGEST_INTEGER),
        prev_log_term=Term(LARGEST_INTEGER),
        entries=log,
        commit_index=LogIndex(LARGEST_INTEGER),
        at=Instant(123456789.12345678),
        quiet=False,
    )
