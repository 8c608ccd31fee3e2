"""Elections: asking for votes, and giving them (Raft §5.2, §5.4.1; pre-vote: thesis §9.6)."""

from typing import Final

from actors.consensus.core import Core
from actors.consensus.quorum import Ballot
from actors.consensus.role import Role
from messages.ids import NOBODY, NodeId, Term
from messages.log_store import Acknowledge
from messages.wire import PreVote, PreVoteReply, RequestVote, VoteReply


class Election:
    """Owns the votes of this replica's campaign; gives this replica's vote to others.

    A campaign has two rounds: the pre-vote asks, without a new term, whether an election could be won, so that a
    replica that was cut off does not disturb a leader; the vote itself begins a term. Those who do not answer are
    asked again a few times, because datagrams are lost; late answers, over a slow network or from a slow disk, count
    until the next timeout, at which another campaign begins.
    """

    def __init__(self, core: Core) -> None:
        self._core: Final = core
        self._ballot = Ballot(cluster_size=core.cluster_size)
        self._tries = 0

    # --- campaigning -------------------------------------------------------------------------------------------

    def time_out(self) -> None:
        """Nobody leads: campaign; or go on with a campaign that has not been decided."""
        core = self._core
        if core.role is Role.FOLLOWER:
            self._ask_beforehand()
        elif self._tries < core.settings.campaign_tries:
            self._ask_again()
        elif self._tries == core.settings.campaign_tries:
            self._tries += 1
            core.restart_election_timer(core.now)
        else:
            core.become(Role.FOLLOWER, reason="not enough answers")
            self._ask_beforehand()

    def give_up(self, reason: str) -> None:
        """Wait for a leader, or for another random timeout, as a follower."""
        self._core.become(Role.FOLLOWER, reason=reason)
        self._core.restart_election_timer(self._core.now)

    def _ask_beforehand(self) -> None:
        self._core.become(Role.PRE_CANDIDATE, reason="election timeout")
        self._core.leader = None
        self._begin_ballot()
        self._count(self._core.me, granted=True)
        self._ask_again()

    def _begin_ballot(self) -> None:
        self._ballot = Ballot(cluster_size=self._core.cluster_size)
        self._tries = 0

    def _campaign(self) -> None:
        """Begin a term and vote for oneself; nobody is asked before that vote is durable (Raft Figure 2)."""
        self._core.become(Role.CANDIDATE, reason="pre-vote won")
        self._begin_ballot()
        self._core.begin_term(Term(self._core.term + 1), voted_for=self._core.me)
        self._core.restart_election_timer_short()

    def _ask_again(self) -> None:
        self._tries += 1
        for peer in self._core.peers:
            if not self._ballot.has_answered(peer):
                self._ask(peer)
        self._core.restart_election_timer_short()

    def _ask(self, peer: NodeId) -> None:
        core = self._core
        if core.role is Role.PRE_CANDIDATE:
            ask = PreVote(
                src=core.me,
                dst=peer,
                leader=core.leader_or_nobody,
                term=core.term,
                last_log_index=core.log.last_index,
                last_log_term=core.log.last_term,
            )
            core.datagrams.send(ask)
        elif core.hard_state_is_durable:
            core.datagrams.send(
                RequestVote(
                    src=core.me,
                    dst=peer,
                    leader=core.leader_or_nobody,
                    term=core.term,
                    last_log_index=core.log.last_index,
                    last_log_term=core.log.last_term,
                )
            )

    def pre_vote_replied(self, message: PreVoteReply) -> None:
        """Count the answer to this campaign's question; an answer to an earlier one is dropped."""
        if self._core.role is not Role.PRE_CANDIDATE or message.proposed != self._core.term + 1:
            self._drop_stale(message)
            return
        self._count(message.src, granted=message.granted)

    def vote_replied(self, message: VoteReply) -> None:
        """Count a vote of this term; `has_won` tells what follows (Raft §5.2)."""
        assert message.term == self._core.term, "the term was handled first"
        if self._core.role is not Role.CANDIDATE:
            self._drop_stale(message)
            return
        self._count(message.src, granted=message.granted)

    def _count(self, voter: NodeId, *, granted: bool) -> None:
        self._ballot.count(voter, granted=granted)
        if self._ballot.lost:
            self.give_up("a majority refused")
        elif self._ballot.won and self._core.role is Role.PRE_CANDIDATE:
            self._campaign()

    @property
    def has_won(self) -> bool:
        """Whether this replica is elected in the current term, and may become its leader."""
        return self._core.role is Role.CANDIDATE and self._ballot.won

    def _drop_stale(self, message: PreVoteReply | VoteReply) -> None:
        self._core.audit.info("message.outdated", type=message.type, peer=message.src, term=message.term)

    # --- voting ------------------------------------------------------------------------------------------------

    def pre_vote_asked(self, message: PreVote) -> None:
        """Say whether this replica would vote so; asking changes nothing here."""
        core = self._core
        proposed = Term(message.term + 1)
        refusal = self._pre_vote_refusal(message)
        core.audit.info("pre_vote.answered", candidate=message.src, proposed=proposed, refusal=refusal)
        reply = PreVoteReply(
            src=core.me,
            dst=message.src,
            leader=self._leader_heard_lately(),
            term=core.term,
            proposed=proposed,
            granted=refusal is None,
        )
        core.datagrams.send(reply)

    def _leader_heard_lately(self) -> NodeId:
        """Clients are sent to the leader on this word: one that may be dead for long is not named."""
        core = self._core
        longest_s = core.settings.election_timeout_max_ms / 1000
        is_fresh = core.role is Role.LEADER or core.now <= core.heard_at + longest_s
        return core.leader_or_nobody if is_fresh else NOBODY

    def _pre_vote_refusal(self, message: PreVote) -> str | None:
        if self._core.has_live_leader:
            return "a leader lives"
        if message.term < self._core.term:
            return "its term is over"
        if not self._core.is_introduced:
            return "not introduced"
        return self._log_refusal(message)

    def vote_asked(self, message: RequestVote) -> None:
        """Vote once per term, first come first served, and never for a log that lacks something (Raft §5.2, §5.4.1)."""
        core = self._core
        assert message.term == core.term, "the term was handled first"
        refusal = self._vote_refusal(message)
        if refusal is not None:
            self.refuse_vote(message, refusal)
            return
        core.audit.info("vote.granted", candidate=message.src, term=core.term)
        if core.voted_for is None:
            core.vote_for(message.src)
        core.become(Role.FOLLOWER, reason="voted for another")
        core.restart_election_timer(core.now)
        core.log_store.tell(Acknowledge(reply=self._reply(message.src, granted=True)))

    def _vote_refusal(self, message: RequestVote) -> str | None:
        core = self._core
        if core.leader is not None or core.has_live_leader:
            return "a leader lives"
        if not core.is_introduced:
            return "not introduced"
        if core.voted_for not in {None, message.src}:
            return "voted for another"
        return self._log_refusal(message)

    def _log_refusal(self, message: PreVote | RequestVote) -> str | None:
        """The candidate's log must be at least as up-to-date as this one (Raft §5.4.1)."""
        if self._core.log.terms.is_behind(message.last_log_index, message.last_log_term):
            return None
        return "its log is not up-to-date"

    def refuse_vote(self, message: RequestVote, reason: str) -> None:
        """Say no, and which term it is."""
        core = self._core
        core.audit.info("vote.refused", candidate=message.src, term=message.term, reason=reason)
        core.datagrams.send(self._reply(message.src, granted=False))

    def hard_state_saved(self) -> None:
        """What a candidacy was waiting for: the candidate's vote for itself is durable (Raft Figure 2)."""
        core = self._core
        if core.role is Role.CANDIDATE and core.hard_state_is_durable and not self._ballot.has_answered(core.me):
            self._count(core.me, granted=True)
            self._tries = 0
            self._ask_again()

    def _reply(self, candidate: NodeId, *, granted: bool) -> VoteReply:
        core = self._core
        return VoteReply(src=core.me, dst=candidate, leader=core.leader_or_nobody, term=core.term, granted=granted)
