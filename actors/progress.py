"""How far one peer's log agrees with the leader's, what is under way to it, and when an answer to that is overdue."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from actors.round_trip import RoundTrip
from actors.settings import Settings
from messages.entry import Entry
from messages.ids import Instant, LogIndex, Term


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """An entry of the log, by its index and its term: if two logs share one, they agree up to it (Raft §5.3)."""

    index: LogIndex
    term: Term


ORIGIN: Final = Position(LogIndex(0), Term(0))
"""Before the first entry, where all logs agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """An AppendEntries under way: the position behind which it appends, the last index that it carries, its time."""

    prev: Position
    last: LogIndex
    at: Instant


class Progress:
    """Owns `match` and `prev` (the match index and the next index minus one), the window under way, and patience.

    Two ways of going on, as in etcd's `Progress`: while it *probes*, one AppendEntries is under way, because where
    the logs agree is not known, or the last answer is overdue; while it *streams*, it sends on without waiting, up to
    the window. Everything is sent again from the match index when its answer is overdue, so a lost window recovers.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings: Final = settings
        self._round_trip: Final = RoundTrip(timeout_min_s=settings.retransmit_min_ms / 1000)
        self.begin(ORIGIN, Instant(0.0))

    def begin(self, last: Position, at: Instant) -> None:
        """A term begins: suppose that the peer's log is like the leader's, which ends at `last` (Raft §5.3)."""
        self.match = ORIGIN
        self.prev = last
        self.last_log_index = last.index
        self.last_sent_at = at
        self._heard_at = at
        self._losses = 0
        self._probe(at)

    def _probe(self, now: Instant) -> None:
        self.is_probing = True
        self._probing_since = now
        self._under_way: deque[_Sent] = deque()
        self._waits_since: Instant | None = None

    @property
    def is_behind(self) -> bool:
        """Whether there are entries that have not been sent."""
        return self.prev.index < self.last_log_index

    @property
    def is_window_open(self) -> bool:
        """Whether one more AppendEntries may be under way."""
        return len(self._under_way) < (1 if self.is_probing else self._settings.window)

    @property
    def is_under_way(self) -> bool:
        """Whether an answer is expected."""
        return bool(self._under_way)

    def is_the_rest(self, entries: tuple[Entry, ...]) -> bool:
        """Whether `entries`, behind `prev`, are all that has not been sent; what follows them needs a window."""
        return self.prev.index + len(entries) >= self.last_log_index

    def sent(self, entries: tuple[Entry, ...], at: Instant, *, is_answered: bool = True) -> None:
        """`entries` left behind `prev`: go on as if they had arrived (pipelining, thesis §10.2.1)."""
        prev = self.prev
        if entries:
            self.prev = Position(LogIndex(prev.index + len(entries)), entries[-1].term)
        if is_answered:
            self._under_way.append(_Sent(prev=prev, last=self.prev.index, at=at))

    def sent_part(self, last_included: LogIndex, at: Instant) -> None:
        """A part of a snapshot left; nothing else is under way meanwhile (Raft §7)."""
        self.last_sent_at = at
        self._probe(at)
        self._under_way.append(_Sent(prev=self.match, last=last_included, at=at))

    def part_answered(self, now: Instant) -> None:
        """It is answered, or no answer is expected any more."""
        self._probe(now)

    def answered(self, now: Instant, sent_at: Instant) -> None:
        """The peer lives, and took so long; what took longer than any probe may says nothing about the network."""
        self.heard(now)
        self._round_trip.sample(min(now - sent_at, self._settings.probe_max_ms / 1000))

    def heard(self, now: Instant) -> None:
        """The peer lives."""
        self._heard_at = now
        self._losses = 0

    def accepted(self, match: Position) -> None:
        """The logs agree up to `match`; once that is all that was asked, stream from there (Raft §5.3)."""
        if match > self.match:
            self.match, self._waits_since = match, None
        while self._under_way and self._under_way[0].last <= self.match.index:
            self._under_way.popleft()
        self.prev = max(self.prev, self.match)
        if not self._under_way:
            self.is_probing = False

    def is_stale(self, prev_index: LogIndex, sent_at: Instant) -> bool:
        """Whether a rejection behind `prev_index` answers what was sent before going back, or what is known better."""
        return prev_index <= self.match.index or sent_at < self._probing_since

    def go_back(self, to: Position, now: Instant) -> None:
        """Ask anew behind `to`, one AppendEntries at a time; never behind what is known to agree."""
        self.prev = max(to, self.match)
        self._probe(now)

    def is_probably_lost(self, now: Instant) -> bool:
        """Whether the entries under way, in one AppendEntries, should have been acknowledged by now.

        It is not overdue yet, and will not be before what is sent now may be answered.
        """
        if len(self._under_way) != 1 or self._losses or self._under_way[0].last <= self.match.index:
            return False
        expected_s = self._round_trip.expected_s
        return self._under_way[0].at + expected_s < now < self.due(now) - expected_s

    def go_along(self, now: Instant) -> None:
        """Send what is under way anew, together with what follows it; patience counts from when it was sent first.

        Rejections of what was sent before tell nothing any more, unless it is the same question that is asked again.
        """
        self._waits_since = self._waiting_since()
        self.prev = self.resumption()
        self._under_way.clear()
        if self.match.index > 0:
            self._probing_since = now

    def lose(self) -> None:
        """The oldest answer is overdue: be more patient with the next one."""
        self._losses += 1

    def resumption(self) -> Position:
        """Where to send again from: where the logs agree, or, before that is known, the same question."""
        return self.match if self.match.index > 0 or not self._under_way else self._under_way[0].prev

    def due(self, now: Instant) -> Instant:
        """When the oldest answer is overdue, or else when the peer should hear of this leader again."""
        if self._under_way:
            return Instant(self._waiting_since() + self._patience_s(now))
        longest_ms = self._settings.probe_max_ms if self._is_given_up(now) else self._settings.heartbeat_ms
        return Instant(self.last_sent_at + longest_ms / 1000)

    def is_overdue(self, now: Instant) -> bool:
        """Whether an answer should have come by now."""
        return bool(self._under_way) and now >= self.due(now)

    def _waiting_since(self) -> Instant:
        """Since when the oldest entry under way is: what goes along with later ones was sent before."""
        return self._under_way[0].at if self._waits_since is None else self._waits_since

    def _patience_s(self, now: Instant) -> float:
        """How long to wait for the oldest answer: doubled at each loss, up to a bound that the silence decides."""
        longest_ms = self._settings.probe_max_ms if self._is_given_up(now) else self._settings.heartbeat_ms
        return min(self._round_trip.timeout_s * 2.0 ** min(self._losses, 20), longest_ms / 1000)

    def _is_given_up(self, now: Instant) -> bool:
        """Whether the peer has not answered what it was asked for as long as anybody waits for a leader."""
        return self._losses > 0 and now >= self._heard_at + self._settings.election_timeout_min_ms / 1000
