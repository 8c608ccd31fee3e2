"""The transfer of a snapshot to one peer, part by part (Raft §7)."""

from typing import Final

from messages.codec import records_checksum
from messages.ids import Instant, LogIndex
from messages.replicator import ChunkTaken
from messages.snapshot import Chunk

RESENT_AT_ONCE_MAX: Final = 5
"""A part whose answer is overdue is sent again so often; then only when the peer shows that it lives."""


class Transfer:
    """Owns the part that is under way, and how far the peer has come; one part is sent at a time.

    `checksum` is over all records up to the last one of the part, so that parts of different snapshots never mix.
    """

    def __init__(self) -> None:
        self._chunk: Chunk | None = None
        self._sent_at = Instant(0.0)
        self._losses = 0
        self.checksum = 0
        self.is_waiting = False
        """Whether the part is sent again only when the peer shows that it lives."""

    @property
    def chunk(self) -> Chunk:
        """The part that is under way."""
        assert self._chunk is not None, "a transfer begins with its first part"
        return self._chunk

    @property
    def last_included(self) -> LogIndex:
        """What the peer's log agrees with when it has taken the whole, at least."""
        return self.chunk.last_included_index

    @property
    def end(self) -> int:
        """So many records the peer has when it has taken the part."""
        return self.chunk.offset + len(self.chunk.records)

    def fits(self, chunk: Chunk) -> bool:
        """Whether `chunk` follows the one before, or is the first one of a snapshot."""
        if chunk.offset == 0 or self._chunk is None:
            return chunk.offset == 0
        return (chunk.last_included_index, chunk.offset) == (self.last_included, self.end)

    def go_on(self, chunk: Chunk) -> None:
        """`chunk`, which fits, is next."""
        before = self.checksum if chunk.offset > 0 else 0
        self._chunk = chunk
        self.checksum = records_checksum(chunk.records, before)
        self._losses = 0
        self.is_waiting = False

    def sent(self, at: Instant) -> None:
        """It has left, perhaps again."""
        self._sent_at = at
        self.is_waiting = False

    def lost(self) -> None:
        """Its answer is overdue."""
        self._losses += 1
        self.is_waiting = self._losses > RESENT_AT_ONCE_MAX

    def has_taken(self, message: ChunkTaken) -> bool:
        """Whether the peer wants what follows the part."""
        return self._is_of_this(message) and message.offset == self.end

    def must_begin_anew(self, message: ChunkTaken) -> bool:
        """Whether the peer cannot take the part, which does not follow what it has."""
        return self._is_of_this(message) and message.offset == 0 and message.sent_at >= self._sent_at

    def _is_of_this(self, message: ChunkTaken) -> bool:
        return message.last_included_index == self.last_included
