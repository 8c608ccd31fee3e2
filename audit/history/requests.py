"""The requests of all clients, and what became of each."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from audit.invariants.facts import LoggedWrite
from audit.invariants.ledger import PlaceBook
from audit.records import Located, Took
from linearizability import Operation


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A client's request, as Consensus took it."""

    type: Literal["get", "put"]
    src: str
    MID: str
    key: str
    value: str = ""


class _Inbound(msgspec.Struct, frozen=True):
    requests: tuple[Asked, ...]


_inbound: Final = msgspec.json.Decoder(_Inbound).decode


def name_of(client: str, mid: str) -> int:
    """A request's name in eight bytes; that two have the same is so unlikely that it can be neglected."""
    return hash((client, mid))


@dataclass(slots=True, kw_only=True)
class Request:
    """A request to one replica, and its answer; lines are numbers of the place book, times the replica's clock's."""

    asked: Asked
    at: float
    line: int
    answer: str | None = None
    value: str = ""
    answered_at: float | None = None
    answered_in: int | None = None

    @property
    def operation(self) -> Operation | None:
        """As the checker takes it; None when it had no effect that anybody saw."""
        asked = self.asked
        if self.answer in {"redirect", "fail"} or (asked.type == "get" and self.answered_at is None):
            return None
        return Operation(
            client=asked.src,
            mid=asked.MID,
            kind=asked.type,
            key=asked.key,
            value=self.value if asked.type == "get" else asked.value,
            invoked_at=self.at,
            returned_at=self.answered_at,
        )


class Requests:
    """Every request, in the order in which they came, and by the replica that was asked, the client and the MID."""

    def __init__(self, places: PlaceBook) -> None:
        self._places: Final = places
        self._all: Final[list[Request]] = []
        self._by_replica: Final[dict[tuple[str, str, str], Request]] = {}
        self._times_asked: Final[defaultdict[int, int]] = defaultdict(int)
        self._unseen: Final[list[LoggedWrite]] = []

    def came(self, replica: str, took: Took, here: Located) -> None:
        """Consensus took requests; one that came again before it was answered is the same."""
        for asked in _inbound(took.message).requests:
            known = self.find(replica, asked.src, asked.MID)
            if known is None or known.answer is not None:
                request = Request(asked=asked, at=took.at, line=self._places.number(here))
                self._by_replica[replica, asked.src, asked.MID] = request
                self._all.append(request)
                self._times_asked[name_of(asked.src, asked.MID)] += 1

    def find(self, replica: str, client: str, mid: str) -> Request | None:
        """The latest request of that name to `replica`."""
        return self._by_replica.get((replica, client, mid))

    def times_asked(self, name: int) -> int:
        """How many requests of that name came to any replica; a client that keeps the contract asks once."""
        return self._times_asked.get(name, 0)

    def unseen(self, write: LoggedWrite) -> None:
        """`write` took effect, and no trail shows its request: it may have come at any time."""
        self._unseen.append(write)

    @property
    def began_at(self) -> float:
        """When the first request came."""
        return min((request.at for request in self._all), default=0.0)

    def operations(self) -> list[Operation]:
        """What clients saw: puts of unknown outcome included, those that were denied not."""
        start = self.began_at
        unseen = (
            Operation(
                client=write.client,
                mid=write.MID,
                kind="put",
                key=write.key,
                value=write.value,
                invoked_at=start,
                returned_at=None,
            )
            for write in self._unseen
        )
        seen = (operation for request in self._all if (operation := request.operation) is not None)
        return [*unseen, *seen]

    def places(self, operations: Iterable[Operation]) -> list[str]:
        """Where the requests of `operations` and their answers stand."""
        wanted = {(each.client, each.mid) for each in operations}
        named = (request for request in self._all if (request.asked.src, request.asked.MID) in wanted)
        lines = (line for request in named for line in (request.line, request.answered_in) if line is not None)
        return [self._places.place(line) for line in lines]
