"""Logs that come to differ, or never agree (Raft §5.3)."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_FOLLOWING: Final = "actors/consensus/following.py"
_LEADING: Final = "actors/consensus/leading.py"
_PROGRESS: Final = "actors/progress.py"
_REPLICATOR: Final = "actors/replicator.py"

REPLICATION: Final = (
    Mutant(
        name="matching-suffix-truncated",
        file=_FOLLOWING,
        right="            if not terms.has(index, entry.term):\n",
        wrong="            if True:\n",
        bug="A follower replaces everything behind the previous entry, also where it matches.",
        shows="A late append takes back what was acknowledged behind it (Raft §5.3).",
    ),
    Mutant(
        name="conflict-not-truncated",
        file=_FOLLOWING,
        right="        if after < core.log.last_index:\n",
        wrong="        if False:\n",
        bug="Entries that conflict with the leader's are not removed.",
        shows="A deposed leader's tail stays in front of what it is sent (Raft §5.3).",
    ),
    Mutant(
        name="previous-entry-by-index-alone",
        file=_FOLLOWING,
        right="if not log.terms.has(message.prev_log_index, message.prev_log_term):",
        wrong="if message.prev_log_index > log.last_index:",
        bug="A follower looks whether it has an entry before, not whether it is the leader's.",
        shows="Entries are appended behind another term's (Raft §5.3).",
    ),
    Mutant(
        name="previous-index-off-by-one",
        file=_LEADING,
        right="            prev_log_index=core.log.last_index,\n",
        wrong="            prev_log_index=LogIndex(max(0, core.log.last_index - 1)),\n",
        bug="A leader names the index before the one behind which it appends.",
        shows="Where the terms are the same, followers put entries one place too early (Raft §5.3).",
    ),
    Mutant(
        name="entries-behind-the-match-index",
        file=_REPLICATOR,
        right="self._send(self._progress.prev, entries)",
        wrong="self._send(self._progress.match, entries)",
        bug="A replicator sends the next entries behind what is known to match, not behind what it sent.",
        shows="With two batches under way, the second lands in the place of the first (thesis §10.2.1).",
    ),
    Mutant(
        name="match-index-from-what-was-sent",
        file=_LEADING,
        right="self._followers.accepted(message.src, message.match_index)",
        wrong="self._followers.accepted(message.src, core.log.last_index)",
        bug="An answer counts for all that the leader has, not for what it acknowledges.",
        shows="An entry is committed that was sent, and lost (Raft §5.3).",
    ),
    Mutant(
        name="acknowledges-its-whole-log",
        file=_FOLLOWING,
        right="validated = LogIndex(message.prev_log_index + len(message.entries))",
        wrong="validated = log.last_index",
        bug="A follower acknowledges all that it has, not what this message has validated.",
        shows="A tail that the leader does not have counts as the leader's (scenario 7).",
    ),
    Mutant(
        name="never-goes-back",
        file=_LEADING,
        right="next_prev = self._next_prev_index(message)",
        wrong="next_prev = message.prev_log_index",
        bug="A rejected leader asks the same question again.",
        shows="A follower whose log differs never catches up (Raft §5.3).",
    ),
    Mutant(
        name="lost-window-is-not-sent-again",
        file=_REPLICATOR,
        right="""\
        elif self._settings.thrifty:
            self._progress.go_back(self._progress.resumption(), self._now)
            self._reading = self._quiet = False
            self._set_alarm()
        else:
            self._go_back(self._progress.resumption())
""",
        wrong="",
        bug="What got lost is noticed, and not sent again.",
        shows="Once its window is lost, a follower gets nothing more (scenario 32).",
    ),
    Mutant(
        name="window-is-never-empty",
        file=_PROGRESS,
        right="while self._under_way and self._under_way[0].last <= self.match.index:",
        wrong="while self._under_way and self._under_way[0].last < self.match.index:",
        bug="The last append of a window counts as under way although it was acknowledged.",
        shows="It is sent again for ever, when nothing else is to be said.",
    ),
    Mutant(
        name="no-heartbeats",
        file="actors/consensus/actor.py",
        right="        self._leading.heartbeat_due(message)\n",
        wrong="",
        bug="A leader that has nothing to say says nothing (Raft §5.2).",
        shows="Its followers elect another one whenever nobody writes.",
    ),
    Mutant(
        name="late-follower-is-forgotten",
        file=_REPLICATOR,
        right="        progress.last_log_index = max(progress.last_log_index, message.last_log_index)\n",
        wrong="",
        bug="A heartbeat does not tell a replicator how long the log has become.",
        shows="Followers that get no entries at once, or were demoted, never get the last ones.",
    ),
)
