"""What all parts of Consensus share: who this replica is, what it believes, and its ways to act."""

from typing import Final, TypeAlias

from structlog.typing import FilteringBoundLogger

from actors.consensus.log import Log
from actors.consensus.role import Role
from actors.ports import Datagrams
from actors.settings import Settings
from messages.address import Address
from messages.consensus import HardStateSaved, Restored
from messages.election_timer import Reset, ResetShort
from messages.ids import NOBODY, Instant, NodeId, Term
from messages.log_store import (
    Acknowledge,
    Append,
    DropChunks,
    Flush,
    SaveDisk,
    SaveHardState,
    StoreChunk,
    Truncate,
)

ToLogStore: TypeAlias = SaveHardState | SaveDisk | Append | Acknowledge | Truncate | StoreChunk | DropChunks | Flush
"""What Consensus tells the log store."""


class Core:
    """Owns role, term, vote, the believed leader and the log; decides nothing.

    `now` is the latest instant that any message has told; there is no other clock here.
    """

    def __init__(
        self,
        *,
        me: NodeId,
        peers: tuple[NodeId, ...],
        settings: Settings,
        audit: FilteringBoundLogger,
        datagrams: Datagrams,
        log_store: Address[ToLogStore],
        election_timer: Address[Reset | ResetShort],
    ) -> None:
        assert me not in peers, "a replica is not its own peer"
        assert len(set(peers)) == len(peers), "each peer is named once"
        self.me: Final = me
        self.peers: Final = peers
        self.settings: Final = settings
        self.audit: Final = audit
        self.datagrams: Final = datagrams
        self.log_store: Final = log_store
        self.log: Final = Log()
        self.now = Instant(0.0)
        self.role = Role.FOLLOWER
        self.term = Term(0)
        self.voted_for: NodeId | None = None
        self.leader: NodeId | None = None
        self.disk = ""
        """Where this replica keeps what it promises; empty where nothing outlives it."""
        self.is_introduced = True
        """Whether this replica may vote, and be voted for: see `acquaintances`."""
        self.heard_at = Instant(0.0)
        """When a valid leader was last heard of; the start counts too, for what was heard before it is forgotten."""
        self.timer_epoch = 0
        self.timer_since = Instant(0.0)
        """From when on the election timer counts."""
        self._election_timer: Final = election_timer
        self._durable: tuple[Term, NodeId | None] = (Term(0), None)
        self._owed = 0
        self._owed_since = Instant(0.0)

    @property
    def cluster_size(self) -> int:
        """The number of replicas, this one included."""
        return len(self.peers) + 1

    @property
    def leader_or_nobody(self) -> NodeId:
        """The believed leader, as messages name it."""
        return NOBODY if self.leader is None else self.leader

    @property
    def has_live_leader(self) -> bool:
        """Whether a leader may hold a lease that counts on this replica's refusing to vote (Raft §6, thesis §6.4.1)."""
        patient_until = self.heard_at + self.settings.election_timeout_min_ms / 1000
        return self.role is Role.LEADER or self.now < patient_until

    @property
    def hard_state_is_durable(self) -> bool:
        """Whether term and vote would survive a crash: nobody is asked for a vote before (Raft Figure 2)."""
        return self._durable == (self.term, self.voted_for)

    def restore(self, message: Restored) -> None:
        """Be bound by what an earlier process of this replica has promised; beyond the snapshot nothing of it is known
        to be committed."""
        self.term, self.voted_for = self._durable = (message.term, message.voted_for)
        self.log.restore(message.first, message.entries)
        self.audit.info("state.restored", term=self.term, voted_for=self.voted_for, last=self.log.last_index)

    def begin_term(self, term: Term, *, voted_for: NodeId | None) -> None:
        """Enter a newer term, in which nobody leads yet (Raft §5.1)."""
        assert term > self.term, "terms only grow"
        self.audit.info("term.advanced", term=term, previous=self.term)
        self.term = term
        self.leader = None
        self._vote(voted_for)

    def vote_for(self, candidate: NodeId) -> None:
        """Give this term's only vote (Raft §5.2)."""
        assert self.voted_for is None, "one vote per term"
        self._vote(candidate)

    def _vote(self, voted_for: NodeId | None) -> None:
        self.voted_for = voted_for
        self.log_store.tell(SaveHardState(term=self.term, voted_for=voted_for))
        self.expect_report()

    def hard_state_saved(self, message: HardStateSaved) -> None:
        """Take note of what is durable."""
        self._durable = (message.term, message.voted_for)
        self.report_came()

    # --- the disk ----------------------------------------------------------------------------------------------

    def expect_report(self) -> None:
        """The log store was told something that it is to report when it is durable."""
        self._owed += 1
        if self._owed == 1:
            self._owed_since = self.now

    def report_came(self) -> None:
        """It has; what else it was told may take as long again."""
        assert self._owed > 0, "nothing is reported that was not told"
        self._owed -= 1
        self._owed_since = self.now

    @property
    def disk_stands_still(self) -> bool:
        """Whether nothing has become durable for the least election timeout, although it should: who can save nothing
        can lead nobody, and need not ask for votes."""
        return self._owed > 0 and (self.now - self._owed_since) * 1000 >= self.settings.election_timeout_min_ms

    def try_disk_again(self) -> None:
        """There may be room by now; asked for with heartbeats, and at election timeouts."""
        if self._owed > 0 and (self.now - self._owed_since) * 1000 >= self.settings.heartbeat_ms:
            self.log_store.tell(Flush(moves_on=False))

    def become(self, role: Role, *, reason: str) -> None:
        """Change the role; that is all."""
        if role is not self.role:
            self.audit.info("role.changed", role=role, previous=self.role, term=self.term, reason=reason)
            self.role = role

    def restart_election_timer(self, since: Instant) -> None:
        """Expect to hear something within a random election timeout after `since` (Raft §5.2)."""
        self.timer_epoch += 1
        self.timer_since = since
        self._election_timer.tell(Reset(epoch=self.timer_epoch, since=since))

    def restart_election_timer_short(self) -> None:
        """Expect answers to a campaign within the retry interval."""
        self.timer_epoch += 1
        self._election_timer.tell(ResetShort(epoch=self.timer_epoch, since=self.now))
