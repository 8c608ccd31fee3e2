"""What trying costs, and what it gives: a scenario fails with a seed by the rule that is looked for, or it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from simulator.config import Config
from simulator.explore.lots import CRASHED
from simulator.virtual.played import Finding, Played


class Player(Protocol):
    """Plays a run in virtual time, as `simulator.virtual.play` does."""

    def __call__(self, config: Config, seed: int, /, *, steps_max: int | None = None) -> Played:
        """What comes of it; after `steps_max` steps, nothing more does."""


class SpentError(Exception):
    """There may be no more tries: what was reached by now must do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A scenario that fails with this seed, how it does, and how long that takes."""

    config: Config
    seed: int
    finding: Finding
    """The first."""
    steps: int
    """Messages that actors took until then; 0 when the simulator fails, for then nobody has counted."""
    virtual_s: float


class Trials:
    """Plays scenarios, none of them twice, and counts: after `limit` plays, or once no time is left, it raises.

    `left` says which share of the time is left; more than `reserve` of it must be.
    """

    def __init__(self, play: Player, rule: str, *, limit: int, left: Callable[[], float]) -> None:
        self._play: Final = play
        self._rule: Final = rule
        self._left: Final = left
        self._known: Final[dict[tuple[bytes, int], tuple[Failure | None, int]]] = {}
        """What came of it, and in how many steps it had to."""
        self.limit = limit
        self.reserve = 0.0
        self.count = 0

    def failure(self, config: Config, seed: int, steps_max: int) -> Failure | None:
        """How `config` fails with `seed` by the rule, if it does within so many steps, or None; raises SpentError."""
        key = (msgspec.json.encode(config), seed)
        found, played = self._known.get(key, (None, 0))
        if found is None and played < steps_max:
            if self.count >= self.limit or self._left() <= self.reserve:
                raise SpentError
            self.count += 1
            found = failure_of(self._play, config, seed, steps_max)
            if found is not None and found.finding.rule != self._rule:
                found = None
            self._known[key] = found, steps_max
        return found


def failure_of(play: Player, config: Config, seed: int, steps_max: int | None = None) -> Failure | None:
    """Play once, so many steps at most: what is found first, or None; an exception is a finding too."""
    try:
        played = play(config, seed, steps_max=steps_max)
    except Exception as error:  # noqa: BLE001 (whatever it is, it may be what is to be shrunk)
        finding = Finding(rule=CRASHED, sentence=f"{type(error).__name__}: {error}", at=0.0, step=0)
        return Failure(config=config, seed=seed, finding=finding, steps=0, virtual_s=0.0)
    if not played.findings:
        return None
    first = played.findings[0]
    return Failure(config=config, seed=seed, finding=first, steps=played.steps, virtual_s=played.virtual_s)
