"""Answers that are believed although their term is over, and what is left of one reign in the next (Raft §5.1)."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_ACTOR: Final = "actors/consensus/actor.py"
_LEADING: Final = "actors/consensus/leading.py"

TERMS: Final = (
    Mutant(
        name="acknowledgement-of-an-older-term",
        file=_ACTOR,
        right="        if message.term == core.term:\n",
        wrong="        if message.term == core.term or isinstance(message, AppendAccepted):\n",
        bug="A leader counts what a follower acknowledged in an earlier term.",
        shows="The follower has truncated that since, and an entry is committed that it does not have.",
    ),
    Mutant(
        name="stale-leader-is-followed",
        file=_ACTOR,
        right="self._following.reject_stale(message)",
        wrong="self._append_entries(message)",
        bug="Entries of a leader whose term is over are taken, and acknowledged in the new term (Raft §5.1).",
        shows="A late append of a deposed leader makes a voter follow it, and refuse the leader that it elected.",
    ),
    Mutant(
        name="match-indexes-of-an-earlier-reign",
        file=_LEADING,
        right="""\
        self._opened_at = LogIndex(core.log.last_index + 1)
        self._followers = Followers(core.peers)
""",
        wrong="""\
        self._opened_at = LogIndex(core.log.last_index + 1)
""",
        bug="A leader that is elected again goes on with the match indexes of its last reign (Raft Figure 2).",
        shows="A follower has truncated what matched then, and what it does not have is committed.",
    ),
    Mutant(
        name="progress-of-an-earlier-reign",
        file="actors/replicator.py",
        right="        self._progress.begin(Position(message.last_log_index, message.last_log_term), self._now)\n",
        wrong="        self._progress.last_log_index = message.last_log_index\n",
        bug="A replicator goes on where it stopped when its node led last (Raft Figure 2).",
        shows="Where its peer's log was truncated meanwhile, it never finds where the logs agree.",
    ),
    Mutant(
        name="deposed-leader-goes-on-sending",
        file=_LEADING,
        right="        self._tell_all(StepDown())\n",
        wrong="",
        bug="The replicators of a leader that steps down are not told.",
        shows="They send entries of a term that is over, for ever, to replicas that refuse them.",
    ),
    Mutant(
        name="entries-read-after-the-reign",
        file="actors/replicator.py",
        right="if message.term != self._term or not self._reading:",
        wrong="if not self._reading:",
        bug="Entries that a leader had asked its log for are sent although it leads no more.",
        shows="A slow log store gives them to a replica that has stepped down meanwhile (law 5 of the design).",
    ),
    Mutant(
        name="term-without-a-vote-is-not-saved",
        file="actors/consensus/core.py",
        right="        self.log_store.tell(SaveHardState(term=self.term, voted_for=voted_for))\n",
        wrong="""\
        if voted_for is not None:
            self.log_store.tell(SaveHardState(term=self.term, voted_for=voted_for))
""",
        bug="Only votes are made durable, not the terms in which none was given (Raft Figure 2).",
        shows="A replica acknowledges entries in a term that a crash would make it forget.",
    ),
)
