"""What the log says so far: the map, the terms of its entries, the writes of late; and what a snapshot lacks of it."""

from collections import deque
from collections.abc import Mapping
from itertools import takewhile
from typing import Final

from actors.snapshot import (
    REMEMBERED,
    AppliedWrite,
    Image,
    remembered_mid,
    term_record,
    value_name,
    writes_record,
)
from messages.entry import Entry, Write
from messages.ids import ClientId, LogIndex
from messages.snapshot import Change, Record

NOTHING: Final = LogIndex(0)

WRITES_TOGETHER: Final = 100
"""So many remembered writes at most are one record of a snapshot, so that it fits into a datagram."""


class KeyValues:
    """Owns the map and the index last applied, and knows which records have changed since the last snapshot (Raft §7).

    A write that is repeated while it is remembered changes nothing: clients may ask again when they do not know what
    became of a request (Raft §8).
    """

    def __init__(self, last_included: LogIndex = NOTHING, image: Image | None = None) -> None:
        """Begin with what a snapshot says, which nobody else changes from now on, or with nothing."""
        image = image or Image()
        self.last_applied = last_included
        self._last_term = image.last_term
        self._values: Final = image.values
        self._remembered: set[tuple[ClientId, str]] = set()
        self._in_order: deque[AppliedWrite] = deque()
        """The same, as they were applied."""
        self._saved: deque[tuple[str, LogIndex]] = deque()
        """The records of writes in the snapshot: their names, and the last index in each."""
        for name, writes in sorted(image.writes):
            self._restore_writes(name, writes)
        self._begin_changes()

    def _restore_writes(self, name: str, writes: tuple[AppliedWrite, ...]) -> None:
        self._saved.append((name, writes[-1][0]))
        for write in writes:
            if write[0] + REMEMBERED > self.last_applied:
                _, client, mid = write
                self._remembered.add((client, mid))
                self._in_order.append(write)

    def _begin_changes(self) -> None:
        self._saved_index = self.last_applied
        self._changed_keys: dict[str, None] = {}
        self._changed_terms: list[Record] = []
        self.changed_bytes = 0

    @property
    def values(self) -> Mapping[str, str]:
        """The map as it is now."""
        return self._values

    @property
    def changed_entries(self) -> int:
        """So many entries were applied since the last snapshot."""
        return self.last_applied - self._saved_index

    def apply(self, entry: Entry) -> bool:
        """Apply the entry behind the last one; whether it had an effect, or would have had, if it is no write."""
        index = self.last_applied = LogIndex(self.last_applied + 1)
        if entry.term > self._last_term:
            self._last_term = entry.term
            self._changed_terms.append(term_record(index, entry.term))
        self._forget(index - REMEMBERED)
        return entry.write is None or self._write(entry.write, index)

    def _forget(self, before: int) -> None:
        """Writes before that index cannot be repeated any more."""
        in_order = self._in_order
        while in_order and in_order[0][0] < before:
            _, client, mid = in_order.popleft()
            self._remembered.discard((client, mid))

    def _write(self, write: Write, index: LogIndex) -> bool:
        client, mid, key, value = write.client, remembered_mid(write.MID), write.key, write.value
        if (client, mid) in self._remembered:
            return False
        self._remembered.add((client, mid))
        self._in_order.append((index, client, mid))
        self._values[key] = value
        self._changed_keys[key] = None
        self.changed_bytes += len(key) + len(value)
        return True

    # --- snapshots ---------------------------------------------------------------------------------------------

    def take_changes(self) -> tuple[Change, ...]:
        """What makes the last snapshot one of all that was applied by now (Raft §7)."""
        values = tuple((value_name(key), self._values[key]) for key in self._changed_keys)
        changes = (*self._changed_terms, *values, *self._new_writes(), *self._forgotten_writes())
        self._begin_changes()
        return changes

    def _new_writes(self) -> tuple[Record, ...]:
        """Those that were applied since the last snapshot, a record for some of them each."""
        new = list(takewhile(lambda write: write[0] > self._saved_index, reversed(self._in_order)))[::-1]
        together = [new[start : start + WRITES_TOGETHER] for start in range(0, len(new), WRITES_TOGETHER)]
        records = tuple(writes_record(writes) for writes in together)
        self._saved.extend((name, writes[-1][0]) for (name, _), writes in zip(records, together, strict=True))
        return records

    def _forgotten_writes(self) -> tuple[Change, ...]:
        """Records of which no write can be repeated any more."""
        forgotten: list[Change] = []
        while self._saved and self._saved[0][1] + REMEMBERED <= self.last_applied:
            forgotten.append((self._saved.popleft()[0], None))
        return tuple(forgotten)
