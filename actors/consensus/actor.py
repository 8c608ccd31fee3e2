"""Consensus, the actor: hands each message to the part that it concerns, and ties the parts together."""

from collections.abc import Mapping
from typing import Final, assert_never

from structlog.typing import FilteringBoundLogger

from actors.actor import Actor
from actors.consensus.acquaintances import Acquaintances
from actors.consensus.core import Core, ToLogStore
from actors.consensus.credible import is_credible
from actors.consensus.election import Election
from actors.consensus.following import Following
from actors.consensus.installing import Installing
from actors.consensus.leading import Leading, Reply, ToReplicator
from actors.consensus.requests import Requests
from actors.consensus.role import Role
from actors.ports import Datagrams
from actors.settings import Settings
from messages.address import Address
from messages.consensus import (
    AnswerOverdue,
    Appended,
    ConsensusMessage,
    ElectionTimeout,
    HardStateSaved,
    HeartbeatDue,
    Inbound,
    Restored,
    RestoredChunk,
    Start,
)
from messages.election_timer import Reset, ResetShort
from messages.ids import NOBODY, Instant, LogIndex, NodeId, Term
from messages.state_machine import Apply, ForgetChunks, Read, TakeChunk
from messages.wire import (
    AppendAccepted,
    AppendEntries,
    AppendRejected,
    Hello,
    InstallSnapshot,
    Introduce,
    Introduced,
    LeaderCheck,
    PeerMessage,
    PreVote,
    PreVoteReply,
    RequestVote,
    SnapshotReply,
    TermMessage,
    VoteReply,
)


class Consensus(Actor):
    """The brain: decides who leads, what is committed and what clients are answered; every other actor is a hand.

    A message's term is handled first, in one place (`_is_current`, Raft §5.1), then its content, by `Election`,
    `Following` or `Leading`. `Requests` knows what clients wait for. All of them share a `Core`.
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
        state_machine: Address[Apply | Read | TakeChunk | ForgetChunks],
        election_timer: Address[Reset | ResetShort],
        replicators: Mapping[NodeId, Address[ToReplicator]],
    ) -> None:
        super().__init__()
        self._core: Final = Core(
            me=me,
            peers=peers,
            settings=settings,
            audit=audit,
            datagrams=datagrams,
            log_store=log_store,
            election_timer=election_timer,
        )
        self._requests: Final = Requests(self._core, state_machine)
        self._election: Final = Election(self._core)
        self._acquaintances: Final = Acquaintances(self._core)
        self._following: Final = Following(self._core)
        self._installing: Final = Installing(self._core, self._following, state_machine)
        self._leading: Final = Leading(self._core, self._requests, replicators)

    def on_receive(self, message: ConsensusMessage) -> None:
        """Decide."""
        match message:
            case RestoredChunk():
                self._installing.restore(message.chunk)
            case Restored():
                self._core.restore(message)
                self._acquaintances.restore(message)
            case Start():
                self._start(message)
            case Inbound():
                self._inbound(message)
            case ElectionTimeout():
                self._election_timeout(message)
            case HeartbeatDue():
                self._heartbeat_due(message)
            case AnswerOverdue():
                self._answer_overdue(message)
            case HardStateSaved():
                self._hard_state_saved(message)
            case Appended():
                self._appended(message)
            case _:
                assert_never(message)

    def _start(self, message: Start) -> None:
        """Say hello, wait for slow siblings, and vote for nobody before a lease of before the start can be over.

        Siblings are waited for when a cluster is started, not when one goes on that has had elections before.
        """
        core = self._core
        core.now = core.heard_at = message.at
        core.datagrams.send(Hello(src=core.me, dst=NOBODY, leader=NOBODY))
        wait_ms = core.settings.start_wait_ms + core.settings.start_wait_per_peer_ms * len(core.peers)
        if core.term > 0:
            wait_ms = 0
        core.restart_election_timer(Instant(message.at + wait_ms / 1000))

    def _note_time(self, at: Instant) -> None:
        """Messages from several threads may overtake one another; time does not go back for that."""
        self._core.now = max(self._core.now, at)

    # --- the network -------------------------------------------------------------------------------------------

    def _inbound(self, message: Inbound) -> None:
        """Replicas first, then clients, then what follows from both."""
        self._note_time(message.at)
        for peer_message in message.peers:
            self._from_peer(peer_message)
        for request in message.requests:
            self._requests.admit(request)
        self._commit_and_serve()
        self._leading.hand_on()
        self._requests.audit_held()

    def _from_peer(self, message: PeerMessage) -> None:
        core = self._core
        if core.role is Role.LEADER and not isinstance(message, Reply):
            self._leading.heard(message.src)
        match message:
            case PreVote():
                self._election.pre_vote_asked(message)
            case PreVoteReply():
                self._pre_vote_reply(message)
            case Introduce():
                self._acquaintances.asked(message)
            case Introduced():
                self._introduced(message)
            case _ if self._is_current(message):
                self._in_term(message)
            case _:
                pass

    def _in_term(self, message: TermMessage) -> None:
        """Do what a message of the current term asks for."""
        match message:
            case RequestVote():
                self._election.vote_asked(message)
            case VoteReply():
                self._election.vote_replied(message)
                self._lead_if_elected()
            case AppendEntries():
                self._append_entries(message)
            case InstallSnapshot():
                self._install_snapshot(message)
            case AppendAccepted() | AppendRejected() | SnapshotReply():
                self._reply(message)
            case LeaderCheck():
                self._leader_check(message)
            case _:
                assert_never(message)

    def _is_current(self, message: TermMessage) -> bool:
        """Terms first (Raft §5.1): a newer one is entered, and of an older one nothing more is believed."""
        core = self._core
        if message.term == core.term:
            return True
        if message.term < core.term:
            self._answer_stale(message)
            return False
        if isinstance(message, RequestVote) and core.has_live_leader:
            core.audit.info("vote.refused", candidate=message.src, term=message.term, reason="a leader lives")
            return False
        return self._enter_term(message.term, message)

    def _enter_term(self, term: Term, message: PeerMessage) -> bool:
        """Enter a newer term as a follower (Raft §5.1), unless it is absurd."""
        core = self._core
        if not is_credible(term, core.term):
            core.audit.warning("message.impossible", type=message.type, peer=message.src, reason=f"term {term}")
            return False
        self._become_follower(f"{message.type} of a newer term")
        core.begin_term(term, voted_for=None)
        return True

    def _answer_stale(self, message: TermMessage) -> None:
        """Tell those that act in an older term; drop what answers an older question."""
        match message:
            case AppendEntries():
                self._following.reject_stale(message)
            case InstallSnapshot():
                self._installing.reply_stale(message)
            case RequestVote():
                self._election.refuse_vote(message, "its term is over")
            case _:
                self._core.audit.info("message.outdated", type=message.type, peer=message.src, term=message.term)

    def _become_follower(self, reason: str) -> None:
        core = self._core
        if core.role is Role.LEADER:
            self._leading.end()
            core.leader = None
        if core.role is not Role.FOLLOWER:
            core.restart_election_timer(core.now)
        core.become(Role.FOLLOWER, reason=reason)

    def _pre_vote_reply(self, message: PreVoteReply) -> None:
        """A voter that is ahead shows its own term, which is entered; others are counted (thesis §9.6)."""
        if message.term > self._core.term:
            self._enter_term(message.term, message)
        else:
            self._election.pre_vote_replied(message)
            self._redirect_by_hearsay(message)

    def _redirect_by_hearsay(self, message: PreVoteReply) -> None:
        """A replica that only the leader cannot reach hears of it from the others, who refuse to vote.

        Who names a leader has heard it within the longest election timeout: for clients that have waited longer, that
        is a sign of life since they came.
        """
        core = self._core
        if message.leader in core.peers:
            longest_s = core.settings.election_timeout_max_ms / 1000
            self._requests.redirect_waiting(Instant(core.now - longest_s), message.leader)

    # --- introductions -----------------------------------------------------------------------------------------

    def _introduce(self) -> None:
        """Nobody leads, and this replica may not vote yet: ask the others to take note of it, and again soon."""
        self._acquaintances.introduce(every_ms=self._core.settings.campaign_retry_ms)
        if self._acquaintances.is_stranger:
            self._core.restart_election_timer(self._core.now)
        else:
            self._core.restart_election_timer_short()

    def _introduced(self, message: Introduced) -> None:
        """Once it may vote, it campaigns when the others have had time to be introduced, too."""
        if self._acquaintances.answered(message) and self._core.leader is None:
            self._core.restart_election_timer_short()

    # --- following ---------------------------------------------------------------------------------------------

    def _append_entries(self, message: AppendEntries) -> None:
        """Follow the leader of this term, and take what it sends (Raft §5.2, §5.3)."""
        if not self._follow(message):
            return
        committable = self._following.append(message)
        if committable is not None:
            self._commit(committable)

    def _follow(self, message: AppendEntries | InstallSnapshot) -> bool:
        """Who sends entries in this term leads it (Raft §5.2); whether nobody else does."""
        core = self._core
        if core.leader not in {None, message.src}:
            core.audit.warning("message.impossible", type=message.type, peer=message.src, reason="another one leads")
            return False
        self._become_follower("a leader of this term")
        if core.leader is None:
            self._installing.led_by(message.src)
        core.leader = message.src
        core.heard_at = core.now
        self._acquaintances.followed()
        return True

    def _install_snapshot(self, message: InstallSnapshot) -> None:
        """Follow the leader of this term, and take its snapshot, or what it says about commits (Raft §7)."""
        if not self._follow(message):
            return
        before = self._core.log.commit_index
        committed = self._installing.take(message)
        if committed is not None and self._core.log.commit_index > before:
            self._requests.installed(committed)
        elif committed is not None:
            self._commit(committed)

    def _commit(self, index: LogIndex) -> None:
        """Everything up to `index` is committed: apply it, and let those know who wait for it (Raft §5.3)."""
        core = self._core
        if index <= core.log.commit_index:
            return
        first = LogIndex(core.log.commit_index + 1)
        self._requests.committed(first, core.log.commit(index))

    # --- leading -----------------------------------------------------------------------------------------------

    def _lead_if_elected(self) -> None:
        if self._election.has_won:
            self._installing.led_by(self._core.me)
            self._leading.begin()

    def _reply(self, message: Reply) -> None:
        core = self._core
        if core.role is not Role.LEADER:
            core.audit.info("message.outdated", type=message.type, peer=message.src, term=message.term)
        elif isinstance(message, AppendAccepted):
            self._leading.accepted(message)
        elif isinstance(message, AppendRejected):
            self._leading.rejected(message)
        else:
            self._leading.part_taken(message)

    def _leader_check(self, message: LeaderCheck) -> None:
        if self._core.role is Role.LEADER:
            self._leading.show(message.src)

    def _commit_and_serve(self) -> None:
        """What follows from all that has been heard: commits, then reads and new requests, or redirections."""
        core = self._core
        if core.role is Role.LEADER:
            self._commit(self._leading.committable())
            self._leading.serve(self._requests.take_held())
        elif core.leader is not None:
            self._redirect()

    def _redirect(self) -> None:
        """Send clients to the leader once it has been heard since they came: one that is dead would never answer."""
        if self._core.heard_at == self._core.now:
            self._requests.redirect_held()
        elif self._requests.has_held():
            self._following.check_leader()

    def _heartbeat_due(self, message: HeartbeatDue) -> None:
        self._note_time(message.at)
        self._core.try_disk_again()
        self._leading.heartbeat_due(message)

    def _answer_overdue(self, message: AnswerOverdue) -> None:
        self._note_time(message.at)
        self._leading.answer_overdue(message)

    # --- time and disk -----------------------------------------------------------------------------------------

    def _election_timeout(self, message: ElectionTimeout) -> None:
        """A follower or candidate campaigns; a leader looks whether it still leads (check-quorum, thesis §6.2).

        The timer is not told of every AppendEntries: when it rings, it is set again for what was heard since. And
        whoever would not vote for another, because a leader may hold a lease, does not campaign for itself either.
        """
        self._note_time(message.at)
        core = self._core
        if message.epoch != core.timer_epoch:
            return
        if core.disk_stands_still:
            self._wait_for_disk()
        elif core.role is Role.FOLLOWER and (core.heard_at > core.timer_since or core.has_live_leader):
            core.restart_election_timer(core.heard_at)
        elif not core.is_introduced:
            self._introduce()
        elif core.role is not Role.LEADER:
            self._election.time_out()
        elif self._leading.has_lost_majority():
            self._become_follower("no majority was heard")

    def _wait_for_disk(self) -> None:
        """A replica whose disk is full, or hangs, leads nobody and asks nobody for votes until something is durable.

        As leader it could go on, with its followers' disks, but would keep in memory whatever it takes.
        """
        self._core.try_disk_again()
        self._become_follower("nothing becomes durable here")
        self._core.restart_election_timer(self._core.now)

    def _hard_state_saved(self, message: HardStateSaved) -> None:
        """A candidate waits for this, and a leader learns how much of its log is durable."""
        self._core.hard_state_saved(message)
        if message.term == self._core.term:
            self._core.log.store_reports(message.last_log_index, message.last_log_term)
        self._election.hard_state_saved()
        self._lead_if_elected()
        self._commit_and_serve()

    def _appended(self, message: Appended) -> None:
        """A leader counts its own log as far as it is durable (thesis §10.2.1); a report of an older term is void."""
        self._core.report_came()
        if message.term != self._core.term:
            self._core.audit.info("report.outdated", term=message.term, last=message.last_log_index)
            return
        self._core.log.store_reports(message.last_log_index, message.last_log_term)
        self._commit_and_serve()
