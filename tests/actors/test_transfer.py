"""A transfer of a snapshot: which part is under way, which one follows, when a lost one is no more sent at once."""

from __future__ import annotations

import pytest

from actors.transfer import RESENT_AT_ONCE_MAX, Transfer
from messages.codec import records_checksum
from messages.ids import Term
from messages.replicator import ChunkTaken
from messages.snapshot import Chunk, Record
from tests.actors.samples import at, index

RECORDS: tuple[Record, ...] = tuple((f"v/{number}", str(number)) for number in range(6))


def part(start: int, end: int, *, last: int = 10) -> Chunk:
    return Chunk(
        last_included_index=index(last),
        last_included_term=Term(1),
        offset=start,
        records=RECORDS[start:end],
        done=end == len(RECORDS),
    )


def taken(offset: int, *, last: int = 10, sent_at: float = 1.0) -> ChunkTaken:
    return ChunkTaken(last_included_index=index(last), offset=offset, sent_at=at(sent_at), at=at(9.0))


@pytest.fixture
def transfer() -> Transfer:
    """Its first part, of two records, was sent at 1.0."""
    transfer = Transfer()
    transfer.go_on(part(0, 2))
    transfer.sent(at(1.0))
    return transfer


def test_a_transfer_begins_with_the_first_part() -> None:
    transfer = Transfer()
    assert transfer.fits(part(0, 2))
    assert not transfer.fits(part(2, 4))


def test_what_follows_the_part_fits_and_so_does_the_first_part_of_any_snapshot(transfer: Transfer) -> None:
    assert transfer.fits(part(2, 4))
    assert transfer.fits(part(0, 2))
    assert transfer.fits(part(0, 2, last=12))


def test_no_other_part_fits(transfer: Transfer) -> None:
    assert not transfer.fits(part(1, 3))
    assert not transfer.fits(part(4, 6))
    assert not transfer.fits(part(2, 4, last=12))


def test_the_checksum_is_over_all_records_up_to_the_last_one_of_the_part(transfer: Transfer) -> None:
    first = records_checksum(RECORDS[:2], 0)
    assert transfer.checksum == first
    transfer.go_on(part(2, 5))
    assert transfer.checksum == records_checksum(RECORDS[2:5], first)
    transfer.go_on(part(0, 2, last=12))
    assert transfer.checksum == first


def test_a_part_is_taken_when_the_peer_wants_what_follows_it(transfer: Transfer) -> None:
    assert transfer.has_taken(taken(2))
    assert not transfer.has_taken(taken(1))
    assert not transfer.has_taken(taken(2, last=12))
    transfer.go_on(part(2, 5))
    assert not transfer.has_taken(taken(2))
    assert transfer.has_taken(taken(5))


def test_it_must_begin_anew_when_the_peer_wants_the_first_part_in_answer_to_this_one(transfer: Transfer) -> None:
    transfer.go_on(part(2, 5))
    transfer.sent(at(2.0))
    assert transfer.must_begin_anew(taken(0, sent_at=2.0))
    assert not transfer.must_begin_anew(taken(0, sent_at=1.0)), "that answers an earlier one"
    assert not transfer.must_begin_anew(taken(0, sent_at=2.0, last=12))
    assert not transfer.must_begin_anew(taken(2, sent_at=2.0))


def test_a_lost_part_is_sent_again_so_often_and_then_it_waits_for_the_peer(transfer: Transfer) -> None:
    waits = []
    for _ in range(RESENT_AT_ONCE_MAX + 2):
        transfer.lost()
        waits.append(transfer.is_waiting)
        transfer.sent(at(2.0))
        assert not transfer.is_waiting
    assert waits == [False] * RESENT_AT_ONCE_MAX + [True, True]


def test_the_next_part_has_all_its_tries_again(transfer: Transfer) -> None:
    for _ in range(RESENT_AT_ONCE_MAX + 1):
        transfer.lost()
    transfer.go_on(part(2, 5))
    assert not transfer.is_waiting
    transfer.lost()
    assert not transfer.is_waiting


def test_before_the_first_part_there_is_nothing_to_look_at() -> None:
    with pytest.raises(AssertionError, match="begins with its first part"):
        _ = Transfer().chunk
