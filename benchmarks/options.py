"""The command line of `python -m benchmarks.simulator`."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from benchmarks.families import PARTS, Part

SECONDS_MIN: Final = 5
"""The simulator plays no shorter lifetime."""


class Options(argparse.Namespace):
    """What is asked for."""

    rounds: int
    failovers: int
    only: tuple[Part, ...]
    seconds: int | None
    json: Path | None


def parse(words: Sequence[str] | None, description: str) -> Options:
    """Understand the command line, or end the program with exit code 2 and a sentence."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulator", description=description)
    parser.add_argument("--rounds", type=_at_least(1), default=3, metavar="N", help="turns of each family (default: 3)")
    parser.add_argument(
        "--failovers", type=_at_least(1), default=10, metavar="N", help="leaders killed in each profile (default: 10)"
    )
    parser.add_argument(
        "--only", type=_parts, default=PARTS, metavar="PART[,PART]", help=f"some of {', '.join(PARTS)} (default: all)"
    )
    parser.add_argument(
        "--seconds",
        type=_at_least(SECONDS_MIN),
        metavar="S",
        help=f"a trial: no turn longer than this, {SECONDS_MIN} at least; bars on messages are not judged",
    )
    parser.add_argument("--json", type=_new_file, metavar="OUT", help="write all that was measured to this file")
    return parser.parse_args(words, namespace=Options())


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and int(text) >= least):
            raise argparse.ArgumentTypeError(f"{text!r} must be a whole number, {least} at least")
        return int(text)

    return number


def _parts(text: str) -> tuple[Part, ...]:
    unknown = [word for word in text.split(",") if word not in PARTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(PARTS)}")
    return tuple(part for part in PARTS if part in text.split(","))


def _new_file(text: str) -> Path:
    """Say now, and not after all runs, when a file cannot be there."""
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} must be a file in a directory that exists")
    return path
