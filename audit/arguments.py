"""The command line of `python -m audit`: which commands there are, and what all of them have in common."""

import argparse
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from audit.files import ReadError, holds_a_trail, listing, reason_of, trail_file
from audit.reading import Severity, Trails, read

RUNS: Final = Path("runs")
"""Where replicas write when nothing else is said."""

_DESCRIPTION: Final = "Look into the audit trail of a run: what happened, in which order, and why."
_EXAMPLES: Final = """\
A trail is a directory of files like 0001.jsonl, one for each replica. Without a directory, the newest under ./runs is
read. To begin with:

  python -m audit summary                          what happened, anomalies first
  python -m audit timeline --event-only            the named events, in the order of cause and effect
  python -m audit timeline --mid M17               the whole life of one request, through all replicas
  python -m audit timeline --term 3 --node 0002    what replica 0002 did in term 3
  python -m audit COMMAND --help                   what a command takes, with examples

Exit code: 0 when all is well; 1 when something is wrong in the run, or the trail is damaged; 2 when nothing can be
read, or for a bad command line; verify also gives 3, when nothing wrong was found but records are missing.
docs/debugging.md walks through it all."""


class CommandModule(Protocol):
    """What a command's module offers."""

    def add_arguments(self, parser: argparse.ArgumentParser, /) -> None:
        """Say what the command takes, and describe it with examples."""

    def run(self, parsed: argparse.Namespace, /) -> int:
        """Do it; the exit code. ReadError is said in a sentence, with exit code 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command: its name, the module that does it, and one line about it."""

    name: str
    module: str
    line: str


COMMANDS: Final = (
    Command(name="summary", module="audit.summary", line="what happened in the run, anomalies first"),
    Command(name="timeline", module="audit.timeline", line="all records in the order of cause and effect, filtered"),
    Command(
        name="verify", module="audit.verify", line="run every actor again, check Raft's invariants and the clients"
    ),
    Command(name="state", module="audit.state", line="the state of every actor at a point of the run"),
    Command(name="diff", module="audit.diff", line="how two states differ: two points, or two replicas"),
    Command(name="extract", module="audit.extract", line="make a regression test of a stretch of one actor's life"),
    Command(name="page", module="audit.page_command", line="one HTML file with a diagram of the whole run"),
    Command(name="log", module="audit.data_log", line="of a data directory, not a trail: term, vote and log"),
    Command(name="check", module="audit.data_check", line="of a data directory, not a trail: is it what was written"),
)
"""A command is added by a line here and a module of that name, which is imported only when it is asked for."""


def parse(arguments: Sequence[str]) -> tuple[CommandModule, argparse.Namespace]:
    """Understand the command line; ends the program with exit code 2 and a sentence when it makes no sense."""
    parser = argparse.ArgumentParser(
        prog="python -m audit",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)
    modules: dict[str, CommandModule] = {}
    for command in COMMANDS:
        if importlib.util.find_spec(command.module) is None:
            continue
        of_command = commands.add_parser(
            command.name, help=command.line, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if command.name in arguments:
            modules[command.name] = _loaded(command)
            modules[command.name].add_arguments(of_command)
    parsed = parser.parse_args(arguments)
    return modules[parsed.command], parsed


def _loaded(command: Command) -> CommandModule:
    module: CommandModule = importlib.import_module(command.module)
    return module


def add_directory(parser: argparse.ArgumentParser) -> None:
    """Let the command take the directory of a trail."""
    parser.add_argument(
        "directory",
        metavar="TRAIL_DIR",
        type=Path,
        nargs="?",
        help="the directory of the run's trails (default: the newest under ./runs)",
    )


def directory_of(parsed: argparse.Namespace) -> Path:
    """The directory that was named, or the newest, which is said on stderr; raises ReadError."""
    named: Path | None = parsed.directory
    if named is not None:
        return named
    newest = newest_run(RUNS)
    sys.stderr.write(f"Reading {newest}, the newest run.\n")
    return newest


def newest_run(runs: Path) -> Path:
    """The directory under `runs` whose trail was written to last; raises ReadError."""
    names = listing(runs).others if runs.is_dir() else ()
    found = [runs / name for name in names if holds_a_trail(runs / name)]
    if not found:
        raise ReadError(f"There is no trail under ./{runs}; name the directory of one.")
    try:
        return max(found, key=_last_written)
    except OSError as error:
        raise ReadError(f"{error.filename or runs}: it cannot be read: {reason_of(error)}.") from None


def _last_written(directory: Path) -> float:
    return max(path.stat().st_mtime for path in directory.iterdir() if trail_file(path.name) is not None)


def read_aloud(directory: Path) -> Trails:
    """Read the trail, and say on stderr what is wrong with it; raises ReadError."""
    trails = read(directory)
    for problem in trails.problems:
        kind = "damage: " if problem.severity is Severity.DAMAGE else ""
        sys.stderr.write(f"{kind}{problem}\n")
    return trails
