"""`python -m simulator shrink`: what fails, made small enough to be understood, and shown in the debugger."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace
from rich.console import Console
from rich.status import Status

from simulator.config import Config
from simulator.explore.shrinking import Shrunk, shrunk
from simulator.explore.shrinking_arguments import Options, parse_arguments
from simulator.explore.shrinking_size import tidied
from simulator.explore.shrinking_text import text_of
from simulator.interruption import InterruptedRunError, Interruption
from simulator.loading import ConfigError
from simulator.outputs import leave_unread, reason_of, write_file
from simulator.scenario import Scenario
from simulator.virtual import Played, play


class Play(Protocol):
    """Plays a run in virtual time, as `simulator.virtual.play` does."""

    def __call__(
        self, config: Config, seed: int, *, scenario: str = "", trails: Path | None = None, steps_max: int | None = None
    ) -> Played:
        """What comes of it."""


def main(arguments: list[str], player: Play = play) -> int:
    """Do what the command line asks, and return the exit code."""
    try:
        code = _do(parse_arguments(arguments), player)
        sys.stdout.flush()
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except InterruptedRunError as error:
        print(f"\nShrinking was {error}; the smallest that was reached is written.", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return leave_unread()
    return code


def _do(options: Options, player: Play) -> int:
    print(f"{options.name.removeprefix('shrunk-')}: at most {options.tries:,} tries in {options.seconds:.0f} s.")
    with Interruption() as interruption:
        found = _shrink(options, player, interruption)
        if found is None:
            print(f"Nothing failed: the scenario holds with seed {options.seed}, so there is nothing to shrink.")
            return 1
        _write(options.out, found)
        print(text_of(found, options.out, _trails(options, found, player)), end="")
    return 0


def _shrink(options: Options, player: Play, interruption: Interruption) -> Shrunk | None:
    begun_at = time.monotonic()

    def left() -> float:
        """Asked to end, there is no time left: what was reached by then is written."""
        if interruption.has_come:
            return 0.0
        return 1 - (time.monotonic() - begun_at) / options.seconds

    def work(tell: Callable[[str], None]) -> Shrunk | None:
        return shrunk(options.config, options.seed, play=player, tries=options.tries, left=left, tell=tell)

    if not sys.stdout.isatty() or options.plain:
        return work(lambda line: print(line, flush=True))
    with Status("playing it as it is", console=Console()) as status:
        return work(status.update)


def _write(out: Path, found: Shrunk) -> None:
    config = replace(tidied(found.after.config), seed=found.after.seed)
    write_file(out, Scenario(description="", config=config).as_file(), "the scenario")


def _trails(options: Options, found: Shrunk, player: Play) -> Path | None:
    """Play it once more, with its trail; where that is, if there is one."""
    try:
        options.trails.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{options.trails}: the trail cannot be written: {reason_of(error)}.") from None
    try:
        player(found.after.config, found.after.seed, scenario=options.name, trails=options.trails)
    except Exception as error:  # noqa: BLE001 (it may be what was shrunk)
        print(f"The trail ends where the simulator does: {type(error).__name__}: {error}", file=sys.stderr)
    return options.trails
