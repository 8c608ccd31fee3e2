"""Who plays lots of seeds: processes on this machine, or workers elsewhere (`workers_dask`), behind one protocol."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Final, Protocol, TypeAlias

from simulator.explore.lots import Lot, LotPlayed, play_lot
from simulator.orphans import end_with_parent

Work: TypeAlias = Callable[[Lot], LotPlayed]
"""A function of a module, which a worker can import."""

_LOTS_PER_POOL: Final = 512
"""After so many lots the processes are renewed, which bounds what a leak can cost."""


class WorkersError(Exception):
    """Workers cannot be had, or are lost, or run other code; one sentence says which and what to do."""


class Pending(Protocol):
    """A lot that is being played."""

    def add_done_callback(self, fn: Callable[[Pending], None], /) -> object:
        """Have `fn` called, in whatever thread, once it is over."""

    def result(self) -> LotPlayed:
        """What came of it, once it is over; raises what ended it."""


class Workers(Protocol):
    """Plays lots, several at the same time."""

    @property
    def capacity(self) -> int:
        """So many lots keep all of them busy, with some in reserve."""

    def submit(self, lot: Lot) -> Pending:
        """Have a lot played."""

    def explain(self, error: Exception) -> WorkersError:
        """What it means that a lot ended with `error`."""

    def close(self, *, at_once: bool) -> None:
        """Let go of the workers; `at_once`, whatever they are doing."""


class Processes:
    """So many processes of this machine, which end with this one, and leave Ctrl-C to it."""

    def __init__(self, jobs: int, work: Work = play_lot) -> None:
        self._jobs: Final = jobs
        self._work: Final = work
        self._others: Final = set(multiprocessing.active_children())
        self._given = 0
        self._pool = self._new_pool()

    @property
    def capacity(self) -> int:
        """Two lots for each process, that none waits for the next."""
        return 2 * self._jobs

    def submit(self, lot: Lot) -> Future[LotPlayed]:
        """Have a lot played by the first process that is free."""
        if self._given == _LOTS_PER_POOL:
            self._given = 0
            self._pool.shutdown(wait=False)
            self._pool = self._new_pool()
        self._given += 1
        with _ctrl_c_withheld():
            return self._pool.submit(self._work, lot)

    def explain(self, error: Exception) -> WorkersError:
        """What ended a process, or what it could not do."""
        if isinstance(error, BrokenProcessPool):
            return WorkersError("A process that played seeds ended by itself: perhaps the machine ran out of memory.")
        return WorkersError(f"A process that played seeds failed: {type(error).__name__}: {error}.")

    def close(self, *, at_once: bool) -> None:
        """End the processes, amid a lot if need be."""
        if at_once:
            for process in set(multiprocessing.active_children()) - self._others:
                process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _new_pool(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._jobs, mp_context=context, initializer=_begin)


def _begin() -> None:
    """A worker's first steps."""
    end_with_parent(signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@contextmanager
def _ctrl_c_withheld() -> Iterator[None]:
    """A process that is started meanwhile does not see Ctrl-C before it has said that it ignores it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
