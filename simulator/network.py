"""The network between the replicas: what becomes of each message, decided by a seeded generator.

Clients are not on this network: nothing that they say or hear is ever lost, late or damaged.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from simulator.damage import damaged
from simulator.events import Corrupt, Delay, Drops, Duplicate, Reorder
from simulator.ids import NodeId
from simulator.partition import Partition

Fault: TypeAlias = Drops | Duplicate | Delay | Reorder | Corrupt
Loss: TypeAlias = Literal["dropped", "partitioned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One copy of a message that arrives after `delay_s`."""

    delay_s: float
    payload: bytes


@dataclass(slots=True)
class NetworkCounts:
    """What the network did to messages between replicas, in messages."""

    dropped: int = 0
    partitioned: int = 0
    duplicated: int = 0
    delayed: int = 0
    reordered: int = 0
    corrupted: int = 0


@dataclass(slots=True)
class Faults:
    """What the network does to messages at present, beside losing `drops` of them; None where it does nothing."""

    drops: float = 0.0
    drops_only: str = ""
    """The type of the messages that are lost; any when empty."""
    duplicate: Duplicate | None = None
    delay: Delay | None = None
    reorder: Reorder | None = None
    corrupt: Corrupt | None = None

    def set(self, event: Fault) -> None:
        """Take on one fault, instead of an earlier one of its kind; a rate of 0 ends it."""
        match event:
            case Drops():
                self.drops, self.drops_only = event.rate, event.only
            case Duplicate():
                self.duplicate = event if event.rate else None
            case Delay():
                self.delay = event if event.rate else None
            case Reorder():
                self.reorder = event if event.rate else None
            case Corrupt():
                self.corrupt = event if event.rate else None

    @property
    def harmless(self) -> bool:
        """Whether every message that is not lost arrives once, unchanged and at once."""
        return self.duplicate is None and self.delay is None and self.reorder is None and self.corrupt is None


@dataclass(slots=True)
class Network:
    """Decides what becomes of a message; it draws only for faults that are on."""

    rng: random.Random
    faults: Faults = field(default_factory=Faults)
    partition: Partition = field(default_factory=Partition)
    counts: NetworkCounts = field(default_factory=NetworkCounts)

    @property
    def is_faithful(self) -> bool:
        """Whether every message that is not cut off arrives, once, unchanged and at once."""
        return not self.faults.drops and self.faults.harmless

    def lose(self, src: NodeId, dst: NodeId, kind: str) -> Loss | None:
        """Decide whether a message of the type `kind` gets lost on its way, and by what."""
        if self.partition.active and self.partition.cuts(src, dst):
            self.counts.partitioned += 1
            return "partitioned"
        faults = self.faults
        if faults.drops and faults.drops_only in {"", kind} and self.rng.random() < faults.drops:
            self.counts.dropped += 1
            return "dropped"
        return None

    def deliveries(self, kind: str, payload: bytes) -> tuple[Delivery, ...]:
        """Say when and in what shape a message that is not lost arrives: once, or twice."""
        first = Delivery(delay_s=self._delay_s(kind), payload=self._maybe_damaged(payload))
        duplicate = self.faults.duplicate
        if duplicate is None or duplicate.only not in {"", kind} or self.rng.random() >= duplicate.rate:
            return (first,)
        self.counts.duplicated += 1
        later_s = first.delay_s + self.rng.uniform(0, duplicate.max_ms) / 1000
        return first, Delivery(delay_s=later_s, payload=payload)

    def hold_back_s(self) -> float | None:
        """Decide whether the next message overtakes this one: for how long to wait for it, or None."""
        reorder = self.faults.reorder
        if reorder is None or self.rng.random() >= reorder.rate:
            return None
        self.counts.reordered += 1
        return reorder.max_ms / 1000

    def heal(self) -> None:
        """End every fault and every partition."""
        self.faults = Faults()
        self.partition.heal()

    def _delay_s(self, kind: str) -> float:
        delay = self.faults.delay
        if delay is None or delay.only not in {"", kind} or self.rng.random() >= delay.rate:
            return 0.0
        self.counts.delayed += 1
        share = self.rng.random()
        if delay.tail:
            share *= share * share
            share *= share
        return (delay.min_ms + (delay.max_ms - delay.min_ms) * share) / 1000

    def _maybe_damaged(self, payload: bytes) -> bytes:
        corrupt = self.faults.corrupt
        if corrupt is None or self.rng.random() >= corrupt.rate:
            return payload
        self.counts.corrupted += 1
        return damaged(self.rng, self.rng.choice(corrupt.kinds), payload)
