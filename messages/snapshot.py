"""What a snapshot is made of (Raft §7): records, each of another name; and the parts in which it travels."""

from dataclasses import dataclass
from typing import TypeAlias

from messages.ids import LogIndex, Term

Record: TypeAlias = tuple[str, str]
"""A name, which is never empty, and what it says. What records mean is the state machine's business."""

Change: TypeAlias = tuple[str, str | None]
"""What a record says now; None when there is none of that name any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A part of the snapshot that includes all entries up to `last_included_index`, of `last_included_term`.

    `records` follow the first `offset` ones of the snapshot, by name; `done` in the last part.
    """

    last_included_index: LogIndex
    last_included_term: Term
    offset: int
    records: tuple[Record, ...]
    done: bool
