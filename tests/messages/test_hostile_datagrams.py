"""Whatever the bytes are, the decoder gives a message or a reason: it never raises, and never takes long."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Final, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from messages.codec import DATAGRAM_BYTES_MAX, Reason, Rejection, decode
from messages.entry import Entry, Write
from messages.ids import ClientId, DiskId, Instant, LogIndex, NodeId, RequestId, Term
from messages.wire import (
    AppendAccepted,
    AppendEntries,
    AppendRejected,
    Get,
    Hello,
    InstallSnapshot,
    Introduce,
    Introduced,
    LeaderCheck,
    PreVote,
    PreVoteReply,
    Put,
    RequestVote,
    SnapshotReply,
    VoteReply,
)
from messages.wire import Inbound as Decoded
from tests.messages.hostility import MUTATIONS
from tests.messages.test_codec import written

MUTATED: Final = 110_000
CPU_S_MAX: Final = 0.1
"""For one datagram; even the largest takes a few milliseconds."""

ME, PEER, CLIENT, MID = NodeId("0001"), NodeId("0002"), ClientId("0015"), RequestId("mid")
LOG: Final = (
    Entry(term=Term(2)),
    Entry(term=Term(3), write=Write(client=CLIENT, MID=MID, key="clé", value="värde 😀")),
)

GOOD: Final[tuple[Decoded, ...]] = (
    Get(src=CLIENT, dst=ME, leader=PEER, MID=MID, key="k"),
    Put(src=CLIENT, dst=ME, leader=PEER, MID=MID, key="clé", value="värde 😀"),
    Hello(src=PEER, dst=ME, leader=PEER),
    PreVote(src=PEER, dst=ME, leader=PEER, term=Term(4), last_log_index=LogIndex(9), last_log_term=Term(3)),
    PreVoteReply(src=PEER, dst=ME, leader=PEER, term=Term(3), proposed=Term(4), granted=True),
    RequestVote(src=PEER, dst=ME, leader=PEER, term=Term(4), last_log_index=LogIndex(9), last_log_term=Term(3)),
    VoteReply(src=PEER, dst=ME, leader=PEER, term=Term(4), granted=False),
    AppendEntries(
        src=PEER,
        dst=ME,
        leader=PEER,
        term=Term(3),
        prev_log_index=LogIndex(7),
        prev_log_term=Term(2),
        entries=LOG,
        commit_index=LogIndex(6),
        at=Instant(12.5),
        quiet=False,
    ),
    AppendAccepted(
        src=PEER, dst=ME, leader=PEER, term=Term(3), match_index=LogIndex(9), commit_index=LogIndex(7), at=Instant(1.0)
    ),
    AppendRejected(
        src=PEER,
        dst=ME,
        leader=PEER,
        term=Term(3),
        prev_log_index=LogIndex(9),
        conflict_index=LogIndex(4),
        conflict_term=Term(2),
        at=Instant(1.0),
    ),
    InstallSnapshot(
        src=PEER,
        dst=ME,
        leader=PEER,
        term=Term(3),
        last_included_index=LogIndex(9),
        last_included_term=Term(2),
        offset=LogIndex(1),
        records=(("v/clé", "värde 😀"), ("w/0000000000000009", '[[9,"0015","mid"]]')),
        checksum=4711,
        done=True,
        at=Instant(1.0),
    ),
    SnapshotReply(
        src=PEER,
        dst=ME,
        leader=PEER,
        term=Term(3),
        last_included_index=LogIndex(9),
        offset=LogIndex(3),
        at=Instant(1.0),
    ),
    LeaderCheck(src=PEER, dst=ME, leader=PEER, term=Term(3)),
    Introduce(src=PEER, dst=ME, leader=PEER, disk=DiskId("d1")),
    Introduced(src=PEER, dst=ME, leader=PEER, disk=DiskId("d1"), known=True),
)


def check(datagram: bytes) -> Reason | None:
    """Decode, and see that the outcome is a whole message, or a rejection that says why and where."""
    began = time.thread_time()
    outcome = decode(datagram)
    assert time.thread_time() - began < CPU_S_MAX
    if not isinstance(outcome, Rejection):
        assert decode(written(outcome)) == outcome, "what was taken can be said again"
        return None
    assert outcome.where.startswith("$")
    assert outcome.detail
    return outcome.reason


def mutated(count: int, random: Random) -> Iterator[bytes]:
    """Good messages, damaged in every way, some of them twice."""
    good = [written(message) for message in GOOD]
    for number in range(count):
        mutate = MUTATIONS[number % len(MUTATIONS)]
        damaged = mutate(random.choice(good), random)
        yield MUTATIONS[0](damaged, random) if damaged and random.random() < 0.1 else damaged


def test_the_good_messages_are_of_every_type_and_taken() -> None:
    assert {type(message) for message in GOOD} == set(get_args(Decoded))
    assert [decode(written(message)) for message in GOOD] == list(GOOD)


def test_a_hundred_thousand_damaged_datagrams_give_a_message_or_a_reason() -> None:
    outcomes = Counter(check(datagram) for datagram in mutated(MUTATED, Random("hostile datagrams")))
    assert outcomes.total() >= 100_000
    assert outcomes.keys() == {*get_args(Reason), None} - {"oversize"}
    assert min(outcomes.values()) >= 100, "the damage is not all of one kind"


@pytest.mark.parametrize("piece", [b"[", b'{"a":', b'"', b"\\", b"9", b"-", b"\xf0\x9f\x98\x80", b"\xff", b"\0", b" "])
@pytest.mark.parametrize("size", [0, 1, DATAGRAM_BYTES_MAX, DATAGRAM_BYTES_MAX + 1])
def test_as_much_of_one_thing_as_a_datagram_holds_is_rejected(piece: bytes, size: int) -> None:
    datagram = (piece * size)[:size]
    assert check(datagram) == "oversize" if size > DATAGRAM_BYTES_MAX else check(datagram) is not None


@pytest.mark.parametrize("field", ["key", "entries", "unknown"])
@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}")])
def test_the_deepest_nesting_that_fits_is_rejected(field: str, opened: str, closed: str) -> None:
    depth = (DATAGRAM_BYTES_MAX - 100) // len(opened + closed)
    assert check(f'{{"type":"append","{field}":{opened * depth}1{closed * depth}}}'.encode()) == "not_json"


@given(datagram=st.binary(max_size=200))
@example(datagram=b"")
@settings(max_examples=300, deadline=None)
def test_any_bytes_at_all_are_survived(datagram: bytes) -> None:
    check(datagram)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)
tags = st.sampled_from([message.type for message in GOOD])


@given(fields=st.dictionaries(st.sampled_from(["src", "dst", "leader", "term", "entries", "MID"]), values), tag=tags)
@settings(max_examples=300, deadline=None)
def test_any_json_object_at_all_is_survived(fields: dict[str, object], tag: str) -> None:
    check(json.dumps({**fields, "type": tag}).encode())
