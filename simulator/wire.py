"""Datagrams as the simulator reads and writes them: the contract's fields, and nothing of what replicas add."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from simulator.ids import NodeId

HELLO: Final = "hello"
_INTEGER_DIGITS_MAX: Final = 18


class Header(msgspec.Struct, frozen=True):
    """What every message says; `term` and `commit_index` are only shown, when a replica happens to send them."""

    src: str
    dst: str
    leader: str
    type: str
    term: msgspec.Raw = msgspec.Raw()
    commit_index: msgspec.Raw = msgspec.Raw()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A replica's answer to a client."""

    type: Literal["ok", "redirect", "fail"]
    mid: str = msgspec.field(name="MID")
    leader: str
    value: str | None = None


class Get(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="get"):
    """A client asks for the value of a key."""

    src: NodeId
    dst: NodeId
    leader: NodeId
    mid: str = msgspec.field(name="MID")
    key: str


class Put(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="put"):
    """A client gives a key a value."""

    src: NodeId
    dst: NodeId
    leader: NodeId
    mid: str = msgspec.field(name="MID")
    key: str
    value: str


class MalformedError(Exception):
    """A datagram does not keep the contract; the text says how."""


_headers: Final = msgspec.json.Decoder(Header)
_answers: Final = msgspec.json.Decoder(Answer)
_encoder: Final = msgspec.json.Encoder()


def read_header(payload: bytes) -> Header:
    """Decode what every message must have, or raise `MalformedError`."""
    try:
        return _headers.decode(payload.decode())
    except UnicodeDecodeError as error:
        raise MalformedError(f"is not UTF-8 at byte {error.start}") from None
    except msgspec.ValidationError as error:
        raise MalformedError(f"breaks the contract: {error}") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise MalformedError(f"is not JSON: {error}") from None


def read_answer(payload: bytes) -> Answer:
    """Decode an answer to a client, or raise `MalformedError`."""
    try:
        return _answers.decode(payload)
    except (msgspec.DecodeError, RecursionError) as error:
        raise MalformedError(f"is no answer: {error}") from None


def write_request(request: Get | Put) -> bytes:
    """Encode a client's request."""
    return _encoder.encode(request)


def shown_integer(raw: msgspec.Raw) -> int | None:
    """Read an optional integer field of a replica's own, for display: None unless it is a plain, sane one."""
    text = bytes(raw)
    return int(text) if text.isdigit() and len(text) <= _INTEGER_DIGITS_MAX else None
