"""One client of the contract, what it says, and what all of them were answered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from simulator.ids import NOBODY, NodeId
from simulator.requests import Attempt
from simulator.wire import Get, Put, write_request


@dataclass(slots=True)
class Client:
    """One client: whom it believes to lead, and what it wrote."""

    name: NodeId
    leader: NodeId | None = None
    keys: list[str] = field(default_factory=list)
    """Keys of its own that were acknowledged, each once."""
    writes: dict[str, list[Attempt]] = field(default_factory=dict)
    """All its puts to each of its own keys, in the order in which they were sent."""


@dataclass(slots=True)
class Answers:
    """What replicas answered; latencies are seconds from an attempt to its answer."""

    by_type: Counter[str] = field(default_factory=Counter)
    latencies_s: list[float] = field(default_factory=list)
    duplicates: int = 0
    storms: int = 0
    """Requests that were redirected again and again."""
    ungenerated_gets: int = 0
    """Gets that became puts, for no client had a key to read yet."""


class AnswerError(Exception):
    """An answer that counts as incorrect; the text says why."""


def datagram(client: Client, attempt: Attempt, replica: NodeId) -> bytes:
    """What a client sends to a replica."""
    request, leader = attempt.request, client.leader or NOBODY
    if request.kind == "get":
        return write_request(Get(src=client.name, dst=replica, leader=leader, mid=attempt.mid, key=request.key))
    put = Put(src=client.name, dst=replica, leader=leader, mid=attempt.mid, key=request.key, value=request.value)
    return write_request(put)
