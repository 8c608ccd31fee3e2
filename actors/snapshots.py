"""The log store's snapshot: kept up to date, given in parts to peers that lag, and replaced by a leader's (Raft §7)."""

from typing import Final

from structlog.typing import FilteringBoundLogger

from actors.ports import Storage
from actors.settings import Settings
from actors.snapshot_readers import SnapshotReaders
from messages.codec import record_bytes
from messages.ids import LogIndex, NodeId
from messages.log_store import ReadChunk, SaveSnapshot
from messages.snapshot import Chunk, Record

_PAGE: Final = 32
"""So many records are read at once."""


class Snapshots:
    """Owns what waits to become part of the snapshot: later changes while a peer reads it, and a leader's parts.

    A peer gets the parts of one and the same snapshot, so it stays as it is while they are read.
    """

    def __init__(self, *, audit: FilteringBoundLogger, storage: Storage, settings: Settings) -> None:
        self._audit: Final = audit
        self._storage: Final = storage
        self._margin: Final = settings.snapshot_margin
        self._readers: Final = SnapshotReaders()
        self._held_back: dict[str, str | None] = {}
        self._held_back_index = LogIndex(0)
        self._staged: list[Record] = []

    # --- keeping it up to date ---------------------------------------------------------------------------------

    def save(self, message: SaveSnapshot) -> None:
        """Take the state machine's changes into the snapshot, or hold them back while it is read.

        One that a leader's snapshot has overtaken is nothing.
        """
        index = message.last_included_index
        if index <= self._storage.snapshot_index():
            return
        self._held_back.update(message.changes)
        self._held_back_index = index
        self._readers.told_of(index)
        if self._readers.are_waited_for:
            self._audit.info("snapshot.held_back", last_included=index)
        else:
            self._save()

    def _save(self) -> None:
        """The snapshot moves on, and what is far enough behind it is dropped."""
        storage, index = self._storage, self._held_back_index
        first = max(storage.first_index(), self._readers.kept_from(LogIndex(index + 1 - self._margin)))
        changes = tuple(self._held_back.items())
        storage.save_snapshot(index, changes, first)
        self._audit.info("snapshot.saved", last_included=index, changes=len(changes), first=first)
        self._held_back.clear()
        self._readers.changed(index)

    # --- giving it ---------------------------------------------------------------------------------------------

    def first_part(self, peer: NodeId, bytes_max: int) -> Chunk:
        """Its first part, of at most so many bytes, for `peer`, who is going to read the others."""
        return self._part(peer, 0, "", bytes_max)

    def part(self, wanted: ReadChunk) -> Chunk:
        """The part that is wanted; the first one, if the snapshot is another by now."""
        if wanted.last_included_index != self._storage.snapshot_index():
            return self.first_part(wanted.peer, wanted.bytes_max)
        return self._part(wanted.peer, wanted.offset, wanted.after, wanted.bytes_max)

    def _part(self, peer: NodeId, offset: int, after: str, bytes_max: int) -> Chunk:
        index = self._storage.snapshot_index()
        term = self._storage.term_at(index)
        records, done = self._records(offset, after, bytes_max)
        now = max(index, self._held_back_index)
        if done:
            self._readers.has_read(peer, index, now)
        else:
            self._readers.reads(peer, now)
        if now > index and not self._readers.are_waited_for:
            self._save()
        return Chunk(last_included_index=index, last_included_term=term, offset=offset, records=records, done=done)

    def reads_on(self, peer: NodeId, first: LogIndex) -> None:
        """`peer` reads entries from `first` on: those behind a snapshot that it has read are kept for it."""
        self._readers.reads_on(peer, first, max(self._storage.snapshot_index(), self._held_back_index))

    def _records(self, offset: int, after: str, bytes_max: int) -> tuple[tuple[Record, ...], bool]:
        """Records that fit, one at least; and whether they are the last ones. None is larger than its entry was."""
        records: list[Record] = []
        size = 0
        while True:
            page = self._storage.read_snapshot(offset + len(records), records[-1][0] if records else after, _PAGE)
            for record in page:
                size += record_bytes(record)
                if records and size > bytes_max:
                    return tuple(records), False
                records.append(record)
            if len(page) < _PAGE:
                return tuple(records), True

    # --- replacing it ------------------------------------------------------------------------------------------

    def store(self, chunk: Chunk) -> bool:
        """Stage a part of a leader's snapshot; whether it was the last one, and is in the place of all by now."""
        if chunk.offset == 0:
            self._staged.clear()
        assert chunk.offset == len(self._staged), "a snapshot's parts come in order"
        self._staged.extend(chunk.records)
        if chunk.done:
            index, term = chunk.last_included_index, chunk.last_included_term
            self._storage.install_snapshot(index, term, tuple(dict(self._staged).items()))
            self._audit.info("snapshot.installed", last_included=index, records=len(self._staged))
            self._staged.clear()
            self._held_back.clear()
            self._held_back_index = index
            self._readers.begin_anew(index)
        return chunk.done
