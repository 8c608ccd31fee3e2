"""Playing one run with real processes, from its configuration to its report."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from simulator import trails
from simulator.config import Config
from simulator.hub import DATA_VARIABLE, Hub, Watcher
from simulator.interruption import Interruption
from simulator.loading import ConfigError
from simulator.outputs import reason_of
from simulator.processes import GRACE_S
from simulator.report import Report, make_report, with_check
from simulator.run import Run

TRAIL_VARIABLE: Final = "RAFT_TRAIL"
"""Tells replicas, by their environment, the directory for what they write about themselves."""


class WorkerError(Exception):
    """A process that was to do a part of the work ended without its result; the text says in one sentence which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run that is to be played."""

    scenario: str
    config: Config
    seed: int
    command: tuple[str, ...]
    program: str
    trails: Path | None = None
    """Where to keep the trails of every run; None: only those of runs that fail are kept, where the system has room."""
    verify: bool = False
    """Whether the trails are verified, too."""
    page: Path | None = None
    """Where to write a page that shows the run."""
    virtual: bool = False
    """Whether it is played in virtual time."""
    grace_s: float = GRACE_S
    ignored: tuple[str, ...] = ()
    """Fields of the configuration that are unknown, for the report."""


class Unwatched:
    """Nobody follows the run."""

    def look(self, run: Run, now: float, *, idle: bool) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Have nothing to stop."""


def play(job: Job, watcher: Watcher) -> Report:
    """Play a run to its end; whatever happens, none of its processes outlives the call.

    Raises `InterruptedRunError` when the simulator is asked to end, `ProgramError` when the replica cannot be started,
    `ConfigError` when a page that was asked for cannot be written, `WorkerError` when who makes it is lost.
    """
    if job.virtual:
        return _play_virtually(job)
    trail = None if TRAIL_VARIABLE in os.environ else _trail_directory(job)
    environment = {**os.environ, **job.config.environment}
    environment.pop(DATA_VARIABLE, None)  # a run starts from nothing
    if trail is not None:
        environment[TRAIL_VARIABLE] = str(trail)
    run = Run(job.config, job.seed)
    try:
        with (
            _data_directory(job, environment),
            Interruption() as interruption,
            Hub(run, job.command, environment, watcher, interruption, job.grace_s) as hub,
        ):
            hub.play()
        report = _with_trail(make_report(run, job.scenario, job.program, job.ignored), job, trail)
    except BaseException:
        _discard(job, trail)
        raise
    if trail is not None and report.passed and job.trails is None:
        _discard(job, trail)
        trail = None
    return replace(report, trail=_named(trail))


@contextlib.contextmanager
def _data_directory(job: Job, environment: dict[str, str]) -> Iterator[None]:
    """A directory of this run for what durable replicas keep, while it lasts."""
    if not job.config.durable:
        yield
        return
    with tempfile.TemporaryDirectory(prefix=f"simulator-{job.scenario}-data-") as data:
        environment[DATA_VARIABLE] = data
        yield


def _play_virtually(job: Job) -> Report:
    """The same in virtual time; what is asked of trails is asked of those of this run."""
    from simulator.virtual.session import play_virtually  # noqa: PLC0415 (only this knows the replica)

    made: list[Path] = []

    def new_trails() -> Path:
        made.append(_trail_directory(job))
        return made[-1]

    try:
        report, trail = play_virtually(job, new_trails)
        report = _with_trail(replace(report, ignored=job.ignored), job, trail)
    except BaseException:
        for directory in made:
            _discard(job, directory)
        raise
    if trail is not None and report.passed and job.trails is None:
        _discard(job, trail)
        trail = None
    return replace(report, trail="" if trail is None else str(trail))


def _with_trail(report: Report, job: Job, trail: Path | None) -> Report:
    """What was asked for of the trails, before they are thrown away.

    A process of its own reads them: what a process uses at its peak counts for every replica that it starts later.
    """
    if trail is None or not (job.verify or job.page):
        return report
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as reader:
        try:
            if job.verify:
                report = with_check(report, reader.submit(trails.check, trail).result())
            if job.page is not None:
                reader.submit(trails.show, trail, job.page, f"{report.scenario}, seed {report.seed}").result()
        except BrokenProcessPool:
            raise WorkerError(
                f"{job.scenario}, seed {job.seed}: the process that read its trails ended by itself: "
                "perhaps the machine ran out of memory."
            ) from None
    return report


def _trail_directory(job: Job) -> Path:
    """Make the run's own directory."""
    if job.trails is None:
        return Path(tempfile.mkdtemp(prefix=f"simulator-{job.scenario}-"))
    try:
        job.trails.mkdir(exist_ok=True)
        return _new_directory(job.trails.resolve(), f"{job.scenario}-{job.seed}")
    except OSError as error:
        raise ConfigError(f"{job.trails}: trails cannot be kept there: {reason_of(error)}.") from None


def _new_directory(parent: Path, name: str) -> Path:
    """A directory that was not there, with a number behind its name if need be."""
    for number in itertools.count(1):
        directory = parent / (name if number == 1 else f"{name}-{number}")
        with contextlib.suppress(FileExistsError):
            directory.mkdir()
            return directory
    raise AssertionError("there are more numbers than directories")


def _discard(job: Job, trail: Path | None) -> None:
    if trail is not None and job.trails is None:
        shutil.rmtree(trail, ignore_errors=True)


def _named(trail: Path | None) -> str:
    """Say where the trail is; nowhere when the replica wrote none."""
    if trail is None:
        return os.environ.get(TRAIL_VARIABLE, "")
    if not any(trail.iterdir()):
        trail.rmdir()
        return ""
    return str(trail)
