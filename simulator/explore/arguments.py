"""The command line of `python -m simulator explore`."""

from __future__ import annotations

import argparse
import os
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulator.explore.campaign import Plan
from simulator.explore.lots import LOT_SEEDS
from simulator.outputs import check_directory, check_file

_SEEDS_DEFAULT: Final = 1000
_SEEDS_MAX: Final = 10**9
_FIRST_MAX: Final = 2**62
_FIRST_DRAWN_MAX: Final = 2**31
_JOBS_MAX: Final = 256
_DURATION: Final = re.compile(r"(?P<number>[0-9]{1,6})(?P<unit>[smh]?)", re.ASCII)
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600}
_DURATION_S_MAX: Final = 7 * 24 * 3600
_EPILOG: Final = """\
Exit code: 0 when everything held for every seed, 1 when something did not, 2 for bad input or workers that cannot be
had, 129 after SIGHUP (the terminal was closed), 130 after Ctrl-C, 141 when whoever reads the output leaves, 143
after SIGTERM.
docs/exploring.md says what is drawn and injected, what is checked, and how to go on from a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for."""

    plan: Plan
    seconds: float | None
    """For how long; None: until all seeds are played."""
    jobs: int
    dask: str | None
    json: Path | None
    plain: bool
    trails: Path | None


def parse_arguments(arguments: Sequence[str]) -> Options:
    """Understand the command line, or end the program with exit code 2 and what is wrong; may raise `ConfigError`."""
    asked = _parser().parse_args(arguments)
    if asked.json is not None:
        check_file(asked.json, "the report")
    if asked.trails is not None:
        check_directory(asked.trails)
    jobs: int = asked.jobs or os.cpu_count() or 1
    count: int | None = (asked.seeds or _SEEDS_DEFAULT) if asked.seconds is None else None
    first: int | None = asked.seed
    return Options(
        plan=Plan(
            first=random.SystemRandom().randrange(_FIRST_DRAWN_MAX) if first is None else first,
            count=count,
            amnesia=asked.amnesia,
            stop_at_failure=asked.stop,
            lot_seeds=_lot_seeds(count, jobs),
        ),
        seconds=asked.seconds,
        jobs=jobs,
        dask=asked.dask,
        json=asked.json,
        plain=asked.plain,
        trails=asked.trails,
    )


def _lot_seeds(count: int | None, jobs: int) -> int:
    """Smaller lots when there are so few seeds that some would go idle."""
    return LOT_SEEDS if count is None else max(1, min(LOT_SEEDS, count // (2 * jobs)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator explore",
        description="Play random scenarios in virtual time, seed after seed, and name those in which a rule breaks.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    until = parser.add_mutually_exclusive_group()
    until.add_argument("--seeds", type=whole(1, _SEEDS_MAX), metavar="N", help="so many (default: 1000)")
    until.add_argument(
        "--for", type=duration_s, dest="seconds", metavar="TIME", help="as many as fit: 90, 90s, 10m, 2h"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=whole(1, _JOBS_MAX), metavar="N", help="processes (default: one for each core)")
    where.add_argument("--dask", metavar="ADDRESS", help="let the workers of this Dask scheduler play, not processes")
    add("--seed", type=whole(0, _FIRST_MAX), metavar="N", help="the first seed (default: random, and shown)")
    add("--stop", action="store_true", help="end at the first failure (default: play on)")
    add("--amnesia", action="store_true", help="restart replicas that keep nothing on disk: it should find what breaks")
    add("--json", type=Path, metavar="OUT", help="write the whole report to this file")
    add("--plain", action="store_true", help="plain lines instead of the live display")
    add("--trails", type=Path, metavar="DIR", help="play the first failure again, and keep its replicas' trails here")
    return parser


def whole(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers between two bounds."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r} must be a whole number from {low} to {high}")
        return int(text)

    return read


def duration_s(text: str) -> float:
    """Seconds, from a number and perhaps its unit."""
    found = _DURATION.fullmatch(text)
    seconds = int(found["number"]) * _SECONDS[found["unit"]] if found else 0
    if not 1 <= seconds <= _DURATION_S_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} must be a time from 1s to 168h, such as 90, 90s, 10m or 2h")
    return float(seconds)
