"""As much of the recorded messages as the rules look at, decoded; what is not named here is skipped."""

from typing import Final, Protocol

import msgspec


class Put(Protocol):
    """A client's put in an entry, whatever its class."""

    @property
    def client(self) -> str:
        """Whose it is."""

    @property
    def MID(self) -> str:  # noqa: N802  # the contract's name
        """What the client calls it."""

    @property
    def key(self) -> str:
        """What is written."""

    @property
    def value(self) -> str:
        """What it will be."""


class LogEntry(Protocol):
    """An entry of the log, whatever its class: entries that are the same have the same hash."""

    @property
    def term(self) -> int:
        """In which a leader created it."""

    @property
    def write(self) -> Put | None:
        """What it does; None where it does nothing."""


class Batch(Protocol):
    """Committed entries, the first of which has index `first`."""

    @property
    def first(self) -> int:
        """Its index."""

    @property
    def entries(self) -> "tuple[LogEntry, ...]":
        """Some, in order."""


class LoggedWrite(msgspec.Struct, frozen=True, gc=False):
    """A client's put in an entry."""

    client: str
    MID: str
    key: str
    value: str


class LoggedEntry(msgspec.Struct, frozen=True, gc=False):
    """An entry of the log, as a storage got it or the state machine took it."""

    term: int
    write: LoggedWrite | None = None


class HardState(msgspec.Struct, frozen=True, gc=False):
    """What a storage was told to save."""

    term: int
    voted_for: str | None = None


class Entries(msgspec.Struct, frozen=True):
    """What a storage was told to append."""

    entries: tuple[LoggedEntry, ...]


class Truncation(msgspec.Struct, frozen=True, gc=False):
    """Behind which index a storage was told to forget everything."""

    after: int


class SnapshotSaved(msgspec.Struct, frozen=True):
    """What a storage was told to change in its snapshot, and from where on to keep the log."""

    last_included: int
    changes: tuple[tuple[str, str | None], ...]
    first: int


class SnapshotInstalled(msgspec.Struct, frozen=True):
    """What a storage was told to begin anew with."""

    last_included: int
    term: int
    records: tuple[tuple[str, str], ...]


class Chunk(msgspec.Struct, frozen=True):
    """A part of a snapshot, with which it is complete if it is `done`."""

    last_included_index: int
    last_included_term: int
    records: tuple[tuple[str, str], ...]
    done: bool


class WithChunk(msgspec.Struct, frozen=True):
    """A message that is about a part of a snapshot."""

    chunk: Chunk


class Restored(msgspec.Struct, frozen=True):
    """What a storage held when its replica was started: term and vote, and the next entries of the log."""

    term: int
    first: int
    entries: tuple[LoggedEntry, ...]
    voted_for: str | None = None
    disk: str | None = None


class Applied(msgspec.Struct, frozen=True):
    """Committed entries, the first of which has index `first`."""

    first: int
    entries: tuple[LoggedEntry, ...]


class Sent(msgspec.Struct, frozen=True, gc=False):
    """A datagram to another replica; fields that its type does not have are -1, False or empty."""

    type: str
    src: str
    dst: str
    term: int = -1
    granted: bool = False
    match_index: int = -1
    commit_index: int = -1


hard_state: Final = msgspec.json.Decoder(HardState).decode
entries: Final = msgspec.json.Decoder(Entries).decode
truncation: Final = msgspec.json.Decoder(Truncation).decode
snapshot_saved: Final = msgspec.json.Decoder(SnapshotSaved).decode
snapshot_installed: Final = msgspec.json.Decoder(SnapshotInstalled).decode
with_chunk: Final = msgspec.json.Decoder(WithChunk).decode
restored: Final = msgspec.json.Decoder(Restored).decode
applied: Final = msgspec.json.Decoder(Applied).decode
sent: Final = msgspec.json.Decoder(Sent).decode
