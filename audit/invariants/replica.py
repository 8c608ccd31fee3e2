"""What one replica holds and believes at a point of the trail, rebuilt from what its storage was told."""

from typing import Final

from audit.invariants.image import Told
from audit.invariants.log_terms import LogTerms
from audit.invariants.place import Place
from audit.invariants.witness import Witness
from audit.records import MEMORY


class Reign:
    """The last time that a replica led: its term, and which deliveries of its Consensus began and ended that."""

    __slots__ = ("began_in", "ended_in", "term")

    def __init__(self, term: int, began_in: int, ended_in: int | None = None) -> None:
        self.term = term
        self.began_in = began_in
        self.ended_in = ended_in

    def covers(self, delivery: int) -> bool:
        """Whether it led from before until after that delivery was handled."""
        return self.began_in < delivery and (self.ended_in is None or delivery < self.ended_in)


class Replica(Witness):
    """The storage, the term and the role of one incarnation of a replica."""

    def __init__(self, name: str, incarnation: int) -> None:
        super().__init__(name, incarnation)
        self.log = LogTerms()
        """All of it since the first entry, whether the storage keeps it or not."""
        self.first_index = 1
        """From there on the storage keeps entries."""
        self.snapshot_index = 0
        """Up to there the storage's snapshot includes them."""
        self.writes: Final[dict[str, int]] = {}
        """The snapshot's records of writes, and the last index in each."""
        self.taken: Final[set[int]] = set()
        """Up to where snapshots include entries that its state machine took, and its storage did not install yet."""
        self.restoring: Final[list[tuple[str, str]]] = []
        """The records of a snapshot that it was given back so far."""
        self.hard_state: tuple[int, str | None] = (0, None)
        self.term = 0
        """The latest that Consensus entered; the storage may not know of it yet."""
        self.reign = Reign(term=0, began_in=0, ended_in=0)
        self.consensus_took = 0
        """The number of the delivery that Consensus handles."""
        self.last_applied: int | None = 0
        """None when that was not shown."""
        self.applied_in = 0
        """The term that Consensus was in by then."""
        self.said: Final[dict[str, tuple[int, int, Place | None]]] = {}
        """The latest term and commit index that each actor has sent."""
        self.acknowledged = 0
        """How much of its log it has acknowledged."""
        self.disk: str | None = None
        """On which disk it keeps what it promises, where disks are told apart."""
        self._synced_state: tuple[int, str | None] = (0, None)
        self._synced_index = 0
        self._synced_snapshot_index = 0
        self._syncs = False

    @property
    def is_leading(self) -> bool:
        """Whether it leads now."""
        return self.reign.ended_in is None

    def go_blind(self, reason: str) -> None:
        """Entries that were applied meanwhile were perhaps not shown either."""
        super().go_blind(reason)
        self.last_applied = None

    # --- the storage -------------------------------------------------------------------------------------------

    @property
    def _needs_sync(self) -> bool:
        return self._syncs or self.storage not in {MEMORY, None}

    @property
    def durable_state(self) -> tuple[int, str | None]:
        """The term and the vote that would survive a crash."""
        return self._synced_state if self._needs_sync else self.hard_state

    @property
    def durable_index(self) -> int:
        """How much of its log would survive a crash."""
        return self._synced_index if self._needs_sync else self.log.last_index

    @property
    def durable_snapshot_index(self) -> int:
        """How much the snapshot includes that would survive a crash."""
        return self._synced_snapshot_index if self._needs_sync else self.snapshot_index

    def synced(self) -> None:
        """All that was written is durable."""
        self._syncs = True
        self._synced_state = self.hard_state
        self._synced_index = self.log.last_index
        self._synced_snapshot_index = self.snapshot_index

    def restored(self, term: int, voted_for: str | None) -> None:
        """It begins with what its storage held: all that is in its log now, this term and this vote."""
        self.hard_state = (term, voted_for)
        self.term = term
        self.synced()

    def replaced(self, *, is_lost: bool) -> None:
        """Another incarnation has its storage now, or nobody has: what is lost counts as far as it was acknowledged."""
        self.is_replaced = True
        if not is_lost:
            self.truncated(0)

    def truncated(self, after: int) -> None:
        """Everything behind `after` is gone."""
        self.log.truncate(after)
        self._synced_index = min(self._synced_index, after)

    def snapshot_saved(self, last_included: int, first: int, read: Told) -> None:
        """Its snapshot includes more, and its log begins later."""
        self.snapshot_index, self.first_index = last_included, first
        for name in read.gone:
            self.writes.pop(name, None)
        self.writes.update({name: max(writes, default=0) for name, writes in read.writes.items()})

    def snapshot_replaced(self, last_included: int, term: int, read: Told) -> None:
        """Its snapshot is another, and its log is empty behind that; what is durable is still what was."""
        log = LogTerms.of(last_included, read.terms)
        if log.last_term != term:
            log.truncate(last_included - 1)
            log.append(term)
        differs = log.first_difference(self.log, self._synced_index)
        self._synced_index = self._synced_index if differs is None else differs - 1
        self.log = log
        self.first_index = last_included + 1
        self.writes.clear()
        self.snapshot_saved(last_included, self.first_index, read)

    def holds(self, index: int, term: int) -> bool:
        """Whether the entry of `term` at `index` is durable here."""
        reached = min(self.durable_index, self.acknowledged) if self.is_replaced else self.durable_index
        return index <= reached and self.log.term_at(index) == term

    # --- the role ----------------------------------------------------------------------------------------------

    def led(self, term: int) -> None:
        """It leads `term` from the delivery on that Consensus handles."""
        self.reign = Reign(term=term, began_in=self.consensus_took)

    def leads_no_more(self) -> None:
        """It gave up in the delivery that Consensus handles."""
        if self.is_leading:
            self.reign.ended_in = self.consensus_took
