"""Damage to datagrams, drawn from a seeded generator.

A flipped or rewritten byte may well leave valid JSON that says something else (a term of 7 for 5): only a checksum of
the replicas' own can tell. Nothing here knows what replicas say to one another.
"""

from __future__ import annotations

import random
from typing import assert_never

from simulator.events import Corruption


def damaged(rng: random.Random, kind: Corruption, payload: bytes) -> bytes:
    """Return `payload` with a bit flipped, its end cut off, or a stretch of it overwritten; never unchanged."""
    match kind:
        case "flip":
            return _flipped(rng, payload)
        case "truncate":
            return payload[: rng.randrange(len(payload))] if payload else b"\0"
        case "rewrite":
            return _rewritten(rng, payload)
        case _:
            assert_never(kind)


def _flipped(rng: random.Random, payload: bytes) -> bytes:
    changed = bytearray(payload or b"\0")
    changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _rewritten(rng: random.Random, payload: bytes) -> bytes:
    """Overwrite a stretch: with random bytes, or with digits, which often leaves valid JSON."""
    if not payload:
        return b"\0"
    start = rng.randrange(len(payload))
    size = min(rng.randint(1, 8), len(payload) - start)
    stretch = rng.randbytes(size) if rng.random() < 0.5 else bytes(rng.choices(b"0123456789", k=size))
    changed = payload[:start] + stretch + payload[start + size :]
    return changed if changed != payload else _flipped(rng, payload)
