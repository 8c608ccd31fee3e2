"""Playing a job of the command in virtual time: what `simulator.session` does with real processes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.virtual.playing import play

if TYPE_CHECKING:
    from simulator.report import Report
    from simulator.session import Job


def play_virtually(job: Job, new_trails: Callable[[], Path]) -> tuple[Report, Path | None]:
    """Play a run; its report, and the directory of its trails, where there are any.

    Trails are written when something is asked of them; a run that fails is played again for them, and is the same one.
    """
    wanted = job.trails is not None or job.verify or job.page is not None
    trails = new_trails() if wanted else None
    report = _play(job, trails)
    if trails is None and not report.passed:
        trails = new_trails()
        report = _play(job, trails)
    return report, trails


def _play(job: Job, trails: Path | None) -> Report:
    return play(job.config, job.seed, scenario=job.scenario, trails=trails).report
