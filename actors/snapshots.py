"""The log store's snapshot: kept up to date, given in parts to peers that lag, and replaced by a leader's (Raft §7)."""

from collections import deque
from typing import Final, NamedTuple

from structlog.typing import FilteringBoundLogger

from actors.ports import Storage
from actors.settings import Settings
from actors.snapshot_readers import SnapshotReaders
from messages.codec import record_bytes
from messages.ids import LogIndex, NodeId, Term
from messages.log_store import ReadChunk, SaveSnapshot
from messages.snapshot import Chunk, Record

_PAGE: Final = 32
"""So many records are read at once."""


class _HeldBack(NamedTuple):
    """What changes up to the entry at `last_included`."""

    last_included: LogIndex
    changes: dict[str, str | None]


class Snapshots:
    """Owns what waits to become part of the snapshot: later changes while a peer reads it, and a leader's parts.

    A peer gets the parts of one and the same snapshot, so it stays as it is while they are read; then it moves on.
    """

    def __init__(self, *, audit: FilteringBoundLogger, storage: Storage, settings: Settings) -> None:
        self._audit: Final = audit
        self._storage: Final = storage
        self._margin: Final = settings.snapshot_margin
        self._part_bytes: Final = settings.part_bytes
        self._step: Final = settings.snapshot_entries
        """About so many changes are taken in at once: however many were held back, no transaction takes long."""
        self._step_bytes: Final = settings.snapshot_bytes
        """... nor however large they are."""
        self._readers: Final = SnapshotReaders(storage.snapshot_index())
        self._held_back: Final[deque[_HeldBack]] = deque()
        """In steps of the state machine, as it told of them; small ones are taken together."""
        self._due = LogIndex(0)
        """Up to there the snapshot moves on, whoever reads it: who read before was waited for long enough."""
        self._staged: dict[str, str] = {}
        self._come = 0
        """So many records of a leader's snapshot are staged."""
        self._unwritten: list[Record] = []
        """The last ones of them, which were not written aside yet."""
        self._unwritten_bytes = 0

    # --- keeping it up to date ---------------------------------------------------------------------------------

    def save(self, message: SaveSnapshot) -> None:
        """Take the state machine's changes into the snapshot, or hold them back while it is read.

        One that a leader's snapshot has overtaken is nothing.
        """
        index = message.last_included_index
        if index <= self._storage.snapshot_index():
            return
        if self._readers.told_of(index):
            self._due = index
        if self._must_stay:
            self._audit.info("snapshot.held_back", last_included=index)
        changes = dict(message.changes)
        if self._held_back and self._is_one_step(both := self._held_back[-1].changes | changes):
            self._held_back.pop()
            changes = both
        self._held_back.append(_HeldBack(index, changes))

    def _is_one_step(self, changes: dict[str, str | None]) -> bool:
        size = sum(len(name) + len(content or "") for name, content in changes.items())
        return len(changes) <= self._step and size <= self._step_bytes

    @property
    def can_move_on(self) -> bool:
        """Whether there is a step to take in, and the snapshot need not stay what it is."""
        return bool(self._held_back) and not self._must_stay

    def move_on(self) -> None:
        """The snapshot takes in the next step."""
        self._save(self._held_back.popleft())

    @property
    def _must_stay(self) -> bool:
        return self._readers.are_waited_for and self._storage.snapshot_index() >= self._due

    def _save(self, step: _HeldBack) -> None:
        """What is far enough behind it is dropped."""
        storage, index = self._storage, step.last_included
        first = max(storage.first_index(), self._readers.kept_from(LogIndex(index + 1 - self._margin)))
        changes = tuple(step.changes.items())
        storage.save_snapshot(index, changes, first)
        self._audit.info("snapshot.saved", last_included=index, changes=len(changes), first=first)
        if not self._held_back:
            self._readers.is_up_to_date(index)

    @property
    def _told_of(self) -> LogIndex:
        """How far the state machine was when it told of a snapshot."""
        return self._held_back[-1].last_included if self._held_back else self._storage.snapshot_index()

    # --- giving it ---------------------------------------------------------------------------------------------

    def first_part(self, peer: NodeId, bytes_max: int) -> Chunk:
        """Its first part, of at most so many bytes, for `peer`, who is going to read the others."""
        return self._part(peer, 0, "", min(bytes_max, self._part_bytes))

    def part(self, wanted: ReadChunk) -> Chunk:
        """The part that is wanted; the first one, if the snapshot is another by now."""
        if wanted.last_included_index != self._storage.snapshot_index():
            return self.first_part(wanted.peer, wanted.bytes_max)
        return self._part(wanted.peer, wanted.offset, wanted.after, wanted.bytes_max)

    def _part(self, peer: NodeId, offset: int, after: str, bytes_max: int) -> Chunk:
        index = self._storage.snapshot_index()
        term = self._storage.term_at(index)
        records, done = self._records(offset, after, bytes_max)
        if done:
            self._readers.has_read(peer, index, self._told_of)
        else:
            self._readers.reads(peer, self._told_of)
        return Chunk(last_included_index=index, last_included_term=term, offset=offset, records=records, done=done)

    def reads_on(self, peer: NodeId, needed: LogIndex) -> None:
        """`peer` reads entries, and lacks them from `needed` on: behind a snapshot that it has read, they are kept."""
        self._readers.reads_on(peer, needed, self._told_of)

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
        """Stage a part of a leader's snapshot, which is in the place of all with the last one; whether any was written.

        What is staged is written aside step by step, and does not all have to be when the last one is there.
        """
        if chunk.offset == 0:
            self._begin()
        assert chunk.offset == self._come, "a snapshot's parts come in order"
        self._staged.update(chunk.records)
        self._unwritten.extend(chunk.records)
        self._unwritten_bytes += sum(map(record_bytes, chunk.records))
        self._come += len(chunk.records)
        if not chunk.done and len(self._unwritten) < self._step and self._unwritten_bytes < self._step_bytes:
            return False
        self._storage.stage_records(self._come - len(self._unwritten), tuple(self._unwritten))
        self._unwritten.clear()
        self._unwritten_bytes = 0
        if chunk.done:
            self._install(chunk.last_included_index, chunk.last_included_term)
        return True

    def drop_parts(self) -> None:
        """What was staged will not be completed."""
        self._begin()
        self._storage.stage_records(0, ())

    def _begin(self) -> None:
        """What was staged is of another one, or comes again."""
        self._staged = {}
        self._unwritten.clear()
        self._unwritten_bytes = 0
        self._come = 0

    def _install(self, index: LogIndex, term: Term) -> None:
        """What was staged is the snapshot."""
        self._storage.install_snapshot(index, term, tuple(self._staged.items()))
        self._audit.info("snapshot.installed", last_included=index, records=self._come)
        self._begin()
        self._held_back.clear()
        self._readers.begin_anew(index)
