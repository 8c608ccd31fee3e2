"""The command: run replicas through scenarios, and say whether they held."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from simulator.arguments import Options, parse_arguments
from simulator.campaign import one_after_another, side_by_side
from simulator.display import LiveDisplay
from simulator.hub import Watcher
from simulator.interruption import InterruptedRunError
from simulator.loading import ConfigError
from simulator.outputs import leave_unread, write_file
from simulator.plain import PlainDisplay
from simulator.processes import ProgramError
from simulator.report import Report, encode_reports
from simulator.scenarios import SCENARIOS
from simulator.session import Job, Unwatched, WorkerError
from simulator.text import closing_table, full_text, line_of


def main(arguments: list[str]) -> int:
    """Do what the command line asks, and return the exit code."""
    match arguments:
        case ["explore", *rest]:
            from simulator.explore.command import main as explore  # noqa: PLC0415 (only this command knows the replica)

            return explore(rest)
        case ["shrink", *rest]:
            from simulator.explore.shrinking_command import main as shrink  # noqa: PLC0415 (the same)

            return shrink(rest)
        case _:
            return _run_scenarios(arguments)


def _run_scenarios(arguments: list[str]) -> int:
    try:
        code = _do(parse_arguments(arguments))
        sys.stdout.flush()
    except (ConfigError, ProgramError, WorkerError) as error:
        print(error, file=sys.stderr)
        return 2
    except InterruptedRunError as error:
        print(f"\nThe simulator was {error}; no replica is left running.", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return leave_unread()
    return code


def _do(options: Options) -> int:
    if options.list:
        return _list()
    if options.show is not None:
        sys.stdout.buffer.write(SCENARIOS[options.show].as_file())
        return 0
    for remark in options.remarks:
        print(remark, file=sys.stderr)
    return _run(options)


def _list() -> int:
    width = max(map(len, SCENARIOS))
    for name, scenario in SCENARIOS.items():
        print(f"{name:<{width}}  {scenario.description}")
    return 0


def _run(options: Options) -> int:
    reports = []
    for report in _reports(options):
        reports.append(report)
        if len(options.jobs) > 1:
            print(line_of(report), flush=True)
    print(full_text(reports[0]) if len(reports) == 1 else closing_table(reports), end="")
    if options.json is not None:
        write_file(options.json, encode_reports(reports), "the report")
    return 0 if all(report.passed for report in reports) else 1


def _reports(options: Options) -> Iterator[Report]:
    if options.side_by_side > 1:
        return side_by_side(options.jobs, options.side_by_side)
    return one_after_another(options.jobs, lambda job: _watcher(options, job))


def _watcher(options: Options, job: Job) -> Watcher:
    """A live display on a terminal; lines of progress elsewhere, unless several runs have a line each anyway.

    In virtual time there is nothing to wait for.
    """
    if job.virtual:
        return Unwatched()
    if sys.stdout.isatty() and not options.plain:
        return LiveDisplay(job.scenario, job.config)
    return Unwatched() if len(options.jobs) > 1 else PlainDisplay(job.scenario, job.config)
