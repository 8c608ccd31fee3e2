"""The replicator of one peer: brings that peer's log up to the leader's, and keeps it there."""

from collections import deque
from dataclasses import dataclass
from typing import Final, assert_never

from structlog.typing import FilteringBoundLogger

from actors.actor import Actor
from actors.batch import fitting
from actors.ports import Datagrams, Timer
from actors.round_trip import RoundTrip
from actors.settings import Settings
from messages.address import Address
from messages.consensus import AnswerOverdue, HeartbeatDue
from messages.entry import Entry
from messages.ids import Instant, LogIndex, NodeId, Term
from messages.log_store import ReadEntries
from messages.replicator import (
    Acknowledged,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """An AppendEntries under way: the entry before it, the last index that it carries, and when it left."""

    prev_index: LogIndex
    prev_term: Term
    last: LogIndex
    at: Instant


class Replicator(Actor):
    """Owns the next index, the window under way, retransmission and heartbeat pacing for `peer`; counts no votes.

    Two ways of going on, as in etcd's `Progress`: while it *probes*, one AppendEntries is under way, because where
    the logs agree is not known, or the last answer is overdue; while it *streams*, it sends without waiting, up to the
    window. Everything is sent again from the match index when its answer is overdue, so a lost window recovers.
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
        log_store: Address[ReadEntries],
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
        self._timer: Final = timer
        self._alarm: Instant | None = None
        self._alarm_epoch = 0
        self._now = Instant(0.0)
        self._term: Term | None = None
        """The term that this node leads; None while it does not lead, and nothing is sent."""
        self._round_trip = RoundTrip(timeout_min_s=settings.retransmit_min_ms / 1000)
        self._begin(LogIndex(0), Term(0), LogIndex(0), Instant(0.0))

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
            case Acknowledged():
                self._acknowledged(message)
            case Rejected():
                self._rejected(message)
            case Heard():
                self._heard(message)
            case EntriesRead():
                self._entries_read(message)
            case Rang():
                self._rang(message)
            case _:
                assert_never(message)

    # --- a term begins -----------------------------------------------------------------------------------------

    def _lead(self, message: Lead) -> None:
        """Suppose that the peer's log is like the leader's, and let the first answer tell (Raft §5.3)."""
        self._term = message.term
        self._begin(message.last_log_index, message.last_log_term, message.commit_index, message.at)

    def _begin(self, last_log_index: LogIndex, last_log_term: Term, commit_index: LogIndex, at: Instant) -> None:
        self._now = self._heard_at = self._last_sent_at = at
        self._commit_index = commit_index
        self._last_log_index = last_log_index
        self._prev_index, self._prev_term = last_log_index, last_log_term
        self._match_index, self._match_term = LogIndex(0), Term(0)
        self._probing = True
        self._probing_since = at
        self._reading = False
        self._losses = 0
        self._under_way: deque[_Sent] = deque()

    # --- sending -----------------------------------------------------------------------------------------------

    def _replicate(self, message: Replicate) -> None:
        """Send new entries at once when the peer has been sent all before them; else they are read in their turn."""
        if self._term is None:
            return
        assert message.first > self._last_log_index, "a leader's log only grows"
        self._note_time(message.at)
        self._commit_index = message.commit_index
        self._last_log_index = LogIndex(message.first + len(message.entries) - 1)
        has_all_before = self._prev_index + 1 == message.first
        if has_all_before and message.sent:
            self._last_sent_at = message.at
            self._expect_answer(message.entries)
        elif has_all_before and self._may_send():
            self._send_entries(fitting(message.entries[: self._settings.batch_entries], self._settings.batch_bytes))
        self._go_on()

    def _may_send(self) -> bool:
        window = 1 if self._probing else self._settings.window
        return not self._reading and len(self._under_way) < window

    def _go_on(self) -> None:
        """Ask for the next entries while there are any and the window is open; an alarm watches over the rest."""
        if self._prev_index < self._last_log_index and self._may_send():
            self._read_next()
        self._set_alarm()

    def _read_next(self) -> None:
        assert self._term is not None, "only a leader reads on"
        self._reading = True
        wanted = ReadEntries(
            peer=self._peer,
            term=self._term,
            first=LogIndex(self._prev_index + 1),
            count_max=self._settings.batch_entries,
            bytes_max=self._settings.batch_bytes,
        )
        self._log_store.tell(wanted)

    def _entries_read(self, message: EntriesRead) -> None:
        """Send what was read, unless it was asked for in another term."""
        if message.term != self._term or not self._reading:
            return
        self._reading = False
        if message.first == self._prev_index + 1:
            self._prev_term = message.prev_log_term
            self._send_entries(message.entries)
        self._go_on()

    def _send_entries(self, entries: tuple[Entry, ...]) -> None:
        """The log behind `prev_index`, and move on as if it had arrived (pipelining, thesis §10.2.1)."""
        self._send(self._prev_index, self._prev_term, entries)
        self._expect_answer(entries)

    def _expect_answer(self, entries: tuple[Entry, ...]) -> None:
        prev_index, prev_term = self._prev_index, self._prev_term
        if entries:
            self._prev_index = LogIndex(self._prev_index + len(entries))
            self._prev_term = entries[-1].term
        sent = _Sent(prev_index=prev_index, prev_term=prev_term, last=self._prev_index, at=self._now)
        self._under_way.append(sent)

    def _heartbeat(self, message: Heartbeat) -> None:
        """What the peer lacks; else an empty AppendEntries behind the match index, which is never rejected."""
        if self._term is None:
            return
        self._note_time(message.at)
        self._commit_index = message.commit_index
        self._last_log_index = max(self._last_log_index, message.last_log_index)
        if self._prev_index == self._last_log_index or not self._may_send():
            self._send(self._match_index, self._match_term, ())
        self._last_sent_at = self._now
        self._go_on()

    def _send(self, prev_index: LogIndex, prev_term: Term, entries: tuple[Entry, ...]) -> None:
        assert self._term is not None, "only a leader sends AppendEntries"
        self._last_sent_at = self._now
        append = AppendEntries(
            src=self._me,
            dst=self._peer,
            leader=self._me,
            term=self._term,
            prev_log_index=prev_index,
            prev_log_term=prev_term,
            entries=entries,
            commit_index=self._commit_index,
            at=self._now,
        )
        self._datagrams.send(append)

    # --- answers -----------------------------------------------------------------------------------------------

    def _acknowledged(self, message: Acknowledged) -> None:
        """Take what the peer has as agreed, and stream from there (Raft §5.3)."""
        if self._term is None:
            return
        self._answered(message.at, message.sent_at)
        self._commit_index = message.commit_index
        if message.match_index > self._match_index:
            self._match_index, self._match_term = message.match_index, message.match_term
        while self._under_way and self._under_way[0].last <= self._match_index:
            self._under_way.popleft()
        if self._prev_index < self._match_index:
            self._prev_index, self._prev_term = self._match_index, self._match_term
        if self._probing and not self._under_way:
            self._probing = False
        self._go_on()

    def _answered(self, at: Instant, sent_at: Instant) -> None:
        self._note_time(at)
        self._heard_at = self._now
        self._losses = 0
        self._round_trip.sample(min(at - sent_at, self._settings.probe_max_ms / 1000))

    def _rejected(self, message: Rejected) -> None:
        """Go back to where the logs may agree (Raft §5.3), unless this answers what was sent before going back."""
        if self._term is None:
            return
        self._answered(message.at, message.sent_at)
        if message.prev_log_index <= self._match_index or message.sent_at < self._probing_since:
            self._audit.info("append.rejection_ignored", peer=self._peer, prev_log_index=message.prev_log_index)
            self._set_alarm()
        elif message.next_prev_index <= self._match_index:
            self._probe_from(self._match_index, self._match_term)
        else:
            self._probe_from(message.next_prev_index, message.next_prev_term)

    def _probe_from(self, prev_index: LogIndex, prev_term: Term) -> None:
        self._probing = True
        self._probing_since = self._now
        self._reading = False
        self._under_way.clear()
        self._prev_index, self._prev_term = prev_index, prev_term
        if self._prev_index == self._last_log_index:
            self._send_entries(())
        self._go_on()

    def _heard(self, message: Heard) -> None:
        """A peer that was given up is back: do not wait for the next probe."""
        if self._term is None:
            return
        self._note_time(message.at)
        self._heard_at = self._now
        self._losses = 0
        if self._overdue():
            self._send_again()
        else:
            self._set_alarm()

    # --- time --------------------------------------------------------------------------------------------------

    def _patience_s(self) -> float:
        """How long to wait for the oldest answer: doubled at each loss, up to a bound that the silence decides."""
        silent_s = self._now - self._heard_at
        given_up = silent_s * 1000 >= self._settings.election_timeout_min_ms
        longest_ms = self._settings.probe_max_ms if given_up else self._settings.heartbeat_ms
        return min(self._round_trip.timeout_s * 2.0 ** min(self._losses, 20), longest_ms / 1000)

    def _due(self) -> Instant:
        """When the oldest answer is overdue, or else when the peer should hear of this leader again."""
        if self._under_way:
            return Instant(self._under_way[0].at + self._patience_s())
        return Instant(self._last_sent_at + self._settings.heartbeat_ms / 1000)

    def _overdue(self) -> bool:
        return bool(self._under_way) and self._now >= self._due()

    def _send_again(self) -> None:
        """From where the logs agree; or, before that is known, the same question again."""
        if self._match_index > 0:
            self._probe_from(self._match_index, self._match_term)
        else:
            oldest = self._under_way[0]
            self._probe_from(oldest.prev_index, oldest.prev_term)

    def _note_time(self, at: Instant) -> None:
        """Messages from several threads may overtake one another; time does not go back for that."""
        self._now = max(self._now, at)

    def _set_alarm(self) -> None:
        due = self._due()
        if self._alarm is None or due < self._alarm:
            self._alarm = due
            self._alarm_epoch += 1
            self._timer.set(due, self._alarm_epoch)

    def _rang(self, message: Rang) -> None:
        """Send again what is overdue; let Consensus say a heartbeat when there was nothing to send for long."""
        if message.epoch != self._alarm_epoch:
            return
        self._alarm = None
        if self._term is None:
            return
        self._note_time(message.at)
        if self._overdue():
            self._losses += 1
            self._consensus.tell(AnswerOverdue(peer=self._peer, term=self._term, at=self._now))
            self._send_again()
        elif self._now >= self._due():
            self._ask_for_heartbeat(message.at)
        else:
            self._set_alarm()

    def _ask_for_heartbeat(self, at: Instant) -> None:
        """Consensus knows the commit index, and whether this node still leads; its answer sets the next alarm."""
        assert self._term is not None, "only a leader has a heart"
        self._consensus.tell(HeartbeatDue(peer=self._peer, term=self._term, at=at))
