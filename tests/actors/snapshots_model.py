"""Snapshots among random readers, beside a model of what must become of it: steps, each followed by a look at all."""

from __future__ import annotations

from typing import Final

from actors.settings import Settings
from actors.snapshots import Snapshots
from actors.storage import MemoryStorage
from messages.ids import LogIndex, NodeId, Term
from messages.log_store import ReadChunk, SaveSnapshot
from messages.snapshot import Change, Chunk, Record
from tests.actors.key_values_model import Image, changed
from tests.actors.probes import AuditProbe
from tests.actors.samples import index, puts

PEERS: Final = tuple(NodeId(f"000{number}") for number in (1, 2, 3))
PATIENCE: Final = {"HELD_BACK_MAX": 6, "HELD_BACK_ENTRIES_MAX": 12, "PATIENCE": 2, "PATIENCE_ENTRIES": 4}
"""What is patched into `actors.snapshot_readers`."""


class AsTheyCame(MemoryStorage):
    """A storage that gives records in another order: which one is its own business."""

    def read_snapshot(self, offset: int, after: str, count_max: int) -> tuple[Record, ...]:
        records = tuple(self._records.items())
        assert offset == 0 or records[offset - 1][0] == after, "`after` is the last of the first `offset` ones"
        return records[offset : offset + count_max]


class Waited:
    """Since when somebody has not read: in snapshots, and in entries."""

    def __init__(self, since: int) -> None:
        self.since: Final = since
        self.count = 0

    def too_long(self, latest: int, *, whom: str) -> bool:
        """Both bounds are passed."""
        count, entries = {
            "reader": (PATIENCE["PATIENCE"], PATIENCE["PATIENCE_ENTRIES"]),
            "all": (PATIENCE["HELD_BACK_MAX"], PATIENCE["HELD_BACK_ENTRIES_MAX"]),
        }[whom]
        return self.count > count and latest - self.since > entries


class Library:
    """The snapshots under test, the image after each of them, and how far each reader has come."""

    def __init__(self, margin: int, storage: MemoryStorage) -> None:
        self.storage: Final = storage
        self.margin: Final = margin
        self.snapshots: Final = Snapshots(
            audit=AuditProbe().log, storage=storage, settings=Settings(snapshot_margin=margin, snapshot_entries=4)
        )
        self.latest = 0
        """The last snapshot that was told of."""
        self.images: Final[dict[int, Image]] = {0: {}}
        self.read: Final[dict[NodeId, tuple[Chunk, list[Record]]]] = {}
        """Each reader's last part, and all that it has."""
        self.finished = 0
        self._waits: Final[dict[NodeId, Waited]] = {}
        self._needs: Final[dict[NodeId, tuple[int, Waited]]] = {}
        """From where on those who have read it all need entries."""
        self._read_at: Final[dict[NodeId, int]] = {}
        """The latest snapshot that was told of when they had."""
        self._all = Waited(0)

    # --- steps -------------------------------------------------------------------------------------------------

    def save(self, entries: int, changes: tuple[Change, ...]) -> None:
        """So many entries were applied, and a snapshot was taken behind them."""
        self.storage.append(puts(1, entries, first=self.storage.last_index() + 1))
        changes = (*changes, ("t/0000000000000001", "1"))
        image = changed(self.images[self.latest], changes)
        self.latest = self.storage.last_index()
        self.images[self.latest] = image
        before, first = self.storage.snapshot_index(), self.storage.first_index()
        self.snapshots.save(SaveSnapshot(last_included_index=index(self.latest), changes=changes))
        self._settle()
        self._grow_impatient()
        if not self._waits:
            self._has_moved_on(before, first)
        assert self.storage.snapshot_index() == (before if self._waits else self.latest)

    def save_late(self) -> None:
        """What a leader's snapshot has overtaken, or is there already."""
        stale: Change = ("v/stale", "x")
        last = self.storage.snapshot_index()
        self.snapshots.save(SaveSnapshot(last_included_index=last, changes=(stale,)))

    def install(self, beyond: int, records: tuple[Record, ...]) -> None:
        """A leader's snapshot comes, in two parts."""
        self.latest = self.storage.last_index() + beyond
        self.images[self.latest] = dict(records)
        for part, done in ((records[:1], False), (records[1:], True)):
            chunk = Chunk(
                last_included_index=index(self.latest),
                last_included_term=Term(1),
                offset=0 if not done else 1,
                records=part,
                done=done,
            )
            assert self.snapshots.store(chunk) == done
        self._waits.clear()
        self._needs.clear()
        self._all = Waited(self.latest)
        assert self.storage.first_index() == self.latest + 1

    def begin(self, peer: NodeId, bytes_max: int) -> None:
        """`peer` lacks entries that are there no more."""
        self._given(peer, self.snapshots.first_part(peer, bytes_max))

    def go_on(self, peer: NodeId, bytes_max: int) -> None:
        """`peer` wants the next part, if it has not all."""
        if peer not in self.read or self.read[peer][0].done:
            return
        last, records = self.read[peer]
        is_waited_for = peer in self._waits
        wanted = ReadChunk(
            peer=peer,
            term=Term(1),
            last_included_index=last.last_included_index,
            offset=len(records),
            after=records[-1][0],
            bytes_max=bytes_max,
        )
        chunk = self.snapshots.part(wanted)
        assert chunk.offset == len(records) or not is_waited_for, "who is waited for goes on with the same snapshot"
        self._given(peer, chunk)

    def read_entries(self, peer: NodeId, count: int) -> None:
        """`peer`, which has a whole snapshot, has gone on by so many entries, and wants more."""
        if peer in self._needs:
            needed = min(self._needs[peer][0] + count, self.storage.last_index() + 1)
            self._needs[peer] = (needed, Waited(self.latest))
            self.snapshots.reads_on(peer, index(needed))

    # --- what must be so ---------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """It moves on, step by step, as far as it can; after each of them it is what it was told to be."""
        while self.snapshots.can_move_on:
            self.snapshots.move_on()
            self._look()
        self._look()

    def _look(self) -> None:
        assert dict(self.storage.read_snapshot(0, "", 1000)) == self.images[self.storage.snapshot_index()]

    def _given(self, peer: NodeId, chunk: Chunk) -> None:
        """Parts follow one another, and come to what the snapshot was, whatever has been held back meanwhile."""
        assert chunk.records, "a part holds one record at least"
        last, before = self.read.get(peer, (chunk, list[Record]()))
        if chunk.offset > 0:
            assert chunk.last_included_index == last.last_included_index, "parts are of one snapshot"
            assert chunk.offset == len(before), "and follow one another"
        records = [*before[: chunk.offset], *chunk.records]
        self.read[peer] = (chunk, records)
        image = self.images[chunk.last_included_index]
        assert dict(records).items() <= image.items(), "a part is of the snapshot that it names"
        assert len(dict(records)) == len(records), "each record comes once"
        assert chunk.done == (len(records) == len(image)), "the last part is the one that ends it"
        self.finished += chunk.done
        self._settle()
        self._has_read(peer, chunk)

    def _has_read(self, peer: NodeId, chunk: Chunk) -> None:
        self._waits.pop(peer, None)
        self._needs.pop(peer, None)
        if chunk.done:
            self._needs[peer] = (chunk.last_included_index + 1, Waited(self.latest))
            self._read_at[peer] = self.latest
        if not chunk.done:
            self._waits[peer] = Waited(self.latest)
        elif not self._waits:
            self._all = Waited(self.latest)
            assert self.storage.snapshot_index() == self.latest, "nothing is held back for nobody"

    def _grow_impatient(self) -> None:
        for waited in (*self._waits.values(), *(each for _, each in self._needs.values()), self._all):
            waited.count += 1
        for peer, (needed, waited) in tuple(self._needs.items()):
            is_far_behind = self.latest - max(needed, self._read_at[peer]) > PATIENCE["HELD_BACK_ENTRIES_MAX"]
            if is_far_behind or waited.too_long(self.latest, whom="reader"):
                del self._needs[peer]
        for peer in [peer for peer, waited in self._waits.items() if waited.too_long(self.latest, whom="reader")]:
            del self._waits[peer]
        if self._all.too_long(self.latest, whom="all"):
            self._waits.clear()

    def _has_moved_on(self, before: LogIndex, first: LogIndex) -> None:
        self._all = Waited(self.latest)
        assert self.storage.snapshot_index() == self.latest > before
        kept = min([self.latest + 1 - self.margin, *(needed for needed, _ in self._needs.values())])
        assert self.storage.first_index() == max(first, kept), "dropped to the margin, or to what somebody needs"

    def check(self) -> None:
        """What holds after every step."""
        storage = self.storage
        assert dict(storage.read_snapshot(0, "", 1000)) == self.images[storage.snapshot_index()]
        assert storage.first_index() <= storage.snapshot_index() + 1, "nothing is dropped that is not included"
        assert bool(self._waits) or storage.snapshot_index() == self.latest
        assert all(needed >= storage.first_index() for needed, _ in self._needs.values()), "all find what they need"
