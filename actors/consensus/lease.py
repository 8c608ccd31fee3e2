"""Who confirmed this leader when: the basis of lease reads, ReadIndex and check-quorum."""

from collections.abc import Iterable
from typing import Final

from actors.consensus.quorum import majority_value
from messages.ids import Instant, NodeId

_NEVER: Final = Instant(-1e18)


class Lease:
    """The latest instant, on the leader's own clock, at which each peer is known to have followed this leader.

    An AppendEntries carries the instant `at` of its sending, and the answer echoes it. The peer followed this leader
    when it answered, which was after `at`: so nobody can have been elected without it by `at` (Raft §8), nor, since
    it refuses votes for the least election timeout after hearing a leader, within the lease after `at` (thesis §6.4.1).
    """

    def __init__(self, peers: Iterable[NodeId], *, lease_s: float, since: Instant) -> None:
        self._lease_s: Final = lease_s
        self._since: Final = since
        self._confirmed = dict.fromkeys(peers, _NEVER)

    def confirm(self, peer: NodeId, sent_at: Instant) -> None:
        """Note an answer of `peer` to what was sent at `sent_at`; answers may come in any order."""
        self._confirmed[peer] = max(self._confirmed[peer], sent_at)

    def confirmed_by(self, peer: NodeId) -> Instant:
        """When `peer` is known to have followed last."""
        return self._confirmed[peer]

    def confirmed_at(self, now: Instant) -> Instant:
        """The latest instant by which a majority, this leader included, is known to have followed."""
        return majority_value((now, *self._confirmed.values()))

    def holds(self, now: Instant) -> bool:
        """Whether nobody else can have been elected by `now`."""
        return now - self.confirmed_at(now) < self._lease_s

    def last_contact(self, now: Instant) -> Instant:
        """`confirmed_at`, but no earlier than the election, which was a majority's confirmation too."""
        return max(self._since, self.confirmed_at(now))
