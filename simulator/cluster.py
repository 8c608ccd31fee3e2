"""The replicas as the simulator sees them from outside: which live, who leads, what they let show."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from simulator.actions import Exit
from simulator.ids import NOBODY, NodeId, replica_ids
from simulator.wire import Header, shown_integer


class State(enum.Enum):
    """Where a replica stands in its life."""

    WAITING = "waiting"
    """Not started yet."""
    STARTING = "starting"
    """Started, and has not said hello."""
    UP = "up"
    PAUSED = "paused"
    KILLED = "killed"
    """Ended by an event of the configuration."""
    DIED = "died"
    """Ended by itself."""
    LOST = "lost"
    """Marked dead because somebody was sent a message for it before its hello."""
    ENDED = "ended"
    """Ended with the run."""


_REACHABLE = frozenset({State.UP, State.PAUSED})
GONE = frozenset({State.KILLED, State.DIED, State.LOST, State.ENDED})


@dataclass(slots=True, kw_only=True)
class Replica:
    """One replica; times are seconds since the run began."""

    name: NodeId
    state: State = State.WAITING
    started_at: float | None = None
    ready_at: float | None = None
    ready_cpu_s: float | None = None
    """Processor time used when it said hello, where the system tells."""
    term: int | None = None
    commit_index: int | None = None
    exit: Exit | None = None
    incarnation: int = 1
    """How many processes of this name there were, with the one that runs or is to start."""
    restarts_at: float | None = None
    """When the next one is to start, while it has not."""
    is_wiped: bool = False
    """Whether its disk was lost, so that it votes no more."""
    may_fail: bool = False
    """Whether its disk fails, or is damaged, so that it does right to end by itself, and not to begin."""

    def begin(self, now: float) -> None:
        """A process of it is started: the first, or another after one that is gone with all that it showed."""
        if self.state is not State.WAITING:
            self.incarnation += 1
        self.state = State.STARTING
        self.started_at = now
        self.ready_at = self.ready_cpu_s = self.term = self.commit_index = self.exit = self.restarts_at = None

    @property
    def is_expected(self) -> bool:
        """Whether a process of it is to start."""
        return self.state is State.WAITING or (self.state is State.KILLED and self.restarts_at is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reign:
    """A replica began to say of itself that it leads."""

    leader: NodeId
    term: int | None
    at: float


@dataclass(slots=True)
class Cluster:
    """All replicas, and the simulator's belief of who leads (None: it knows of none)."""

    replicas: dict[NodeId, Replica]
    leader: NodeId | None = None
    reigns: list[Reign] = field(default_factory=list)

    @classmethod
    def of(cls, count: int) -> Cluster:
        """Make a cluster of replicas that have not started."""
        return cls({name: Replica(name=name) for name in replica_ids(count)})

    @property
    def majority(self) -> int:
        """How many replicas decide, of all that there were at first."""
        return len(self.replicas) // 2 + 1

    def living(self) -> list[NodeId]:
        """Replicas that have said hello and have not ended, paused ones included: nobody outside sees a pause."""
        return [name for name, replica in self.replicas.items() if replica.state in _REACHABLE]

    def is_living(self, name: str) -> bool:
        """Whether `name` is a replica that has said hello and has not ended."""
        replica = self.replicas.get(NodeId(name))
        return replica is not None and replica.state in _REACHABLE

    def learn_leader(self, sender: NodeId, claimed: str) -> None:
        """Take a message's `leader` as the belief; nobody is believed only from the believed leader itself."""
        if claimed == NOBODY:
            if sender == self.leader:
                self.leader = None
        elif self.is_living(claimed):
            self.leader = NodeId(claimed)

    def observe(self, now: float, sender: NodeId, header: Header) -> Reign | None:
        """Note what a message between replicas lets show of its sender; return the reign that begins with it."""
        replica = self.replicas[sender]
        term = shown_integer(header.term)
        if term is not None:
            replica.term = max(term, replica.term or 0)
        commit_index = shown_integer(header.commit_index)
        if commit_index is not None:
            replica.commit_index = max(commit_index, replica.commit_index or 0)
        return self._observe_leader(now, sender, term) if header.leader == sender else None

    def _observe_leader(self, now: float, sender: NodeId, term: int | None) -> Reign | None:
        last = self.reigns[-1] if self.reigns else None
        if last is None:
            begins = True
        elif term is not None and last.term is not None:
            begins = term > last.term
        else:
            begins = last.leader != sender
        if not begins:
            return None
        reign = Reign(leader=sender, term=term, at=now)
        self.reigns.append(reign)
        return reign
