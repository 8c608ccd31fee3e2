"""The requests of all clients, and what became of each."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from audit.invariants.facts import LoggedWrite
from audit.invariants.ledger import PlaceBook
from audit.records import Located, Took
from linearizability import Operation

DENIALS: Final = frozenset({"redirect", "fail"})
"""What is answered to a request that has no effect."""


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A client's request, as Consensus took it."""

    type: Literal["get", "put"]
    src: str
    MID: str
    key: str
    value: str = ""
    since: int | None = None


class _Inbound(msgspec.Struct, frozen=True):
    requests: tuple[Asked, ...]


_inbound: Final = msgspec.json.Decoder(_Inbound).decode


def name_of(client: str, mid: str) -> int:
    """A request's name in eight bytes; that two have the same is so unlikely that it can be neglected."""
    return hash((client, mid))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """In which delivery of Consensus a request came, and the line's number; `at` is when the socket reader had it."""

    n: int
    at: float
    line: int


@dataclass(slots=True, kw_only=True)
class Request:
    """A request to one replica, and its answer; lines are numbers of the place book, times the replica's clock's."""

    asked: Asked
    came: Arrival
    again: tuple[Arrival, ...] = ()
    """Later ones of the same request, before an answer was seen."""
    answer: str | None = None
    value: str = ""
    answered_at: float | None = None
    answered_in: int | None = None

    @property
    def operation(self) -> Operation | None:
        """As the checker takes it; None when it had no effect that anybody saw."""
        asked = self.asked
        if self.answer in DENIALS or (asked.type == "get" and self.answered_at is None):
            return None
        return Operation(
            client=asked.src,
            mid=asked.MID,
            kind=asked.type,
            key=asked.key,
            value=self.value if asked.type == "get" else asked.value,
            invoked_at=self.came.at,
            returned_at=self.answered_at,
        )


class Requests:
    """Every request, in the order in which they came, and by the replica that was asked, the client and the MID."""

    def __init__(self, places: PlaceBook) -> None:
        self._places: Final = places
        self.all: Final[list[Request]] = []
        self.unasked: Final[list[LoggedWrite]] = []
        """Writes that took effect, and of which no trail shows the request."""
        self.brought: Final[defaultdict[str, set[str]]] = defaultdict(set)
        """By key, the values that snapshots have of writes that no trail need show."""
        self.repeating: Final[set[str]] = set()
        """Clients that send a request again when they do not know what became of it; those of the contract do not."""
        self._by_replica: Final[dict[tuple[str, str, str], Request]] = {}
        self._times_asked: Final[defaultdict[int, int]] = defaultdict(int)
        self._read: Final[defaultdict[str, deque[tuple[int, float]]]] = defaultdict(deque)
        """By replica, deliveries of its socket reader of which Consensus has not taken what came of them."""

    def read(self, replica: str, took: Took) -> None:
        """The socket reader took datagrams: Consensus judges what is in them by that time, whenever it takes it."""
        self._read[replica].append((took.n, took.at))

    def came(self, replica: str, took: Took, here: Located) -> None:
        """Consensus took requests; one that came again before it was answered is the same."""
        arrival = Arrival(n=took.n, at=self._read_at(replica, took), line=self._places.number(here))
        for asked in _inbound(took.message).requests:
            known = self.find(replica, asked.src, asked.MID)
            if known is None or known.answer is not None:
                self._begin(replica, Request(asked=asked, came=arrival))
            elif known.came.n != took.n:
                known.again = (*known.again, arrival)

    def _read_at(self, replica: str, took: Took) -> float:
        """When the socket reader took the datagrams; where no trail shows it, not later than Consensus did."""
        waiting = self._read[replica]
        while waiting and took.by is not None:
            n, at = waiting.popleft()
            if n == took.by[1]:
                return at
        return took.at

    def _begin(self, replica: str, request: Request) -> None:
        asked, name = request.asked, name_of(request.asked.src, request.asked.MID)
        self._by_replica[replica, asked.src, asked.MID] = request
        self.all.append(request)
        self._times_asked[name] += 1
        if asked.since is not None or self._times_asked[name] > 1:
            self.repeating.add(asked.src)

    def answered(self, replica: str, request: Request, told_in: int) -> None:
        """It was answered in the handling of that delivery of Consensus, or by whom that told so.

        What came in the same delivery may have come before or behind that, and what came later came behind it: it may
        be another request, with an answer of its own.
        """
        later = [arrival for arrival in request.again if arrival.n >= told_in]
        if later:
            self._begin(replica, Request(asked=request.asked, came=later[0], again=tuple(later[1:])))

    def find(self, replica: str, client: str, mid: str) -> Request | None:
        """The latest request of that name to `replica`."""
        return self._by_replica.get((replica, client, mid))

    def times_asked(self, name: int) -> int:
        """How many requests of that name came to any replica; a client that keeps the contract asks once."""
        return self._times_asked.get(name, 0)

    def unseen(self, write: LoggedWrite) -> None:
        """`write` took effect, and no trail shows its request: it may have come at any time."""
        self.unasked.append(write)

    def bring(self, records: Iterable[tuple[str, str]]) -> None:
        """A snapshot says what was written before, and no trail may show by whom."""
        for name, content in records:
            if name.startswith("v/"):
                self.brought[name.removeprefix("v/")].add(content)

    @property
    def began_at(self) -> float:
        """When the first request came."""
        return min((request.came.at for request in self.all), default=0.0)

    def places(self, operations: Iterable[Operation]) -> list[str]:
        """Where the requests of `operations` and their answers stand."""
        wanted = {(each.client, each.mid) for each in operations}
        named = (request for request in self.all if (request.asked.src, request.asked.MID) in wanted)
        lines = (line for request in named for line in (request.came.line, request.answered_in) if line is not None)
        return [self._places.place(line) for line in lines]
