"""Hypothesis strategies for every message: any value of the right types, and wire messages that a replica can send."""

from dataclasses import is_dataclass
from typing import TypeVar, get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec import UNSET, UnsetType

from messages import consensus, election_timer, log_store, replicator, socket_reader, state_machine, wire
from messages.entry import Entry, Write
from messages.ids import LARGEST_INTEGER, ClientId, DiskId, Instant, LogIndex, NodeId, RequestId, Term

T = TypeVar("T")

names = st.from_regex(r"[0-9A-F]{4}", fullmatch=True)
node_ids = names.map(NodeId)
client_ids = names.map(ClientId)
request_ids = st.text(max_size=40).map(RequestId)
numbers = st.integers(0, LARGEST_INTEGER)
terms = numbers.map(Term)
log_indexes = numbers.map(LogIndex)
instants = st.floats(0, 1e12).map(Instant)
writes = st.builds(Write, client=client_ids, MID=request_ids, key=st.text(max_size=40), value=st.text(max_size=80))
entries = st.builds(Entry, term=terms, write=st.none() | writes)

st.register_type_strategy(NodeId, node_ids)
st.register_type_strategy(ClientId, client_ids)
st.register_type_strategy(RequestId, request_ids)
st.register_type_strategy(DiskId, st.text(min_size=1, max_size=32).map(DiskId))
st.register_type_strategy(str, st.text(max_size=32))  # the least bound that an annotation sets: `WireDisk`
st.register_type_strategy(Term, terms)
st.register_type_strategy(LogIndex, log_indexes)
st.register_type_strategy(Instant, instants)
st.register_type_strategy(Entry, entries)
st.register_type_strategy(UnsetType, st.just(UNSET))

_UNIONS = (
    consensus.ConsensusMessage,
    election_timer.ElectionTimerMessage,
    log_store.LogStoreMessage,
    replicator.ReplicatorMessage,
    socket_reader.SocketReaderMessage,
    state_machine.StateMachineMessage,
    wire.Inbound,
    wire.Outbound,
)

MESSAGE_TYPES: tuple[type, ...] = tuple(dict.fromkeys(kind for union in _UNIONS for kind in get_args(union)))
"""Every type that any actor, replica or client is told."""

WIRE_TYPES: tuple[type, ...] = tuple(dict.fromkeys((*get_args(wire.Inbound), *get_args(wire.Outbound))))
INBOUND_TYPES: tuple[type, ...] = get_args(wire.Inbound)

assert all(is_dataclass(kind) for kind in MESSAGE_TYPES)

positions: SearchStrategy[tuple[LogIndex, Term]] = st.one_of(
    st.just((LogIndex(0), Term(0))),
    st.tuples(st.integers(1, LARGEST_INTEGER).map(LogIndex), st.integers(1, LARGEST_INTEGER - 1).map(Term)),
)
"""Where a log can end: only index 0 has term 0."""


@st.composite
def vote_requests(draw: st.DrawFn, kind: type[T]) -> T:
    """A PreVote or RequestVote: the last term of its log is before the term that it asks for."""
    index, last_term = draw(positions)
    term = st.integers(last_term + 1, LARGEST_INTEGER).map(Term)
    return draw(st.builds(kind, term=term, last_log_index=st.just(index), last_log_term=st.just(last_term)))


@st.composite
def appends(draw: st.DrawFn) -> wire.AppendEntries:
    """An AppendEntries: terms never fall along a log, and none is beyond the leader's."""
    index, prev_term = draw(positions)
    along = sorted(draw(st.lists(st.integers(max(prev_term, 1), LARGEST_INTEGER), max_size=5)))
    log = [draw(st.builds(Entry, term=st.just(Term(term)), write=st.none() | writes)) for term in along]
    leader_term = draw(st.integers(max(*along, prev_term, 1), LARGEST_INTEGER) if along else st.just(max(prev_term, 1)))
    return draw(
        st.builds(
            wire.AppendEntries,
            term=st.just(Term(leader_term)),
            prev_log_index=st.just(index),
            prev_log_term=st.just(prev_term),
            entries=st.just(tuple(log)),
        )
    )


@st.composite
def snapshots(draw: st.DrawFn) -> wire.InstallSnapshot:
    """A part of a snapshot: its last entry has a term up to the leader's, and records have names."""
    last_term = draw(st.integers(1, LARGEST_INTEGER))
    records = st.lists(st.tuples(st.text(min_size=1, max_size=40), st.text(max_size=80)), max_size=5).map(tuple)
    return draw(
        st.builds(
            wire.InstallSnapshot,
            term=st.integers(last_term, LARGEST_INTEGER).map(Term),
            last_included_index=st.integers(1, LARGEST_INTEGER).map(LogIndex),
            last_included_term=st.just(Term(last_term)),
            offset=log_indexes,
            records=records,
            checksum=st.integers(0, 2**32 - 1),
        )
    )


st.register_type_strategy(wire.InstallSnapshot, snapshots())

disks = st.text(max_size=32)

_PARTICULAR: dict[type, SearchStrategy[wire.Inbound]] = {
    wire.AppendEntries: appends(),
    wire.InstallSnapshot: snapshots(),
    wire.PreVote: vote_requests(wire.PreVote),
    wire.RequestVote: vote_requests(wire.RequestVote),
    wire.AppendAccepted: st.builds(wire.AppendAccepted, disk=disks, introduced=st.booleans()),
    wire.AppendRejected: st.builds(
        wire.AppendRejected,
        conflict_index=st.integers(1, LARGEST_INTEGER).map(LogIndex),
        disk=disks,
        introduced=st.booleans(),
    ),
    wire.SnapshotReply: st.builds(wire.SnapshotReply, disk=disks, introduced=st.booleans()),
}

POSSIBLE: dict[type, SearchStrategy[wire.Inbound | wire.Outbound]] = {
    kind: _PARTICULAR[kind] if kind in _PARTICULAR else st.from_type(kind) for kind in WIRE_TYPES
}
"""For each wire type, what a replica or client that follows the protocol may send."""

inbounds = st.builds(
    consensus.Inbound,
    peers=st.lists(st.one_of(*(POSSIBLE[kind] for kind in get_args(wire.PeerMessage))), max_size=4).map(tuple),
    requests=st.lists(st.one_of(*(POSSIBLE[kind] for kind in get_args(wire.ClientRequest))), max_size=4).map(tuple),
)
"""What Consensus is told of the network."""
