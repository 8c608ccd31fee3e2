"""Elections that elect whom they should not, or nobody (Raft §5.2, §5.4.1)."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_ACTOR: Final = "actors/consensus/actor.py"
_ELECTION: Final = "actors/consensus/election.py"
_QUORUM: Final = "actors/consensus/quorum.py"
_TERM_MAP: Final = "actors/consensus/term_map.py"

ELECTIONS: Final = (
    Mutant(
        name="votes-in-a-list",
        file=_QUORUM,
        right="""\
        self._granted: set[NodeId] = set()
        self._refused: set[NodeId] = set()

    def count(self, voter: NodeId, *, granted: bool) -> None:
        \"\"\"Take note of an answer; the first one of a voter stands.\"\"\"
        if not self.has_answered(voter):
            (self._granted if granted else self._refused).add(voter)
""",
        wrong="""\
        self._granted: list[NodeId] = []
        self._refused: list[NodeId] = []

    def count(self, voter: NodeId, *, granted: bool) -> None:
        (self._granted if granted else self._refused).append(voter)
""",
        bug="Votes are counted, not voters, so that an answer which arrives twice counts twice.",
        shows="A duplicated vote elects a leader without a majority (Raft §5.2).",
    ),
    Mutant(
        name="half-of-an-even-cluster",
        file=_QUORUM,
        right="return cluster_size // 2 + 1",
        wrong="return (cluster_size + 1) // 2",
        bug="Half of the replicas, rounded up, pass for a majority.",
        shows="In a cluster of an even size, both halves of a partition elect a leader, and both commit (Raft §5.2).",
    ),
    Mutant(
        name="majority-of-the-others",
        file=_QUORUM,
        right="self._majority = majority(cluster_size)",
        wrong="self._majority = majority(cluster_size - 1)",
        bug="A candidate needs the votes of a majority of its peers, and counts its own among them.",
        shows="In a cluster of an even size, two candidates win the same term (Raft §5.2).",
    ),
    Mutant(
        name="vote-for-whoever-asks-last",
        file=_ELECTION,
        right="        if core.voted_for not in {None, message.src}:\n",
        wrong="        if False:\n",
        bug="A replica votes for every candidate that asks.",
        shows="Two candidates of one term get the same vote (Raft §5.2).",
    ),
    Mutant(
        name="vote-without-looking-at-the-log",
        file=_ELECTION,
        right="if self._core.log.terms.is_behind(message.last_log_index, message.last_log_term):",
        wrong="if True:",
        bug="A vote is given to a candidate whose log lacks committed entries.",
        shows="A replica that was cut off is elected, and what was committed meanwhile is overwritten (Raft §5.4.1).",
    ),
    Mutant(
        name="longer-log-is-more-up-to-date",
        file=_TERM_MAP,
        right="return (last_term, last_index) >= (self.last_term, self._last_index)",
        wrong="return last_index >= self._last_index",
        bug="Logs are compared by their lengths alone.",
        shows="A deposed leader with a long tail that nobody has is elected over a shorter, newer log (Raft §5.4.1).",
    ),
    Mutant(
        name="newer-term-is-up-to-date-enough",
        file=_TERM_MAP,
        right="return (last_term, last_index) >= (self.last_term, self._last_index)",
        wrong="return last_term >= self.last_term",
        bug="Logs are compared by their last terms alone.",
        shows="A follower that lacks the end of the leader's log is elected after it (Raft §5.4.1).",
    ),
    Mutant(
        name="vote-of-an-older-term",
        file=_ACTOR,
        right="""\
        if message.term < core.term:
            self._answer_stale(message)
""",
        wrong="""\
        if message.term < core.term:
            if isinstance(message, VoteReply) and core.role is Role.CANDIDATE:
                self._election._count(message.src, granted=message.granted)
                self._lead_if_elected()
            self._answer_stale(message)
""",
        bug="A vote is not bound to the term in which it was asked for.",
        shows="A late vote of an earlier campaign elects a candidate of the next one (Raft §5.2).",
    ),
    Mutant(
        name="own-vote-before-it-is-durable",
        file="actors/consensus/core.py",
        right="return self._durable == (self.term, self.voted_for)",
        wrong="return True",
        bug="A candidate asks for votes without waiting until its own is durable.",
        shows="It asks, while its log store is slow, with an older hard state behind it (Raft Figure 2).",
    ),
    Mutant(
        name="pre-votes-counted-as-votes",
        file=_ELECTION,
        right="""\
        self._core.become(Role.CANDIDATE, reason="pre-vote won")
        self._begin_ballot()
""",
        wrong="""\
        self._core.become(Role.CANDIDATE, reason="pre-vote won")
""",
        bug="The ballot of the pre-vote is not emptied when the election begins (thesis §9.6).",
        shows="Whoever wins the pre-vote leads as soon as its own vote is saved, without having asked for any.",
    ),
    Mutant(
        name="leases-do-not-bind-voters",
        file="actors/consensus/core.py",
        right="return self.role is Role.LEADER or self.now < patient_until",
        wrong="return self.role is Role.LEADER",
        bug="A replica votes although it heard a leader a moment ago (thesis §6.4.1).",
        shows="A replica that does not hear the leader is elected while that one's lease holds, and reads are stale.",
    ),
    Mutant(
        name="pre-vote-ignores-a-live-leader",
        file=_ELECTION,
        right="""\
        if self._core.has_live_leader:
            return "a leader lives"
        if message.term""",
        wrong="""\
        if message.term""",
        bug="A pre-vote is granted although a leader is being heard (thesis §9.6).",
        shows="A replica that only the leader cannot reach begins term after term.",
    ),
    Mutant(
        name="pre-vote-begins-a-term",
        file=_ELECTION,
        right="""\
        self._core.become(Role.PRE_CANDIDATE, reason="election timeout")
""",
        wrong="""\
        self._core.become(Role.PRE_CANDIDATE, reason="election timeout")
        self._core.begin_term(Term(self._core.term + 1), voted_for=None)
""",
        bug="Asking whether an election could be won begins a term already.",
        shows="Terms of a replica that is cut off grow, and depose the leader when it is back (thesis §9.6).",
    ),
    Mutant(
        name="step-down-forgets-the-vote",
        file=_ACTOR,
        right="        core.become(Role.FOLLOWER, reason=reason)\n",
        wrong="        core.become(Role.FOLLOWER, reason=reason)\n        core.voted_for = None\n",
        bug="Whoever becomes a follower forgets whom it voted for in that term.",
        shows="It votes again in the same term (Raft §5.2).",
    ),
    Mutant(
        name="vote-kept-into-the-next-term",
        file="actors/consensus/core.py",
        right="""\
        self.leader = None
        self._vote(voted_for)
""",
        wrong="""\
        self.leader = None
        self._vote(voted_for or self.voted_for)
""",
        bug="The vote of the last term is not forgotten when a new one begins.",
        shows="When the leader that all voted for is dead, nobody gets votes any more (Raft §5.2).",
    ),
    Mutant(
        name="newer-term-does-not-depose",
        file=_ACTOR,
        right="""        self._become_follower(f"{message.type} of a newer term")\n""",
        wrong="""\
        if core.role is not Role.LEADER:
            self._become_follower(f"{message.type} of a newer term")
""",
        bug="A leader enters a newer term, and goes on leading in it.",
        shows="Two lead the term in which another one was elected (Raft §5.1).",
    ),
    Mutant(
        name="no-check-quorum",
        file=_ACTOR,
        right="elif self._leading.has_lost_majority():",
        wrong="elif False:",
        bug="A leader that hears nobody goes on believing that it leads (thesis §6.2).",
        shows="Cut off for good, it never steps down, and its clients wait for ever.",
    ),
)
