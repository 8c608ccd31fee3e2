"""What crosses the network: one dataclass for each message of the contract, and for each between replicas.

Field names are those of the JSON objects. `leader` is the replica that the sender believes to lead, or `FFFF`.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from msgspec import UNSET, UnsetType

from messages.entry import Entry
from messages.ids import (
    RequestId,
    WireChecksum,
    WireClientId,
    WireDisk,
    WireDiskId,
    WireIndex,
    WireInstant,
    WireNodeId,
    WireTerm,
)
from messages.snapshot import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class FromClient:
    """The envelope of what clients send."""

    src: WireClientId
    dst: WireNodeId
    leader: WireNodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Get(FromClient):
    """A client reads `key`. With `since`, which may be 0, the answer says the index up to which it saw the log."""

    type: Literal["get"] = "get"
    MID: RequestId
    key: str
    since: WireIndex | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Put(FromClient):
    """A client writes `value` to `key`.

    With `since`, an index that it had heard of before it sent the write for the first time, it may send it again under
    the same MID for as long as it likes: it is applied once, or refused (Raft §8).
    """

    type: Literal["put"] = "put"
    MID: RequestId
    key: str
    value: str
    since: WireIndex | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The envelope of what a client is answered; `MID` is its request's."""

    src: WireNodeId
    dst: WireClientId
    leader: WireNodeId
    MID: RequestId


@dataclass(frozen=True, slots=True, kw_only=True)
class GetOk(Answer):
    """The latest value; the empty string when the key was never written. `index`: who asks with `since` wants it."""

    type: Literal["ok"] = "ok"
    value: str
    index: WireIndex | UnsetType = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOk(Answer):
    """The write is committed, in the entry at `index`, or before; `index`: who asks with `since` wants it."""

    type: Literal["ok"] = "ok"
    index: WireIndex | UnsetType = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect(Answer):
    """Not served here and never will be: ask `leader`."""

    type: Literal["redirect"] = "redirect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail(Answer):
    """Refused, without effect: a bound was reached. A write that was sent again may have had one before."""

    type: Literal["fail"] = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class FromReplica:
    """The envelope of what replicas send to one another."""

    src: WireNodeId
    dst: WireNodeId
    leader: WireNodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello(FromReplica):
    """The first thing that a replica says; it teaches a simulator the replica's port."""

    type: Literal["hello"] = "hello"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreVote(FromReplica):
    """'Would you vote for me in the term after `term`?', which is the asker's own; it begins none (thesis §9.6)."""

    type: Literal["pre_vote"] = "pre_vote"
    term: WireTerm
    last_log_index: WireIndex
    last_log_term: WireTerm


@dataclass(frozen=True, slots=True, kw_only=True)
class PreVoteReply(FromReplica):
    """The answer to the PreVote for the term `proposed`; `term` is the voter's own, unchanged by having been asked."""

    type: Literal["pre_vote_reply"] = "pre_vote_reply"
    term: WireTerm
    proposed: WireTerm
    granted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestVote(FromReplica):
    """A candidate asks for a vote in `term` (Raft §5.2, Figure 2)."""

    type: Literal["request_vote"] = "request_vote"
    term: WireTerm
    last_log_index: WireIndex
    last_log_term: WireTerm


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteReply(FromReplica):
    """The answer to a RequestVote; a vote that was granted is durable."""

    type: Literal["vote_reply"] = "vote_reply"
    term: WireTerm
    granted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendEntries(FromReplica):
    """The leader of `term` replicates the entries after `prev_log_index`, or just shows that it lives (Raft §5.3).

    `at` is an instant on the leader's clock at or before the sending; the follower echoes it, which proves to
    the leader that it was still followed then. One that is `quiet` is not answered when it is accepted: nobody waits
    for that.
    """

    type: Literal["append"] = "append"
    term: WireTerm
    prev_log_index: WireIndex
    prev_log_term: WireTerm
    entries: tuple[Entry, ...]
    commit_index: WireIndex
    at: WireInstant
    quiet: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendAccepted(FromReplica):
    """The follower's log agrees with the leader's up to `match_index`, durably.

    `commit_index` is the follower's own, for whoever watches; `at` echoes the latest AppendEntries. `disk` is where the
    log is, empty where disks are not told apart; one that was not `introduced` counts for no majority.
    """

    type: Literal["append_accepted"] = "append_accepted"
    term: WireTerm
    match_index: WireIndex
    commit_index: WireIndex
    at: WireInstant
    disk: WireDisk = ""
    introduced: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendRejected(FromReplica):
    """The follower's log does not have the entry `prev_log_index` of the leader's, or the leader's term is over.

    `conflict_index` is the first index of the follower's term `conflict_term` at `prev_log_index`, or, with
    `conflict_term` 0, the first index that the follower lacks (Raft §5.3, end). `disk` and `introduced` as above.
    """

    type: Literal["append_rejected"] = "append_rejected"
    term: WireTerm
    prev_log_index: WireIndex
    conflict_index: WireIndex
    conflict_term: WireTerm
    at: WireInstant
    disk: WireDisk = ""
    introduced: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallSnapshot(FromReplica):
    """The leader of `term` sends its snapshot, part by part, to a follower that lags too far behind (Raft §7).

    The fields are the paper's (Figure 13), but that `offset` counts records; `checksum` is over all records up to the
    last one here. `at` is as in AppendEntries.
    """

    type: Literal["install_snapshot"] = "install_snapshot"
    term: WireTerm
    last_included_index: WireIndex
    last_included_term: WireTerm
    offset: WireIndex
    records: tuple[Record, ...]
    checksum: WireChecksum
    done: bool
    at: WireInstant


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotReply(FromReplica):
    """The follower has the first `offset` records of that snapshot, and wants those behind; it is not installed yet.

    One that has it all, and durably, sends AppendAccepted. `disk` and `introduced` as there.
    """

    type: Literal["snapshot_reply"] = "snapshot_reply"
    term: WireTerm
    last_included_index: WireIndex
    offset: WireIndex
    at: WireInstant
    disk: WireDisk = ""
    introduced: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderCheck(FromReplica):
    """A follower asks the leader of `term` for a sign of life, before it redirects clients to it."""

    type: Literal["leader_check"] = "leader_check"
    term: WireTerm


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduce(FromReplica):
    """'This is the disk on which I keep what I promise: take note of it, unless you know of another one.'"""

    type: Literal["introduce"] = "introduce"
    disk: WireDiskId


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduced(FromReplica):
    """The answer: whether `disk` is the one that is known now, and durably; if not, there was another before."""

    type: Literal["introduced"] = "introduced"
    disk: WireDiskId
    known: bool


ClientRequest: TypeAlias = Get | Put
ClientAnswer: TypeAlias = GetOk | PutOk | Redirect | Fail
TermMessage: TypeAlias = (
    RequestVote
    | VoteReply
    | AppendEntries
    | AppendAccepted
    | AppendRejected
    | InstallSnapshot
    | SnapshotReply
    | LeaderCheck
)
"""What is meant for one term: the receiver looks at that first (Raft §5.1)."""

PeerMessage: TypeAlias = PreVote | PreVoteReply | Introduce | Introduced | TermMessage
Inbound: TypeAlias = ClientRequest | PeerMessage | Hello
Outbound: TypeAlias = ClientAnswer | PeerMessage | Hello
