"""What trying costs, and what it gives: a scenario fails with a seed by the rule that is looked for, or it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from simulator.config import Config
from simulator.explore.lots import CRASHED
from simulator.virtual.played import Finding, Played

Player: TypeAlias = Callable[[Config, int], Played]
"""Plays a configuration with a seed, in virtual time."""


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
    """Messages that actors took until then."""
    virtual_s: float


class Trials:
    """Plays scenarios, none of them twice, and counts: after `limit` plays, or once no time is left, it raises.

    `left` says which share of the time is left; more than `reserve` of it must be.
    """

    def __init__(self, play: Player, rule: str, *, limit: int, left: Callable[[], float]) -> None:
        self._play: Final = play
        self._rule: Final = rule
        self._left: Final = left
        self._known: Final[dict[tuple[bytes, int], Failure | None]] = {}
        self.limit = limit
        self.reserve = 0.0
        self.count = 0

    def failure(self, config: Config, seed: int) -> Failure | None:
        """How `config` fails with `seed` by the rule, or None when it does not; raises SpentError."""
        key = (msgspec.json.encode(config), seed)
        if key not in self._known:
            if self.count >= self.limit or self._left() <= self.reserve:
                raise SpentError
            self.count += 1
            found = failure_of(self._play, config, seed)
            self._known[key] = found if found is not None and found.finding.rule == self._rule else None
        return self._known[key]


def failure_of(play: Player, config: Config, seed: int) -> Failure | None:
    """Play once: what is found first, or None; an exception is a finding too."""
    try:
        played = play(config, seed)
    except Exception as error:  # noqa: BLE001 (whatever it is, it may be what is to be shrunk)
        finding = Finding(rule=CRASHED, sentence=f"{type(error).__name__}: {error}", at=0.0, step=0)
        return Failure(config=config, seed=seed, finding=finding, steps=0, virtual_s=0.0)
    if not played.findings:
        return None
    first = played.findings[0]
    return Failure(config=config, seed=seed, finding=first, steps=played.steps, virtual_s=played.virtual_s)
