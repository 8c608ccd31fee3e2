"""Commits that are none, and what state machines make of those that are (Raft §5.3, §5.4)."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_FOLLOWERS: Final = "actors/consensus/followers.py"
_LEADING: Final = "actors/consensus/leading.py"
_STATE_MACHINE: Final = "actors/state_machine.py"

COMMITS: Final = (
    Mutant(
        name="older-term-committed-by-counting",
        file=_LEADING,
        right="if stored > log.commit_index and log.terms.term_at(stored) == self._core.term:",
        wrong="if stored > log.commit_index:",
        bug="An entry of an older term is committed because a majority stores it.",
        shows="A leader of a term between overwrites it (Raft §5.4.2, Figure 8).",
    ),
    Mutant(
        name="one-too-few",
        file="actors/consensus/quorum.py",
        right="return ordered[majority(len(ordered)) - 1]",
        wrong="return ordered[majority(len(ordered)) - 2]",
        bug="The leader and one follower less than a majority needs are enough to commit.",
        shows="The few who store an entry are cut off, and the others never hear of it (Raft §5.3).",
    ),
    Mutant(
        name="own-log-counted-before-it-is-durable",
        file=_LEADING,
        right="stored = self._followers.stored_by_majority(log.durable_index)",
        wrong="stored = self._followers.stored_by_majority(log.last_index)",
        bug="A leader counts its own log before its log store has reported it (thesis §10.2.1).",
        shows="Its disk is slower than its followers, and an entry is committed by one replica too few.",
    ),
    Mutant(
        name="truncation-keeps-what-was-durable",
        file="actors/consensus/log.py",
        right="        self.durable_index = min(self.durable_index, after)\n",
        wrong="",
        bug="What was durable counts as durable after it was truncated (law 5 of the design).",
        shows="A leader that was corrected counts entries of its own that its log store has not written yet.",
    ),
    Mutant(
        name="silent-follower-counted",
        file=_FOLLOWERS,
        right="return majority_value((own_index, *self._stored.values()))",
        wrong="""\
known = [own_index if peer in self._silent else index for peer, index in self._match.items()]
        return majority_value((own_index, *known))""",
        bug="A follower that does not answer is supposed to have everything.",
        shows="What is committed so is on too few replicas when the leader dies.",
    ),
    Mutant(
        name="lazy-follower-counted",
        file=_FOLLOWERS,
        right="return majority_value((own_index, *self._stored.values()))",
        wrong="""\
known = [index if peer in self.enough() else own_index for peer, index in self._match.items()]
        return majority_value((own_index, *known))""",
        bug="Followers that get entries later are counted as if they had them.",
        shows="One acknowledgement commits, or none (thrifty replication).",
    ),
    Mutant(
        name="commit-beyond-what-was-validated",
        file="actors/consensus/following.py",
        right="return min(message.commit_index, validated)",
        wrong="return LogIndex(min(message.commit_index, log.last_index))",
        bug="A follower commits as far as the leader has, if its own log is long enough.",
        shows="It commits a tail of its own that differs from the leader's (Raft §5.3, Figure 2).",
    ),
    Mutant(
        name="no-no-op",
        file=_LEADING,
        right="opening=(no_op(core.term),)",
        wrong="opening=()",
        bug="A term begins without an entry of its own (Raft §8).",
        shows="What was committed before stays unknown, and reads wait until somebody writes.",
    ),
    Mutant(
        name="stale-entries-behind-a-truncation",
        file="actors/consensus/log.py",
        right="        del self._uncommitted[after - self.commit_index :]\n",
        wrong="        del self._uncommitted[after - self.commit_index + 1 :]\n",
        bug="One entry too many is kept when a tail is truncated.",
        shows="It is applied in the place of the leader's (Raft §5.4.3).",
    ),
    Mutant(
        name="first-value-stays",
        file="actors/key_values.py",
        right="        self._values[key] = value\n",
        wrong="        self._values.setdefault(key, value)\n",
        bug="A key that was written keeps its first value.",
        shows="Whoever reads a key that was written twice.",
    ),
    Mutant(
        name="nothing-applied-behind-a-no-op",
        file=_STATE_MACHINE,
        right="""\
        for entry in message.entries:
            self._apply_entry(entry)
""",
        wrong="""\
        goes_on = True
        for entry in message.entries:
            goes_on = goes_on and entry.write is not None
            self._apply_entry(entry if goes_on else Entry(term=entry.term))
""",
        bug="A state machine stops at a no-op, and leaves out what was committed together with it.",
        shows="Requests that were held during an election are committed in one batch with its no-op.",
    ),
)
