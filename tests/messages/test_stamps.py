"""The stamp: a sender's logical clock as a datagram's first member, which no reader has to know."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.codec import (
    DATAGRAM_BYTES_MAX,
    ENTRY_BYTES_MAX,
    ENVELOPE_BYTES,
    Rejection,
    decode,
    encode,
    stamp_of,
    stamped,
)
from messages.ids import NOBODY, ClientId, LogIndex, RequestId
from messages.wire import Inbound, Outbound, Put
from tests.messages.strategies import INBOUND_TYPES, POSSIBLE
from tests.messages.test_codec import append_of, large_entry, written

LARGEST = 10**16 - 1
"""The largest stamp that is read."""

stamps = st.integers(0, LARGEST)
messages: st.SearchStrategy[Inbound | Outbound] = st.one_of([POSSIBLE[kind] for kind in INBOUND_TYPES])


@given(messages, stamps)
def test_a_stamp_can_be_read_and_changes_no_message(message: Inbound | Outbound, stamp: int) -> None:
    datagram = written(message)
    assert stamp_of(stamped(datagram, stamp)) == stamp
    assert decode(stamped(datagram, stamp)) == message


@given(messages, stamps)
def test_for_other_programs_it_is_one_member_more_and_the_first(message: Inbound | Outbound, stamp: int) -> None:
    plain = json.loads(written(message))
    with_stamp = json.loads(stamped(written(message), stamp))
    assert with_stamp == {"clock": stamp, "crc": with_stamp["crc"], **plain}
    assert next(iter(with_stamp)) == "clock"


@given(messages, st.integers(1, LARGEST), st.randoms(use_true_random=False))
def test_a_change_of_a_few_bits_anywhere_is_noticed(message: Inbound | Outbound, stamp: int, random: Random) -> None:
    """All but the name of a member that may be left out, where it says no more than leaving it out does."""
    datagram = bytearray(stamped(written(message), stamp))
    for _ in range(random.randint(1, 3)):
        datagram[random.randrange(len(datagram))] ^= 1 << random.randrange(8)
    says_the_same = decode(bytes(datagram)) == message
    assert stamp_of(bytes(datagram)) in ({0, stamp} if says_the_same else {0})


def test_a_changed_name_is_noticed_where_it_changes_what_is_said() -> None:
    """Readers ignore members that they do not know, so a name that is damaged may leave another message."""
    for since, read in ((LogIndex(5), 0), (None, 7)):
        put = Put(src=ClientId("0100"), dst=NOBODY, leader=NOBODY, MID=RequestId("m"), key="k", value="v", since=since)
        assert stamp_of(stamped(written(put), 7).replace(b'"since"', b'"rince"')) == read


@given(messages, st.integers(1, LARGEST), st.booleans(), st.booleans())
def test_a_network_may_write_the_json_anew(
    message: Inbound | Outbound, stamp: int, in_order: bool, in_ascii: bool
) -> None:
    said = json.loads(stamped(written(message), stamp))
    anew = json.dumps(said, sort_keys=in_order, ensure_ascii=in_ascii, indent=1).encode()
    assert stamp_of(anew) == stamp
    assert stamp_of(anew.replace(b'"dst": "', b'"dst": "X', 1)) == 0


@given(messages, st.integers(1, LARGEST))
def test_what_was_cut_short_has_no_stamp(message: Inbound | Outbound, stamp: int) -> None:
    datagram = stamped(written(message), stamp)
    assert all(stamp_of(datagram[:length]) == 0 for length in range(len(datagram)))


@given(messages)
def test_who_does_not_stamp_moves_no_clock(message: Inbound | Outbound) -> None:
    assert stamp_of(written(message)) == 0


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"{}",
        b'{"clock":',
        b'{"clock":,"src":"0001"}',
        b'{"clock":-5,"src":"0001"}',
        b'{"clock":5.0,"src":"0001"}',
        b'{"clock":5e9,"src":"0001"}',
        b'{"clock":"5","src":"0001"}',
        b'{"clock":[5],"src":"0001"}',
        b'{"clock":{"0001":5},"src":"0001"}',
        b'{"clock":null,"src":"0001"}',
        b'{"clock": 5,"src":"0001"}',
        b' {"clock":5,"src":"0001"}',
        b'{"clock":\xd9\xa5,"src":"0001"}',
        b'{"clock":\xff,"src":"0001"}',
        b'{"clock":10000000000000000,"src":"0001"}',
        b'{"clock":' + b"9" * 60_000 + b',"src":"0001"}',
        b'{"clock":' + b"9" * 60_000,
        b'{"src":"0001","clock":5,"dst":"0002"}',
        b'{"src":"0001","dst":"0002","clock":5}',
        b'[{"clock":5,"src":"0001"}]',
    ],
)
def test_what_is_no_stamp_in_its_place_is_none(datagram: bytes) -> None:
    assert stamp_of(datagram) == 0


@given(st.one_of(st.binary(), st.binary().map(lambda tail: b'{"clock":' + tail)))
def test_whatever_a_datagram_holds_its_stamp_is_a_number_in_bounds(datagram: bytes) -> None:
    assert 0 <= stamp_of(datagram) <= LARGEST


@pytest.mark.parametrize("clock", [b"-1", b"1e400", b'"x"', b"[[]]", b'{"a":1}', b"null", b"9" * 400])
def test_a_strange_clock_makes_no_message_unreadable(clock: bytes) -> None:
    datagram = b'{"src":"0002","dst":"0001","leader":"FFFF","type":"leader_check","term":3}'
    strange = b'{"clock":' + clock + b"," + datagram[1:]
    assert decode(strange) == decode(datagram)
    assert not isinstance(decode(strange), Rejection)


def test_the_largest_entry_fits_into_a_datagram_with_the_largest_numbers_and_the_largest_stamp() -> None:
    entry = large_entry(ENTRY_BYTES_MAX)
    assert len(stamped(encode(append_of((entry,))), LARGEST)) <= DATAGRAM_BYTES_MAX


def test_the_envelope_leaves_room_for_a_stamp() -> None:
    assert len(stamped(encode(append_of(())), LARGEST)) <= ENVELOPE_BYTES


def test_the_clock_is_under_the_seal_too() -> None:
    datagram = stamped(b'{"src":"0001","dst":"0002","leader":"FFFF","type":"hello"}', 5)
    assert stamp_of(datagram) == 5
    assert stamp_of(datagram.replace(b'"clock":5', b'"clock":6')) == 0
