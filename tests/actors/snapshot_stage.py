"""A replicator that sends a snapshot: the leader's side of the dialogue with a peer that lags too far (Raft §7)."""

from __future__ import annotations

from typing import Final

from actors.settings import Settings
from messages.ids import Term
from messages.log_store import ReadChunk
from messages.replicator import ChunkRead, ChunkTaken, Lead
from messages.snapshot import Chunk, Record
from messages.wire import AppendEntries, InstallSnapshot
from tests.actors.replicator_stage import SETTINGS, TERM, Stage
from tests.actors.samples import at, index

RECORDS: Final[tuple[Record, ...]] = tuple((f"v/{number}", str(number)) for number in range(6))
"""In parts of two."""

LAST: Final = 20
"""The leader's log, of which the entries up to 15 are dropped and the snapshot includes all but the last."""


def chunk(offset: int, *, last: int = LAST, records: tuple[Record, ...] = RECORDS) -> Chunk:
    """The part that follows so many records."""
    part = records[offset : offset + 2]
    done = offset + 2 >= len(records)
    return Chunk(
        last_included_index=index(last), last_included_term=Term(TERM - 1), offset=offset, records=part, done=done
    )


class SnapshotStage(Stage):
    """The stage, and what a log store that has dropped entries says in it."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        super().__init__(settings)
        self.parts = self.log_store.parts
        self.appends: list[AppendEntries] = []
        """What else was sent since the last look."""

    # --- the log store ---

    def give(self, part: Chunk, *, term: int = TERM) -> list[InstallSnapshot]:
        """The log store gives a part of the snapshot; what parts are sent in consequence."""
        self.appends += self.tell(ChunkRead(term=Term(term), chunk=part))
        return self.sent()

    def gives(self) -> list[InstallSnapshot]:
        """The log store gives all that it was asked for; what parts are sent in consequence."""
        return [sent for wanted in self.parts.take() for sent in self.give(chunk(wanted.offset))]

    def wanted(self) -> list[tuple[int, int, str]]:
        """Which parts the log store was asked for since the last look: of which snapshot, behind which record."""
        return [(part.last_included_index, part.offset, part.after) for part in self.parts.take()]

    def sent(self) -> list[InstallSnapshot]:
        """The parts that were sent since the last look."""
        sent, self.parts_sent = self.parts_sent, []
        return sent

    # --- the peer, by way of Consensus ---

    def takes(self, part: InstallSnapshot) -> list[ReadChunk]:
        """The peer has that part, and says so; what is read in consequence."""
        return self.wants(part.offset + len(part.records), sent_at=float(part.at), last=part.last_included_index)

    def wants(self, offset: int, *, sent_at: float, last: int = LAST) -> list[ReadChunk]:
        """The peer has so many records of the snapshot up to `last`."""
        taken = ChunkTaken(last_included_index=index(last), offset=offset, sent_at=at(sent_at), at=at(self.now))
        self.appends += self.tell(taken)
        return self.parts.told

    def refuses(self, part: InstallSnapshot) -> list[ReadChunk]:
        """The peer cannot take that part: it does not follow what it has."""
        return self.wants(0, sent_at=float(part.at), last=part.last_included_index)

    # --- all of it ---

    def begin(self) -> InstallSnapshot:
        """The peer's log is empty, and the entries that it lacks are there no more: the first part is sent."""
        self.lead(last=LAST)
        self.now += 0.001
        self.reject(LAST, next_prev=0)
        assert [wanted.first for wanted in self.reads.take()] == [1]
        (part,) = self.give(chunk(0))
        return part

    def go_on(self, part: InstallSnapshot) -> InstallSnapshot:
        """The peer takes `part`, and the next one is sent."""
        self.now += 0.001
        self.takes(part)
        (following,) = self.gives()
        return following

    def lead_again(self, *, term: int = TERM) -> None:
        """Another disk has taken the place of the peer's, or another term has begun."""
        last = len(self.log)
        again = Lead(
            term=Term(term),
            last_log_index=index(last),
            last_log_term=self.term_at(last),
            commit_index=index(0),
            at=at(self.now),
        )
        self.tell(again)
