"""Short ways to say what replicas and clients say, so that a test reads like a dialogue.

The replica under test is A; its peers are B, C, D and E. A place in a log is a pair, `(index, term)`.
"""

from dataclasses import replace
from typing import Final, TypeAlias

from messages.entry import Entry, Write
from messages.ids import NOBODY, ClientId, DiskId, Instant, LogIndex, NodeId, RequestId, Term
from messages.wire import (
    AppendAccepted,
    AppendEntries,
    AppendRejected,
    Get,
    Introduce,
    Introduced,
    LeaderCheck,
    PreVote,
    PreVoteReply,
    Put,
    RequestVote,
    VoteReply,
)

A: Final = NodeId("000A")
B: Final = NodeId("000B")
C: Final = NodeId("000C")
D: Final = NodeId("000D")
E: Final = NodeId("000E")
EVERYBODY: Final = (A, B, C, D, E)
CLIENT: Final = ClientId("0100")

Place: TypeAlias = tuple[int, int]
NOWHERE: Final[Place] = (0, 0)


def pre_vote(src: NodeId, *, term: int, last: Place = NOWHERE) -> PreVote:
    """'Would you vote for me in `term`? My log ends at `last`.'"""
    return PreVote(
        src=src,
        dst=A,
        leader=NOBODY,
        term=Term(term - 1),
        last_log_index=LogIndex(last[0]),
        last_log_term=Term(last[1]),
    )


def pre_vote_reply(src: NodeId, *, proposed: int, granted: bool = True, term: int | None = None) -> PreVoteReply:
    """'I would (not) vote for you in `proposed`; my own term is `term`', the one before unless said."""
    own = proposed - 1 if term is None else term
    return PreVoteReply(src=src, dst=A, leader=NOBODY, term=Term(own), proposed=Term(proposed), granted=granted)


def names_leader(reply: PreVoteReply, leader: NodeId) -> PreVoteReply:
    """The same, of a voter that follows `leader`."""
    return replace(reply, leader=leader)


def request_vote(src: NodeId, *, term: int, last: Place = NOWHERE) -> RequestVote:
    """'Vote for me in `term`; my log ends at `last`.'"""
    return RequestVote(
        src=src, dst=A, leader=NOBODY, term=Term(term), last_log_index=LogIndex(last[0]), last_log_term=Term(last[1])
    )


def vote_reply(src: NodeId, *, term: int, granted: bool = True) -> VoteReply:
    """'You (do not) have my vote in `term`.'"""
    return VoteReply(src=src, dst=A, leader=NOBODY, term=Term(term), granted=granted)


def append(
    src: NodeId,
    *,
    term: int,
    prev: Place = NOWHERE,
    entries: tuple[Entry, ...] = (),
    commit: int = 0,
    at: float = 1.0,
) -> AppendEntries:
    """'I lead `term`; `entries` come behind `prev`; `commit` is committed; my clock says `at`.'"""
    return AppendEntries(
        src=src,
        dst=A,
        leader=src,
        term=Term(term),
        prev_log_index=LogIndex(prev[0]),
        prev_log_term=Term(prev[1]),
        entries=entries,
        commit_index=LogIndex(commit),
        at=Instant(at),
        quiet=False,
    )


def accepted(src: NodeId, *, term: int, match: int, at: float) -> AppendAccepted:
    """'My log is as yours up to `match`; your clock said `at`.'"""
    return AppendAccepted(
        src=src,
        dst=A,
        leader=A,
        term=Term(term),
        match_index=LogIndex(match),
        commit_index=LogIndex(0),
        at=Instant(at),
    )


def rejected(src: NodeId, *, term: int, prev: int, conflict: Place, at: float) -> AppendRejected:
    """'I do not have your entry at `prev`; see my `conflict`; your clock said `at`.'"""
    return AppendRejected(
        src=src,
        dst=A,
        leader=A,
        term=Term(term),
        prev_log_index=LogIndex(prev),
        conflict_index=LogIndex(conflict[0]),
        conflict_term=Term(conflict[1]),
        at=Instant(at),
    )


def leader_check(src: NodeId, *, term: int) -> LeaderCheck:
    """'You lead `term`, do you?'"""
    return LeaderCheck(src=src, dst=A, leader=A, term=Term(term))


def put(mid: str, value: str = "value", *, client: ClientId = CLIENT, dst: NodeId = A, since: int | None = None) -> Put:
    """A client writes; it may have heard of the index `since` before."""
    return Put(
        src=client, dst=dst, leader=NOBODY, MID=RequestId(mid), key="key", value=value, since=_index_or_none(since)
    )


def get(mid: str, *, client: ClientId = CLIENT, dst: NodeId = A, since: int | None = None) -> Get:
    """A client reads; likewise."""
    return Get(src=client, dst=dst, leader=NOBODY, MID=RequestId(mid), key="key", since=_index_or_none(since))


def _index_or_none(since: int | None) -> LogIndex | None:
    return None if since is None else LogIndex(since)


def entry(term: int, mid: str = "someone's") -> Entry:
    """An entry that some leader of `term` created for some client."""
    return Entry(
        term=Term(term), write=Write(client=ClientId("0200"), MID=RequestId(mid), key="key", value=f"{mid}/{term}")
    )


def entries(*terms: int) -> tuple[Entry, ...]:
    """An entry of each of `terms`."""
    return tuple(entry(term) for term in terms)


def introduce(src: NodeId, *, disk: str) -> Introduce:
    """'I keep what I promise on this disk.'"""
    return Introduce(src=src, dst=A, leader=NOBODY, disk=DiskId(disk))


def introduced(src: NodeId, *, disk: str, known: bool = True) -> Introduced:
    """'That is (not) the disk that I know you by.'"""
    return Introduced(src=src, dst=A, leader=NOBODY, disk=DiskId(disk), known=known)
