"""Short ways to say what replicas say about snapshots (Raft §7); a log is given by the terms of its entries."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from actors.snapshot import term_record, value_name
from messages.codec import records_checksum
from messages.consensus import Restored, RestoredChunk
from messages.entry import Entry
from messages.ids import NOBODY, Instant, LogIndex, NodeId, Term
from messages.snapshot import Chunk, Record
from messages.wire import InstallSnapshot, SnapshotReply
from tests.actors.consensus.sayings import A

ALL: Final = 1000
"""More records than any snapshot has here."""


def state(*terms: int, values: int = 2) -> tuple[Record, ...]:
    """The records of a snapshot that includes an entry of each of `terms`, which left so many values."""
    begins = [index for index, term in enumerate(terms, start=1) if index == 1 or term > terms[index - 2]]
    runs = (term_record(LogIndex(index), Term(terms[index - 1])) for index in begins)
    return (*runs, *((value_name(f"key {number}"), "value") for number in range(values)))


def snapshot(
    src: NodeId,
    *terms: int,
    term: int,
    records: tuple[Record, ...] | None = None,
    each: int = ALL,
    at: float = 1.0,
) -> tuple[InstallSnapshot, ...]:
    """'I lead `term`; this is my snapshot, up to an entry of each of `terms`', in parts of so many records each.

    The first part is sent `at`, and each other one a second later.
    """
    records = state(*terms) if records is None else records
    parts: list[InstallSnapshot] = []
    checksum = 0
    for offset in range(0, len(records), each):
        some = records[offset : offset + each]
        checksum = records_checksum(some, checksum)
        part = InstallSnapshot(
            src=src,
            dst=A,
            leader=src,
            term=Term(term),
            last_included_index=LogIndex(len(terms)),
            last_included_term=Term(terms[-1]),
            offset=LogIndex(offset),
            records=some,
            checksum=checksum,
            done=offset + each >= len(records),
            at=Instant(at + len(parts)),
        )
        parts.append(part)
    return tuple(parts)


def sent_again(part: InstallSnapshot, *, at: float) -> InstallSnapshot:
    """The same part at another time."""
    return replace(part, at=Instant(at))


def part_taken(src: NodeId, *, term: int, last: int, offset: int, at: float) -> SnapshotReply:
    """'I have so many records of your snapshot up to `last`; your clock said `at`.'"""
    return SnapshotReply(
        src=src,
        dst=A,
        leader=A,
        term=Term(term),
        last_included_index=LogIndex(last),
        offset=LogIndex(offset),
        at=Instant(at),
    )


def restored_parts(*terms: int, each: int = ALL, records: tuple[Record, ...] | None = None) -> list[RestoredChunk]:
    """What the disk gives back of a snapshot that includes an entry of each of `terms`."""
    records = state(*terms) if records is None else records
    return [
        RestoredChunk(
            chunk=Chunk(
                last_included_index=LogIndex(len(terms)),
                last_included_term=Term(terms[-1]),
                offset=offset,
                records=records[offset : offset + each],
                done=offset + each >= len(records),
            )
        )
        for offset in range(0, len(records), each)
    ]


def restored_entries(term: int, first: int, entries: tuple[Entry, ...] = ()) -> Restored:
    """What the disk gives back of the log, from `first` on, and that its last term was `term`."""
    return Restored(term=Term(term), voted_for=None, first=LogIndex(first), entries=entries)


def wants(reply: SnapshotReply) -> tuple[NodeId, int, int]:
    """Of an answer: to whom it is, about which snapshot, and what is wanted next."""
    assert reply.leader != NOBODY or reply.term > 0, "who answers a leader follows it, or knows a newer term"
    return reply.dst, reply.last_included_index, reply.offset
