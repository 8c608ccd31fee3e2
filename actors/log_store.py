"""The log store: makes what it is told durable, in the order in which it is told."""

from collections.abc import Mapping
from typing import Final, assert_never

from structlog.typing import FilteringBoundLogger

from actors.actor import Actor
from actors.batch import fitting
from actors.ports import Datagrams, DiskFullError, Storage
from actors.settings import Settings
from actors.snapshots import Snapshots
from messages.address import Address
from messages.consensus import Appended, HardStateSaved
from messages.ids import NodeId, Term
from messages.log_store import (
    Acknowledge,
    Append,
    DropChunks,
    Flush,
    LogStoreMessage,
    ReadChunk,
    ReadEntries,
    SaveDisk,
    SaveHardState,
    SaveSnapshot,
    StoreChunk,
    Truncate,
)
from messages.replicator import ChunkRead, EntriesRead
from messages.snapshot import Chunk

UNREPORTED_MAX: Final = 1000
"""While the disk is full, so many reports and acknowledgements wait; of the latter, what comes beyond them is lost."""


class LogStore(Actor):
    """Owns the hard state and the entries, behind a storage port, in one FIFO; decides nothing.

    Votes, entries and what acknowledges them share the queue because their order matters: a vote that overtook an
    append, or the other way round, would lose committed data. What waits is made durable together: the first write
    leaves a `Flush` behind everything that is in the mailbox by then; acknowledgements and reports follow it, in
    order (group commit). When the disk is full, nothing is reported until there is room: it is tried again with
    whatever comes next. Any other failure of the disk ends the node. What the snapshot is about is in `Snapshots`.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        audit: FilteringBoundLogger,
        storage: Storage,
        datagrams: Datagrams,
        consensus: Address[Appended | HardStateSaved],
        replicators: Mapping[NodeId, Address[EntriesRead | ChunkRead]],
        myself: Address[Flush],
    ) -> None:
        super().__init__()
        self._audit: Final = audit
        self._storage: Final = storage
        self._datagrams: Final = datagrams
        self._consensus: Final = consensus
        self._replicators: Final = replicators
        self._myself: Final = myself
        self._snapshots: Final = Snapshots(audit=audit, storage=storage, settings=settings)
        self._unreported: list[SaveHardState | SaveDisk | Append | StoreChunk | Acknowledge] = []
        self._is_full = False
        self._is_moving = False
        """Whether a `Flush` that `moves_on` is under way."""

    def on_receive(self, message: LogStoreMessage) -> None:
        """Write, read, or make durable what was written."""
        match message:
            case SaveHardState():
                self._save_hard_state(message)
            case SaveDisk():
                self._save_disk(message)
            case Append():
                self._append(message)
            case Acknowledge():
                self._acknowledge(message)
            case Truncate():
                self._truncate(message)
            case SaveSnapshot() | StoreChunk() | DropChunks() | ReadChunk():
                self._snapshot(message)
            case ReadEntries():
                self._read(message)
            case Flush():
                self._flush(message)
            case _:
                assert_never(message)

    def _save_hard_state(self, message: SaveHardState) -> None:
        self._storage.save_hard_state(message.term, message.voted_for)
        self._report_later(message)

    def _save_disk(self, message: SaveDisk) -> None:
        self._storage.save_disk(message.replica, message.disk)
        self._report_later(message)

    def _append(self, message: Append) -> None:
        assert message.after == self._storage.last_index(), "entries follow one another without gaps"
        self._storage.append(message.entries)
        self._report_later(message)

    def _truncate(self, message: Truncate) -> None:
        last = self._storage.last_index()
        assert message.after < last, "there is something to truncate"
        self._storage.truncate(message.after)
        self._audit.info("log.truncated", after=message.after, last=last)

    def _snapshot(self, message: SaveSnapshot | StoreChunk | DropChunks | ReadChunk) -> None:
        """What acknowledges one that a leader sent comes behind its last part."""
        match message:
            case SaveSnapshot():
                self._snapshots.save(message)
            case StoreChunk():
                self._store(message)
            case DropChunks():
                self._snapshots.drop_parts()
                self._myself.tell(Flush(moves_on=False))
            case ReadChunk():
                self._give(message.peer, message.term, self._snapshots.part(message))
            case _:
                assert_never(message)
        self._move_on()

    def _store(self, message: StoreChunk) -> None:
        """What is written aside is durable soon, so that it does not all have to be when the last part is there."""
        if self._snapshots.store(message.chunk):
            if message.chunk.done:
                self._report_later(message)
            else:
                self._myself.tell(Flush(moves_on=False))

    def _move_on(self) -> None:
        """The snapshot takes in what waits step by step, each a transaction of its own, and all else has its turn.

        So what is written before a step does not wait for it, and what comes meanwhile for no more than the rest of it.
        """
        if self._is_moving or not self._snapshots.can_move_on:
            return
        self._sync()
        self._snapshots.move_on()
        self._sync()
        if self._snapshots.can_move_on:
            self._is_moving = True
            self._myself.tell(Flush(moves_on=True))

    def _acknowledge(self, message: Acknowledge) -> None:
        """At once, when nothing waits to become durable."""
        if self._is_full:
            self._myself.tell(Flush(moves_on=False))
        if self._is_full and len(self._unreported) >= UNREPORTED_MAX:
            return
        self._unreported.append(message)
        if len(self._unreported) == 1 and not self._is_full:
            self._report_all()

    def _report_later(self, message: SaveHardState | SaveDisk | Append | StoreChunk) -> None:
        """With all that is in the mailbox by now; or at once, where writing alone makes durable."""
        self._unreported.append(message)
        if not self._storage.needs_sync():
            self._report_all()
        elif len(self._unreported) == 1 or self._is_full:
            self._myself.tell(Flush(moves_on=False))

    def _flush(self, message: Flush) -> None:
        self._is_moving = self._is_moving and not message.moves_on
        self._sync()
        self._move_on()

    def _sync(self) -> None:
        """All that waits is durable, and is reported in the order in which it was told; unless there is no room."""
        if self._storage.needs_sync():
            try:
                self._storage.sync()
            except DiskFullError as error:
                self._wait_for_room(str(error))
                return
            if self._is_full:
                self._is_full = False
                self._audit.info("storage.has_room")
            self._report_all()

    def _wait_for_room(self, error: str) -> None:
        """Nothing is promised that is not durable; the leader, if it is this node, will step down for it."""
        if not self._is_full:
            self._is_full = True
            self._audit.error("storage.full", error=error)

    def _report_all(self) -> None:
        unreported, self._unreported = self._unreported, []
        for message in unreported:
            match message:
                case Acknowledge():
                    self._datagrams.send(message.reply)
                case SaveHardState():
                    self._report_hard_state(message)
                case SaveDisk() | StoreChunk():
                    pass
                case Append():
                    self._report_append(message)
                case _:
                    assert_never(message)

    def _report_hard_state(self, message: SaveHardState) -> None:
        last = self._storage.last_index()
        saved = HardStateSaved(
            term=message.term,
            voted_for=message.voted_for,
            last_log_index=last,
            last_log_term=self._storage.term_at(last),
        )
        self._consensus.tell(saved)

    def _report_append(self, message: Append) -> None:
        if not message.report:
            return
        last = self._storage.last_index()
        last_term = self._storage.term_at(last)
        self._consensus.tell(Appended(term=message.term, last_log_index=last, last_log_term=last_term))

    def _read(self, message: ReadEntries) -> None:
        """What was truncated since it was asked for was asked in a term that is over: nobody waits for it."""
        if message.first > self._storage.last_index() + 1:
            return
        if message.first < self._storage.first_index():
            self._give(message.peer, message.term, self._snapshots.first_part(message.peer, message.bytes_max))
            self._move_on()
            return
        self._snapshots.reads_on(message.peer, message.needed)
        entries = self._storage.read(message.first, message.count_max)
        read = EntriesRead(
            term=message.term,
            first=message.first,
            entries=fitting(entries, message.bytes_max),
        )
        self._replicators[message.peer].tell(read)

    def _give(self, peer: NodeId, term: Term, chunk: Chunk) -> None:
        self._replicators[peer].tell(ChunkRead(term=term, chunk=chunk))
