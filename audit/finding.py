"""The first thing that is wrong with a run, in a sentence, for those who have a line for it and not a page."""

from collections.abc import Iterator

from audit.problems import Severity
from audit.verify import Verdict


def first_finding(verdict: Verdict) -> str | None:
    """Damage goes before divergences, these before broken rules, and what was not checked comes last; None: nothing."""
    return next(_findings(verdict), None)


def _findings(verdict: Verdict) -> Iterator[str]:
    yield from (str(each) for each in verdict.trails.problems if each.severity is Severity.DAMAGE)
    yield from (f"{each.guilty} diverged, seen at {each.at.place}" for each in verdict.divergences)
    yield from (str(each) for each in verdict.violations)
    yield from (f"{each.trail.name} was not run to its end: {each.stopped}" for each in verdict.reruns if each.stopped)
    yield from verdict.unchecked
