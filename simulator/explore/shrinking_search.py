"""The search for a smaller scenario: it holds the smallest that is known, and is offered others."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, TypeAlias

from msgspec.structs import replace

from simulator.config import Config
from simulator.events import AnyEvent, Heal, Resume
from simulator.explore.shrinking_fit import allowed_from, is_safety
from simulator.explore.shrinking_size import cost, size_of
from simulator.explore.shrinking_trials import Failure, Trials

Tell: TypeAlias = Callable[[str], None]

_ANY_NUMBER: Final = 10**12
"""Of steps: where nobody has counted how many the best takes."""


class Search:
    """Offered a scenario, it plays it with some seeds, and keeps it if it fails by the same rule and is smaller.

    Any change shifts the schedule, so that what fails does so with luck only: `seeds` is with how many seeds a scenario
    is tried. `bound`, where there is one, lets a plainer scenario take more steps than the best, up to so many.
    """

    def __init__(self, first: Failure, trials: Trials, tell: Tell) -> None:
        self.first: Final = first
        self._trials: Final = trials
        self._tell: Final = tell
        self._is_allowed: Final = allowed_from(first)
        self.keeps_end: Final = not is_safety(first)
        """Whether what ends all faults, when the lifetime is over, must stay."""
        self.best = first
        self.seeds = 1
        self.bound: int | None = None
        self.move = ""
        """What is being tried, in words."""

    @property
    def config(self) -> Config:
        """The smallest scenario that is known."""
        return self.best.config

    @property
    def events(self) -> tuple[AnyEvent, ...]:
        """Its events, in order, but for those at its end."""
        return self.body_of(self.config)

    @property
    def lasting(self) -> tuple[AnyEvent, ...]:
        """What stays wrong: the events behind the healing at its end."""
        return tuple(event for event in self._end_of(self.config) if not isinstance(event, Heal | Resume))

    def attempt_lasting(self, lasting: tuple[AnyEvent, ...]) -> bool:
        """Offer the best with other events behind the healing."""
        heals = tuple(event for event in self._end_of(self.config) if isinstance(event, Heal | Resume))
        return self.attempt(replace(self.config, events=(), extra_events=(*self.events, *heals, *lasting)))

    def attempt(self, config: Config, seeds: int | None = None) -> bool:
        """Whether `config` fails too, and is smaller: then it is the best from now on; raises SpentError."""
        if config == self.config or not self._is_allowed(config):
            return False
        return self._take(config, itertools.islice(self._lucky(), seeds or self.seeds))

    def found(self, config: Config, seed: int, steps_max: int) -> Failure | None:
        """How `config` fails with a seed, within so many steps, if it does; raises SpentError."""
        return self._trials.failure(config, seed, steps_max) if self._is_allowed(config) else None

    def keep(self, found: Failure) -> bool:
        """Whether a failure is smaller than the best: then it is the best from now on."""
        if not self._is_smaller(found):
            return False
        before, self.best = self.best, found
        self._tell(f"{self.move}: {before.steps:,} -> {found.steps:,} steps (try {self._trials.count:,})")
        return True

    def attempt_events(self, events: tuple[AnyEvent, ...]) -> bool:
        """The same for a scenario that has other events."""
        return self.attempt(self.with_events(events))

    def with_events(self, events: tuple[AnyEvent, ...], lifetime: float | None = None) -> Config:
        """The best with other events, and with another lifetime; what must stay comes when that is over."""
        return self.with_body(self.config, events, lifetime)

    def body_of(self, config: Config) -> tuple[AnyEvent, ...]:
        """The events of a scenario, in order, but for those at its end."""
        events = config.all_events
        return events[: len(events) - len(self._end_of(config))]

    def with_body(self, config: Config, events: tuple[AnyEvent, ...], lifetime: float | None = None) -> Config:
        """A scenario with other events, likewise."""
        lifetime = config.lifetime if lifetime is None else lifetime
        end = tuple(replace(event, time=lifetime) for event in self._end_of(config))
        body = sorted(events, key=lambda event: event.time)
        return replace(config, events=(), extra_events=(*body, *end), lifetime=lifetime)

    def hunt(self, seeds: int) -> None:
        """Look for the seed, of so many, with which the best fails soonest; raises SpentError."""
        self._take(self.config, iter(range(1, seeds + 1)))

    def _end_of(self, config: Config) -> tuple[AnyEvent, ...]:
        """What ends all faults when the lifetime is over, if that must stay, and what comes behind it."""
        if not self.keeps_end:
            return ()
        is_before = partial(_is_before_the_end, config)
        return tuple(itertools.dropwhile(is_before, config.all_events))

    def _lucky(self) -> Iterator[int]:
        """Seeds to try, the most promising first."""
        promising = dict.fromkeys((self.best.seed, self.first.seed))
        yield from promising
        yield from (seed for seed in itertools.count(1) if seed not in promising)

    def _take(self, config: Config, seeds: Iterator[int]) -> bool:
        best: Failure | None = None
        steps_max = (self.best.steps if self.bound is None else self.bound) or _ANY_NUMBER
        for seed in seeds:
            found = self._trials.failure(config, seed, steps_max)
            if found is not None and (best is None or cost(found) < cost(best)):
                best, steps_max = found, found.steps
        return best is not None and self.keep(best)

    def _is_smaller(self, other: Failure) -> bool:
        if self.bound is None:
            return cost(other) < cost(self.best)
        return other.steps <= self.bound and size_of(other.config) < size_of(self.config)


def _is_before_the_end(config: Config, event: AnyEvent) -> bool:
    """Whether an event comes before the healing at the end of the lifetime."""
    return event.time < config.lifetime or not isinstance(event, Heal | Resume)
