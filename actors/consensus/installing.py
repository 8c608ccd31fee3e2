"""Taking a leader's snapshot: its parts in order, and then the whole in the place of the log (Raft §7)."""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from actors.consensus.core import Core
from actors.consensus.following import Following
from actors.snapshot import terms_in, writes_in
from messages.address import Address
from messages.codec import records_checksum
from messages.ids import Instant, LogIndex, NodeId, Term
from messages.log_store import DropChunks, StoreChunk
from messages.snapshot import Chunk, Record
from messages.state_machine import ForgetChunks, TakeChunk
from messages.wire import InstallSnapshot, SnapshotReply

Run: TypeAlias = tuple[LogIndex, Term]
"""From an index on, entries are of a term."""


@dataclass(slots=True, kw_only=True)
class _Snapshot:
    """What came so far of one snapshot of one leader: so many records, their checksum, and the terms that they tell."""

    leader: NodeId
    term: Term
    last_included: tuple[LogIndex, Term]
    offset: int = 0
    checksum: int = 0
    runs: list[Run] = field(default_factory=list)
    at: Instant
    """When the leader sent the last part: what it sent before that has been overtaken."""

    def is_of(self, message: InstallSnapshot) -> bool:
        """Whether `message` is a part of the same."""
        included = (message.last_included_index, message.last_included_term)
        return self.is_of_leader(message) and self.last_included == included

    def is_of_leader(self, message: InstallSnapshot) -> bool:
        """Whether the same leader sent `message`, in the same term."""
        return (self.leader, self.term) == (message.src, message.term)

    def is_possible(self) -> bool:
        """Whether a log can have such terms: from 1 on, they never fall, and the last is that of the last entry."""
        indexes, terms = zip(*self.runs, strict=True) if self.runs else ((), ())
        last_index, last_term = self.last_included
        grow = all(list(each) == sorted(set(each)) for each in (indexes, terms))
        return grow and indexes[:1] == (1,) and terms[0] > 0 and indexes[-1] <= last_index and terms[-1] == last_term


class Installing:
    """Owns how far the leader's snapshot has come; parts go to the log store and the state machine as they come.

    Both keep them aside until the last one is there, or will not come any more. What another leader sends is another
    snapshot, though it may say the same: parts of two are never mixed.
    """

    def __init__(self, core: Core, following: Following, state_machine: Address[TakeChunk | ForgetChunks]) -> None:
        self._core: Final = core
        self._following: Final = following
        self._state_machine: Final = state_machine
        self._taken: _Snapshot | None = None
        self._restored: list[Run] = []

    def restore(self, chunk: Chunk) -> None:
        """A part of what was the snapshot when an earlier process ended; the log goes on behind it (Raft §7)."""
        self._restored.extend(terms_in(chunk.records))
        self._state_machine.tell(TakeChunk(chunk=chunk))
        if chunk.done:
            self._core.log.install(chunk.last_included_index, sorted(self._restored))
            self._restored.clear()

    def take(self, message: InstallSnapshot) -> LogIndex | None:
        """Take a part from the leader of this term; how far the log is committed for it, None when that is unchanged.

        Where the log has the last entry that the snapshot includes, it has all, for it is the same (Raft §5.3).
        """
        log, index = self._core.log, message.last_included_index
        if log.terms.has(index, message.last_included_term):
            self._core.audit.info("snapshot.not_needed", last_included=index)
            if self._taken is not None and self._taken.last_included[0] <= index:
                self._give_up()
            self._following.acknowledge(index, message.at)
            return index
        if index <= log.commit_index:
            self._drop_impossible(message, "it replaces what is committed")
        elif self._is_next(message):
            return self._take(message)
        return None

    def led_by(self, leader: NodeId) -> None:
        """Who leads this term is known: what another one sent of its snapshot will not be completed."""
        taken = self._taken
        if taken is not None and (taken.leader, taken.term) != (leader, self._core.term):
            self._give_up()

    def _give_up(self) -> None:
        """What came is of no use."""
        if self._taken is not None:
            self._taken = None
            self._core.log_store.tell(DropChunks())
            self._state_machine.tell(ForgetChunks())

    # --- order -------------------------------------------------------------------------------------------------

    def _is_next(self, message: InstallSnapshot) -> bool:
        """Whether the part follows what came before it; if not, the leader hears what is wanted, if that is news."""
        taken = self._taken
        if taken is not None and taken.is_of_leader(message) and message.at < taken.at:
            return self._refuse(message, "stale", begin_anew=False)
        if taken is None or not taken.is_of(message):
            return message.offset == 0 or self._refuse(message, "out_of_order")
        if message.offset + len(message.records) == taken.offset:
            self._reply(message, taken.offset)
            return False
        return message.offset in {0, taken.offset} or self._refuse(message, "out_of_order")

    def _refuse(self, message: InstallSnapshot, reason: str, *, begin_anew: bool = True) -> bool:
        """Drop a part; `begin_anew` where no later one can follow what is here."""
        index = message.last_included_index
        self._core.audit.info("snapshot.refused", src=message.src, last_included=index, reason=reason)
        if begin_anew:
            self._give_up()
            self._reply(message, 0)
        return False

    def _reply(self, message: InstallSnapshot, offset: int) -> None:
        core = self._core
        reply = SnapshotReply(
            src=core.me,
            dst=message.src,
            leader=core.leader_or_nobody,
            term=core.term,
            last_included_index=message.last_included_index,
            offset=LogIndex(offset),
            at=message.at,
            disk=core.disk,
            introduced=core.is_introduced,
        )
        core.datagrams.send(reply)

    def reply_stale(self, message: InstallSnapshot) -> None:
        """A leader of an older term learns of the newer one, and steps down (Raft §5.1)."""
        self._reply(message, 0)

    # --- content -----------------------------------------------------------------------------------------------

    def _take(self, message: InstallSnapshot) -> LogIndex | None:
        taken = self._taken
        if taken is None or message.offset == 0:
            included = (message.last_included_index, message.last_included_term)
            taken = _Snapshot(leader=message.src, term=message.term, last_included=included, at=message.at)
        if records_checksum(message.records, taken.checksum) != message.checksum:
            self._refuse(message, "checksum")
            return None
        if not self._read(taken, message):
            self._give_up()
            self._drop_impossible(message, "its records say nothing that could be")
            return None
        self._taken = taken
        return self._hand_on(message, taken)

    def _read(self, taken: _Snapshot, message: InstallSnapshot) -> bool:
        """Take note of a part; whether what it says can be."""
        runs = _runs(message.records)
        if runs is None:
            return False
        taken.runs += runs
        taken.runs.sort()
        taken.offset += len(message.records)
        taken.checksum, taken.at = message.checksum, message.at
        return not message.done or taken.is_possible()

    def _hand_on(self, message: InstallSnapshot, taken: _Snapshot) -> LogIndex | None:
        """Once it is whole, the log begins behind it; what was not committed is of another leader, or included."""
        core = self._core
        chunk = Chunk(
            last_included_index=message.last_included_index,
            last_included_term=message.last_included_term,
            offset=message.offset,
            records=message.records,
            done=message.done,
        )
        core.log_store.tell(StoreChunk(chunk=chunk))
        self._state_machine.tell(TakeChunk(chunk=chunk))
        if not message.done:
            self._reply(message, taken.offset)
            return None
        core.log.install(chunk.last_included_index, taken.runs)
        self._taken = None
        self._following.acknowledge(chunk.last_included_index, message.at)
        return chunk.last_included_index

    def _drop_impossible(self, message: InstallSnapshot, reason: str) -> None:
        self._core.audit.warning("message.impossible", type=message.type, peer=message.src, reason=reason)


def _runs(records: tuple[Record, ...]) -> list[Run] | None:
    """The terms that records tell; None when one of them says nothing."""
    try:
        if not all(writes for _, writes in writes_in(records)):
            return None
        return list(terms_in(records))
    except ValueError:
        return None
