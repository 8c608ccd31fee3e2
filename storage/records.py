"""The rows of the database and what they mean; each has a checksum over all that it says, its place included."""

import zlib
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from messages.entry import Entry, Write
from messages.ids import DiskId, LogIndex, NodeId, Term

IdentityRow: TypeAlias = tuple[bytes, bytes, bytes, int]
StateRow: TypeAlias = tuple[int, bytes | None, int, int, int, bytes, int]
EntryRow: TypeAlias = tuple[int, int, bytes | None, int]
"""As they are read, text as bytes. What a damaged page gives may be of other types: look at the checksum first."""

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Write).decode
_decode_disks: Final = msgspec.json.Decoder(dict[NodeId, DiskId]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whose directory it is; `members` are all replicas of the cluster, in order; `disk` tells it from any other."""

    replica: NodeId
    members: tuple[NodeId, ...]
    disk: DiskId

    def row(self) -> tuple[str, str, str, int]:
        """As it is written."""
        says = (self.replica, " ".join(self.members), self.disk)
        return *says, _checksum(*says)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Term, vote, where the log begins and ends, and which disks replicas are known to have.

    `transactions` counts all that were ever committed here.
    """

    term: Term
    voted_for: NodeId | None
    first_index: LogIndex
    last_index: LogIndex
    transactions: int
    disks: tuple[tuple[NodeId, DiskId], ...]

    def row(self) -> tuple[int, str | None, int, int, int, str, int]:
        """As it is written."""
        disks = _encode(dict(self.disks)).decode()
        says = (self.term, self.voted_for, self.first_index, self.last_index, self.transactions, disks)
        return *says, _checksum(*(each if each is not None else "-" for each in says))


NOTHING: Final = State(
    term=Term(0), voted_for=None, first_index=LogIndex(1), last_index=LogIndex(0), transactions=0, disks=()
)
"""With which a replica begins."""


def identity_from(row: IdentityRow | None) -> Identity | None:
    """What an identity row says; None when it is not there, or not as it was written."""
    if row is None:
        return None
    replica, members, disk = (_text(each) for each in row[:3])
    if _checksum(replica, members, disk) != row[3]:
        return None
    names = tuple(NodeId(each) for each in members.split(" "))
    return Identity(replica=NodeId(replica), members=names, disk=DiskId(disk))


def state_from(row: StateRow | None) -> State | None:
    """What a state row says; None when it is not there, or not as it was written."""
    if row is None:
        return None
    term, voted_for, first_index, last_index, transactions, disks, checksum = row
    vote = None if voted_for is None else NodeId(_text(voted_for))
    if _checksum(term, vote or "-", first_index, last_index, transactions, _text(disks)) != checksum:
        return None
    try:
        known = _decode_disks(disks)
    except msgspec.MsgspecError:
        return None
    return State(
        term=Term(term),
        voted_for=vote,
        first_index=LogIndex(first_index),
        last_index=LogIndex(last_index),
        transactions=transactions,
        disks=tuple(known.items()),
    )


def entry_row(index: int, entry: Entry) -> tuple[int, int, str | None, int]:
    """An entry as it is written."""
    write = None if entry.write is None else _encode(entry.write)
    return index, entry.term, None if write is None else write.decode(), entry_checksum(index, entry.term, write)


def entry_from(row: EntryRow) -> Entry | None:
    """What an entry's row says; None when it is not as it was written, or stands at another index."""
    index, term, write, checksum = row
    if entry_checksum(index, term, write) != checksum:
        return None
    try:
        return Entry(term=Term(term), write=None if write is None else _decode(write))
    except msgspec.MsgspecError:
        return None


def entry_checksum(index: int, term: int, write: bytes | None) -> int:
    """CRC-32 of index, term and JSON, with a space between them; a no-op has no JSON."""
    start = zlib.crc32(f"{index} {term} ".encode())
    return start if write is None else zlib.crc32(_bytes(write), start)


def _checksum(*says: object) -> int:
    return zlib.crc32(" ".join(map(str, says)).encode("utf-8", "surrogateescape"))


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else repr(value).encode()


def _text(value: object) -> str:
    return _bytes(value).decode("utf-8", "surrogateescape")
