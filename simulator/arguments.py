"""The command line: what may be said there, and what it means."""

from __future__ import annotations

import argparse
import difflib
import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from simulator.config import Config
from simulator.hub import DATA_VARIABLE
from simulator.limits import virtual_only
from simulator.loading import ConfigError, Loaded, load
from simulator.outputs import check_directory, check_file
from simulator.processes import command_of
from simulator.scenarios import SCENARIOS
from simulator.session import TRAIL_VARIABLE, Job

DEFAULT_PROGRAM: Final = Path(__file__).resolve().parent.parent / "node.py"
_RANDOM: Final = ("random", "random-amnesia")
"""Scenarios that are drawn from the seed."""
_COMMANDS: Final = ("explore", "shrink")
"""What may stand in place of scenarios, first of all (`simulator.program`)."""
_SEEDS: Final = 2**31
_REPEAT_MAX: Final = 10_000
_JOBS_MAX: Final = 64
_EPILOG: Final = """\
Exit code: 0 when everything held in every run, 1 when something did not, 2 for bad input,
129 after SIGHUP (the terminal was closed), 130 after Ctrl-C, 141 when whoever reads the output leaves,
143 after SIGTERM.
docs/simulator.md is the reference: configuration files, events, what is checked, the JSON report.

Two commands look for failures themselves, in virtual time; each has a --help of its own (docs/exploring.md):
  python -m simulator explore     random scenarios, seed after seed: which of them break a rule
  python -m simulator shrink      what broke, made small"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for."""

    jobs: tuple[Job, ...]
    json: Path | None
    side_by_side: int
    plain: bool
    list: bool
    show: str | None
    remarks: tuple[str, ...]
    """What the user should know before the runs, a line each."""


def parse_arguments(arguments: Sequence[str]) -> Options:
    """Understand the command line, or end the program with exit code 2 and what is wrong; may raise `ConfigError`."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    names: list[str] = asked.scenarios
    if asked.show is not None and asked.show not in SCENARIOS:
        raise ConfigError(_unknown(asked.show, tuple(SCENARIOS)))
    nothing_to_run = asked.list or asked.show is not None
    if not names and not nothing_to_run:
        parser.error("name a configuration file, a built-in scenario, or 'all'; --list names the built-in ones")
    if not nothing_to_run:
        _check_outputs(asked.json, asked.trails, asked.page)
    if asked.virtual and asked.replica is not None:
        raise ConfigError(f"{asked.replica}: no other program can be run in virtual time; leave out --virtual.")
    found = [] if nothing_to_run else _found(names, virtual=asked.virtual)
    jobs = () if nothing_to_run else _jobs(found, asked)
    if asked.page is not None and len(jobs) != 1:
        raise ConfigError(f"{asked.page}: a page shows one run; {len(jobs)} are asked for.")
    if (asked.verify or asked.page is not None) and not asked.virtual and TRAIL_VARIABLE in os.environ:
        raise ConfigError(f"{TRAIL_VARIABLE} is set, but --verify and --page need a directory for each run: unset it.")
    return Options(
        jobs=jobs,
        json=asked.json,
        side_by_side=asked.jobs,
        plain=asked.plain,
        list=asked.list,
        show=asked.show,
        remarks=tuple(_remarks(found, asked)),
    )


def _remarks(found: Sequence[_Found], asked: argparse.Namespace) -> Iterator[str]:
    """What is not heeded, a line each."""
    for each in found:
        yield from (f"{each.place}: ignored: {field}" for field in each.loaded.ignored)
    named = sorted(name for name in os.environ if name.startswith("RAFT_"))
    if asked.virtual and named:
        yield f"{', '.join(named)}: ignored: in virtual time, settings are said in a file's `environment`."
    if asked.trails is not None and not asked.virtual and TRAIL_VARIABLE in os.environ:
        yield f"--trails {asked.trails}: ignored: {TRAIL_VARIABLE} is set, and says where replicas leave their trails."
    if not asked.virtual and DATA_VARIABLE in os.environ:
        yield (
            f"{DATA_VARIABLE}: ignored: a run starts from nothing, in a directory of its own when it is `durable`; "
            "docs/storage.md says how to keep what its replicas write."
        )


def _check_outputs(json: Path | None, trails: Path | None, page: Path | None) -> None:
    """Find out before the runs, not after, that what they give cannot be written."""
    if json is not None:
        check_file(json, "the report")
    if page is not None:
        check_file(page, "the page")
    if trails is not None:
        check_directory(trails)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="Run replicas of a key-value store as real processes, through faults, and judge what they do.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("scenarios", nargs="*", metavar="FILE_OR_NAME", help="a configuration file, a built-in scenario, or 'all'")
    add("--replica", type=Path, metavar="PROGRAM", help="the replica (default: node.py)")
    add(
        "--virtual",
        action="store_true",
        help="in virtual time: our own replica's actors on one thread, by the seed alone",
    )
    add("--seed", type=_whole(0, 2**63 - 1), metavar="N", help="decides all that is random (default: random, shown)")
    add(
        "--repeat",
        type=_whole(1, _REPEAT_MAX),
        default=1,
        metavar="N",
        help="run each N times, with the seeds from --seed on",
    )
    add("--json", type=Path, metavar="OUT", help="write the full reports to this file")
    add("--jobs", type=_whole(1, _JOBS_MAX), default=1, metavar="N", help="so many runs side by side (default: 1)")
    add("--trails", type=Path, metavar="DIR", help="keep every run's trails here (default: only of runs that fail)")
    add("--verify", action="store_true", help="run every actor again from the trails, and check all rules in them")
    add("--page", type=Path, metavar="OUT.html", help="write a page that shows the run, one run only")
    add("--list", action="store_true", help="name the built-in scenarios and end")
    add("--show", metavar="NAME", help="print a built-in scenario as a configuration file and end")
    add("--plain", action="store_true", help="plain lines instead of the live display")
    return parser


class _whole:  # noqa: N801 (used as a function: argparse shows its name in messages)
    """Reads a whole number between two bounds."""

    def __init__(self, low: int, high: int) -> None:
        self._low = low
        self._high = high

    def __call__(self, text: str) -> int:
        if not text.isascii() or not text.isdigit() or not self._low <= int(text) <= self._high:
            raise argparse.ArgumentTypeError(f"{text!r} must be a whole number from {self._low} to {self._high}")
        return int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A configuration that the user named: what its runs are called, and where it is from."""

    scenario: str
    place: str
    loaded: Loaded
    drawn: Callable[[int], Config] | None = None
    """Gives each seed a configuration of its own, instead of the one that is loaded."""


def _jobs(found: Sequence[_Found], asked: argparse.Namespace) -> tuple[Job, ...]:
    program: Path = asked.replica or DEFAULT_PROGRAM
    command = command_of(program)
    return tuple(
        Job(
            scenario=each.scenario,
            config=each.loaded.config if each.drawn is None else each.drawn(number),
            seed=number,
            command=command,
            program=str(program),
            trails=asked.trails,
            verify=asked.verify,
            page=asked.page,
            ignored=each.loaded.ignored,
            virtual=asked.virtual,
        )
        for each in found
        for number in _seeds(asked.seed, each.loaded.config, asked.repeat)
    )


def _seeds(asked: int | None, config: Config, repeat: int) -> range:
    first = _first_seed(asked, config)
    return range(first, first + repeat)


def _first_seed(asked: int | None, config: Config) -> int:
    """The command line's seed goes before the file's; without either it is random."""
    if asked is not None:
        return asked
    return config.seed if config.seed is not None else random.SystemRandom().randrange(_SEEDS)


def _found(names: Sequence[str], *, virtual: bool) -> list[_Found]:
    found = []
    for name in names:
        if name == "all":
            found += [_built_in(each) for each in SCENARIOS]
        elif name in SCENARIOS:
            found.append(_built_in(name))
        elif name in _RANDOM:
            found.append(_random(name, virtual=virtual))
        elif Path(name).exists():
            found.append(_Found(scenario=Path(name).stem, place=name, loaded=load(Path(name))))
        else:
            raise ConfigError(_unknown(name, (*SCENARIOS, *_RANDOM, *_COMMANDS)))
    if virtual:
        _check_virtual(found)
    else:
        _check_real(found)
    return found


def _check_real(found: Sequence[_Found]) -> None:
    """Real machines take no orders to be slow."""
    for each in found:
        if (place := virtual_only(each.loaded.config)) is not None:
            raise ConfigError(f"{each.place}: {place}, which only virtual time can make happen: run it with --virtual.")


def _check_virtual(found: Sequence[_Found]) -> None:
    """Settings that cannot be are refused before any run; real replicas find out by themselves."""
    from simulator.virtual import check_environment  # noqa: PLC0415 (only this knows the replica)

    for each in found:
        check_environment(each.loaded.config, each.place)


def _random(name: str, *, virtual: bool) -> _Found:
    """A scenario that is drawn anew for each seed."""
    if not virtual:
        raise ConfigError(f"{name}: a random scenario is for virtual time: run it with --virtual.")
    from simulator.explore.drawing import drawn  # noqa: PLC0415 (only who asks for it needs it)

    return _Found(
        scenario=name,
        place=name,
        loaded=Loaded(config=SCENARIOS["steady-writes"].config),
        drawn=partial(drawn, amnesia=name == "random-amnesia"),
    )


def _built_in(name: str) -> _Found:
    return _Found(scenario=name, place=name, loaded=Loaded(config=SCENARIOS[name].config))


def _unknown(name: str, known: Sequence[str]) -> str:
    if name in _COMMANDS:
        return f"{name}: this is a command and no scenario: it stands first, as in python -m simulator {name} --help."
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else "--list names the built-in ones."
    return f"{name}: there is no such file and no built-in scenario of that name; {hint}"
