"""How a replicator sends the snapshot to a peer that lacks entries which are there no more (Raft §7)."""

from typing import Final

from structlog.typing import FilteringBoundLogger

from actors.ports import Datagrams
from actors.progress import Progress
from actors.settings import Settings
from actors.transfer import Transfer
from messages.address import Address
from messages.ids import Instant, LogIndex, NodeId, Term
from messages.log_store import ReadChunk
from messages.replicator import ChunkRead, ChunkTaken
from messages.wire import InstallSnapshot


class SnapshotSender:
    """Owns the transfer that is going on, if one is: one part is under way, and the next is read when it is answered.

    `Progress` watches over the part as over an AppendEntries.
    """

    def __init__(
        self,
        *,
        me: NodeId,
        peer: NodeId,
        settings: Settings,
        audit: FilteringBoundLogger,
        datagrams: Datagrams,
        log_store: Address[ReadChunk],
        progress: Progress,
    ) -> None:
        self._me: Final = me
        self._peer: Final = peer
        self._settings: Final = settings
        self._audit: Final = audit
        self._datagrams: Final = datagrams
        self._log_store: Final = log_store
        self._progress: Final = progress
        self._term = Term(0)
        self._transfer: Transfer | None = None
        self._is_reading = False
        self.goes_on_at: Instant | None = None
        """When the pause after a part is over; None where there is none."""

    def lead(self, term: Term) -> None:
        """A term begins, in which nothing was sent yet."""
        self._term = term
        self._end()

    def _end(self) -> None:
        self._transfer = None
        self._is_reading = False
        self.goes_on_at = None

    @property
    def is_active(self) -> bool:
        """Whether a transfer is going on: no entries are sent meanwhile."""
        return self._transfer is not None

    def begin(self, message: ChunkRead, now: Instant) -> None:
        """The log store has the peer's next entry no more, and gives the first part of the snapshot instead."""
        self._transfer = Transfer()
        self._audit.info("snapshot.sent", peer=self._peer, last_included=message.chunk.last_included_index)
        self._send_next(self._transfer, message, now)

    def read(self, message: ChunkRead, now: Instant) -> None:
        """The next part was read; one that does not follow was asked for in a transfer that is over."""
        transfer = self._transfer
        if transfer is not None and self._is_reading and transfer.fits(message.chunk):
            self._send_next(transfer, message, now)

    def _send_next(self, transfer: Transfer, message: ChunkRead, now: Instant) -> None:
        self._is_reading = False
        transfer.go_on(message.chunk)
        self._send(transfer, now)

    def _send(self, transfer: Transfer, now: Instant) -> None:
        chunk = transfer.chunk
        part = InstallSnapshot(
            src=self._me,
            dst=self._peer,
            leader=self._me,
            term=self._term,
            last_included_index=chunk.last_included_index,
            last_included_term=chunk.last_included_term,
            offset=LogIndex(chunk.offset),
            records=chunk.records,
            checksum=transfer.checksum,
            done=chunk.done,
            at=now,
        )
        self._datagrams.send(part)
        transfer.sent(now)
        self._progress.sent_part(transfer.last_included, now)

    # --- answers -----------------------------------------------------------------------------------------------

    def taken(self, message: ChunkTaken, now: Instant) -> None:
        """Go on with the next part after a pause, or begin anew where the peer cannot take this one."""
        transfer = self._transfer
        if transfer is None or self._is_reading or self.goes_on_at is not None:
            return
        if transfer.has_taken(message) and not transfer.chunk.done:
            self._progress.part_answered(now)
            self.goes_on_at = Instant(now + self._settings.snapshot_pause_ms / 1000)
            self.go_on(now)
        elif transfer.must_begin_anew(message):
            self._read_next(transfer, 0, "", now)
        else:
            self.resume(now)

    def go_on(self, now: Instant) -> None:
        """Ask for the next part when the pause is over."""
        transfer = self._transfer
        if transfer is not None and self.goes_on_at is not None and now >= self.goes_on_at:
            self.goes_on_at = None
            self._read_next(transfer, transfer.end, transfer.chunk.records[-1][0], now)

    def _read_next(self, transfer: Transfer, offset: int, after: str, now: Instant) -> None:
        self._is_reading = True
        self._progress.part_answered(now)
        wanted = ReadChunk(
            peer=self._peer,
            term=self._term,
            last_included_index=transfer.last_included,
            offset=offset,
            after=after,
            bytes_max=self._settings.part_bytes,
        )
        self._log_store.tell(wanted)

    def accepted(self, match_index: LogIndex, now: Instant) -> None:
        """The peer's log agrees up to there: that is all of the snapshot, or else it shows that the peer lives."""
        if self._transfer is not None and match_index >= self._transfer.last_included:
            self._end()
        else:
            self.resume(now)

    def resume(self, now: Instant) -> None:
        """The peer lives: send again the part that it has not answered for long."""
        transfer = self._transfer
        if transfer is not None and transfer.is_waiting and not self._is_reading:
            self._send_again(transfer, now)

    def lose(self, now: Instant) -> None:
        """An answer is overdue: send the part again, but to a peer that is silent for long only when it is heard."""
        transfer = self._transfer
        assert transfer is not None, "an answer is expected"
        transfer.lost()
        if transfer.is_waiting:
            self._progress.part_answered(now)
        else:
            self._send_again(transfer, now)

    def _send_again(self, transfer: Transfer, now: Instant) -> None:
        self._audit.info("snapshot.resent", peer=self._peer, offset=transfer.chunk.offset)
        self._send(transfer, now)
