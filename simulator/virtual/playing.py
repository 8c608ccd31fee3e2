"""Playing one run in virtual time, from its configuration to what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from actors.settings import PREFIX, Settings, SettingsError, settings_from
from messages.ids import NodeId
from simulator.config import Config
from simulator.loading import ConfigError
from simulator.report import Report, make_report, with_check
from simulator.run import Run
from simulator.verdict import Check
from simulator.virtual.calm import longest_delay_s
from simulator.virtual.household import Furnishing, RecordedFurnishing
from simulator.virtual.played import Checker, Finding, Played
from simulator.virtual.settling import longest_s
from simulator.virtual.world import World

PROGRAM: Final = "the actors of node.py, in virtual time"

LINEARIZABLE: Final = "history linearizable"
WHOLE: Final = "run went to its end"
_TELLING: Final = frozenset({"no incorrect response", LINEARIZABLE, "no duplicate answers"})
"""Checks of the contract that mean something although the run was stopped."""


def play(
    config: Config,
    seed: int,
    *,
    scenario: str = "",
    trails: Path | None = None,
    steps_max: int | None = None,
) -> Played:
    """Play `config` with `seed`; it ends at its end, once all is settled, or at the first step that broke a rule.

    After `steps_max` steps it is cut short: what is not found until then is not looked for. Each replica leaves its
    trail in the directory `trails`, if there is one. What this process's own environment says
    does not count. Raises ConfigError when the replicas' settings cannot be.
    """
    settings = _settings(config.environment)
    run = Run(_with_time_to_settle(config, settings), seed)
    names = tuple(NodeId(name) for name in run.cluster.replicas)
    furnishing = (
        Furnishing(names, settings, seed) if trails is None else RecordedFurnishing(names, settings, seed, trails)
    )
    ends_at = config.start_wait + config.lifetime + config.end_wait
    world = World(run, settings, furnishing, Random(f"{seed}/world"), ends_at=ends_at, steps_max=steps_max)
    world.play()
    furnishing.close()
    report = make_report(run, scenario, PROGRAM)
    findings = () if world.is_cut_short else (*world.watch.findings, *_of_the_run(report, world))
    return Played(
        scenario=scenario,
        config=config,
        seed=seed,
        findings=findings,
        steps=world.steps,
        virtual_s=world.now,
        events=furnishing.events(),
        faults=_faults(world),
        report=_with_checks(report, world),
    )


def check_environment(config: Config, place: str) -> None:
    """Raise `ConfigError` when the replicas' settings cannot be; `place` is what error messages call the file."""
    try:
        _settings(config.environment)
    except ConfigError as error:
        raise ConfigError(f"{place}: {error}") from None


def _with_time_to_settle(config: Config, settings: Settings) -> Config:
    """The configuration, with as much time behind its lifetime as it may take until all has settled and been quiet.

    Virtual time costs little; and where something stays wrong, the run ends when it was to end.
    """
    needed_s = longest_s(settings) + longest_delay_s(config)
    return msgspec.structs.replace(config, end_wait=config.end_wait + 2 * needed_s)


def _settings(environment: Mapping[str, str]) -> Settings:
    """The replicas' settings; other variables mean nothing here."""
    try:
        return settings_from({name: value for name, value in environment.items() if name.startswith(PREFIX)})
    except SettingsError as error:
        raise ConfigError(f"`environment`: {error}") from None


def _of_the_run(report: Report, world: World) -> Iterator[Finding]:
    """What the run's own checks found; one that was stopped by a finding is not judged as if it had ended."""
    is_whole = not world.watch.findings
    at = world.now - world.run.config.start_wait
    for check in report.checks:
        if not check.held and (is_whole or check.name in _TELLING):
            checker: Checker = "linearizability" if check.name == LINEARIZABLE else "contract"
            yield Finding(rule=check.name, sentence=check.detail, at=at, step=world.steps, checker=checker)


def _faults(world: World) -> dict[str, int]:
    """What was done to network and machines: messages by what became of them, events, disturbances."""
    counts = world.run.network.counts
    messages = {
        "lost": counts.dropped,
        "cut off": counts.partitioned,
        "duplicated": counts.duplicated,
        "delayed": counts.delayed,
        "reordered": counts.reordered,
        "corrupted": counts.corrupted,
        "hostile": world.run.hostility.sent,
    }
    machines = world.machines
    torn = {"torn transactions": sum(disk.torn_count for disk in machines.disks.values())}
    damaged = {f"damaged: {kind}": count for kind, count in machines.damaged.items()}
    damaged["stopped by damage"] = machines.stopped_by_damage
    faults = Counter(messages) + Counter(world.run.injected) + world.disturbances.counts + Counter(torn | damaged)
    return dict(sorted(faults.items()))


def _with_checks(report: Report, world: World) -> Report:
    """The report of the run, and beside its own checks those of virtual time."""
    if world.watch.findings or world.is_cut_short:
        report = _stopped(report, world)
    for name, checkers, detail in (
        ("Raft's rules at every step", {"Raft's rules", "assertions"}, f"{world.steps:,} steps"),
        ("clients get what they are owed", {"answers"}, f"{world.watch.committed_index:,} entries committed"),
        ("settles, and stays quiet", {"liveness"}, world.settling.describe()),
    ):
        found = [f"{each.rule}: {each.sentence}" for each in world.watch.findings if each.checker in checkers]
        report = with_check(report, Check(name=name, held=not found, detail="; ".join(found) or detail))
    return report


def _stopped(report: Report, world: World) -> Report:
    """A run that was stopped, by a finding or its steps, was not played to its end: what else it lacks is no fault."""
    where = f"no: it was stopped at step {world.steps:,}, {world.now - world.run.config.start_wait:.3f} s"
    checks = tuple(
        replace(check, held=False, detail=where) if check.name == WHOLE else check
        for check in report.checks
        if check.held or check.name in _TELLING
    )
    return replace(report, checks=checks, passed=False)
