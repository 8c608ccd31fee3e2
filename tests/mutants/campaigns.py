"""More bugs of elections and terms: what counts as a vote, and who never learns a newer term (Raft §5.1, §5.2)."""

from typing import Final

from tests.mutants.mutant import Mutant

_ACTOR: Final = "actors/consensus/actor.py"
_ELECTION: Final = "actors/consensus/election.py"

CAMPAIGNS: Final = (
    Mutant(
        name="any-answer-is-a-vote",
        file=_ELECTION,
        right="""\
        self._count(message.src, granted=message.granted)

    def _count(""",
        wrong="""\
        self._count(message.src, granted=True)

    def _count(""",
        bug="The candidate counts answers, and does not look at what they say (Raft Figure 2, 'voteGranted').",
        shows="One of two candidates of a term, or one whose log is behind, is refused, and leads all the same.",
    ),
    Mutant(
        name="won-ballot-outlives-its-campaign",
        file=_ELECTION,
        right="return self._core.role is Role.CANDIDATE and self._ballot.won",
        wrong="return self._ballot.won",
        bug="Whether an election is won is asked without a look whether the replica is still a candidate (Raft §5.2).",
        shows="A leader follows somebody into a newer term, and leads that with the votes of the old one.",
    ),
    Mutant(
        name="vote-taken-back-by-the-loser",
        file=_ELECTION,
        right="        self._core.become(Role.FOLLOWER, reason=reason)\n",
        wrong="        self._core.become(Role.FOLLOWER, reason=reason)\n        self._core.voted_for = None\n",
        bug="A campaign that is given up takes back the vote of its term (Raft §5.2).",
        shows="A candidate has lost, another one of that term asks, and gets the vote that was already given.",
    ),
    Mutant(
        name="candidate-asks-before-its-vote-is-durable",
        file=_ELECTION,
        right="        self._core.begin_term(Term(self._core.term + 1), voted_for=self._core.me)\n",
        wrong="""\
        self._core.begin_term(Term(self._core.term + 1), voted_for=self._core.me)
        self._core._durable = (self._core.term, self._core.me)
        self.hard_state_saved()
""",
        bug="A candidate counts its own vote, and asks for others, while its own is being written (Raft Figure 2).",
        shows="A candidate asks, and a crash at that moment would have it vote for another in its term.",
    ),
    Mutant(
        name="asked-for-a-pre-vote-enters-the-term",
        file=_ELECTION,
        right="        refusal = self._pre_vote_refusal(message)\n",
        wrong="""\
        refusal = self._pre_vote_refusal(message)
        if refusal is None and proposed > core.term:
            core.begin_term(proposed, voted_for=None)
""",
        bug="Who grants a pre-vote enters the term that is only proposed (thesis §9.6).",
        shows="Its answer is then of a newer term, which ends the asker's campaign, so nobody is ever elected.",
    ),
    Mutant(
        name="rejection-of-a-newer-term-ignored",
        file=_ACTOR,
        right="        return self._enter_term(message.term, message)\n",
        wrong="""\
        if isinstance(message, AppendRejected):
            return False
        return self._enter_term(message.term, message)
""",
        bug="A leader looks for newer terms in requests, and not in the answers to its own (Raft §5.1).",
        shows="A replica that had begun a term when the network was cut rejects the leader for ever, and stays behind.",
    ),
    Mutant(
        name="stale-append-not-answered",
        file=_ACTOR,
        right="self._following.reject_stale(message)",
        wrong="pass",
        bug="An AppendEntries of an older term is dropped without a word, so its sender never learns the newer term.",
        shows="A replica that had begun a term alone hears a leader of an older one, and is never brought back.",
    ),
    Mutant(
        name="pre-vote-reply-of-a-newer-term-ignored",
        file=_ACTOR,
        right="""\
        if message.term > self._core.term:
            self._enter_term(message.term, message)
        else:
            self._election.pre_vote_replied(message)
            self._redirect_by_hearsay(message)
""",
        wrong="""\
        self._election.pre_vote_replied(message)
        self._redirect_by_hearsay(message)
""",
        bug="Who is refused a pre-vote because its term is over does not enter the newer one (thesis §9.6).",
        shows="The only survivor with all entries is a term behind, so it is refused for ever, and so are the others.",
    ),
    Mutant(
        name="early-ring-lost",
        file="actors/election_timer.py",
        right="""\
            self._alarm.ring_by(self._deadline)
            return
""",
        wrong="            return\n",
        bug="An alarm that rings before a deadline that was moved is not set again for the rest.",
        shows="Those who voted have moved their deadlines, so when their leader dies, nobody loses patience.",
    ),
    Mutant(
        name="leader-wants-to-hear-everybody",
        file="actors/consensus/lease.py",
        right="return max(self._since, self.confirmed_at(now))",
        wrong="return max(self._since, min(self._confirmed.values()))",
        bug="A leader steps down when it does not hear of everybody, and a majority does not suffice (thesis §6.2).",
        shows="One replica is dead, and each leader gives up after an election timeout.",
    ),
)
