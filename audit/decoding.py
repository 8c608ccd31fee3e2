"""Recorded messages back into the dataclasses that the actors take."""

from base64 import b64decode
from collections.abc import Callable
from typing import Final, TypeAlias, get_args

import msgspec

from messages.codec import Rejection, decode
from messages.consensus import ConsensusMessage, Inbound
from messages.election_timer import ElectionTimerMessage
from messages.ids import Instant
from messages.log_store import Acknowledge, LogStoreMessage
from messages.replicator import ReplicatorMessage
from messages.socket_reader import Datagrams
from messages.state_machine import StateMachineMessage
from messages.wire import AppendAccepted, Get, Introduced, Put, VoteReply
from messages.wire import Inbound as Decoded

Decode: TypeAlias = Callable[[msgspec.Raw], object]


class UndecodableError(Exception):
    """A recorded message is none that the actors take; says why, in a few words."""


class _Inbound(msgspec.Struct, kw_only=True):
    peers: tuple[msgspec.Raw, ...]
    requests: tuple[msgspec.Raw, ...]
    at: float


class _Acknowledge(msgspec.Struct, kw_only=True):
    reply: msgspec.Raw


class _Base64(msgspec.Struct, kw_only=True):
    base64: str


class _Datagrams(msgspec.Struct, kw_only=True):
    payloads: tuple[str | _Base64, ...]
    at: float


_inbound: Final = msgspec.json.Decoder(_Inbound)
_acknowledge: Final = msgspec.json.Decoder(_Acknowledge)
_datagrams: Final = msgspec.json.Decoder(_Datagrams)


def decoded(type_name: str, message: msgspec.Raw) -> object:
    """The message of the class `type_name`; raises UndecodableError."""
    decode_type = _DECODE.get(type_name)
    if decode_type is None:
        raise UndecodableError(f"no actor takes a {type_name}")
    try:
        return decode_type(message)
    except (msgspec.DecodeError, ValueError) as error:
        raise UndecodableError(str(error)) from error


def _wire(raw: msgspec.Raw) -> Decoded:
    message = decode(bytes(raw))
    if isinstance(message, Rejection):
        raise UndecodableError(f"{message.detail} at {message.where}")
    return message


def _decode_inbound(raw: msgspec.Raw) -> Inbound:
    found = _inbound.decode(raw)
    wire = [_wire(each) for each in found.peers]
    requests = [_wire(each) for each in found.requests]
    return Inbound(
        peers=tuple(each for each in wire if not isinstance(each, Get | Put) and each.type != "hello"),
        requests=tuple(each for each in requests if isinstance(each, Get | Put)),
        at=Instant(found.at),
    )


def _decode_acknowledge(raw: msgspec.Raw) -> Acknowledge:
    reply = _wire(_acknowledge.decode(raw).reply)
    if not isinstance(reply, AppendAccepted | VoteReply | Introduced):
        raise UndecodableError(f"nobody acknowledges with {reply.type}")
    return Acknowledge(reply=reply)


def _decode_datagrams(raw: msgspec.Raw) -> Datagrams:
    found = _datagrams.decode(raw)
    payloads = (each.encode() if isinstance(each, str) else b64decode(each.base64) for each in found.payloads)
    return Datagrams(payloads=tuple(payloads), at=Instant(found.at))


def _decoders() -> dict[str, Decode]:
    """One for each class that any actor takes."""
    unions = (ConsensusMessage, ElectionTimerMessage, LogStoreMessage, ReplicatorMessage, StateMachineMessage)
    plain: dict[str, Decode] = {
        each.__name__: msgspec.json.Decoder(each).decode
        for union in unions
        for each in get_args(union)
        if each not in {Inbound, Acknowledge}
    }
    special: dict[str, Decode] = {
        "Inbound": _decode_inbound,
        "Acknowledge": _decode_acknowledge,
        "Datagrams": _decode_datagrams,
    }
    return plain | special


_DECODE: Final = _decoders()

TAKEN: Final = frozenset(_DECODE)
"""The names of all classes of messages that an actor may take."""
