"""The command line of `python -m simulator shrink`: which scenario fails, with which seed, and what may be spent."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulator.config import Config
from simulator.explore.arguments import duration_s, whole
from simulator.explore.drawing import drawn
from simulator.explore.shrinking import SECONDS, TRIES
from simulator.loading import ConfigError, load
from simulator.outputs import check_file
from simulator.scenarios import SCENARIOS
from simulator.virtual import check_environment

_SEED_MAX: Final = 2**63 - 1
_TRIES_MAX: Final = 1_000_000
_RUNS: Final = Path("runs")
_EPILOG: Final = """\
Exit code: 0 when it was reduced and written, 1 when nothing failed, 2 for bad input, 130 after Ctrl-C (what was
reached by then is written), 141 when whoever reads the output leaves.
What is written has another seed than what was given: the same failure comes with few steps by luck, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for."""

    name: str
    """What the scenario is called."""
    config: Config
    seed: int
    out: Path
    trails: Path
    tries: int
    seconds: float
    plain: bool


def parse_arguments(arguments: Sequence[str]) -> Options:
    """Understand the command line, or end the program with exit code 2 and what is wrong; may raise `ConfigError`."""
    asked = _parser().parse_args(arguments)
    name, config, seed = _found(asked.scenario, asked.seed, amnesia=asked.amnesia)
    out: Path = asked.out or Path(f"{name}.json")
    check_file(out, "the scenario")
    return Options(
        name=name,
        config=config,
        seed=seed,
        out=out,
        trails=_checked(asked.trails) if asked.trails is not None else _new_directory(name),
        tries=asked.tries,
        seconds=asked.seconds,
        plain=asked.plain,
    )


def _found(scenario: str, seed: int | None, *, amnesia: bool) -> tuple[str, Config, int]:
    """What the result is called, the scenario, and the seed with which it fails."""
    if scenario.isascii() and scenario.isdigit():
        return _drawn(scenario, seed, amnesia=amnesia)
    if amnesia:
        raise ConfigError(f"{scenario}: --amnesia is for the random scenario of a seed, and this is a name.")
    config = _named(scenario)
    seed = config.seed if seed is None else seed
    if seed is None:
        raise ConfigError(f"{scenario}: the scenario has no seed; say with --seed N with which one it fails.")
    stem = scenario if scenario in SCENARIOS else Path(scenario).stem
    return f"shrunk-{stem.removeprefix('shrunk-')}-{seed}", config, seed


def _drawn(text: str, seed: int | None, *, amnesia: bool) -> tuple[str, Config, int]:
    number = int(text) if len(text) <= len(str(_SEED_MAX)) else _SEED_MAX + 1
    if number > _SEED_MAX:
        raise ConfigError(f"{text}: a seed is a whole number from 0 to {_SEED_MAX}.")
    if seed is not None:
        raise ConfigError(f"{text}: this is the seed of a random scenario already; --seed is for a file or a name.")
    return f"shrunk-{number}", drawn(number, amnesia=amnesia), number


def _named(scenario: str) -> Config:
    if scenario in SCENARIOS:
        return SCENARIOS[scenario].config
    if Path(scenario).exists():
        config = load(Path(scenario)).config
        check_environment(config, scenario)
        return config
    raise ConfigError(f"{scenario}: there is no such file and no built-in scenario of that name, and it is no seed.")


def _checked(trails: Path) -> Path:
    """The directory that the user named, if a trail can be written there, and it alone."""
    if trails.exists() and not (trails.is_dir() and not any(trails.iterdir())):
        raise ConfigError(f"{trails}: the trail cannot be written there; name a directory that is empty or new.")
    if not trails.parent.is_dir():
        raise ConfigError(f"{trails}: the trail cannot be written there; name a directory in one that exists.")
    return trails


def _new_directory(name: str) -> Path:
    """A directory under `runs` that is not there yet."""
    names = (name if number == 1 else f"{name}-{number}" for number in itertools.count(1))
    return next(path for each in names if not (path := _RUNS / each).exists())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator shrink",
        description="Reduce a scenario that fails in virtual time to a small one that breaks the same rule.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("scenario", metavar="SEED_OR_FILE", help="a seed of 'explore', a configuration file, or a built-in scenario")
    add("--seed", type=whole(0, _SEED_MAX), metavar="N", help="the seed with which a file fails (default: its own)")
    add("--amnesia", action="store_true", help="the seed was found by 'explore --amnesia'")
    add("--out", type=Path, metavar="FILE", help="where to write the small scenario (default: shrunk-SEED.json)")
    add("--trails", type=Path, metavar="DIR", help="where to write its trail (default: runs/shrunk-SEED)")
    add("--tries", type=whole(1, _TRIES_MAX), default=TRIES, metavar="N", help=f"so many runs (default: {TRIES})")
    add("--for", type=duration_s, dest="seconds", default=SECONDS, metavar="TIME", help="so long (default: 3m)")
    add("--plain", action="store_true", help="plain lines instead of the live display")
    return parser
