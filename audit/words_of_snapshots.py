"""What is said of snapshots, in few words for people: where one ends, and which of its records are meant."""

from audit.contents import InstalledSnapshot, SavedSnapshot
from messages.consensus import RestoredChunk
from messages.log_store import ReadChunk, SaveSnapshot, StoreChunk
from messages.replicator import ChunkRead, ChunkTaken
from messages.snapshot import Chunk
from messages.state_machine import TakeChunk
from messages.wire import InstallSnapshot, SnapshotReply


def snapshot_words(message: object) -> str | None:  # noqa: PLR0911  # a case for each message
    """What actors tell each other of snapshots, and what their storage is told; None for anything else."""
    match message:
        case SaveSnapshot():
            return f"up to {message.last_included_index}, {_counted(len(message.changes), 'change')}"
        case StoreChunk() | TakeChunk() | RestoredChunk():
            return part_words(message.chunk)
        case ReadChunk():
            behind = _counted(message.offset, "record")
            return f"for {message.peer} up to {message.last_included_index}, behind {behind}"
        case ChunkRead():
            return f"t{message.term} {part_words(message.chunk)}"
        case ChunkTaken():
            return taken_words(message)
        case SavedSnapshot():
            changes = _counted(len(message.changes), "change")
            return f"up to {message.last_included}, {changes}, log kept from {message.first} on"
        case InstalledSnapshot():
            return f"up to {message.last_included}/t{message.term}, {_counted(len(message.records), 'record')}"
        case _:
            return None


def part_words(part: InstallSnapshot | Chunk) -> str:
    """A part of a snapshot: where that ends, and which of its records these are."""
    first, last = part.offset + 1, part.offset + len(part.records)
    which = {0: "no records", 1: f"record {first}"}.get(len(part.records), f"records {first} to {last}")
    end = ", the last" if part.done else ""
    return f"up to {part.last_included_index}/t{part.last_included_term}, {which}{end}"


def taken_words(taken: SnapshotReply | ChunkTaken) -> str:
    """How much of a snapshot a follower has."""
    return f"up to {taken.last_included_index}, has {_counted(taken.offset, 'record')}"


def _counted(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
