"""One mutant's trial: run from a copy of the code that has the mutation in it, it plays seeds until something is found.

    python -m tests.mutants.trial SEEDS TRIES SECONDS

Seeds from 0 on are those of the explorer. With TRIES above 0, the first failure is shrunk, too,
for at most SECONDS. It prints JSON.
"""

from __future__ import annotations

import sys
import time

import msgspec

from simulator.config import Config
from simulator.explore.drawing import drawn
from simulator.explore.shrinking import shrunk
from simulator.virtual import Played, play


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it; a mutant that survived has no seed."""

    seeds: int
    """How many were played."""
    seed: int | None = None
    checker: str = ""
    rule: str = ""
    sentence: str = ""
    steps: int = 0
    """How many messages actors had taken when it was found."""
    shrunk_steps: int | None = None
    tries: int = 0
    """How many runs shrinking took."""
    small: Config | None = None
    """What was left of the scenario."""
    small_seed: int = 0
    """The seed with which that fails."""


def tried(seeds: int, tries: int, seconds: float) -> Trial:
    """Play so many seeds at most, and shrink what fails, in so many tries and for so long at most."""
    for seed in range(seeds):
        played = play(drawn(seed), seed)
        if played.findings:
            return _found(played, seed + 1, tries, seconds)
    return Trial(seeds=seeds)


def _found(played: Played, seeds: int, tries: int, seconds: float) -> Trial:
    finding, begun_at = played.findings[0], time.monotonic()

    def left() -> float:
        return 1 - (time.monotonic() - begun_at) / seconds

    small = shrunk(played.config, played.seed, play=play, tries=tries, left=left) if tries else None
    return Trial(
        seeds=seeds,
        seed=played.seed,
        checker=finding.checker,
        rule=finding.rule,
        sentence=finding.sentence,
        steps=played.steps,
        shrunk_steps=None if small is None else small.after.steps,
        tries=0 if small is None else small.tries,
        small=None if small is None else small.after.config,
        small_seed=0 if small is None else small.after.seed,
    )


if __name__ == "__main__":
    print(msgspec.json.encode(tried(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))).decode())
