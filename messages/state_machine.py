"""What the state machine is told: committed entries, in order, and reads that may be served."""

from dataclasses import dataclass
from typing import TypeAlias

from messages.entry import Entry
from messages.ids import LogIndex, NodeId
from messages.wire import Get


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """Apply committed `entries`, of which the first has index `first`; answer the clients of those at `owned`.

    `leader` is whom this replica believes to lead, for the answers.
    """

    first: LogIndex
    entries: tuple[Entry, ...]
    owned: tuple[LogIndex, ...]
    leader: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Answer `requests` from what has been applied: leadership was confirmed after they came (Raft §8)."""

    requests: tuple[Get, ...]
    leader: NodeId


StateMachineMessage: TypeAlias = Apply | Read
