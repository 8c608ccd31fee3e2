"""Playing several runs: one after another, or side by side in processes of their own."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Final

from simulator.hub import Watcher
from simulator.interruption import InterruptedRunError, Interruption
from simulator.loading import ConfigError
from simulator.orphans import end_with_parent
from simulator.processes import ProgramError
from simulator.report import Report
from simulator.session import Job, Unwatched, WorkerError, play

_CHECK_EVERY_S: Final = 0.2


def one_after_another(jobs: Sequence[Job], watcher_of: Callable[[Job], Watcher]) -> Iterator[Report]:
    """Play runs in turn, and give each one's report as soon as it is there."""
    for job in jobs:
        with closing(watcher_of(job)) as watcher:
            report = play(job, watcher)
        yield report


def side_by_side(jobs: Sequence[Job], at_once: int) -> Iterator[Report]:
    """Play up to `at_once` runs at the same time, and give reports as they come in."""
    context = multiprocessing.get_context("spawn")
    waiting = list(reversed(jobs))
    workers: list[_Worker] = []
    with Interruption() as interruption:
        try:
            while waiting or workers:
                while waiting and len(workers) < at_once:
                    workers.append(_Worker.start(context, waiting.pop()))
                ended = wait([worker.results for worker in workers], _CHECK_EVERY_S)
                interruption.check()
                for worker in [worker for worker in workers if worker.results in ended]:
                    workers.remove(worker)
                    yield worker.report()
        finally:
            for worker in workers:
                worker.stop()


@dataclass(slots=True, kw_only=True)
class _Worker:
    """A process that plays one run."""

    job: Job
    process: SpawnProcess
    results: Connection

    @classmethod
    def start(cls, context: SpawnContext, job: Job) -> _Worker:
        receiving, sending = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(job, sending), name=f"simulator {job.scenario}")
        process.start()
        sending.close()
        return cls(job=job, process=process, results=receiving)

    def report(self) -> Report:
        """Take the report, and wait for the process to end; raises what a run in this process does."""
        try:
            result: Report | ProgramError | ConfigError | WorkerError = self.results.recv()
        except EOFError:
            self.process.join()
            raise WorkerError(
                f"{self.job.scenario}, seed {self.job.seed}: the process that played it ended without a report "
                f"(exit code {self.process.exitcode})."
            ) from None
        finally:
            self.results.close()
        self.process.join()
        if isinstance(result, ProgramError | ConfigError | WorkerError):
            raise result
        return result

    def stop(self) -> None:
        """Let the process end its replicas and itself."""
        self.process.terminate()
        self.process.join()
        self.results.close()


def _work(job: Job, results: Connection) -> None:
    """Play one run in this process; asked to end, it ends the replicas first."""
    end_with_parent(signal.SIGTERM)
    with suppress(InterruptedRunError, KeyboardInterrupt):
        try:
            results.send(play(job, Unwatched()))
        except (ProgramError, ConfigError, WorkerError) as error:
            results.send(error)
