"""Whose disk is whose: a replica that has lost its disk must not vote under its old name (Raft Figure 2).

Raft supposes that whoever comes back remembers its vote and its log. One whose disk was replaced does not, and does not
know it, for a new disk looks like that of a replica that never ran. But the others can know. So a durable replica votes
only when it was introduced: enough of the others have noted, durably, which disk it has, and know no other disk of it.
Any two such groups have members in common, even when as many of them have lost their own disks as a majority can do
without. So who was introduced once is never introduced with another disk.

Until then it follows its leader, and its answers say so: they count for no majority, neither for commits nor for
leases. What it has acknowledged could otherwise be lost with a disk that nobody knows of.
"""

from typing import Final

from actors.consensus.core import Core
from messages.consensus import Restored
from messages.ids import DiskId, Instant, NodeId
from messages.log_store import Acknowledge, SaveDisk
from messages.wire import Introduce, Introduced

_NEVER: Final = Instant(-1e18)


class Acquaintances:
    """Owns which disk each replica is known to have, and asks the others to take note of this one's."""

    def __init__(self, core: Core) -> None:
        self._core: Final = core
        self._disk: DiskId | None = None
        """Where this replica keeps its promises; None where nothing outlives it, and nobody is introduced."""
        self._disks: dict[NodeId, DiskId] = {}
        self._confirmed: set[NodeId] = set()
        self._refused: set[NodeId] = set()
        self._asked_at = _NEVER

    def restore(self, message: Restored) -> None:
        """Remember who was met; this replica may vote if it was introduced before."""
        self._disk = message.disk
        self._disks = dict(message.disks)
        self._core.disk = message.disk or ""
        self._core.is_introduced = message.disk is None or self._core.me in self._disks

    @property
    def _needed(self) -> int:
        """So many of the others that any two such groups share more than the disks that a majority can do without.

        Of n replicas f may lose theirs, this one among them; so f - 1 of those who knew it may have forgotten it.
        Groups of k among n - 1 others share at least 2k - (n - 1), which must be f.
        """
        replicas = self._core.cluster_size
        lost = (replicas - 1) // 2
        return (replicas + lost - 2) // 2 + 1

    @property
    def is_stranger(self) -> bool:
        """Whether so many know another disk under this name that it can never be introduced."""
        return len(self._core.peers) - len(self._refused) < self._needed

    def introduce(self, *, every_ms: int) -> None:
        """Ask those who have not answered yet, unless they were asked just now."""
        core = self._core
        if self._disk is None or (core.now - self._asked_at) * 1000 < every_ms:
            return
        self._asked_at = core.now
        for peer in core.peers:
            if peer not in self._confirmed and peer not in self._refused:
                ask = Introduce(src=core.me, dst=peer, leader=core.leader_or_nobody, disk=self._disk)
                core.datagrams.send(ask)

    def asked(self, message: Introduce) -> None:
        """Take note of a disk, the first of each replica; what is said of it is durable first.

        Whoever was not introduced itself asks in return: the others are there now.
        """
        core = self._core
        if self._disk is not None and message.src not in self._disks:
            self._disks[message.src] = message.disk
            core.log_store.tell(SaveDisk(replica=message.src, disk=message.disk))
        known = self._disks.get(message.src, message.disk) == message.disk
        core.audit.info("introduction.answered", peer=message.src, disk=message.disk, known=known)
        reply = Introduced(src=core.me, dst=message.src, leader=core.leader_or_nobody, disk=message.disk, known=known)
        core.log_store.tell(Acknowledge(reply=reply))
        if not core.is_introduced:
            self.introduce(every_ms=core.settings.campaign_retry_ms)

    def followed(self) -> None:
        """There is a leader, so others are there: be introduced while they are, if there is any hope of it."""
        if not self._core.is_introduced and not self.is_stranger:
            self.introduce(every_ms=self._core.settings.election_timeout_max_ms)

    def answered(self, message: Introduced) -> bool:
        """Count who knows this replica by its disk; whether it was introduced just now."""
        core = self._core
        if core.is_introduced or message.disk != self._disk:
            core.audit.info("message.outdated", type=message.type, peer=message.src)
            return False
        (self._confirmed if message.known else self._refused).add(message.src)
        if len(self._confirmed) >= self._needed:
            self._admit(message.disk)
            return True
        if not message.known:
            core.audit.error("introduction.refused", peer=message.src, disk=message.disk)
        return False

    def _admit(self, disk: DiskId) -> None:
        """It may vote from now on; that it was introduced is durable before any vote is."""
        core = self._core
        self._disks[core.me] = disk
        core.is_introduced = True
        core.log_store.tell(SaveDisk(replica=core.me, disk=disk))
        core.audit.info("introduction.done", disk=disk)
