"""The referee of a cluster: looks at every step, and knows what must never happen (Raft Figure 3)."""

from typing import Final

from actors.consensus.role import Role
from actors.state_machine import StateMachine
from messages.entry import Entry
from messages.ids import NOBODY, ClientId, LogIndex, NodeId, RequestId, Term
from messages.snapshot import Record
from messages.wire import AppendAccepted, Outbound, RequestVote, VoteReply
from tests.actors.cluster import Cluster, Node
from tests.actors.probes import SyncedStorage


class Ledger:
    """Every entry that any replica has ever written, by its index and term."""

    def __init__(self) -> None:
        self._written: Final[dict[tuple[int, Term], tuple[Entry, Term]]] = {}

    def write(self, index: int, entry: Entry, prev_term: Term) -> None:
        """Log matching (Figure 3): the same index and term mean the same entry, behind an entry of the same term."""
        known = self._written.setdefault((index, entry.term), (entry, prev_term))
        assert known == (entry, prev_term), f"two logs differ at {index} in term {entry.term} (§5.3)"

    def entry(self, index: int, term: Term) -> Entry:
        """The entry of `term` at `index`."""
        return self._written[index, term][0]


class WatchedStorage(SyncedStorage):
    """A storage that remembers which vote is durable, and that writes into a ledger what it is given."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._ledger: Final = ledger
        self._state: tuple[Term, NodeId | None] = (Term(0), None)
        self.durable_state: tuple[Term, NodeId | None] = self._state
        self.log_is_durable = True

    def save_hard_state(self, term: Term, voted_for: NodeId | None) -> None:
        """Write; nothing is durable by that."""
        super().save_hard_state(term, voted_for)
        self._state = (term, voted_for)

    def append(self, entries: tuple[Entry, ...]) -> None:
        """Write, here and into the ledger; nothing is durable by that."""
        self.log_is_durable = False
        for entry in entries:
            last = self.last_index()
            self._ledger.write(last + 1, entry, self.term_at(last))
            super().append((entry,))

    def install_snapshot(self, last_included: LogIndex, term: Term, records: tuple[Record, ...]) -> None:
        """Write; nothing is durable by that."""
        super().install_snapshot(last_included, term, records)
        self.log_is_durable = False

    def sync(self) -> None:
        """All that was written is durable."""
        super().sync()
        self.log_is_durable = True
        self.durable_state = self._state


class Referee:
    """Remembers who led, who voted, what was committed; raises AssertionError at the first violation."""

    def __init__(self, cluster: Cluster, ledger: Ledger) -> None:
        self._cluster: Final = cluster
        self._ledger: Final = ledger
        self._leaders: Final[dict[Term, NodeId]] = {}
        self._votes: Final[dict[tuple[NodeId, Term], NodeId]] = {}
        self._committed: Final[list[Entry]] = []
        self._committed_in: Final[list[Term]] = []
        self._seen: Final = {name: (Term(0), LogIndex(0), Role.FOLLOWER) for name in cluster.nodes}
        cluster.watch = self.sends
        cluster.stepped = self.stepped

    @property
    def terms(self) -> int:
        """How many terms had a leader."""
        return len(self._leaders)

    def stepped(self, node: Node) -> None:
        """One of a node's actors has handled a message."""
        core = node.consensus._core
        term, commit_index, role = self._seen[node.name]
        if (core.term, core.log.commit_index, core.role) == (term, commit_index, role) and core.voted_for is None:
            return
        assert core.term >= term, "terms only grow (Figure 2)"
        assert core.log.commit_index >= commit_index, "the commit index only grows (Figure 2)"
        if core.voted_for is not None:
            vote = self._votes.setdefault((node.name, core.term), core.voted_for)
            assert vote == core.voted_for, "one vote per term (§5.2)"
        if core.role is Role.LEADER and role is not Role.LEADER:
            self._was_elected(node)
        if core.log.commit_index > commit_index:
            self._has_committed(node, commit_index)
            if role is Role.LEADER is core.role:
                committed_term = core.log.terms.term_at(core.log.commit_index)
                assert committed_term == core.term, "a leader counts for entries of its own term only (§5.4.2)"
        self._seen[node.name] = (core.term, core.log.commit_index, core.role)

    def _was_elected(self, node: Node) -> None:
        """Election safety and leader completeness (Figure 3)."""
        core = node.consensus._core
        leader = self._leaders.setdefault(core.term, node.name)
        assert leader == node.name, f"{leader} and {node.name} both lead term {core.term} (§5.2)"
        for index, entry in enumerate(self._committed, start=1):
            if self._committed_in[index - 1] < core.term:
                has_it = core.log.terms.has(LogIndex(index), entry.term)
                assert has_it, f"{node.name} leads {core.term} without what was committed at {index} (§5.4)"

    def _has_committed(self, node: Node, before: LogIndex) -> None:
        """State machine safety (Figure 3): nobody commits anything else at an index."""
        log = node.consensus._core.log
        for index in range(before + 1, log.commit_index + 1):
            entry = self._ledger.entry(index, log.terms.term_at(LogIndex(index)))
            if index > len(self._committed):
                self._committed.append(entry)
                self._committed_in.append(node.consensus._core.term)
            assert self._committed[index - 1] == entry, f"{node.name} commits another entry at {index} (§5.4.3)"

    def sends(self, node: Node, message: Outbound) -> None:
        """What is promised is durable before ('updated on stable storage before responding', Figure 2)."""
        storage = node.storage
        assert isinstance(storage, WatchedStorage)
        match message:
            case RequestVote():
                assert storage.durable_state == (message.term, node.name), "a candidate's own vote is durable"
            case VoteReply(granted=True):
                term, vote = storage.durable_state
                assert term > message.term or (term, vote) == (message.term, message.dst), "a vote is durable"
            case AppendAccepted():
                assert storage.log_is_durable, "what is acknowledged is durable"
                assert storage.durable_state[0] >= message.term, "the term of an acknowledgement is durable"
            case _:
                pass

    def all_agree(self) -> bool:
        """Whether all who live follow one leader, and have the same log, all of it committed."""
        living = [node.consensus._core for node in self._cluster.nodes.values() if not node.is_dead]
        leaders = {core.leader for core in living}
        ends = {(core.log.last_index, core.log.last_term, core.log.commit_index) for core in living}
        return len(leaders) == 1 and leaders.isdisjoint({None, NOBODY}) and ends == {self._end()}

    def _end(self) -> tuple[LogIndex, Term, LogIndex]:
        last = LogIndex(len(self._committed))
        return last, self._committed[-1].term if self._committed else Term(0), last

    def has_applied_all(self, state_machine: StateMachine) -> bool:
        """Whether `state_machine` holds what the committed log makes of an empty map (Raft §2), each write once."""
        values: dict[str, str] = {}
        seen: set[tuple[ClientId, RequestId]] = set()
        for write in (entry.write for entry in self._committed if entry.write is not None):
            if (write.client, write.MID) not in seen:
                seen.add((write.client, write.MID))
                values[write.key] = write.value
        return state_machine.values == values
