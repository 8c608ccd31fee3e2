"""What a record is about: its message, or what left through a port, as typed data.

Messages that actors take are those of `messages`; what is not one of them has a class here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from audit.decoding import UndecodableError, decoded
from audit.records import Did, Record, Took
from messages.codec import Rejection, decode, stamp_of
from messages.entry import Entry
from messages.snapshot import Change
from messages.snapshot import Record as SnapshotRecord
from messages.socket_reader import Datagrams
from messages.wire import Fail, Get, GetOk, Inbound, Outbound, Put, PutOk, Redirect


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A datagram that came: what it says or why it says nothing, its stamp (0: none), and how large it is."""

    message: Inbound | Rejection
    clock: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """All datagrams that came at once."""

    datagrams: tuple[Arrived, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A datagram left, stamped `clock`."""

    message: Outbound
    clock: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedHardState:
    """Term and vote went to the storage."""

    term: int
    voted_for: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedDisk:
    """Which disk a replica has went to the storage."""

    replica: str
    disk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Entries went to the storage, behind its last one."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncated:
    """The storage forgot every entry behind `after`."""

    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSnapshot:
    """The storage's snapshot now includes the log up to `last_included`, and entries before `first` were dropped.

    `changes` are records and what they say; None for those that are there no more.
    """

    last_included: int
    changes: tuple[Change, ...]
    first: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledSnapshot:
    """The storage began anew with a leader's snapshot, whose last entry is of `term`, and an empty log."""

    last_included: int
    term: int
    records: tuple[SnapshotRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """The storage made durable all that it had been given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncFailed:
    """The storage could not make durable what it had been given: for want of room (`full`), or for another `reason`."""

    full: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerSet:
    """A timer was set, to ring at `due` on the replica's clock."""

    due: float
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecodable:
    """What this version of the program cannot decode, and why."""

    why: str


class _Kind(msgspec.Struct):
    type: str
    value: str | None = None


_kind: Final = msgspec.json.Decoder(_Kind)
_ANSWERS: Final[dict[str, Callable[[msgspec.Raw], Outbound]]] = {
    "ok": msgspec.json.Decoder(PutOk).decode,
    "ok with a value": msgspec.json.Decoder(GetOk).decode,
    "redirect": msgspec.json.Decoder(Redirect).decode,
    "fail": msgspec.json.Decoder(Fail).decode,
}
_CALLS: Final[dict[tuple[str, str], Callable[[msgspec.Raw], object]]] = {
    ("storage", "save_hard_state"): msgspec.json.Decoder(SavedHardState).decode,
    ("storage", "save_disk"): msgspec.json.Decoder(SavedDisk).decode,
    ("storage", "append"): msgspec.json.Decoder(Stored).decode,
    ("storage", "truncate"): msgspec.json.Decoder(Truncated).decode,
    ("storage", "save_snapshot"): msgspec.json.Decoder(SavedSnapshot).decode,
    ("storage", "install_snapshot"): msgspec.json.Decoder(InstalledSnapshot).decode,
    ("storage", "sync"): msgspec.json.Decoder(Synced).decode,
    ("storage", "sync_failed"): msgspec.json.Decoder(SyncFailed).decode,
    ("timer", "set"): msgspec.json.Decoder(TimerSet).decode,
}
CALLS: Final = frozenset({("datagrams", "send"), *_CALLS})
"""Everything that an actor may do, by port and call."""


def content_of(record: Record) -> object:
    """What `record` says, decoded: `opened` and events are what they are; Undecodable when it makes no sense."""
    try:
        if isinstance(record, Took):
            message = decoded(record.type, record.message)
            return _arrivals(message) if isinstance(message, Datagrams) else message
        if isinstance(record, Did):
            return _done(record)
    except (UndecodableError, msgspec.MsgspecError, ValueError) as error:
        return Undecodable(why=str(error))
    return record


def _arrivals(message: Datagrams) -> Arrivals:
    return Arrivals(
        datagrams=tuple(
            Arrived(message=decode(payload), clock=stamp_of(payload), bytes=len(payload))
            for payload in message.payloads
        )
    )


def _done(record: Did) -> object:
    if record.port == "datagrams":
        return Sent(message=_sent(record.value), clock=record.clock)
    decode_call = _CALLS.get((record.port, record.call))
    if decode_call is None:
        return Undecodable(why=f"no port {record.port} is called {record.call}")
    return decode_call(record.value)


def _sent(value: msgspec.Raw) -> Outbound:
    """The message that was sent; raises UndecodableError."""
    kind = _kind.decode(value)
    name = kind.type if kind.value is None else f"{kind.type} with a value"
    if name in _ANSWERS:
        return _ANSWERS[name](value)
    message = decode(bytes(value))
    if isinstance(message, Rejection | Get | Put):
        raise UndecodableError(f"no replica sends {kind.type} so")
    return message
