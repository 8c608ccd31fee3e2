"""Who reads the snapshot, or the entries behind it, and how long that is waited for (Raft §7)."""

from dataclasses import dataclass
from typing import Final

from messages.ids import LogIndex, NodeId

HELD_BACK_MAX: Final = 1000
HELD_BACK_ENTRIES_MAX: Final = 100_000
"""While anybody reads the snapshot, so many later ones are held back, with so many entries at least; then it changes,
and who reads has to begin again. Behind who has read it, so many entries at most may come until it has read on."""

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


@dataclass(slots=True)
class _ReadingOn:
    """Who has read the snapshot when the state machine had come to `read_at`, and needs entries from `first` on."""

    first: LogIndex
    read_at: LogIndex
    reading: _Reading


class SnapshotReaders:
    """Owns the peers that read the snapshot, and those that have read it and will need the entries behind it.

    Without the latter, a peer that takes long would find them gone when it has installed the snapshot, and would get
    the next one, for as long as clients write.
    """

    def __init__(self, index: LogIndex) -> None:
        """Nobody reads the snapshot, which includes the log up to `index`."""
        self._reading: dict[NodeId, _Reading] = {}
        self._reading_on: dict[NodeId, _ReadingOn] = {}
        self._total = _Reading(index)
        """Since the snapshot was up to date."""

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
        self._reading_on[peer] = _ReadingOn(LogIndex(last_included + 1), now, _Reading(now))

    def reads_on(self, peer: NodeId, needed: LogIndex, now: LogIndex) -> None:
        """`peer` asks for entries; those from `needed` on may be asked for again: what is under way can get lost."""
        if peer in self._reading_on:
            one = self._reading_on[peer]
            one.first, one.reading = max(one.first, needed), _Reading(now)

    def kept_from(self, first: LogIndex) -> LogIndex:
        """`first`, or what anybody needs before it."""
        return min([first, *(one.first for one in self._reading_on.values())])

    def told_of(self, index: LogIndex) -> bool:
        """The state machine tells of another snapshot: who has not read for long, or too slowly, is let go.

        Whether nobody is waited for any more, and somebody was.
        """
        were_waited_for = self.are_waited_for
        self._total.count += 1
        for reading in (*self._reading.values(), *(one.reading for one in self._reading_on.values())):
            reading.count += 1
        for peer in [peer for peer, each in self._reading.items() if _is_silent(each, index)]:
            del self._reading[peer]
        for peer, one in tuple(self._reading_on.items()):
            if _is_silent(one.reading, index) or index - max(one.first, one.read_at) > HELD_BACK_ENTRIES_MAX:
                del self._reading_on[peer]
        if self._total.exceeds(index, HELD_BACK_MAX, HELD_BACK_ENTRIES_MAX):
            self._reading.clear()
        return were_waited_for and not self.are_waited_for

    def is_up_to_date(self, index: LogIndex) -> None:
        """The snapshot includes all that the state machine has told of, which is the log up to `index`."""
        self._total = _Reading(index)

    def begin_anew(self, index: LogIndex) -> None:
        """It is another leader's, and nobody reads it."""
        self._reading.clear()
        self._reading_on.clear()
        self.is_up_to_date(index)


def _is_silent(reading: _Reading, index: LogIndex) -> bool:
    return reading.exceeds(index, PATIENCE, PATIENCE_ENTRIES)
