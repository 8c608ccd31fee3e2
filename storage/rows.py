"""The rows of the database and what they mean; each has a checksum over all that it says, its place included."""

import zlib
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from messages.entry import Entry, Write
from messages.ids import DiskId, LogIndex, NodeId, Term
from messages.snapshot import Record

IdentityRow: TypeAlias = tuple[bytes, bytes, bytes, int]
StateRow: TypeAlias = tuple[int, bytes | None, int, int, int, int, int, int, int, bytes, int]
EntryRow: TypeAlias = tuple[int, int, bytes | None, int]
RecordRow: TypeAlias = tuple[bytes, bytes, int]
"""As they are read, text as bytes. What a damaged page gives may be of other types: look at the checksum first."""

_NAME_LENGTH_MAX: Final = 60

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
        return *says, checksum_of(*says)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Term and vote; where the log begins and ends; the snapshot; and which disks replicas are known to have.

    The snapshot includes the entries up to `snapshot_index`, of `snapshot_term`, and has so many `records`, which
    `records_checksum` is over (`Total`); all four are 0 when there is none. `transactions` counts all that were ever
    committed here.
    """

    term: Term
    voted_for: NodeId | None
    first_index: LogIndex
    last_index: LogIndex
    snapshot_index: LogIndex
    snapshot_term: Term
    records: int
    records_checksum: int
    transactions: int
    disks: tuple[tuple[NodeId, DiskId], ...]

    def row(self) -> tuple[int, str | None, int, int, int, int, int, int, int, str, int]:
        """As it is written."""
        says = (
            self.term,
            self.voted_for,
            self.first_index,
            self.last_index,
            self.snapshot_index,
            self.snapshot_term,
            self.records,
            self.records_checksum,
            self.transactions,
            _encode(dict(self.disks)).decode(),
        )
        return *says, checksum_of(*(each if each is not None else "-" for each in says))


NOTHING: Final = State(
    term=Term(0),
    voted_for=None,
    first_index=LogIndex(1),
    last_index=LogIndex(0),
    snapshot_index=LogIndex(0),
    snapshot_term=Term(0),
    records=0,
    records_checksum=0,
    transactions=0,
    disks=(),
)
"""With which a replica begins."""


def identity_from(row: IdentityRow | None) -> Identity | None:
    """What an identity row says; None when it is not there, or not as it was written."""
    if row is None:
        return None
    replica, members, disk = (text_of(each) for each in row[:3])
    if checksum_of(replica, members, disk) != row[3]:
        return None
    names = tuple(NodeId(each) for each in members.split(" "))
    return Identity(replica=NodeId(replica), members=names, disk=DiskId(disk))


def state_from(row: StateRow | None) -> State | None:
    """What a state row says; None when it is not there, or not as it was written."""
    if row is None:
        return None
    term, voted_for, *numbers, disks, checksum = row
    vote = None if voted_for is None else NodeId(text_of(voted_for))
    known = disks_from(disks)
    if checksum_of(term, vote or "-", *numbers, text_of(disks)) != checksum or known is None:
        return None
    first_index, last_index, snapshot_index, snapshot_term, records, records_checksum, transactions = numbers
    return State(
        term=Term(term),
        voted_for=vote,
        first_index=LogIndex(first_index),
        last_index=LogIndex(last_index),
        snapshot_index=LogIndex(snapshot_index),
        snapshot_term=Term(snapshot_term),
        records=records,
        records_checksum=records_checksum,
        transactions=transactions,
        disks=known,
    )


def disks_from(column: bytes) -> tuple[tuple[NodeId, DiskId], ...] | None:
    """Which disks replicas are known to have; None when it says no such thing."""
    try:
        return tuple(_decode_disks(column).items())
    except (msgspec.MsgspecError, TypeError):
        return None


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


def record_row(name: str, content: str) -> tuple[str, str, int]:
    """A record of the snapshot as it is written."""
    return name, content, record_checksum(name.encode(), content.encode())


def record_from(row: RecordRow) -> Record | None:
    """What a record's row says; None when it is not as it was written, or bears another name."""
    name, content, checksum = _bytes(row[0]), _bytes(row[1]), row[2]
    if record_checksum(name, content) != checksum:
        return None
    try:
        return name.decode(), content.decode()
    except UnicodeDecodeError:
        return None


def record_checksum(name: bytes, content: bytes) -> int:
    """CRC-32 of the name's length, name and content, with a space between them: one may end as the other begins."""
    return zlib.crc32(b"%d %b %b" % (len(name), name, content))


def shown(name: object) -> str:
    """A record's name in a sentence, as JSON; what is too long is cut."""
    text = _encode(_bytes(name).decode("utf-8", "replace")).decode()
    return text if len(text) <= _NAME_LENGTH_MAX else f'{text[: _NAME_LENGTH_MAX - 4]}..."'


def checksum_of(*says: object) -> int:
    """CRC-32 of these as text, with a space between them."""
    return zlib.crc32(" ".join(map(str, says)).encode("utf-8", "surrogateescape"))


def text_of(value: object) -> str:
    """A column as text, whatever is in it."""
    return _bytes(value).decode("utf-8", "surrogateescape")


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else repr(value).encode()
