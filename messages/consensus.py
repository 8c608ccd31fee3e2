"""What Consensus is told: the one place where all facts come together."""

from dataclasses import dataclass
from typing import TypeAlias

from messages.entry import Entry
from messages.ids import DiskId, Instant, LogIndex, NodeId, Term
from messages.snapshot import Chunk
from messages.wire import ClientRequest, PeerMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """All actors are wired and run: say hello, and wait for siblings."""

    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredChunk:
    """A part of the snapshot that was durable when an earlier process of this replica ended (Raft §7).

    Told before all else, where there is a snapshot.
    """

    chunk: Chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was durable when an earlier process of this replica ended (Raft Figure 2, 'Persistent state').

    Told before `Start`, and in several messages when there is much: each has the term and the vote, and the `entries`
    behind those of the message before. The first one's begin with index `first`: some of those that the snapshot
    includes may be kept (Raft §7). `disk` is where it was kept, None where disks are not told apart; `disks` are
    those that other replicas were known to have, and this one, once it was introduced.
    """

    term: Term
    voted_for: NodeId | None
    first: LogIndex
    entries: tuple[Entry, ...]
    disk: DiskId | None = None
    disks: tuple[tuple[NodeId, DiskId], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """What came from the network, decoded; `at` is after the last of it came."""

    peers: tuple[PeerMessage, ...]
    requests: tuple[ClientRequest, ...]
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectionTimeout:
    """The election timer rang for the `Reset` or `ResetShort` of `epoch`."""

    epoch: int
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatDue:
    """The replicator of `peer` has had nothing to send for a heartbeat interval in `term`."""

    peer: NodeId
    term: Term
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOverdue:
    """`peer` has not answered an AppendEntries of `term` within its usual time; it is being sent again."""

    peer: NodeId
    term: Term
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class HardStateSaved:
    """Term and vote are durable, and so is the log up to the entry at `last_log_index` of `last_log_term`."""

    term: Term
    voted_for: NodeId | None
    last_log_index: LogIndex
    last_log_term: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """This leader's log is durable up to the entry at `last_log_index` of `last_log_term`, as told in `term`.

    Two terms, for two reasons: an acknowledgement of an older `term` serves nobody any more, and an entry that was
    truncated and replaced meanwhile is another one, recognised by `last_log_term`.
    """

    term: Term
    last_log_index: LogIndex
    last_log_term: Term


ConsensusMessage: TypeAlias = (
    RestoredChunk
    | Restored
    | Start
    | Inbound
    | ElectionTimeout
    | HeartbeatDue
    | AnswerOverdue
    | HardStateSaved
    | Appended
)
