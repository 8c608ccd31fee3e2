"""What the replicator of one peer is told. It is asleep unless its node leads."""

from dataclasses import dataclass
from typing import TypeAlias

from messages.entry import Entry
from messages.ids import Instant, LogIndex, Term
from messages.snapshot import Chunk
from messages.timer import Rang


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """This node leads `term` from now on; its log ends at `last_log_index`, in `last_log_term`."""

    term: Term
    last_log_index: LogIndex
    last_log_term: Term
    commit_index: LogIndex
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDown:
    """This node leads no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicate:
    """The log has grown by `entries`, from index `first` on; `sent` when Consensus has sent them to the peer itself."""

    first: LogIndex
    entries: tuple[Entry, ...]
    sent: bool
    commit_index: LogIndex
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """Send an AppendEntries now: to be heard of, or to confirm leadership (Raft §5.2, §8).

    It carries what the peer lacks of the log up to `last_log_index`, or nothing. `quiet`: it need not be answered.
    """

    last_log_index: LogIndex
    commit_index: LogIndex
    at: Instant
    quiet: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """The peer's log agrees up to `match_index`, which has `match_term`; `sent_at` is what the peer echoed."""

    match_index: LogIndex
    match_term: Term
    commit_index: LogIndex
    sent_at: Instant
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The peer lacks the entry at `prev_log_index`; the best next try is behind `next_prev_index`."""

    prev_log_index: LogIndex
    next_prev_index: LogIndex
    next_prev_term: Term
    sent_at: Instant
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The peer said something else: it lives, and can be reached again."""

    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesRead:
    """What `ReadEntries` asked for: entries from `first` on."""

    term: Term
    first: LogIndex
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkRead:
    """What `ReadChunk` asked for, or what is sent instead of entries that are there no more (Raft §7)."""

    term: Term
    chunk: Chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkTaken:
    """The peer has the first `offset` records of the snapshot up to `last_included_index`."""

    last_included_index: LogIndex
    offset: int
    sent_at: Instant
    at: Instant


ReplicatorMessage: TypeAlias = (
    Lead
    | StepDown
    | Replicate
    | Heartbeat
    | Acknowledged
    | Rejected
    | Heard
    | EntriesRead
    | ChunkRead
    | ChunkTaken
    | Rang
)
