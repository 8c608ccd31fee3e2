"""More bugs of commits: majorities of the wrong ones, what is not durable, and what is applied then (Raft §5.3)."""

from typing import Final

from tests.mutants.mutant import Mutant

_FOLLOWERS: Final = "actors/consensus/followers.py"
_LOG: Final = "actors/consensus/log.py"

COUNTING: Final = (
    Mutant(
        name="median-in-an-even-cluster",
        file="actors/consensus/quorum.py",
        right="ordered = sorted(values, reverse=True)",
        wrong="ordered = sorted(values)",
        bug="The median of the match indexes is counted from the wrong end, which only odd clusters do not notice.",
        shows="In a cluster of four, what two replicas store is committed.",
    ),
    Mutant(
        name="majority-of-those-that-answer",
        file=_FOLLOWERS,
        right="return majority_value((own_index, *self._stored.values()))",
        wrong="return majority_value((own_index, *(m for peer, m in self._match.items() if peer not in self._silent)))",
        bug="The majority is one of those that answer, not of all replicas (Raft §5.3).",
        shows="A leader that is cut off from all but one of five, or from all, commits on.",
    ),
    Mutant(
        name="leader-not-counted",
        file=_FOLLOWERS,
        right="return majority_value((own_index, *self._stored.values()))",
        wrong="return majority_value(self._stored.values())",
        bug="The majority is one of the followers, and the leader does not count itself (Raft §5.3).",
        shows="One of three replicas dies, and the leader commits nothing more.",
    ),
    Mutant(
        name="report-of-a-replaced-entry-believed",
        file=_LOG,
        right="""\
        if self.terms.has(index, term):
            self.durable_index = max(self.durable_index, index)
""",
        wrong="""\
        self.durable_index = max(self.durable_index, index)
""",
        bug="A report that the log is durable is believed although that entry was replaced meanwhile.",
        shows="A leader that lost many entries leads again, and counts its own log where it is not written yet.",
    ),
    Mutant(
        name="report-covers-the-whole-log",
        file="actors/consensus/actor.py",
        right="""\
        self._core.log.store_reports(message.last_log_index, message.last_log_term)
        self._commit_and_serve()
""",
        wrong="""\
        self._core.log.store_reports(self._core.log.last_index, self._core.log.last_term)
        self._commit_and_serve()
""",
        bug="When the log store reports what it was told first, all that it was told since counts as durable, too.",
        shows="Writes follow each other in a hurry, a follower is quick, and the leader counts what it has not stored.",
    ),
    Mutant(
        name="batch-applied-out-of-order",
        file="actors/state_machine.py",
        right="        for entry in message.entries:\n",
        wrong="        for entry in reversed(message.entries):\n",
        bug="Entries that are committed together are applied last one first (Raft §5.3).",
        shows="Two writes of one key are committed together, and the first of them stays.",
    ),
    Mutant(
        name="committed-entry-applied-again",
        file=_LOG,
        right="        del self._uncommitted[:count]\n",
        wrong="        del self._uncommitted[: max(count - 1, 1)]\n",
        bug="The last of several entries that are committed together is not taken out of those to be applied.",
        shows="With the next commit it is applied a second time, in place of the entry that belongs there.",
    ),
)
