"""The names of replicas and clients, as they appear in every message."""

from __future__ import annotations

from typing import Final, NewType

NodeId = NewType("NodeId", str)
"""Four hexadecimal digits in capitals: a replica or a client."""

BROADCAST: Final = NodeId("FFFF")
"""As a destination: every other replica."""

NOBODY: Final = NodeId("FFFF")
"""As a leader's name: the sender knows of none."""

CLIENT_COUNT: Final = 8
CLIENT_ID_GAP: Final = 16


def replica_ids(count: int) -> tuple[NodeId, ...]:
    """Name `count` replicas, from `0000` upward."""
    return tuple(NodeId(f"{number:04X}") for number in range(count))


def client_ids(replicas: int) -> tuple[NodeId, ...]:
    """Name the clients of a cluster of `replicas`: clear of every replica's ID."""
    first = replicas + CLIENT_ID_GAP
    return tuple(NodeId(f"{number:04X}") for number in range(first, first + CLIENT_COUNT))


def outsider_ids() -> tuple[NodeId, ...]:
    """Name the senders of hostile datagrams that are neither replicas nor clients."""
    return tuple(NodeId(f"{number:04X}") for number in range(0xBAD0, 0xBAD8))
