"""Every bar that the replica is held against under the simulator, in one command.

    python -m benchmarks.simulator [--rounds N] [--failovers N] [--only PART[,PART]] [--seconds S] [--json OUT]

Families of runs take turns, and the floor program goes before the replica where their latencies are compared: the
machine's mood is in all of them. A line is printed as each run is done, and at the end a table, a row for each bar.
All of it takes some 22 minutes. The parts:

    messages    between replicas: steady writes and reads, 15 % loss, a leader killed, two hard partitions
    latency     of steady writes and reads, against the floor program
    failover    how long nobody answers when the leader is killed, in each profile of settings
    follower    the latest answer when a follower is killed
    size        21 replicas on two cores keep their first leader

The exit code is 0 when every bar that was judged held, else 1. `--seconds` is for a trial: turns are shorter, and the
bars on messages are not judged.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from actors.settings import PROFILES
from benchmarks.bars import Verdict, closing, table, verdicts
from benchmarks.families import FAMILIES, Family, chosen, failover_families, schedule, shortened
from benchmarks.measuring import Turn, take_turn
from benchmarks.options import Options, parse


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` writes."""

    held: bool
    verdicts: list[Verdict]
    turns: list[Turn]


def families_for(options: Options) -> tuple[Family, ...]:
    """The families that are asked for, as long as they are asked for."""
    timeouts = {profile: settings.election_timeout_max_ms for profile, settings in PROFILES.items()}
    wanted = chosen((*FAMILIES, *failover_families(timeouts)), options.only)
    return wanted if options.seconds is None else tuple(shortened(family, options.seconds) for family in wanted)


def take_turns(families: Sequence[Family], options: Options) -> list[Turn]:
    """Run all of it, and print a line for each run."""
    turns: list[Turn] = []
    with tempfile.TemporaryDirectory() as directory:
        for family, seed in schedule(families, options.rounds, options.failovers):
            for program in family.programs(options.only):
                turns.append(take_turn(family, program, seed, Path(directory)))
                print(turns[-1].line(), flush=True)
    return turns


def judge(families: Sequence[Family], turns: Sequence[Turn], options: Options) -> list[Verdict]:
    """Hold each family against its bars."""
    return [
        verdict
        for family in families
        for verdict in verdicts(family, [turn for turn in turns if turn.family == family.name], options.only)
    ]


def main() -> int:
    """Measure, judge, and say whether all held."""
    options = parse(None, (__doc__ or "").split("\n", maxsplit=1)[0])
    families = families_for(options)
    turns = take_turns(families, options)
    judged = judge(families, turns, options)
    held = all(verdict.held is not False for verdict in judged)
    print(f"\n{table(judged)}\n\n{closing(judged)}")
    if options.json is not None:
        result = Result(held=held, verdicts=judged, turns=turns)
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(result)) + b"\n")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
