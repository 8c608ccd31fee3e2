"""One order for the records of all replicas, in which no effect stands before its cause.

Every replica has a logical clock (Lamport 1978): a datagram carries the sender's, and what is received moves the
receiver's beyond it. So a record is behind everything that can have caused it, whatever the machines' clocks say.
"""

import heapq
from collections.abc import Iterable
from typing import Final, TypeAlias

from audit.files import trail_file
from audit.records import Located
from audit.trails import NodeTrail, Trails


def merged(trails: Trails) -> list[Located]:
    """All records, by logical clock; where these are equal, by replica, incarnation and position."""
    in_turn = sorted(trails.nodes, key=lambda trail: (trail.node, trail.incarnation))
    records = [located for trail in in_turn for located in trail.records]
    clocks = [clock for trail in in_turn for clock in running_clocks(trail)]
    return [records[place] for place in sorted(range(len(records)), key=clocks.__getitem__)]


def running_clocks(trail: NodeTrail) -> list[int]:
    """How far the replica's logical clock had come at each record: another thread may have moved it on in between.

    What a damaged record says of it may be far off, and is not believed.
    """
    highest = 0
    clocks: list[int] = []
    for located in trail.records:
        clock = located.record.clock
        if clock > highest and located.position not in trail.damaged:
            highest = clock
        clocks.append(highest)
    return clocks


_Rank: TypeAlias = tuple[int, str, int, int]
"""Where a record stands: logical clock, replica, incarnation, position."""


class Settling:
    """Puts the records of a run that goes on into one order.

    Replicas write their files a moment after what they did, each at its own pace. So what has come is held back until
    the next lot is there: a cause that was written a little later than its effect still goes ahead of it.
    """

    def __init__(self) -> None:
        self._clocks: Final[dict[tuple[str, int], int]] = {}
        self._waiting: list[tuple[_Rank, Located]] = []

    def add(self, lot: Iterable[Located]) -> list[Located]:
        """Take what is new; what is settled by that, in order."""
        settled = max((rank for rank, _ in self._waiting), default=None)
        for located in lot:
            heapq.heappush(self._waiting, (self._rank(located), located))
        given: list[Located] = []
        while settled is not None and self._waiting and self._waiting[0][0] <= settled:
            given.append(heapq.heappop(self._waiting)[1])
        return given

    def rest(self) -> list[Located]:
        """What is still waiting, in order: nothing more will come."""
        rest = [located for _, located in sorted(self._waiting, key=lambda each: each[0])]
        self._waiting.clear()
        return rest

    def _rank(self, located: Located) -> _Rank:
        file = trail_file(located.file)
        assert file is not None, "it was found by its name"
        whose = (file.node, file.incarnation)
        clock = self._clocks[whose] = max(located.record.clock, self._clocks.get(whose, 0))
        return clock, *whose, located.position
