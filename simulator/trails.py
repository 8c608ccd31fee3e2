"""What is made of the trails that a run's replicas left: a check that they verify, and a page that shows the run."""

from __future__ import annotations

from pathlib import Path

from simulator.loading import ConfigError
from simulator.verdict import Check

CHECK_NAME = "trails verify"


def check(directory: Path) -> Check:
    """Whether every actor, run again, did what its trail says, and no rule was broken."""
    from audit.files import ReadError  # noqa: PLC0415  # only who asks for it needs what a replica is made of
    from audit.finding import first_finding  # noqa: PLC0415  # the same
    from audit.reading import read  # noqa: PLC0415  # the same
    from audit.verify import HELD, verify  # noqa: PLC0415  # the same

    try:
        verdict = verify(read(directory))
    except ReadError as error:
        return Check(name=CHECK_NAME, held=False, detail=str(error))
    counts = f"{verdict.replayed:,} records of {len(verdict.reruns)} replicas replayed"
    finding = first_finding(verdict) or "all as recorded, and no rule broken"
    return Check(name=CHECK_NAME, held=verdict.code == HELD, detail=f"{counts}; {finding}")


def show(directory: Path, out: Path, title: str) -> None:
    """Write the page of the run; raises ConfigError with a sentence when that cannot be."""
    from audit.files import ReadError  # noqa: PLC0415  # as above
    from audit.page_command import page_of  # noqa: PLC0415  # as above
    from audit.reading import read  # noqa: PLC0415  # as above

    try:
        page_of(read(directory), out, title=title)
    except ReadError as error:
        raise ConfigError(f"There is no page to be made: {error}") from error
    except OSError as error:
        raise ConfigError(f"{out}: the page cannot be written: {(error.strerror or str(error)).lower()}.") from error
