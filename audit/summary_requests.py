"""What clients asked, and what became of it, at the replicas that took it."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Final

import msgspec

from audit.records import Event, Took


class _Request(msgspec.Struct):
    MID: str
    type: str


class _Requests(msgspec.Struct):
    requests: tuple[_Request, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long answers took, from when the request was read to when it was answered, in milliseconds."""

    count: int
    median_ms: float
    p99_ms: float
    worst_ms: float


@dataclass(slots=True, kw_only=True)
class OfNode:
    """The requests that one replica took; `taken` is 0 where messages were not recorded."""

    taken: int = 0
    held: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    open: set[str] = field(default_factory=set)
    latencies_ms: list[float] = field(default_factory=list)


_decoder: Final = msgspec.json.Decoder(_Requests)


class Requests:
    """Follows requests from their arrival to their answer."""

    def __init__(self) -> None:
        self.nodes: Final[dict[str, OfNode]] = {}
        self.fails: Final[Counter[str]] = Counter()
        """Answers `fail`, by reason."""
        self.latencies_ms: Final[dict[str, list[float]]] = {}
        """Of answers `ok`, by the type of the request; of the others, by the answer."""
        self._came: Final[dict[tuple[str, str], tuple[str, float]]] = {}

    @property
    def open(self) -> tuple[str, ...]:
        """Requests that were taken, and not answered before the trail of their replica ended."""
        return tuple(mid for node in self.nodes.values() for mid in sorted(node.open))

    def take(self, name: str, took: Took) -> None:
        """Consensus of the replica `name` takes a batch."""
        if took.type != "Inbound" or b'"MID"' not in bytes(took.message):
            return
        with suppress(msgspec.MsgspecError):  # a damaged record; that is said elsewhere
            self._take_all(name, _decoder.decode(took.message), took.at)

    def _take_all(self, name: str, inbound: _Requests, at: float) -> None:
        node = self._node(name)
        for request in inbound.requests:
            node.taken += 1
            node.open.add(request.MID)
            self._came[name, request.MID] = request.type, at

    def look(self, name: str, event: Event) -> None:
        """The replica `name` says what became of a request."""
        match event.event, event.fields:
            case "request.held", {"mid": str()}:
                self._node(name).held += 1
            case "request.answered", {"mid": str() as mid, "answer": str() as answer}:
                self._answered(name, mid, answer, event)
            case _:
                pass

    def _answered(self, name: str, mid: str, answer: str, event: Event) -> None:
        node = self._node(name)
        node.answers[answer] += 1
        node.open.discard(mid)
        if answer == "fail":
            self.fails[str(event.fields.get("reason", "no reason given"))] += 1
        came = self._came.pop((name, mid), None)
        if came is not None:
            kind, at = came
            self.latencies_ms.setdefault(kind if answer == "ok" else answer, []).append((event.at - at) * 1000)

    def _node(self, name: str) -> OfNode:
        return self.nodes.setdefault(name, OfNode())


def latency_of(latencies_ms: list[float]) -> Latency | None:
    """The figures that say most about some latencies; None when there are none."""
    if not latencies_ms:
        return None
    cuts = quantiles(latencies_ms, n=100, method="inclusive") if len(latencies_ms) > 1 else [latencies_ms[0]] * 99
    return Latency(count=len(latencies_ms), median_ms=cuts[49], p99_ms=cuts[98], worst_ms=max(latencies_ms))
