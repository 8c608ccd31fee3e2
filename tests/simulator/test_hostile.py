"""Hostile datagrams: nothing that a replica could take for a valid message."""

from __future__ import annotations

import random

import msgspec

from simulator.hostile import DATAGRAM_BYTES_MAX, HostileSource
from simulator.ids import NodeId, replica_ids

TARGET = NodeId("0000")


class Append(msgspec.Struct, tag_field="type", tag="append"):
    """A message between replicas, decoded as strictly as one can."""

    src: str
    dst: str
    leader: str
    term: int
    entries: tuple[str, ...]
    success: bool


OVERHEARD = msgspec.json.encode(Append(src="0001", dst="0002", leader="0001", term=3, entries=("a", "b"), success=True))


def source(seed: int = 1) -> HostileSource:
    made = HostileSource(random.Random(seed), replica_ids(5))
    made.overhear(OVERHEARD)
    return made


def is_valid(payload: bytes) -> bool:
    """Whether a strict replica takes the datagram: of a known sender, decodable, with numbers of sane size."""
    try:
        message = msgspec.json.decode(payload.decode(), type=Append)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return False
    return message.src in replica_ids(5) and abs(message.term) < 2**63


def test_no_hostile_datagram_is_a_valid_message() -> None:
    hostile = source()
    assert not [payload for payload in (hostile.make(TARGET) for _ in range(20_000)) if is_valid(payload)]


def test_hostile_datagrams_fit_into_a_datagram_and_reach_its_limit() -> None:
    hostile = source()
    sizes = [len(hostile.make(TARGET)) for _ in range(2_000)]
    assert max(sizes) == DATAGRAM_BYTES_MAX
    assert min(sizes) == 0


def test_some_come_as_if_from_peers_and_some_from_outside() -> None:
    hostile = source()
    payloads = [hostile.make(TARGET) for _ in range(500)]
    assert any(b'"src":"0001"' in payload for payload in payloads)
    assert any(b'"src":"BAD' in payload for payload in payloads)
    assert not any(b'"src":"0000"' in payload for payload in payloads)


def test_the_same_seed_makes_the_same_datagrams() -> None:
    first, second, other = source(3), source(3), source(4)
    stream = [first.make(TARGET) for _ in range(100)]
    assert stream == [second.make(TARGET) for _ in range(100)]
    assert stream != [other.make(TARGET) for _ in range(100)]


def test_nothing_needs_to_have_been_overheard() -> None:
    hostile = HostileSource(random.Random(1), replica_ids(3))
    assert not any(is_valid(hostile.make(TARGET)) for _ in range(2_000))


def test_large_messages_are_not_remembered() -> None:
    hostile = HostileSource(random.Random(1), replica_ids(3))
    hostile.overhear(b"y" * 10_000)
    assert not any(b"yyyy" in hostile.make(TARGET) for _ in range(500))
