"""What the state machine is told: committed entries, in order, and reads that may be served."""

from dataclasses import dataclass
from typing import TypeAlias

from messages.entry import Entry
from messages.ids import LogIndex, NodeId
from messages.snapshot import Chunk
from messages.wire import Get


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """Apply committed `entries`, of which the first has index `first`."""

    first: LogIndex
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Answer `requests` from what has been applied: leadership was confirmed after they came (Raft §8).

    `leader` is whom this replica believes to lead, for the answers.
    """

    requests: tuple[Get, ...]
    leader: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeChunk:
    """A part of a snapshot, which takes the place of all that was applied when it is the last (Raft §7)."""

    chunk: Chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetChunks:
    """Forget the parts of a snapshot that have come: the others will not."""


StateMachineMessage: TypeAlias = Apply | Read | TakeChunk | ForgetChunks
