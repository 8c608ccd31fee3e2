"""Datagrams that no well-meaning sender would send: hostile input for replicas, from a seeded generator.

None of them is a valid message of the contract or, as far as can be known from outside, of the replicas' own: a replica
drops them all. Some are real messages between replicas, overheard and then broken in one place.
"""

from __future__ import annotations

import random
from collections import deque
from typing import Final

import msgspec

from simulator.ids import NOBODY, NodeId, outsider_ids

DATAGRAM_BYTES_MAX: Final = 65_507
_OVERHEARD_MAX: Final = 64
_OVERHEARD_BYTES_MAX: Final = 8_192
_HUGE: Final = 10**30
_object = msgspec.json.Decoder(dict[str, object])


class HostileSource:
    """Makes one hostile datagram after another."""

    def __init__(self, rng: random.Random, peers: tuple[NodeId, ...]) -> None:
        self._rng = rng
        self._peers = peers
        self._overheard: deque[bytes] = deque(maxlen=_OVERHEARD_MAX)
        self._kinds = (
            self._not_utf8,
            self._not_json,
            self._no_object,
            self._truncated,
            self._missing_field,
            self._wrong_type,
            self._huge_integer,
            self._deep,
            self._unknown_type,
            self._foreign,
            self._large,
            self._broken_message,
        )

    def overhear(self, payload: bytes) -> None:
        """Remember a real message between replicas, to send it again broken."""
        if len(payload) <= _OVERHEARD_BYTES_MAX:
            self._overheard.append(payload)

    def make(self, target: NodeId) -> bytes:
        """Make a hostile datagram for `target`, of 0 to 65,507 bytes."""
        return self._rng.choice(self._kinds)(target)[:DATAGRAM_BYTES_MAX]

    def _not_utf8(self, target: NodeId) -> bytes:
        return self._message(target)[:-1] + b',"x":"\xff\xfe' + self._rng.randbytes(self._rng.randint(0, 64)) + b'"}'

    def _not_json(self, target: NodeId) -> bytes:
        return self._rng.choice((b"", b"\0", b"hello", b"{", b"{}}", self._message(target).replace(b":", b"=")))

    def _no_object(self, _: NodeId) -> bytes:
        return self._rng.choice((b"[]", b"null", b"0", b'"hello"', b"[{}]", b"{}"))

    def _truncated(self, target: NodeId) -> bytes:
        message = self._rng.choice(self._overheard) if self._overheard else self._message(target)
        return message[: self._rng.randrange(len(message))]

    def _missing_field(self, target: NodeId) -> bytes:
        fields = self._fields(target)
        del fields[self._rng.choice(("src", "dst", "leader", "type"))]
        return msgspec.json.encode(fields)

    def _wrong_type(self, target: NodeId) -> bytes:
        fields = self._fields(target)
        wrong: object = self._rng.choice((0, True, None, ["0000"], {"id": "0000"}, 0.5))
        return msgspec.json.encode(fields | {self._rng.choice(tuple(fields)): wrong})

    def _huge_integer(self, target: NodeId) -> bytes:
        digits = b"9" * self._rng.choice((19, 30, 400, 5_000))
        return self._message(target)[:-1] + b',"term":' + digits + b',"index":-' + digits + b"}"

    def _deep(self, target: NodeId) -> bytes:
        depth = self._rng.choice((500, 30_000))
        return self._message(target)[:-1] + b',"entries":' + b"[" * depth + b"]" * depth + b"}"

    def _unknown_type(self, target: NodeId) -> bytes:
        return msgspec.json.encode(self._fields(target) | {"type": self._rng.randbytes(4).hex()})

    def _foreign(self, target: NodeId) -> bytes:
        """A message of a sender that does not exist: an overheard one under its name, or a request without a MID."""
        outsider: NodeId = self._rng.choice(outsider_ids())
        if self._overheard and self._rng.random() < 0.5:
            return msgspec.json.encode(self._overheard_fields() | {"src": outsider, "dst": target})
        return msgspec.json.encode(self._fields(target) | {"src": outsider, "type": "put", "key": "k", "value": "v"})

    def _large(self, target: NodeId) -> bytes:
        padding = b"x" * self._rng.choice((30_000, DATAGRAM_BYTES_MAX))
        return self._message(target)[:-1] + b',"padding":"' + padding + b'"}'

    def _broken_message(self, target: NodeId) -> bytes:
        """An overheard message with one field of an impossible type or size."""
        if not self._overheard:
            return self._wrong_type(target)
        fields = self._overheard_fields()
        name = self._rng.choice(sorted(fields))
        if isinstance(fields[name], bool | float | list | dict):
            broken: object = "broken"
        elif isinstance(fields[name], int):
            broken = self._rng.choice(("broken", _HUGE, -_HUGE, 0.5, [1], {"n": 1}))
        else:
            broken = self._rng.choice((1, [1], {"n": 1}, 0.5))
        return msgspec.json.encode(fields | {name: broken})

    def _overheard_fields(self) -> dict[str, object]:
        return _object.decode(self._rng.choice(self._overheard))

    def _message(self, target: NodeId) -> bytes:
        return msgspec.json.encode(self._fields(target))

    def _fields(self, target: NodeId) -> dict[str, object]:
        """What every message has; the type is one that no replica knows."""
        peer: NodeId = self._rng.choice([name for name in self._peers if name != target])
        return {"src": peer, "dst": target, "leader": self._rng.choice((peer, NOBODY)), "type": "hostile"}
