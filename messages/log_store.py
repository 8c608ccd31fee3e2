"""What the log store is told, and what it reports to replicators. What it reports to Consensus is in `consensus`."""

from dataclasses import dataclass
from typing import TypeAlias

from messages.entry import Entry
from messages.ids import DiskId, LogIndex, NodeId, Term
from messages.snapshot import Change, Chunk
from messages.wire import AppendAccepted, Introduced, VoteReply


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveHardState:
    """Make the term and the vote durable (Raft Figure 2, 'Persistent state'), and report `HardStateSaved`."""

    term: Term
    voted_for: NodeId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveDisk:
    """Make it durable that `replica` keeps what it promises on `disk`; it is not reported."""

    replica: NodeId
    disk: DiskId


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """Make `entries` durable behind index `after`, the last of the log; report `Appended` in `term` if wanted.

    A leader wants it, for its own log counts towards the majority; a follower's `Acknowledge` goes to its leader.
    """

    term: Term
    after: LogIndex
    entries: tuple[Entry, ...]
    report: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """Send `reply` when everything that was told before is durable, in the order in which it was told.

    An acknowledgement cannot overtake what it acknowledges, nor can the promise of an older term be given after that of
    a newer one (Raft Figure 2: 'updated on stable storage before responding').
    """

    reply: AppendAccepted | VoteReply | Introduced


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncate:
    """Forget the entries behind `after`: another leader's took their place (Raft §5.3)."""

    after: LogIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEntries:
    """Give `peer`'s replicator entries from `first` on, at most so many and so many bytes, but one at least.

    Where they are there no more, the first part of the snapshot is given (Raft §7). `needed` is the first entry that
    the peer is not known to have: from there on all may have to be read again, while it lags behind a snapshot.
    """

    peer: NodeId
    term: Term
    first: LogIndex
    needed: LogIndex
    count_max: int
    bytes_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveSnapshot:
    """The state machine after the entry at `last_included_index`: what has changed since the last one (Raft §7).

    With it, entries that lie far enough behind are dropped. It is not reported, and need not be durable soon.
    """

    last_included_index: LogIndex
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreChunk:
    """A part of a leader's snapshot, which takes the place of snapshot and log when it is the last (Raft §7)."""

    chunk: Chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class DropChunks:
    """Forget the parts of a leader's snapshot that have come: the others will not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadChunk:
    """Give `peer`'s replicator what follows the record `after`, which is the last of the first `offset` ones.

    `last_included_index` says of which snapshot; of another one, or where `after` is empty, the first part is given.
    """

    peer: NodeId
    term: Term
    last_included_index: LogIndex
    offset: int
    after: str
    bytes_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flush:
    """The log store's note to itself, queued behind all that waits: make it durable at once, and report.

    One that `moves_on` was told so that the snapshot takes in what was held back, step by step.
    """

    moves_on: bool


LogStoreMessage: TypeAlias = (
    SaveHardState
    | SaveDisk
    | Append
    | Acknowledge
    | Truncate
    | SaveSnapshot
    | StoreChunk
    | DropChunks
    | ReadEntries
    | ReadChunk
    | Flush
)
