"""The life of one request, or of one entry of the log, through all replicas: what belongs to it, and what does not."""

from collections.abc import Iterable
from typing import Final, TypeAlias

from audit.contents import Arrivals, InstalledSnapshot, SavedSnapshot, Sent, Stored, Truncated
from audit.records import Did, Event, Located, Record, Took
from messages.consensus import Appended, Inbound, Restored, RestoredChunk
from messages.entry import Entry
from messages.log_store import Append, Truncate
from messages.replicator import EntriesRead, Replicate
from messages.state_machine import Apply, Read, TakeChunk
from messages.wire import (
    AppendAccepted,
    AppendEntries,
    AppendRejected,
    Fail,
    Get,
    GetOk,
    InstallSnapshot,
    Put,
    PutOk,
    Redirect,
)

Delivery: TypeAlias = tuple[str, str, int]
"""A replica, an actor of it, and which of its deliveries."""

_OfClient: Final = Get | Put | GetOk | PutOk | Redirect | Fail


class Story:
    """Tells, record by record in the order of cause and effect, what belongs to some requests and entries.

    That is: what a client sent and was answered; everything that carries the entry; what else shows how far it has
    come, each time the first that does: acknowledgements that cover it, reports that it is durable, word of its commit,
    a snapshot that includes it, and one that it is dropped behind; refusals of what carried it; and truncations that
    took it away. Heartbeats, timers, and what only says again inside a replica what a datagram said, do not belong; of
    a snapshot that brings it to a replica, only the last part does.
    """

    def __init__(self, mids: Iterable[str] = (), indexes: Iterable[int] = ()) -> None:
        self.mids: Final = set(mids)
        self.indexes: Final = set(indexes)
        self._asked: Final = frozenset(indexes)
        """The indexes whose requests belong, too; what is found out on the way are indexes of requests."""
        self.arrived: set[tuple[str, int]] = set()
        """The datagrams, by sender and stamp, that arrived and belong."""
        self._firsts: set[tuple[str, str]] = set()
        self._carried: set[tuple[str, float]] = set()
        """The AppendEntries that carried it, by leader and the instant that an answer echoes."""
        self._holders: set[str] = set()
        self._applied: set[str] = set()
        self._delivery: Delivery | None = None
        """The delivery that belongs and was taken last; what it does belongs too."""

    def again(self) -> "Story":
        """The same story, to be told from its beginning with what is known from its end."""
        story = Story(self.mids, self._asked)
        story.indexes.update(self.indexes)
        story.arrived = self.arrived
        return story

    def has(self, located: Located, content: object) -> bool:
        """Whether the next record belongs."""
        record = located.record
        match content:
            case Event():
                return self._has_event(content)
            case Arrivals():
                return self._has_arrivals(record, content)
            case Inbound():
                return any(request.MID in self.mids for request in content.requests)
            case Sent():
                return self._sends(content.message) or (record.node, content.clock) in self.arrived
            case Read():
                return any(request.MID in self.mids for request in content.requests)
            case _:
                return self._has_inner(record, content)

    def is_relevant(self, message: object) -> bool:
        """Whether a message of a batch is why the batch belongs; asked after `has`."""
        if isinstance(message, _OfClient):
            return message.MID in self.mids
        if isinstance(message, AppendEntries):
            return self._carries(message.prev_log_index + 1, message.entries) or self._covers(message.commit_index)
        if isinstance(message, AppendAccepted):
            return self._covers(message.match_index)
        if isinstance(message, InstallSnapshot):
            return message.done and self._covers(message.last_included_index)
        return isinstance(message, AppendRejected) and (message.dst, message.at) in self._carried

    # --- datagrams -------------------------------------------------------------------------------------------------

    def _has_arrivals(self, record: Record, arrivals: Arrivals) -> bool:
        relevant = [each for each in arrivals.datagrams if self._receives(record.node, each.message)]
        for each in relevant:
            if isinstance(each.message, AppendEntries | AppendAccepted | AppendRejected | InstallSnapshot):
                self.arrived.add((each.message.src, each.clock))
        return bool(relevant)

    def _receives(self, node: str, message: object) -> bool:
        """What carries it or answers it belongs whenever it comes; what only covers it, the first time."""
        match message:
            case AppendEntries() if not self._carries(message.prev_log_index + 1, message.entries):
                return self._brings_commit(message, node) and self._is_first("hears of the commit", node)
            case AppendAccepted():
                return self._covers(message.match_index) and self._is_first("is heard to accept", message.src)
            case InstallSnapshot():
                return self._brings(message, node) and self._is_first("gets the last part", node)
            case _:
                return self._learns(message) and self.is_relevant(message)

    def _sends(self, message: object) -> bool:
        match message:
            case AppendEntries() if not self._carries(message.prev_log_index + 1, message.entries):
                return self._brings_commit(message, message.dst) and self._is_first(
                    "is told of the commit", message.dst
                )
            case AppendAccepted():
                return self._covers(message.match_index) and self._accepts(message.src)
            case InstallSnapshot():
                return self._brings(message, message.dst) and self._is_first("is sent the last part", message.dst)
            case _:
                return self._learns(message) and self.is_relevant(message)

    def _accepts(self, node: str) -> bool:
        """Whether a replica accepts it for the first time; of one that has applied it already, nobody has to hear."""
        if not self._is_first("accepts", node):
            return False
        return node not in self._applied or not self._is_first("is heard to accept", node)

    def _brings_commit(self, message: AppendEntries, node: str) -> bool:
        """Whether it tells of the commit somebody who has not applied it yet."""
        return node not in self._applied and self._covers(message.commit_index)

    def _brings(self, part: InstallSnapshot, node: str) -> bool:
        """Whether it completes a snapshot with it for somebody who has not applied it yet (Raft §7)."""
        return node not in self._applied and part.done and self._covers(part.last_included_index)

    def _learns(self, message: object) -> bool:
        """Note what an AppendEntries that carries it looks like, to know its answer."""
        if isinstance(message, AppendEntries) and self._carries(message.prev_log_index + 1, message.entries):
            self._carried.add((message.src, message.at))
        return True

    # --- inside a replica ------------------------------------------------------------------------------------------

    def _has_inner(self, record: Record, content: object) -> bool:  # noqa: PLR0911  # a case for each content
        match content:
            case Append() | Apply() | EntriesRead() | Replicate() | Restored():
                return self._takes_entries(record, content)
            case TakeChunk() | RestoredChunk() | SavedSnapshot() | InstalledSnapshot():
                return self._has_snapshot(record.node, content)
            case Stored():
                return isinstance(record, Did) and (record.node, record.actor, record.n) == self._delivery
            case Appended():
                is_known = record.node in self._applied or not self._covers(content.last_log_index)
                return not is_known and self._is_first("is durable", record.node)
            case Truncate():
                return record.node in self._holders and self._covers_behind(content.after)
            case Truncated():
                return self._loses(record.node, content.after)
            case _:
                return False

    def _has_snapshot(self, node: str, content: TakeChunk | RestoredChunk | SavedSnapshot | InstalledSnapshot) -> bool:
        """A state machine that takes it in a snapshot has applied it; a process may come back with it so."""
        match content:
            case SavedSnapshot():
                return self._is_saved(node, content.last_included, content.first)
            case InstalledSnapshot():
                return self._is_saved(node, content.last_included, content.last_included + 1)
            case TakeChunk():
                return self._is_taken(node, content.chunk.last_included_index, done=content.chunk.done)
            case RestoredChunk():
                return content.chunk.done and self._covers(content.chunk.last_included_index)

    def _is_saved(self, node: str, last_included: int, first: int) -> bool:
        """A snapshot includes it for the first time, or the log begins behind it for the first time."""
        includes = self._covers(last_included) and self._is_first("has a snapshot with it", node)
        drops = self._covers(first - 1) and self._is_first("keeps it no more", node)
        return includes or drops

    def _is_taken(self, node: str, last_included: int, *, done: bool) -> bool:
        if not done or not self._covers(last_included) or node in self._applied:
            return False
        self._applied.add(node)
        return True

    def _takes_entries(self, record: Record, content: Append | Apply | EntriesRead | Replicate | Restored) -> bool:
        first = content.after + 1 if isinstance(content, Append) else content.first
        if not self._carries(first, content.entries):
            return False
        if isinstance(record, Took):
            self._delivery = record.node, record.actor, record.n
        if isinstance(content, Append | Restored):
            self._holders.add(record.node)
        if isinstance(content, Apply):
            self._applied.add(record.node)
        return not (isinstance(content, Replicate) and content.sent)

    def _loses(self, node: str, after: int) -> bool:
        if node not in self._holders or not self._covers_behind(after):
            return False
        self._holders.remove(node)
        return True

    def _has_event(self, event: Event) -> bool:  # noqa: PLR0911  # a case for each event
        """Those that name it; a commit when no record of applying it says the same."""
        if event.fields.get("mid") in self.mids:
            self._note_index(event)
            return True
        match event.event, event.fields:
            case "entry.committed", {"first": int() as first, "last": int() as last}:
                return event.node not in self._applied and any(first <= index <= last for index in self.indexes)
            case "log.conflicted" | "log.truncated", {"after": int() as after, "last": int() as last}:
                return any(after < index <= last for index in self.indexes)
            case "snapshot.saved", {"last_included": int() as last, "first": int() as first}:
                return self._is_saved(event.node, last, first)
            case "snapshot.installed", {"last_included": int() as last}:
                return self._is_saved(event.node, last, last + 1)
            case "state.replaced", {"last": int() as last}:
                return self._is_taken(event.node, last, done=True)
            case _:
                return False

    def _note_index(self, event: Event) -> None:
        """Where nothing but events was recorded, the answer to a write tells where its entry stands."""
        index = event.fields.get("index")
        if event.event == "request.answered" and event.actor == "consensus" and isinstance(index, int):
            self.indexes.add(index)

    # --- entries ---------------------------------------------------------------------------------------------------

    def _carries(self, first: int, entries: tuple[Entry, ...]) -> bool:
        """Whether any of `entries` is it; where it stands is noted, and, of an index, whose request it was."""
        carries = False
        for index, entry in enumerate(entries, first):
            mid = None if entry.write is None else entry.write.MID
            if mid in self.mids:
                self.indexes.add(index)
                carries = True
            elif index in self.indexes:
                carries = True
            if mid is not None and index in self._asked:
                self.mids.add(mid)
        return carries

    def _covers(self, last: int) -> bool:
        return any(index <= last for index in self.indexes)

    def _covers_behind(self, after: int) -> bool:
        return any(index > after for index in self.indexes)

    def _is_first(self, what: str, node: str) -> bool:
        """Whether this is the first time that a replica does so."""
        if (what, node) in self._firsts:
            return False
        self._firsts.add((what, node))
        return True
