"""What a worker does: it plays a lot of seeds, and says of each what came of it, briefly enough to travel."""

from __future__ import annotations

import functools
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from recording import source_digest
from simulator.explore.drawing import drawn, scenario_name
from simulator.virtual import Finding, Played, play

LOT_SEEDS: Final = 8
"""So many in a lot: enough that handing it over costs next to nothing, few enough that nobody waits for long."""

CRASHED: Final = "the simulator plays every scenario to its end"
"""The rule that is broken when `play` raises an exception."""

_HERE: Final = Path(__file__).resolve().parent.parent.parent
_JUDGES: Final = ("simulator", "audit", "linearizability", "recording", "trail")
_DIGITS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Seeds that follow one another, to be played by one worker."""

    seeds: range
    amnesia: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a seed."""

    seed: int
    replicas: int
    """0 when it is not known, for the simulator itself is at fault."""
    findings: tuple[Finding, ...]
    steps: int
    virtual_s: float
    cpu_s: float
    """What it cost: seconds of one core."""
    events: Mapping[str, int]
    faults: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LotPlayed:
    """The results of a lot, in the order of its seeds, and which code gave them."""

    code: str
    results: tuple[Result, ...]


def play_lot(lot: Lot) -> LotPlayed:
    """Play all of them."""
    results = tuple(_result(seed, amnesia=lot.amnesia) for seed in lot.seeds)
    return LotPlayed(code=code_digest(), results=results)


def play_seed(seed: int, *, amnesia: bool, trails: Path | None = None) -> Played:
    """Play the random scenario of a seed, as `--virtual random --seed` does."""
    return play(drawn(seed, amnesia=amnesia), seed, scenario=scenario_name(amnesia=amnesia), trails=trails)


@functools.cache
def code_digest() -> str:
    """Which code plays: of the replica, of what surrounds and judges it, and the version; the same on any machine.

    It is that of the first lot: what is changed later, a process that runs has not loaded.
    """
    digest = sha256((_HERE / "node.py").read_bytes())
    for package in _JUDGES:
        for path in sorted((_HERE / package).rglob("*.py")):
            digest.update(path.relative_to(_HERE).as_posix().encode())
            digest.update(path.read_bytes())
    return f"{source_digest()}-{digest.hexdigest()[:_DIGITS]}"


def _result(seed: int, *, amnesia: bool) -> Result:
    begun_s = time.thread_time()
    try:
        played = play_seed(seed, amnesia=amnesia)
    except Exception as error:  # noqa: BLE001 (it is a finding; the others are still to be played)
        return _crashed(seed, error, time.thread_time() - begun_s)
    return Result(
        seed=seed,
        replicas=played.config.replicas,
        findings=played.findings,
        steps=played.steps,
        virtual_s=played.virtual_s,
        cpu_s=time.thread_time() - begun_s,
        events=dict(played.events),
        faults=dict(played.faults),
    )


def _crashed(seed: int, error: Exception, cpu_s: float) -> Result:
    """The simulator itself is at fault; where, is the last that is known."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    sentence = f"{type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno})"
    finding = Finding(rule=CRASHED, sentence=sentence, at=0.0, step=0, checker="simulator")
    return Result(seed=seed, replicas=0, findings=(finding,), steps=0, virtual_s=0.0, cpu_s=cpu_s, events={}, faults={})
