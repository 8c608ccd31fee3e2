"""The fate of client requests: each is answered once, by the replica that took it, when its fate is known."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from msgspec import UNSET

from actors.consensus.core import Core
from messages.address import Address
from messages.entry import Entry
from messages.ids import ClientId, Instant, LogIndex, NodeId, RequestId, Term
from messages.state_machine import Apply, Read
from messages.wire import ClientRequest, Fail, Get, Put, PutOk, Redirect


@dataclass(frozen=True, slots=True, kw_only=True)
class _Write:
    """A put that this replica, leading `term`, has put into its log."""

    term: Term
    request: Put

    def is_in(self, entry: Entry) -> bool:
        """Whether `entry`, at this write's index, is this write; one of the same term is, if all obey the protocol."""
        write, request = entry.write, self.request
        return entry.term == self.term and write is not None and (write.client, write.MID) == (request.src, request.MID)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A request that waits for a leader, or for its sign of life, since it came."""

    came_at: Instant
    request: ClientRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A get that waits until it is known that this replica led at or after `asked_at`."""

    asked_at: Instant
    request: Get


class Requests:
    """Owns every request whose answer is not known yet: held ones, writes in the log, reads to be confirmed.

    A write is answered `ok` when its entry commits, even if this replica no longer leads by then, and `redirect` when
    another entry commits at its index; never in between, for an entry that was cut off here may still commit.
    """

    def __init__(self, core: Core, state_machine: Address[Apply | Read]) -> None:
        self._core: Final = core
        self._state_machine: Final = state_machine
        self._held: deque[_Held] = deque()
        self._fresh: list[ClientRequest] = []
        """Those that came with the message that is being handled."""
        self._writes: dict[LogIndex, list[_Write]] = {}
        self._reads: deque[_Read] = deque()
        self._committed_term = Term(0)
        """The term of the last committed entry."""
        self._open: set[tuple[ClientId, RequestId]] = set()

    def admit(self, request: ClientRequest) -> None:
        """Take responsibility for `request`, once; it is held until somebody leads."""
        if (request.src, request.MID) in self._open:
            self._core.audit.info("request.repeated", mid=request.MID, client=request.src)
        elif len(self._open) >= self._core.settings.requests_open_max:
            self._refuse(request, "too many requests are open")
        else:
            self._open.add((request.src, request.MID))
            self._held.append(_Held(came_at=self._core.now, request=request))
            self._fresh.append(request)

    def take_held(self) -> tuple[ClientRequest, ...]:
        """All that is held, in the order in which it came, for the leader to serve."""
        taken = tuple(held.request for held in self._held)
        self._held.clear()
        return taken

    def redirect_held(self) -> None:
        """Somebody else leads, and has been heard since they came: let the clients ask there."""
        while self._held:
            self._redirect(self._held.popleft().request)

    def redirect_waiting(self, came_by: Instant, leader: NodeId) -> None:
        """Another replica follows `leader`: redirect those who came too early for that to be old news."""
        while self._held and self._held[0].came_at <= came_by:
            self._redirect(self._held.popleft().request, leader)

    def has_held(self) -> bool:
        """Whether requests wait for a leader, or for its sign of life."""
        return bool(self._held)

    def audit_held(self) -> None:
        """Write down which of those that have just come are held; either all that is held was served, or nothing."""
        if self._held:
            for request in self._fresh:
                self._core.audit.info("request.held", mid=request.MID, client=request.src)
        self._fresh.clear()

    # --- writes ------------------------------------------------------------------------------------------------

    def written(self, index: LogIndex, term: Term, request: Put) -> None:
        """`request` is the entry of `term` at `index` of this leader's log."""
        self._writes.setdefault(index, []).append(_Write(term=term, request=request))

    def refuse_write(self, request: Put, reason: str) -> None:
        """Answer `fail` to a write that cannot be replicated, now or ever."""
        self._close(request)
        self._refuse(request, reason)

    def committed(self, first: LogIndex, entries: tuple[Entry, ...]) -> None:
        """Entries from `first` on are committed: apply them, and answer those who waited for these indexes."""
        for offset, entry in enumerate(entries):
            index = LogIndex(first + offset)
            for write in self._writes.pop(index, ()):
                self._settle(write, index, is_committed=write.is_in(entry))
        self._state_machine.tell(Apply(first=first, entries=entries))
        if entries[-1].term > self._committed_term:
            self._committed_term = entries[-1].term
            self._redirect_overtaken(LogIndex(first + len(entries) - 1), entries[-1].term)

    def installed(self, last_included: LogIndex) -> None:
        """A snapshot took the place of the log: of the entries that it includes, the terms are known (Raft §7).

        An entry of the term in which this replica proposed it, at its index, is that entry (Raft §5.3).
        """
        terms = self._core.log.terms
        for index in sorted(index for index in self._writes if index <= last_included):
            for write in self._writes.pop(index):
                self._settle(write, index, is_committed=write.term == terms.term_at(index))
        self._committed_term = terms.last_term
        self._redirect_overtaken(last_included, terms.last_term)

    def _settle(self, write: _Write, index: LogIndex, *, is_committed: bool) -> None:
        """What is committed at `index` is this write, or another one."""
        if is_committed:
            self._confirm(write.request, index)
        else:
            self._redirect(write.request)

    def _redirect_overtaken(self, index: LogIndex, term: Term) -> None:
        """No older entry can commit behind this one, for terms never fall along a log (Raft §5.3)."""
        overtaken = [at for at, writes in self._writes.items() if at > index and any(w.term < term for w in writes)]
        for at in sorted(overtaken):
            writes = self._writes.pop(at)
            for write in writes:
                if write.term < term:
                    self._redirect(write.request)
                else:
                    self._writes.setdefault(at, []).append(write)

    # --- reads -------------------------------------------------------------------------------------------------

    def await_read(self, request: Get) -> None:
        """Serve `request` once leadership at or after now is confirmed (Raft §8)."""
        self._reads.append(_Read(asked_at=self._core.now, request=request))

    def has_reads(self) -> bool:
        """Whether reads wait for a confirmation."""
        return bool(self._reads)

    def serve_reads(self, confirmed_at: Instant) -> None:
        """Leadership is confirmed until `confirmed_at`: the reads that came by then may see what is committed."""
        ready: list[Get] = []
        while self._reads and self._reads[0].asked_at <= confirmed_at:
            ready.append(self._reads.popleft().request)
        for request in ready:
            self._close(request)
        if ready:
            self._state_machine.tell(Read(requests=tuple(ready), leader=self._core.leader_or_nobody))

    def hold_reads(self) -> None:
        """This replica no longer leads: reads are as if they had just come, ahead of what came later."""
        while self._reads:
            read = self._reads.pop()
            self._held.appendleft(_Held(came_at=read.asked_at, request=read.request))

    # --- answers -----------------------------------------------------------------------------------------------

    def _confirm(self, request: Put, index: LogIndex) -> None:
        """The write is committed; reads that come from now on go to the state machine behind it."""
        self._close(request)
        core = self._core
        core.datagrams.send(self._put_ok(request, index))
        core.audit.info("request.answered", mid=request.MID, client=request.src, answer="ok", index=index)

    def _put_ok(self, request: Put, index: LogIndex) -> PutOk:
        core = self._core
        said = UNSET if request.since is None else index
        return PutOk(src=core.me, dst=request.src, leader=core.leader_or_nobody, MID=request.MID, index=said)

    def _redirect(self, request: ClientRequest, to: NodeId | None = None) -> None:
        self._close(request)
        core = self._core
        leader = core.leader_or_nobody if to is None else to
        core.datagrams.send(Redirect(src=core.me, dst=request.src, leader=leader, MID=request.MID))
        core.audit.info("request.answered", mid=request.MID, client=request.src, answer="redirect", leader=leader)

    def _refuse(self, request: ClientRequest, reason: str) -> None:
        core = self._core
        core.datagrams.send(Fail(src=core.me, dst=request.src, leader=core.leader_or_nobody, MID=request.MID))
        core.audit.warning("request.answered", mid=request.MID, client=request.src, answer="fail", reason=reason)

    def _close(self, request: ClientRequest) -> None:
        self._open.remove((request.src, request.MID))
