"""Works that tests have workers do instead of playing seeds, and workers that do them at a test's word."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

from simulator.explore.lots import Lot, LotPlayed, Result, code_digest
from simulator.explore.workers import Pending, Work, WorkersError
from simulator.virtual import Finding

FIFO_VARIABLE: Final = "TEST_FIFO"
BROKEN: Final = Finding(rule="seven is lucky", sentence="this one is not", at=1.5, step=70)


def result(seed: int, *, broken: bool = False) -> Result:
    """What comes of a seed that is not played."""
    return Result(
        seed=seed,
        replicas=3 + seed % 3,
        findings=(BROKEN,) if broken else (),
        steps=10 * seed,
        virtual_s=1.5,
        cpu_s=0.25,
        events={"vote.granted": seed % 4},
        faults={"lost": seed, "slow": 1},
    )


def pretend(lot: Lot) -> LotPlayed:
    """Every seed that ends in 7 breaks something."""
    return LotPlayed(code=code_digest(), results=tuple(result(seed, broken=seed % 10 == 7) for seed in lot.seeds))


def play_other_code(lot: Lot) -> LotPlayed:
    return LotPlayed(code="other", results=pretend(lot).results)


def end_the_process(_lot: Lot) -> LotPlayed:
    os._exit(3)


def fail(_lot: Lot) -> LotPlayed:
    raise ArithmeticError("seven is not lucky")


def say_so_and_wait(_lot: Lot) -> LotPlayed:
    """Hold the pipe of the environment open for as long as this process lives."""
    with Path(os.environ[FIFO_VARIABLE]).open("wb", buffering=0) as fifo:
        fifo.write(b"here")
        while True:
            signal.pause()


class Task:
    """A lot that a test lets be played when it likes."""

    def __init__(self, work: Work, lot: Lot) -> None:
        self.lot: Final = lot
        self._work: Final = work
        self._done: Callable[[Pending], None] | None = None

    def add_done_callback(self, fn: Callable[[Pending], None], /) -> None:
        self._done = fn

    def result(self) -> LotPlayed:
        return self._work(self.lot)

    def finish(self) -> None:
        assert self._done is not None
        self._done(self)


class Handmade:
    """Workers that finish one of their lots, any, whenever the campaign looks around."""

    def __init__(self, work: Work = pretend, *, capacity: int = 4, order: int = 0) -> None:
        self._work: Final = work
        self._random: Final = Random(order)
        self.capacity: Final = capacity
        self.under_way: Final[list[Task]] = []
        self.given: Final[list[Lot]] = []
        self.closed: Final[list[bool]] = []

    def submit(self, lot: Lot) -> Pending:
        assert not self.closed
        assert len(self.under_way) < self.capacity
        task = Task(self._work, lot)
        self.under_way.append(task)
        self.given.append(lot)
        return task

    def explain(self, error: Exception) -> WorkersError:
        return WorkersError(f"explained: {error}")

    def close(self, *, at_once: bool) -> None:
        self.closed.append(at_once)

    def finish_one(self) -> None:
        task = self._random.choice(self.under_way)
        self.under_way.remove(task)
        task.finish()
