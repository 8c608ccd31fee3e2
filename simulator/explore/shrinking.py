"""A failing scenario is reduced to a small one that fails in the same way: by the same rule, in few steps.

Bold moves are tried first, again and again as long as anything is gained, with ever more seeds for each attempt, and by
turns with changes at random; then all moves, likewise. What is gained is taken at once, so all this is greedy: the
result is small, not the smallest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

from msgspec.structs import replace

from simulator.config import Config
from simulator.explore.shrinking_events import (
    alone,
    fewer_events,
    fewer_pairs,
    less_lasting,
    plainer_events,
    plainest_trouble,
    sooner,
    whole_kinds,
)
from simulator.explore.shrinking_load import cut_behind, fewer_replicas, fewer_requests, other_pace
from simulator.explore.shrinking_search import Search, Tell
from simulator.explore.shrinking_settings import all_plain, plain_one_by_one, sooner_asked, sooner_settled
from simulator.explore.shrinking_trials import Failure, Player, SpentError, Trials, failure_of
from simulator.explore.shrinking_wander import wander

TRIES: Final = 20_000
SECONDS: Final = 180.0
"""Unless the user has it otherwise, so many runs, and so long."""
HUNTED_SEEDS: Final = 100
_PATIENCE: Final = (1, 3, 10)
"""With so many seeds a scenario is tried, round after round."""
_VAIN_SHARE: Final = 0.075
"""Changes at random that gain nothing, so large a share of all tries in a row, are enough of them."""
_IMPATIENCE: Final = 8
"""In the beginning, so many times fewer."""
_HUNT_SHARE: Final = 0.15
"""Of tries and time, so much is kept for the hunt at the end."""
_PLAINER_SHARE: Final = 0.2
"""... and of what is left, so much for making it plainer."""
_PLAINER_STEPS: Final = 1.1
"""A scenario that is plainer may take so many times the steps, before the hunt."""

Move: TypeAlias = Callable[[Search], None]

BOLD: Final[Mapping[str, Move]] = {
    "nothing behind the failure": cut_behind,
    "no trouble of a kind": whole_kinds,
    "fewer replicas": fewer_replicas,
    "plain machines and settings": all_plain,
    "settled sooner": sooner_settled,
    "less that stays wrong": less_lasting,
    "fewer events": fewer_events,
    "one event for all": plainest_trouble,
    "fewer requests": fewer_requests,
    "events sooner": sooner,
    "requests sooner": sooner_asked,
    "another pace": other_pace,
}
"""By what is told of them: those that are tried first, and gain most."""
MOVES: Final[Mapping[str, Move]] = {
    **BOLD,
    "fewer pairs of events": fewer_pairs,
    "plainer settings": plain_one_by_one,
    "plainer events": plainer_events,
    "events closer together": alone,
}
"""All."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrunk:
    """What came of it."""

    before: Failure
    after: Failure
    tries: int
    """So many runs were played, the first one apart."""
    is_done: bool
    """Whether nothing was left to be tried when it ended, rather than that tries or time were used up."""

    @property
    def factor(self) -> float:
        """How many times fewer steps there are."""
        return self.before.steps / max(self.after.steps, 1)


def shrunk(
    config: Config,
    seed: int,
    *,
    play: Player,
    tries: int = TRIES,
    hunted: int = HUNTED_SEEDS,
    left: Callable[[], float] = lambda: 1.0,
    tell: Tell = lambda _: None,
) -> Shrunk | None:
    """Reduce `config`, which fails with `seed`; None when it does not fail.

    At most `tries` runs are played, of them at least `hunted` seeds at the end for a sooner failure. `left` is asked
    which share of the time is left, and ends it at 0; apart from that, the result is the same whenever it is made.
    """
    before = failure_of(play, replace(config, seed=None), seed)
    if before is None:
        return None
    trials = Trials(play, before.finding.rule, limit=tries, left=left)
    search = Search(before, trials, tell)
    hunted = min(hunted, round(tries * _HUNT_SHARE))
    trials.limit, trials.reserve = round((tries - hunted) * (1 - _PLAINER_SHARE)), _HUNT_SHARE + _PLAINER_SHARE
    is_done = _until_spent(lambda: _wandering(search, Random(f"{seed}/shrinking"), round(tries * _VAIN_SHARE)))
    trials.limit, trials.reserve = tries - hunted, _HUNT_SHARE
    is_done = _until_spent(lambda: _plainer(search)) and is_done
    trials.limit, trials.reserve = tries, 0.0
    is_done = _until_spent(lambda: _hunt(search, hunted)) and is_done
    return Shrunk(before=before, after=search.best, tries=trials.count, is_done=is_done)


def _until_spent(work: Callable[[], None]) -> bool:
    """Whether it was done within what could be spent."""
    try:
        work()
    except SpentError:
        return False
    return True


def _wandering(search: Search, rng: Random, patience: int) -> None:
    """In good order, and at random, by turns, until neither gains anything."""
    for search.seeds in _PATIENCE:
        _rounds(search, BOLD)
        _wanders(search, rng, patience // _IMPATIENCE)
    search.seeds = 1
    _rounds(search, MOVES)
    while _wanders(search, rng, patience):
        _rounds(search, MOVES)


def _wanders(search: Search, rng: Random, patience: int) -> bool:
    """Whether any change at random gained anything."""
    before, search.move = search.best, "anything"
    wander(search, rng, patience)
    return search.best is not before


def _rounds(search: Search, moves: Mapping[str, Move]) -> None:
    """All these moves, again and again, as long as any of them gains anything."""
    before = None
    while search.best is not before:
        before = search.best
        for search.move, move in moves.items():
            move(search)


def _plainer(search: Search) -> None:
    """As plain as it can be, at hardly more steps."""
    search.seeds = _PATIENCE[-1]
    search.bound = round(search.best.steps * _PLAINER_STEPS)
    _rounds(search, MOVES)


def _hunt(search: Search, seeds: int) -> None:
    """The seed with which it fails soonest, and nothing behind that."""
    search.bound = None
    search.move = "another seed"
    search.hunt(seeds)
    search.move = "nothing behind the failure"
    cut_behind(search)
