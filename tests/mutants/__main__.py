"""Tries mutants: `python -m tests.mutants [NAME...] [--seeds N] [--jobs J] [--tries N] [--for TIME] [--out FILE]`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from simulator.explore.arguments import duration_s
from simulator.explore.shrinking import SECONDS, TRIES
from tests.mutants.copies import trial_of
from tests.mutants.mutant import Mutant
from tests.mutants.report import Tried, holds_on_the_right_code, markdown
from tests.mutants.table import MUTANTS
from tests.mutants.trial import Trial

SEEDS: Final = 2_000


def main(arguments: Sequence[str]) -> int:
    """Try the mutants that are named, or all; 0 when every one of them was caught."""
    asked = _parser().parse_args(arguments)
    chosen = [mutant for mutant in MUTANTS if not asked.names or any(part in mutant.name for part in asked.names)]
    if not chosen:
        print(f"There is no mutant whose name has {' or '.join(asked.names)} in it.", file=sys.stderr)
        return 2

    def tried(mutant: Mutant) -> Tried:
        trial = trial_of(mutant, seeds=asked.seeds, tries=asked.tries, seconds=asked.seconds)
        print(_line(mutant, trial), flush=True)
        return mutant, trial

    with ThreadPoolExecutor(max_workers=asked.jobs) as pool:
        all_tried = list(pool.map(tried, chosen))
    if asked.out is not None:
        asked.out.write_text(markdown(all_tried), "utf-8")
    blamed = [mutant.name for mutant, trial in all_tried if not holds_on_the_right_code(trial)]
    survived = [mutant.name for mutant, trial in all_tried if trial.seed is None]
    print(
        f"{len(all_tried) - len(survived)} of {len(all_tried)} mutants caught."
        + "".join(f"\n  not {n}" for n in survived)
        + "".join(f"\n  its small scenario fails without it: {n}" for n in blamed)
    )
    return 1 if survived or blamed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants",
        description="Put classic Raft bugs into copies of the code, and see whether random scenarios find them.",
    )
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="mutants whose names have this in them (default: all)")
    add("--seeds", type=int, default=SEEDS, metavar="N", help="at most so many seeds for each")
    add("--tries", type=int, default=TRIES, metavar="N", help="runs for shrinking a failure; 0: none")
    add("--for", type=duration_s, dest="seconds", default=SECONDS, metavar="TIME", help="so long at most, too (3m)")
    add("--jobs", type=int, default=os.cpu_count() or 1, metavar="J", help="so many at the same time")
    add("--out", type=Path, metavar="FILE", help="write the page with the table here")
    return parser


def _line(mutant: Mutant, trial: Trial) -> str:
    if trial.seed is None:
        return f"{mutant.name:<48} SURVIVED {trial.seeds} seeds"
    shrunk = "" if trial.shrunk_steps is None else f" -> {trial.shrunk_steps:,}"
    return f"{mutant.name:<48} seed {trial.seed:<5} {trial.checker}: {trial.rule} ({trial.steps:,}{shrunk} steps)"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
