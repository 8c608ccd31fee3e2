"""The replicator of one peer: brings that peer's log up to the leader's, and keeps it there."""

from typing import Final, assert_never

from structlog.typing import FilteringBoundLogger

from actors.actor import Actor
from actors.alarm import Alarm
from actors.batch import fitting
from actors.ports import Datagrams, Timer
from actors.progress import Position, Progress
from actors.settings import Settings
from actors.snapshot_sender import SnapshotSender
from messages.address import Address
from messages.consensus import AnswerOverdue, HeartbeatDue
from messages.entry import Entry
from messages.ids import Instant, LogIndex, NodeId, Term
from messages.log_store import ReadChunk, ReadEntries
from messages.replicator import (
    Acknowledged,
    ChunkRead,
    ChunkTaken,
    EntriesRead,
    Heard,
    Heartbeat,
    Lead,
    Rejected,
    Replicate,
    ReplicatorMessage,
    StepDown,
)
from messages.timer import Rang
from messages.wire import AppendEntries

QUIET_MAX: Final = 3
"""So many heartbeats need no answer, then one does: a leader should know how far its lazy followers are."""


class Replicator(Actor):
    """Sends what the peer lacks, and again what got lost; paces the heartbeats; counts no votes and no commits.

    What is known of the peer is in `Progress`; entries that Consensus does not bring along are read from the log store.
    Where it has them no more, it gives the snapshot instead, and `SnapshotSender` sends that (Raft §7); meanwhile, no
    entries are sent, but heartbeats are.
    """

    def __init__(
        self,
        *,
        me: NodeId,
        peer: NodeId,
        settings: Settings,
        audit: FilteringBoundLogger,
        datagrams: Datagrams,
        consensus: Address[HeartbeatDue | AnswerOverdue],
        log_store: Address[ReadEntries | ReadChunk],
        timer: Timer,
    ) -> None:
        super().__init__()
        self._me: Final = me
        self._peer: Final = peer
        self._settings: Final = settings
        self._audit: Final = audit
        self._datagrams: Final = datagrams
        self._consensus: Final = consensus
        self._log_store: Final = log_store
        self._progress: Final = Progress(settings)
        self._alarm: Final = Alarm(timer)
        self._now = Instant(0.0)
        self._commit_index = LogIndex(0)
        self._reading = False
        self._snapshot: Final = SnapshotSender(
            me=me,
            peer=peer,
            settings=settings,
            audit=audit,
            datagrams=datagrams,
            log_store=log_store,
            progress=self._progress,
        )
        self._quiet = False
        """Whether what is sent next need not be answered."""
        self._quiet_so_far = 0
        self._term: Term | None = None
        """The term that this node leads; None while it does not lead, and nothing is sent."""

    def on_receive(self, message: ReplicatorMessage) -> None:
        """Wake, sleep, send, or note what came back."""
        match message:
            case Lead():
                self._lead(message)
            case StepDown():
                self._term = None
            case Replicate():
                self._replicate(message)
            case Heartbeat():
                self._heartbeat(message)
            case Acknowledged() | Rejected() | ChunkTaken() | Heard():
                self._peer_says(message)
            case EntriesRead():
                self._entries_read(message)
            case ChunkRead():
                self._chunk_read(message)
            case Rang():
                self._rang(message)
            case _:
                assert_never(message)

    # --- a term begins -----------------------------------------------------------------------------------------

    def _lead(self, message: Lead) -> None:
        """Suppose that the peer's log is like the leader's, and let the first answer tell (Raft §5.3)."""
        self._note_time(message.at)
        self._term = message.term
        self._commit_index = message.commit_index
        self._reading = self._quiet = False
        self._snapshot.lead(message.term)
        self._progress.begin(Position(message.last_log_index, message.last_log_term), self._now)

    # --- sending -----------------------------------------------------------------------------------------------

    def _replicate(self, message: Replicate) -> None:
        """Send new entries at once when the peer has been sent all before them; else they are read in their turn.

        Where what was sent before is probably lost, both go together, so that it need not be sent again by itself.
        """
        if self._term is None:
            return
        progress = self._progress
        assert message.first > progress.last_log_index, "a leader's log only grows"
        self._note_time(message.at)
        self._quiet = False
        self._commit_index = message.commit_index
        progress.last_log_index = LogIndex(message.first + len(message.entries) - 1)
        is_free = not (message.sent or self._reading or self._snapshot.is_active)
        if is_free and progress.is_probably_lost(self._now):
            progress.go_along(self._now)
            self._audit.info("append.goes_along", peer=self._peer, prev_log_index=progress.prev.index)
        has_all_before = progress.prev.index + 1 == message.first
        if has_all_before and message.sent:
            progress.last_sent_at = message.at
            progress.sent(message.entries, self._now)
        elif has_all_before and self._may_send():
            self._send_entries(fitting(message.entries[: self._settings.batch_entries], self._settings.batch_bytes))
        self._go_on()

    def _may_send(self) -> bool:
        return not self._reading and not self._snapshot.is_active and self._progress.is_window_open

    def _go_on(self) -> None:
        """Ask for the next entries while there are any and the window is open; an alarm watches over the rest."""
        if self._progress.is_behind and self._may_send():
            self._read_next()
        self._set_alarm()

    def _read_next(self) -> None:
        assert self._term is not None, "only a leader reads on"
        self._reading = True
        wanted = ReadEntries(
            peer=self._peer,
            term=self._term,
            first=LogIndex(self._progress.prev.index + 1),
            needed=LogIndex(self._progress.match.index + 1),
            count_max=self._settings.batch_entries,
            bytes_max=self._settings.batch_bytes,
        )
        self._log_store.tell(wanted)

    def _entries_read(self, message: EntriesRead) -> None:
        """Send what was read, unless it was asked for in another term, or has been sent meanwhile."""
        if message.term != self._term or not self._reading:
            return
        self._reading = False
        if message.first == self._progress.prev.index + 1:
            self._quiet = self._quiet and self._progress.is_the_rest(message.entries)
            self._send_entries(message.entries)
        self._go_on()

    def _chunk_read(self, message: ChunkRead) -> None:
        """What the peer lacks is there no more: send it the snapshot, part by part (Raft §7)."""
        if message.term != self._term:
            return
        if self._snapshot.is_active:
            self._snapshot.read(message, self._now)
        elif self._reading and message.chunk.offset == 0:
            self._reading = self._quiet = False
            self._snapshot.begin(message, self._now)
        self._set_alarm()

    def _send_entries(self, entries: tuple[Entry, ...]) -> None:
        self._send(self._progress.prev, entries)
        self._progress.sent(entries, self._now, is_answered=not self._quiet)

    def _heartbeat(self, message: Heartbeat) -> None:
        """What the peer lacks; else an empty AppendEntries, behind all that it was sent.

        While anything is under way, or is being read, it is behind the match index, where it is never rejected, and
        takes no room. What was to be answered when it was asked for is to be answered when it was read.
        """
        if self._term is None:
            return
        progress = self._progress
        self._note_time(message.at)
        self._commit_index = message.commit_index
        progress.last_log_index = max(progress.last_log_index, message.last_log_index)
        must_be_loud = self._reading and not self._quiet
        self._quiet = message.quiet and not must_be_loud and self._may_be_quiet()
        is_busy = self._reading or self._snapshot.is_active or progress.is_under_way
        if is_busy and not (progress.is_behind and self._may_send()):
            self._send(progress.match, ())
        elif not progress.is_behind:
            self._send_entries(())
        progress.last_sent_at = self._now
        self._go_on()

    def _may_be_quiet(self) -> bool:
        """Now and then an answer is asked for all the same, and always while it is not known where the logs agree."""
        self._quiet_so_far += 1
        if self._progress.is_probing or self._quiet_so_far > QUIET_MAX:
            self._quiet_so_far = 0
            return False
        return True

    def _send(self, prev: Position, entries: tuple[Entry, ...]) -> None:
        assert self._term is not None, "only a leader sends AppendEntries"
        self._progress.last_sent_at = self._now
        append = AppendEntries(
            src=self._me,
            dst=self._peer,
            leader=self._me,
            term=self._term,
            prev_log_index=prev.index,
            prev_log_term=prev.term,
            entries=entries,
            commit_index=self._commit_index,
            at=self._now,
            quiet=self._quiet,
        )
        self._datagrams.send(append)

    # --- answers -----------------------------------------------------------------------------------------------

    def _peer_says(self, message: Acknowledged | Rejected | ChunkTaken | Heard) -> None:
        """Take note that the peer lives, and of what it says."""
        if self._term is None:
            return
        self._note_time(message.at)
        if not isinstance(message, Heard):
            self._progress.answered(self._now, message.sent_at)
        match message:
            case Acknowledged():
                self._acknowledged(message)
            case Rejected():
                self._rejected(message)
            case ChunkTaken():
                self._snapshot.taken(message, self._now)
            case Heard():
                self._heard()
            case _:
                assert_never(message)
        self._set_alarm()

    def _acknowledged(self, message: Acknowledged) -> None:
        """Take what the peer has as agreed, and go on from there (Raft §5.3)."""
        self._commit_index = message.commit_index
        self._progress.accepted(Position(message.match_index, message.match_term))
        self._snapshot.accepted(message.match_index, self._now)
        self._go_on()

    def _rejected(self, message: Rejected) -> None:
        """Go back to where the logs may agree (Raft §5.3), unless this answers what was sent before going back."""
        if self._snapshot.is_active:
            self._snapshot.resume(self._now)
        elif self._progress.is_stale(message.prev_log_index, message.sent_at):
            self._audit.info("append.rejection_ignored", peer=self._peer, prev_log_index=message.prev_log_index)
        else:
            self._go_back(Position(message.next_prev_index, message.next_prev_term))

    def _go_back(self, to: Position) -> None:
        """Ask anew from `to`; where nothing follows, with an empty AppendEntries."""
        self._progress.go_back(to, self._now)
        self._reading = self._quiet = False
        if not self._progress.is_behind:
            self._send_entries(())
        self._go_on()

    def _heard(self) -> None:
        """A peer that was given up is back: do not wait for the next probe."""
        self._progress.heard(self._now)
        if self._snapshot.is_active:
            self._snapshot.resume(self._now)
        elif self._progress.is_overdue(self._now):
            self._go_back(self._progress.resumption())

    # --- time --------------------------------------------------------------------------------------------------

    def _note_time(self, at: Instant) -> None:
        """Messages from several threads may overtake one another; time does not go back for that."""
        self._now = max(self._now, at)

    def _set_alarm(self) -> None:
        due, goes_on_at = self._progress.due(self._now), self._snapshot.goes_on_at
        self._alarm.ring_by(due if goes_on_at is None else min(due, goes_on_at))

    def _rang(self, message: Rang) -> None:
        """Send again what is overdue; let Consensus say a heartbeat when there was nothing to send for long."""
        if not self._alarm.has_rung(message) or self._term is None:
            return
        self._note_time(message.at)
        self._snapshot.go_on(self._now)
        if self._progress.is_overdue(self._now):
            self._lose(self._term)
        elif self._now >= self._progress.due(self._now):
            self._consensus.tell(HeartbeatDue(peer=self._peer, term=self._term, at=self._now))
        else:
            self._set_alarm()

    def _lose(self, term: Term) -> None:
        """What was sent, or its answer, is lost; send it again, or let Consensus say whom to send it to instead."""
        self._progress.lose()
        self._consensus.tell(AnswerOverdue(peer=self._peer, term=term, at=self._now))
        if self._snapshot.is_active:
            self._snapshot.lose(self._now)
            self._set_alarm()
        elif self._settings.thrifty:
            self._progress.go_back(self._progress.resumption(), self._now)
            self._reading = self._quiet = False
            self._set_alarm()
        else:
            self._go_back(self._progress.resumption())
