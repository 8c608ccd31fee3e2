"""What is made of the trails that a run's replicas left: a check that they verify, and a page that shows the run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from audit.files import ReadError
from audit.page_command import page_of
from audit.reading import Severity, read
from audit.verify import HELD, Verdict, verify
from simulator.loading import ConfigError
from simulator.report import Report
from simulator.verdict import Check

CHECK_NAME = "trails verify"


def with_verification(report: Report, directory: Path) -> Report:
    """The report with one check more: every actor, run again, did what its trail says, and no rule was broken."""
    check = _check(directory)
    return replace(report, checks=(*report.checks, check), passed=report.passed and check.held)


def _check(directory: Path) -> Check:
    try:
        verdict = verify(read(directory))
    except ReadError as error:
        return Check(name=CHECK_NAME, held=False, detail=str(error))
    return Check(name=CHECK_NAME, held=verdict.code == HELD, detail=_detail(verdict))


def _detail(verdict: Verdict) -> str:
    counts = f"{verdict.replayed:,} records of {len(verdict.reruns)} replicas replayed"
    damages = (str(each) for each in verdict.trails.problems if each.severity is Severity.DAMAGE)
    divergences = (f"{each.guilty} diverged, seen at {each.at.place}" for each in verdict.divergences)
    violations = (str(each) for each in verdict.violations)
    stops = (f"{each.trail.name}: {each.stopped}" for each in verdict.reruns if each.stopped)
    for sentence in (*damages, *divergences, *violations, *stops, *verdict.unchecked):
        return f"{sentence} ({counts})"
    return f"{counts}, all as recorded, and no rule broken"


def show(report: Report, directory: Path, out: Path) -> None:
    """Write the page of the run; raises ConfigError with a sentence when that cannot be."""
    try:
        page_of(read(directory), out, title=f"{report.scenario}, seed {report.seed}")
    except ReadError as error:
        raise ConfigError(f"There is no page to be made: {error}") from error
    except OSError as error:
        raise ConfigError(f"{out}: the page cannot be written: {(error.strerror or str(error)).lower()}.") from error
