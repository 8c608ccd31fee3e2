"""Drawing how often snapshots are taken: so often, in most scenarios, that even short runs live by them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

_ALL_IN_THE_LOG: Final = 0.4
"""In this share of scenarios, the whole log is kept, as by default."""

_ENTRIES: Final = (1, 3, 10, 30, 60)
_MARGINS: Final = (0, 5, 20, 40)
_BYTES: Final = (1, 100, 1000)
_PARTS: Final = ((1, 0), (1, 2), (100, 2), (100, 10), (1000, 30), (8000, 0))
"""Bytes, and the pause behind each in ms: the smaller they are, the more there are of them."""


def snapshot_settings(rng: Random) -> Iterator[tuple[str, str]]:
    """Short intervals, and margins that whoever is away for a moment has lost touch with."""
    if rng.random() < _ALL_IN_THE_LOG:
        return
    yield "RAFT_SNAPSHOT_ENTRIES", str(rng.choice(_ENTRIES))
    yield "RAFT_SNAPSHOT_MARGIN", str(rng.choice(_MARGINS))
    if rng.random() < 0.2:
        yield "RAFT_SNAPSHOT_BYTES", str(rng.choice(_BYTES))
    if rng.random() < 0.3:
        part_bytes, pause_ms = rng.choice(_PARTS)
        yield "RAFT_SNAPSHOT_PART_BYTES", str(part_bytes)
        yield "RAFT_SNAPSHOT_PAUSE_MS", str(pause_ms)
