"""`python -m simulator explore`: random scenarios, seed after seed, and which of them break a rule."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from simulator.explore.arguments import Options, parse_arguments
from simulator.explore.campaign import Campaign
from simulator.explore.coverage_source import branches
from simulator.explore.lots import code_digest, play_seed
from simulator.explore.progress import LiveProgress, PlainProgress, Progress
from simulator.explore.summary import End, Explored, Failure, Summary, encode
from simulator.explore.summary_text import closing_text
from simulator.explore.workers import Processes, Workers, WorkersError
from simulator.explore.workers_dask import Dask
from simulator.interruption import InterruptedRunError, Interruption
from simulator.loading import ConfigError
from simulator.outputs import leave_unread, reason_of, write_file

Clock = Callable[[], float]


def main(arguments: list[str]) -> int:
    """Do what the command line asks, and return the exit code."""
    try:
        code = _do(parse_arguments(arguments))
        sys.stdout.flush()
    except (ConfigError, WorkersError) as error:
        print(error, file=sys.stderr)
        return 2
    except InterruptedRunError as error:  # before there was anything to report
        print(f"\nThe campaign was {error}.", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return leave_unread()
    return code


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A campaign that is over, and the signal that ended it, if one did."""

    explored: Explored
    interrupted: InterruptedRunError | None


def explore(options: Options, workers: Workers, *, clock: Clock = time.monotonic) -> Ended:
    """Play the campaign; raises WorkersError."""
    summary = Summary(options.plan)
    begun_at = clock()
    seconds = options.seconds
    progress = _progress(options, summary, clock)
    interrupted: InterruptedRunError | None = None

    def has_time() -> bool:
        return seconds is None or clock() - begun_at < seconds

    try:
        with Interruption() as interruption:

            def look() -> None:
                interruption.check()
                progress.look()

            campaign = Campaign(options.plan, workers, code=code_digest(), look=look, has_time=has_time)
            with closing(campaign.results()) as results:
                for result in results:
                    kept = len(summary.failed)
                    summary.add(result)
                    for failure in summary.failed[kept:]:
                        progress.failed(failure)
    except InterruptedRunError as error:
        interrupted = error
    finally:
        progress.close()
    end = _end(options, summary, interrupted)
    wall_s = clock() - begun_at
    return Ended(
        explored=summary.conclude(end, code=code_digest(), wall_s=wall_s, branches=branches()), interrupted=interrupted
    )


def _do(options: Options) -> int:
    print(f"Seeds from {options.plan.first} on, {_players(options)}.", flush=True)
    workers = Dask(options.dask) if options.dask is not None else Processes(options.jobs)
    ended = explore(options, workers)
    print(closing_text(ended.explored), end="")
    if options.json is not None:
        write_file(options.json, encode(ended.explored), "the report")
    if ended.interrupted is not None:
        print(f"\nThe campaign was {ended.interrupted}.", file=sys.stderr)
        return ended.interrupted.exit_code
    if options.trails is not None and ended.explored.failed:
        _keep_trails(options.trails, ended.explored, amnesia=options.plan.amnesia)
    return 0 if ended.explored.passed else 1


def _players(options: Options) -> str:
    if options.dask is not None:
        return f"by the workers of {options.dask}"
    return f"in {options.jobs} process{'' if options.jobs == 1 else 'es'}"


def _progress(options: Options, summary: Summary, clock: Clock) -> Progress:
    if sys.stdout.isatty() and not options.plain:
        return LiveProgress(summary, clock, options.seconds)
    return PlainProgress(summary, clock, options.seconds)


def _end(options: Options, summary: Summary, interrupted: InterruptedRunError | None) -> End:
    if interrupted is not None:
        return "interrupted"
    if summary.failures and options.plan.stop_at_failure:
        return "stopped at the first failure"
    return "all seeds played" if options.seconds is None else "time over"


def _keep_trails(directory: Path, explored: Explored, *, amnesia: bool) -> None:
    """Play the first failure again, with trails; what is decided by its seed fails again."""
    failure = explored.failed[0]
    trails = _new_directory(directory, f"{explored.scenario}-{failure.seed}")
    print(f"Trails of seed {failure.seed}: {trails}{_played_again(failure, trails, amnesia=amnesia)}")


def _played_again(failure: Failure, trails: Path, *, amnesia: bool) -> str:
    """Play it, and say what is odd about it."""
    try:
        played = play_seed(failure.seed, amnesia=amnesia, trails=trails)
    except Exception as error:  # noqa: BLE001 (what broke may be the simulator itself: its trails end there)
        return f"; as far as it came before {type(error).__name__}: {error}"
    return "" if played.findings else "; played again with trails, it held, so its seed does not decide it"


def _new_directory(parent: Path, name: str) -> Path:
    try:
        parent.mkdir(exist_ok=True)
        for number in itertools.count(1):
            directory = parent / (name if number == 1 else f"{name}-{number}")
            if not directory.exists():
                directory.mkdir()
                return directory
    except OSError as error:
        raise ConfigError(f"{parent}: trails cannot be kept there: {reason_of(error)}.") from None
    raise AssertionError("there are more numbers than directories")
