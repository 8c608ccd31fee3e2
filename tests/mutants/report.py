"""What is written of a round of mutants: the table, and what it comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final, TypeAlias

from simulator.virtual import play
from tests.mutants.mutant import Mutant
from tests.mutants.trial import Trial

Tried: TypeAlias = tuple[Mutant, Trial]

HEAD: Final = """\
# Mutants

A campaign that finds nothing is worth as much as what it would have found. So classic Raft bugs are put into copies of
the code, one small change each (`tests/mutants/`), and random scenarios are played on each, from seed 0 upward, until
something is found. `make mutants` renews this page; its figures are those of the code as it was then.
"""


FOOT: Final = """\
## What is not in the table

Bugs that nothing can show are no mutants. Five were, and are gone:

- *Entries that were read from the log in an earlier term are sent in this one.* A leader begins only once its own vote
  is durable, which the log store reports behind all that was read before; so no such entries can come. In its place
  stands `entries-read-after-the-reign`, where they do come.
- *A write that was answered is not forgotten.* What commits is behind it, always; it is never looked at again, and
  costs memory. In its place stands `redirected-writes-are-kept`.
- *A rejection is believed that answers what was sent before going back.* Entries are sent once more than needed, which
  is a cost and breaks nothing.
- *A part of a snapshot is taken whatever came before it.* Each part says the checksum of all up to its end, so what
  does not follow is refused all the same: two walls in one place. In its place stands `missing-part-not-asked-for`.
- *A first part that comes a second time, late, begins the snapshot anew.* The transfer takes longer while the network
  repeats datagrams, and gets on; a test of the actor shows it (`tests/actors/consensus/test_installing.py`).
"""


def markdown(tried: Sequence[Tried]) -> str:
    """The page."""
    return "\n".join((HEAD, *_summary(tried), "", *_table(tried), "", *_bugs(tried), "", FOOT))


def _summary(tried: Sequence[Tried]) -> Iterator[str]:
    caught = [(mutant, trial) for mutant, trial in tried if trial.seed is not None]
    survived = [mutant.name for mutant, trial in tried if trial.seed is None]
    yield f"{len(caught)} of {len(tried)} mutants were caught" + (f"; not {', '.join(survived)}." if survived else ".")
    seeds = [trial.seeds for _, trial in caught]
    if seeds:
        yield f"Seeds until then: {median(seeds):g} in the median, {max(seeds):,} at most. Who caught them first:"
        by_checker = Counter(trial.checker for _, trial in caught)
        yield ", ".join(f"{checker} {count}" for checker, count in by_checker.most_common()) + "."
    factors = [trial.steps / trial.shrunk_steps for _, trial in caught if trial.shrunk_steps]
    if factors:
        tenth = sum(1 for factor in factors if factor >= 10)
        yield ""
        yield (
            f"Shrinking made the failing scenario {median(factors):.0f} times shorter in the median, in steps until "
            f"the failure; {tenth} of {len(factors)} to a tenth or less. {_on_the_right_code(caught)}"
        )


def _on_the_right_code(caught: Sequence[Tried]) -> str:
    """Whether the small scenarios show the mutants: on the code as it is, they must hold."""
    blamed = [mutant.name for mutant, trial in caught if not holds_on_the_right_code(trial)]
    return f"Without the mutants, some of these fail, too: {', '.join(blamed)}." if blamed else "All hold without them."


def holds_on_the_right_code(trial: Trial) -> bool:
    """Whether what was left of the scenario, if it was shrunk, does not break that rule on the code as it is."""
    if trial.small is None:
        return True
    return all(found.rule != trial.rule for found in play(trial.small, trial.small_seed).findings)


def _table(tried: Sequence[Tried]) -> Iterator[str]:
    yield "| mutant | file | seeds | checker | rule | steps | shrunk to |"
    yield "|---|---|---|---|---|---|---|"
    for mutant, trial in tried:
        if trial.seed is None:
            yield f"| {mutant.name} | `{mutant.file}` | **survived {trial.seeds}** | | | | |"
        else:
            shrunk = "" if trial.shrunk_steps is None else f"{trial.shrunk_steps:,}"
            found = f"{trial.seeds} | {trial.checker} | {trial.rule} | {trial.steps:,} | {shrunk}"
            yield f"| {mutant.name} | `{mutant.file}` | {found} |"


def _bugs(tried: Sequence[Tried]) -> Iterator[str]:
    yield "## The bugs"
    yield ""
    for mutant, _ in tried:
        yield f"- **{mutant.name}**: {mutant.bug} {mutant.shows}"
