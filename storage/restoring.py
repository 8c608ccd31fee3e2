"""What is durable as a process that starts is told it: parts of the snapshot, then of the log, of bounded size."""

from collections.abc import Iterator
from typing import Final

from messages.consensus import Restored, RestoredChunk
from messages.ids import DiskId, LogIndex
from messages.snapshot import Chunk
from storage.rows import State
from storage.stored import Stored

PART_BYTES_MAX: Final = 1_000_000
"""A part ends behind the record or entry with which it has so many bytes."""


def restored(stored: Stored, state: State, disk: DiskId, count_max: int) -> Iterator[RestoredChunk | Restored]:
    """All of it, at most `count_max` records or entries a part; raises DamageError, or another StorageError."""
    if state.snapshot_index > 0:
        yield from _snapshot(stored, state, count_max)
    yield from _log(stored, state, disk, count_max)


def _snapshot(stored: Stored, state: State, count_max: int) -> Iterator[RestoredChunk]:
    """At least one part; the last is done."""
    offset, after, done = 0, "", False
    while not done:
        records = stored.records(after, count_max, PART_BYTES_MAX)
        done = offset + len(records) >= state.records
        if not records and not done:
            raise stored.records_are_missing(offset, state.records)
        chunk = Chunk(
            last_included_index=state.snapshot_index,
            last_included_term=state.snapshot_term,
            offset=offset,
            records=records,
            done=done,
        )
        yield RestoredChunk(chunk=chunk)
        offset += len(records)
        after = records[-1][0] if records else after


def _log(stored: Stored, state: State, disk: DiskId, count_max: int) -> Iterator[Restored]:
    """At least one part."""
    first, done = state.first_index, False
    while not done:
        last = min(LogIndex(first + count_max - 1), state.last_index)
        entries = stored.entries(first, last, PART_BYTES_MAX)
        done = first + len(entries) > state.last_index
        yield Restored(
            term=state.term,
            voted_for=state.voted_for,
            first=first,
            entries=entries,
            disk=disk,
            disks=state.disks,
        )
        first = LogIndex(first + len(entries))
