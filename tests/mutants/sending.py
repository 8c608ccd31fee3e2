"""More bugs of leaders: what they send, to whom, and what they never send again (Raft §5.3)."""

from typing import Final

from tests.mutants.mutant import Mutant

_LEADING: Final = "actors/consensus/leading.py"

SENDING: Final = (
    Mutant(
        name="conflict-index-off-by-one",
        file=_LEADING,
        right="LogIndex(min(message.conflict_index, message.prev_log_index) - 1)",
        wrong="LogIndex(min(message.conflict_index, message.prev_log_index))",
        bug="The first index that a follower lacks is taken for the last that it has (Raft §5.3, end).",
        shows="A replica that missed entries rejects what is sent behind the next one, again and again.",
    ),
    Mutant(
        name="heartbeats-instead-of-lost-entries",
        file="actors/replicator.py",
        right="""\
        elif self._settings.thrifty:
            self._progress.go_back(self._progress.resumption(), self._now)
            self._reading = self._quiet = False
            self._set_alarm()
        else:
            self._go_back(self._progress.resumption())
""",
        wrong="""\
        else:
            self._send(self._progress.match, ())
            self._alarm.ring_by(Instant(self._now + self._settings.heartbeat_ms / 1000))
""",
        bug="Whatever is not answered is followed by heartbeats, and never sent again (Raft §5.3).",
        shows="The last entries, or all their answers, are lost, and a follower stays without them.",
    ),
    Mutant(
        name="new-entries-in-the-place-of-lost-ones",
        file="actors/replicator.py",
        right="            progress.go_along(self._now)\n",
        wrong="            progress.go_along(self._now)\n            self._send_entries(message.entries)\n",
        bug="What goes along with what is probably lost is sent in its place, behind the match index (Raft §5.3).",
        shows="An answer is late, a client writes, and a follower has that where the leader has what was lost.",
    ),
    Mutant(
        name="going-along-forgets-an-entry",
        file="actors/progress.py",
        right="        self.prev = self.resumption()\n        self._under_way.clear()\n",
        wrong="        self.accepted(self.prev)\n",
        bug="What is probably lost counts as received when the next entries are sent.",
        shows="It is never sent again, nor can the follower be brought to where it lacks something.",
    ),
    Mutant(
        name="batch-bound-loses-the-tail",
        file=_LEADING,
        right="            self._propose(tuple(entries))\n",
        wrong="            self._propose(tuple(entries[: self._core.settings.batch_entries]))\n",
        bug="Of the requests that come together, those beyond one batch do not get into the log.",
        shows="In a flood, or at an election that many requests have waited for, some are never answered.",
    ),
    Mutant(
        name="demoted-follower-forgotten",
        file=_LEADING,
        right="        self._followers.fell_silent(message.peer)\n",
        wrong="""\
        self._followers.fell_silent(message.peer)
        self._replicators[message.peer].tell(StepDown())
""",
        bug="A follower that was once late is replaced by another one, and gets nothing more in this term.",
        shows="A link is cut for a moment, and the follower behind it stays behind for as long as the leader leads.",
    ),
    Mutant(
        name="heartbeats-to-the-chosen-only",
        file=_LEADING,
        right="        if self._core.role is Role.LEADER and message.term == self._core.term:\n",
        wrong="""\
        chosen = message.peer in self._eager()
        if self._core.role is Role.LEADER and message.term == self._core.term and chosen:
""",
        bug="A thrifty leader shows itself to as many followers as a majority needs, and not to the others.",
        shows="The others hear neither of the leader nor of what is committed, and stay behind.",
    ),
    Mutant(
        name="commit-index-announced-early",
        file=_LEADING,
        right="            entries=entries,\n            commit_index=core.log.commit_index,\n",
        wrong="            entries=entries,\n            commit_index=core.log.last_index,\n",
        bug="A leader tells followers that all before the new entries is committed, which is only likely (Raft §5.3).",
        shows="Two entries follow each other in a hurry, and a follower applies the first before a majority stores it.",
    ),
)
