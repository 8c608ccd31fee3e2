"""A campaign: seed after seed until there are enough, the time is over, or, if that is asked for, something breaks.

Whoever is done first, results are given in the order of the seeds, and `stop_at_failure` drops those of later seeds: so
what a campaign finds does not depend on how many workers there are, or on how quick each of them was.
"""

from __future__ import annotations

import itertools
import queue
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Final

from simulator.explore.lots import LOT_SEEDS, Lot, Result
from simulator.explore.workers import Pending, Workers, WorkersError

LOOK_EVERY_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which seeds are to be played."""

    first: int
    count: int | None
    """None: as many as there is time for."""
    amnesia: bool = False
    stop_at_failure: bool = False
    lot_seeds: int = LOT_SEEDS

    def lots(self) -> Iterator[Lot]:
        """All lots, in order."""
        end = None if self.count is None else self.first + self.count
        for first in itertools.count(self.first, self.lot_seeds):
            if end is not None and first >= end:
                return
            after = first + self.lot_seeds if end is None else min(first + self.lot_seeds, end)
            yield Lot(seeds=range(first, after), amnesia=self.amnesia)


class Campaign:
    """Hands lots to workers and takes the results; `look` is called now and then, and may end it by an exception.

    `has_time` says whether another lot may be begun. `code` is what every worker is to have played.
    """

    def __init__(
        self, plan: Plan, workers: Workers, *, code: str, look: Callable[[], None], has_time: Callable[[], bool]
    ) -> None:
        self._plan: Final = plan
        self._workers: Final = workers
        self._code: Final = code
        self._look: Final = look
        self._has_time: Final = has_time
        self._over: Final[queue.SimpleQueue[tuple[int, Pending]]] = queue.SimpleQueue()
        self._under_way = 0

    def results(self) -> Generator[Result, None, None]:
        """One for each seed, in order; raises WorkersError. Workers are let go of in any case."""
        lots = enumerate(self._plan.lots())
        early: dict[int, tuple[Result, ...]] = {}
        awaited = 0
        completed = False
        try:
            while self._hand_out(lots):
                number, results = self._take()
                early[number] = results
                while awaited in early:
                    for result in early.pop(awaited):
                        yield result
                        if result.findings and self._plan.stop_at_failure:
                            return
                    awaited += 1
            completed = True
        finally:
            self._workers.close(at_once=not completed)

    def _hand_out(self, lots: Iterator[tuple[int, Lot]]) -> bool:
        """Keep every worker busy; whether anything is under way."""
        while self._under_way < self._workers.capacity and self._has_time():
            following = next(lots, None)
            if following is None:
                break
            self._begin(*following)
        return self._under_way > 0

    def _begin(self, number: int, lot: Lot) -> None:
        pending = self._workers.submit(lot)
        self._under_way += 1
        pending.add_done_callback(lambda done: self._over.put((number, done)))

    def _take(self) -> tuple[int, tuple[Result, ...]]:
        """Wait for a lot to be over, whichever it is."""
        while True:
            self._look()
            try:
                number, pending = self._over.get(timeout=LOOK_EVERY_S)
            except queue.Empty:
                continue
            self._under_way -= 1
            return number, self._results_of(pending)

    def _results_of(self, pending: Pending) -> tuple[Result, ...]:
        try:
            played = pending.result()
        except Exception as error:
            raise self._workers.explain(error) from error
        if played.code != self._code:
            raise other_code(played.code, self._code)
        return played.results


def other_code(theirs: str, ours: str) -> WorkersError:
    """A worker's results are worth nothing here: its seeds mean something else."""
    return WorkersError(
        f"A worker runs other code ({theirs}) than this command ({ours}): start the workers from the same checkout."
    )
