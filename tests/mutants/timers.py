"""Timers that ring for the wrong reason (Raft §5.2)."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

TIMERS: Final = (
    Mutant(
        name="pre-vote-resets-the-timer",
        file="actors/consensus/election.py",
        right="""\
            granted=refusal is None,
        )
        core.datagrams.send(reply)
""",
        wrong="""\
            granted=refusal is None,
        )
        core.datagrams.send(reply)
        core.restart_election_timer(core.now)
""",
        bug="Whoever asks whether it could be elected resets the election timer of those whom it asks.",
        shows="A replica that can send and not hear keeps all others from electing anybody (scenario 10).",
    ),
    Mutant(
        name="leader-does-not-reset-the-timer",
        file="actors/consensus/actor.py",
        right="if core.role is Role.FOLLOWER and (core.heard_at > core.timer_since or core.has_live_leader):",
        wrong="if False:",
        bug="A follower asks for an election although it hears its leader.",
        shows="Pre-votes go on for ever in a cluster in which nothing is wrong.",
    ),
    Mutant(
        name="timeouts-not-random",
        file="actors/election_timer.py",
        right="""\
        timeout_ms = self._random.uniform(
            self._settings.election_timeout_min_ms, self._settings.election_timeout_max_ms
        )
""",
        wrong="        timeout_ms = self._settings.election_timeout_min_ms\n",
        bug="All replicas wait equally long for a leader.",
        shows="They campaign at the same time, again and again, and votes are split (Raft §5.2).",
    ),
    Mutant(
        name="campaign-is-never-given-up",
        file="actors/consensus/election.py",
        right="elif self._tries < core.settings.campaign_tries:",
        wrong="elif True:",
        bug="A campaign that is not decided goes on for ever.",
        shows="Candidates who have split the votes of a term ask the same voters again and again (Raft §5.2).",
    ),
    Mutant(
        name="alarm-is-set-once",
        file="actors/alarm.py",
        right="        self._due = None\n        return True\n",
        wrong="        return True\n",
        bug="An alarm that has rung is not set again for a later time.",
        shows="A timer that has rung once is silent from then on.",
    ),
)
