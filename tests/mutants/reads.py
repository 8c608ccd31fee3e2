"""Reads that are stale (Raft §8; thesis §6.4)."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_LEADING: Final = "actors/consensus/leading.py"
_LEASE: Final = "actors/consensus/lease.py"

READS: Final = (
    Mutant(
        name="lease-too-long",
        file=_LEASE,
        right="return now - self.confirmed_at(now) < self._lease_s",
        wrong="return now - self.confirmed_at(now) < self._lease_s * 3",
        bug="A lease is held three times as long as it may be.",
        shows="Another one leads, and has committed, while the old leader reads (thesis §6.4.1).",
    ),
    Mutant(
        name="lease-from-the-answer",
        file=_LEADING,
        right="self._lease.confirm(message.src, message.at)",
        wrong="self._lease.confirm(message.src, self._core.now)",
        bug="A lease counts from when an answer came, not from when it was asked for.",
        shows="Answers that were long under way renew a lease that is over.",
    ),
    Mutant(
        name="lease-without-clock-error",
        file="actors/settings.py",
        right="return self.election_timeout_min_ms * (1 - error) / (1 + error)",
        wrong="return self.election_timeout_min_ms",
        bug="Leases do not allow for clocks that run at different rates.",
        shows="The leader's clock is slow, its followers' are fast, and they elect another one within its lease.",
    ),
    Mutant(
        name="lease-from-one-follower",
        file=_LEASE,
        right="return majority_value((now, *self._confirmed.values()))",
        wrong="return max(self._confirmed.values())",
        bug="The answer of any one follower renews the lease.",
        shows="A leader in a minority of two reads what is stale, and never steps down.",
    ),
    Mutant(
        name="reads-before-the-first-commit",
        file=_LEADING,
        right="if not self._requests.has_reads() or core.log.commit_index < self._opened_at:",
        wrong="if not self._requests.has_reads():",
        bug="A new leader reads before an entry of its term is committed (Raft §8).",
        shows="What its predecessor committed is in its log, and not in its map yet.",
    ),
    Mutant(
        name="reads-without-a-round",
        file=_LEADING,
        right="confirmed_at = core.now if self._lease.holds(core.now) else self._lease.confirmed_at(core.now)",
        wrong="confirmed_at = core.now",
        bug="A leader reads without asking whether it still leads (Raft §8).",
        shows="It was cut off, or stood still, and another one has committed meanwhile.",
    ),
    Mutant(
        name="reads-lost-with-the-lead",
        file=_LEADING,
        right="        self._requests.hold_reads()\n",
        wrong="",
        bug="Reads that wait for a confirmation are forgotten when the leader steps down.",
        shows="Their clients wait for ever.",
    ),
)
