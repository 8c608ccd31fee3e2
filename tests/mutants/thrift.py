"""Thrifty replication that saves what it must not: entries, answers, majorities."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_FOLLOWERS: Final = "actors/consensus/followers.py"
_LEADING: Final = "actors/consensus/leading.py"
_PROGRESS: Final = "actors/progress.py"
_REPLICATOR: Final = "actors/replicator.py"

THRIFT: Final = (
    Mutant(
        name="demoting-forgets-an-entry",
        file=_REPLICATOR,
        right="            self._progress.go_back(self._progress.resumption(), self._now)\n",
        wrong="            self._progress.accepted(self._progress.prev)\n",
        bug="What a follower has not answered counts as received when another one takes its place.",
        shows="It is never sent again, nor can the follower be brought to where it lacks something.",
    ),
    Mutant(
        name="lazy-followers-counted-in-the-majority",
        file=_FOLLOWERS,
        right="return majority_value((own_index, *self._stored.values()))",
        wrong="""\
eager = self.enough()
        stored = (self._match[peer] if peer in eager else own_index for peer in self._peers)
        return majority_value((own_index, *stored))""",
        bug="Followers that are sent entries later are supposed to have them.",
        shows="An entry is committed that one replica has, or two of five.",
    ),
    Mutant(
        name="lease-from-quiet-heartbeats",
        file=_LEADING,
        right="            self.show(message.peer, quiet=self._may_be_quiet(message.peer))\n",
        wrong="""\
            quiet = self._may_be_quiet(message.peer)
            if quiet:
                self._lease.confirm(message.peer, self._core.now)
            self.show(message.peer, quiet=quiet)
""",
        bug="A heartbeat that need not be answered renews the lease.",
        shows="A leader that is cut off goes on leading, and reads what is stale.",
    ),
    Mutant(
        name="quiet-entries-count-as-received",
        file=_PROGRESS,
        right="""\
        if is_answered:
            self._under_way""",
        wrong="""\
        if not is_answered:
            self.match = self.prev
        else:
            self._under_way""",
        bug="Entries that a lazy follower need not answer count as agreed with it.",
        shows="Where they got lost, its replicator never goes back to what it lacks.",
    ),
    Mutant(
        name="nobody-need-answer",
        file=_LEADING,
        right="        if peer not in self._eager():\n            return True\n",
        wrong="        if True:\n            return True\n",
        bug="No heartbeat needs to be answered, also where no majority would be heard otherwise.",
        shows="An idle leader does not know that it is followed, and steps down.",
    ),
    Mutant(
        name="demoted-follower-is-given-up-for-good",
        file=_PROGRESS,
        right="        return Instant(self.last_sent_at + longest_ms / 1000)\n",
        wrong="""\
        return Instant(self.last_sent_at + (1e9 if self._is_given_up(now) else longest_ms / 1000))
""",
        bug="A follower that has not answered for an election timeout is never asked again.",
        shows="It was cut off, and hears of no leader when it is back.",
    ),
    Mutant(
        name="quiet-for-ever",
        file=_REPLICATOR,
        right="        if self._progress.is_probing or self._quiet_so_far > QUIET_MAX:\n",
        wrong="        if False:\n",
        bug="A lazy follower is never asked for an answer, also while it is not known where its log agrees.",
        shows="A replicator of a new term sends entries behind what its peer may not have, and goes on from there.",
    ),
)
