"""Who reads the snapshot, or the entries behind it, and how long that is waited for (Raft §7)."""

from dataclasses import dataclass
from typing import Final

from messages.ids import LogIndex, NodeId

HELD_BACK_MAX: Final = 1000
HELD_BACK_ENTRIES_MAX: Final = 100_000
"""While anybody reads the snapshot, so many later ones are held back, with so many entries at least; then it changes,
and who reads has to begin again. So many entries are kept, at most, for who reads on behind it."""

PATIENCE: Final = 200
PATIENCE_ENTRIES: Final = 2000
"""Likewise, when nobody has read for so long."""


@dataclass(slots=True)
class _Reading:
    """How long somebody has not read: snapshots that the state machine told of meanwhile, and since which entry."""

    since: LogIndex
    count: int = 0

    def exceeds(self, index: LogIndex, count: int, entries: int) -> bool:
        """Whether there were more snapshots, and more entries, by now."""
        return self.count > count and index - self.since > entries


class SnapshotReaders:
    """Owns the peers that read the snapshot, and those that have read it and will need the entries behind it.

    Without the latter, a peer that takes long would find them gone when it has installed the snapshot, and would get
    the next one, for as long as clients write.
    """

    def __init__(self, index: LogIndex) -> None:
        """Nobody reads the snapshot, which includes the log up to `index`."""
        self._reading: dict[NodeId, _Reading] = {}
        self._reading_on: dict[NodeId, tuple[LogIndex, _Reading]] = {}
        """From where on each of them needs entries."""
        self._total = _Reading(index)
        """Since the snapshot has changed."""

    @property
    def are_waited_for(self) -> bool:
        """Whether the snapshot must stay as it is."""
        return bool(self._reading)

    def reads(self, peer: NodeId, now: LogIndex) -> None:
        """`peer` was given a part of the snapshot, and will ask for the next; the state machine has come to `now`."""
        self._reading_on.pop(peer, None)
        self._reading[peer] = _Reading(now)

    def has_read(self, peer: NodeId, last_included: LogIndex, now: LogIndex) -> None:
        """`peer` was given the last part, and will go on behind it."""
        self._reading.pop(peer, None)
        self._reading_on[peer] = (LogIndex(last_included + 1), _Reading(now))

    def reads_on(self, peer: NodeId, needed: LogIndex, now: LogIndex) -> None:
        """`peer` asks for entries; those from `needed` on may be asked for again: what is under way can get lost."""
        if peer in self._reading_on:
            first, _ = self._reading_on[peer]
            self._reading_on[peer] = (max(first, needed), _Reading(now))

    def kept_from(self, first: LogIndex) -> LogIndex:
        """`first`, or what anybody needs before it."""
        return min([first, *(needed for needed, _ in self._reading_on.values())])

    def told_of(self, index: LogIndex) -> None:
        """The state machine tells of another snapshot: who has not read for long, or too slowly, is let go."""
        self._total.count += 1
        for reading in (*self._reading.values(), *(each for _, each in self._reading_on.values())):
            reading.count += 1
        for peer in [peer for peer, each in self._reading.items() if _is_silent(each, index)]:
            del self._reading[peer]
        for peer, (first, each) in tuple(self._reading_on.items()):
            if _is_silent(each, index) or index - first > HELD_BACK_ENTRIES_MAX:
                del self._reading_on[peer]
        if self._total.exceeds(index, HELD_BACK_MAX, HELD_BACK_ENTRIES_MAX):
            self._reading.clear()

    def changed(self, index: LogIndex) -> None:
        """The snapshot includes the log up to `index` from now on."""
        self._total = _Reading(index)

    def begin_anew(self, index: LogIndex) -> None:
        """It is another leader's, and nobody reads it."""
        self._reading.clear()
        self._reading_on.clear()
        self.changed(index)


def _is_silent(reading: _Reading, index: LogIndex) -> bool:
    return reading.exceeds(index, PATIENCE, PATIENCE_ENTRIES)
