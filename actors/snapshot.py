"""What the records of a snapshot mean: the map, the terms of the log so far, and the writes that are remembered.

| name | says |
|---|---|
| `t/` and an index in 16 digits | the term of the entries from that index on |
| `v/` and a key | the value |
| `w/` and an index in 16 digits | writes that were applied, from that index on: `[[index, client, MID], ...]` |
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

import msgspec

from messages.ids import ClientId, LogIndex, Term
from messages.snapshot import Record

TERM: Final = "t/"
VALUE: Final = "v/"
WRITES: Final = "w/"

REMEMBERED: Final = 10_000
"""The write of the entry at index i is known, and applied once only, while that at i + REMEMBERED is not applied.

Not a setting: all replicas must do alike.
"""

_DIGITS: Final = 16
_MID_LENGTH_MAX: Final = 32

AppliedWrite: TypeAlias = tuple[LogIndex, ClientId, str]
"""Where a write was applied, whose it was, and its MID, as `remembered_mid` has it."""

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(tuple[AppliedWrite, ...]).decode


def remembered_mid(mid: str) -> str:
    """A MID in at most 33 characters: itself, or, when it is longer than 32, its digest, which has 33."""
    if len(mid) <= _MID_LENGTH_MAX:
        return mid
    return "#" + hashlib.blake2b(mid.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def value_name(key: str) -> str:
    """The name of the record of a key's value."""
    return VALUE + key


def term_record(index: LogIndex, term: Term) -> Record:
    """Entries from `index` on are of `term`."""
    return f"{TERM}{index:0{_DIGITS}}", str(term)


def writes_record(writes: Sequence[AppliedWrite]) -> Record:
    """`writes`, of which there is one at least, in log order."""
    return f"{WRITES}{writes[0][0]:0{_DIGITS}}", _encode(writes).decode()


def values_in(records: Iterable[Record]) -> Iterator[tuple[str, str]]:
    """Keys and values."""
    return ((name[len(VALUE) :], content) for name, content in records if name.startswith(VALUE))


def terms_in(records: Iterable[Record]) -> Iterator[tuple[LogIndex, Term]]:
    """From which index on entries are of which term; raises ValueError when a record says no such thing."""
    for name, content in records:
        if name.startswith(TERM):
            yield LogIndex(int(name[len(TERM) :])), Term(int(content))


def writes_in(records: Iterable[Record]) -> Iterator[tuple[str, tuple[AppliedWrite, ...]]]:
    """The names of records of writes, and the writes; raises ValueError when a record says no such thing."""
    for name, content in records:
        if name.startswith(WRITES):
            yield name, _decode(content)


class Image:
    """What a snapshot's records say, gathered as they come, so that little is left to do with the last (Raft §7)."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self.count = 0
        """So many records."""
        self.last_term = Term(0)
        """Of the last entry that is included."""
        self.values: Final[dict[str, str]] = {}
        self.writes: Final[list[tuple[str, tuple[AppliedWrite, ...]]]] = []
        """The names of records of writes, and the writes, in whatever order they came."""
        self.add(tuple(records))

    def add(self, records: tuple[Record, ...]) -> None:
        """Behind those before; raises ValueError when one says nothing that could be."""
        self.count += len(records)
        self.last_term = max((self.last_term, *(term for _, term in terms_in(records))))
        self.values.update(values_in(records))
        self.writes.extend(writes_in(records))
