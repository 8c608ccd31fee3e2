"""What the page must know of a message: its term, the log indexes that it is about, and who wrote to whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from audit.records import Did, Event, Fields, Record, Took

Span: TypeAlias = tuple[int, int]
"""The first and the last log index that something is about; (0, 0) for none."""

NOTHING: Final[Span] = (0, 0)
HEARTBEAT: Final = "append (empty)"
"""An AppendEntries without entries has a kind of its own: there are so many of them."""


class Wire(msgspec.Struct, kw_only=True, gc=False):
    """A datagram, so far as the picture needs it; `clock` is -1 in those of clients."""

    type: str
    src: str = ""
    dst: str = ""
    clock: int = -1
    MID: str = ""
    term: int = 0
    prev_log_index: int = 0
    entries: tuple[msgspec.Raw, ...] = ()
    match_index: int = 0
    last_included_index: int = 0

    @property
    def kind(self) -> str:
        """What it is called in the picture."""
        return HEARTBEAT if self.type == "append" and not self.entries else self.type

    @property
    def span(self) -> Span:
        """The entries that it carries; the last that it acknowledges, or that its snapshot includes."""
        if self.entries:
            return self.prev_log_index + 1, self.prev_log_index + len(self.entries)
        last = self.match_index or self.last_included_index
        return last, last


class _Chunk(msgspec.Struct, kw_only=True, gc=False):
    """A part of a snapshot: of it, where that ends."""

    last_included_index: int = 0


class _Inner(msgspec.Struct, kw_only=True, gc=False):
    """A message between actors, or what was given to a port: of all its fields those that say term and index."""

    term: int = 0
    first: int = 0
    after: int | None = None
    entries: tuple[msgspec.Raw, ...] = ()
    match_index: int = 0
    last_log_index: int = 0
    last_included_index: int = 0
    last_included: int = 0
    chunk: _Chunk | None = None
    peers: tuple[Wire, ...] = ()
    reply: Wire | None = None

    @property
    def spans(self) -> Iterable[Span]:
        """The stretches of the log that it speaks of, first and last index; a search by index finds it by them."""
        if self.entries:
            first = self.first or (self.after or 0) + 1
            yield first, first + len(self.entries) - 1
        elif self.after is not None:
            yield self.after + 1, self.after + 1
        included = self.last_included_index or self.last_included
        if self.chunk is not None:
            included = self.chunk.last_included_index
        last = self.match_index or self.last_log_index or included
        yield last, last
        yield from (wire.span for wire in self.wires)

    @property
    def wires(self) -> tuple[Wire, ...]:
        """The messages between replicas that it holds."""
        return self.peers if self.reply is None else (*self.peers, self.reply)


class _Datagrams(msgspec.Struct, kw_only=True, gc=False):
    """What the socket held: texts, or `{"base64": ...}` for what is none."""

    payloads: tuple[str | dict[str, str], ...] = ()


_inner: Final = msgspec.json.Decoder(_Inner)
_wire: Final = msgspec.json.Decoder(Wire)
_datagrams: Final = msgspec.json.Decoder(_Datagrams)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What one record is about; `sent` and `received` are the datagrams that it shows."""

    kind: str
    term: int = 0
    span: Span = NOTHING
    sent: Wire | None = None
    received: tuple[Wire, ...] = ()


def content_of(record: Record) -> Content:
    """Look into `record`; what cannot be decoded (a hostile datagram, a damaged line) is about nothing."""
    match record:
        case Event():
            return _of_event(record)
        case Took(type="Datagrams"):
            return _of_datagrams(record)
        case Took():
            return _of_inner(record.message, record.type)
        case Did(port="datagrams"):
            return _of_sending(record)
        case Did():
            return _of_inner(record.value, f"{record.port}.{record.call}")
        case _:
            return Content(kind="opened")


def _of_event(event: Event) -> Content:
    return Content(kind=event.event, term=_number(event.fields, "term"), span=_span_of(event))


def _span_of(event: Event) -> Span:
    """A snapshot is about the last entry that it includes, whatever the log begins with."""
    fields = event.fields
    last = _number(fields, "last_included") or (_number(fields, "last") if event.event == "state.replaced" else 0)
    if last:
        return last, last
    first = _number(fields, "first") or _number(fields, "index") or _number(fields, "prev_log_index")
    return first, max(first, _number(fields, "last") if first else 0)


def _number(fields: Fields, name: str) -> int:
    value = fields.get(name)
    return value if isinstance(value, int) else 0


def _of_datagrams(took: Took) -> Content:
    try:
        payloads = _datagrams.decode(took.message).payloads
    except (msgspec.MsgspecError, ValueError):
        payloads = ()
    wires = tuple(wire for payload in payloads if isinstance(payload, str) and (wire := _wire_in(payload)) is not None)
    term = max((wire.term for wire in wires), default=0)
    return Content(kind=took.type, term=term, span=_union(wire.span for wire in wires), received=wires)


def _of_inner(message: msgspec.Raw, kind: str) -> Content:
    try:
        inner = _inner.decode(message)
    except (msgspec.MsgspecError, ValueError):
        return Content(kind=kind)
    term = max((wire.term for wire in inner.wires), default=inner.term)
    return Content(kind=kind, term=term, span=_union(inner.spans))


def _of_sending(did: Did) -> Content:
    wire = _wire_in(did.value)
    if wire is None:
        return Content(kind=f"{did.port}.{did.call}")
    return Content(kind=wire.kind, term=wire.term, span=wire.span, sent=wire)


def _wire_in(payload: str | msgspec.Raw) -> Wire | None:
    try:
        return _wire.decode(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _union(spans: Iterable[Span]) -> Span:
    """From the first index to the last of all."""
    real = [span for span in spans if span[1]]
    return (min(first for first, _ in real), max(last for _, last in real)) if real else NOTHING
