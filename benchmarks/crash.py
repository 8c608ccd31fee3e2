"""Power cuts, by the hundred: durable replicas as real processes, ended by SIGKILL under load, again and again.

    python -m benchmarks.crash [--rounds N] [--seed N] [--json OUT]

A round ends one replica, two, or all five of them at once, at a random moment, and starts them again from their disks,
up to a second later. Twenty rounds make a run, in which clients read and write the same keys all the time; behind the
last round, every key is read some ten times more. The simulator checks each run's history for linearizability, so a
write that was acknowledged and is gone shows in what is read. And each run's trails are verified: every process is run
again, and Raft's rules are checked, one of which is that what was durable comes back. 200 rounds take some 13 minutes.

The exit code is 0 when nothing was lost, and nobody ended by himself, else 1.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from simulator.config import Config
from simulator.events import AnyEvent, Restart, RestartAll

ROOT: Final = Path(__file__).resolve().parent.parent
ROUNDS_IN_A_RUN: Final = 20
_EVERY_S: Final = 3.0
_QUIET_S: Final = 10.0
_REQUESTS_PER_S: Final = 25
_KEYS: Final = 25
_REPLICAS: Final = tuple(f"{number:04X}" for number in range(5))
_AFTER_S: Final = (0.02, 1.0)
_TELLING: Final = (
    "no incorrect response",
    "history linearizable",
    "no duplicate answers",
    "no replica died by itself",
    "trails verify",
)
"""Checks of a run that say whether anything was lost."""


class Check(msgspec.Struct, frozen=True):
    """One thing that the simulator demands of a run."""

    name: str
    held: bool
    detail: str


class Requests(msgspec.Struct, frozen=True):
    """What became of requests."""

    gets_answered: int
    puts_answered: int


class Replica(msgspec.Struct, frozen=True):
    """One replica."""

    restarts: int


class Run(msgspec.Struct, frozen=True):
    """One run in the simulator's JSON report."""

    seed: int
    requests: Requests
    replicas: list[Replica]
    checks: list[Check]

    def broken(self) -> list[str]:
        """What should have held, and did not."""
        return [f"{check.name}: {check.detail}" for check in self.checks if check.name in _TELLING and not check.held]


class Report(msgspec.Struct, frozen=True):
    """The simulator's JSON report."""

    runs: list[Run]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` writes."""

    rounds: int
    processes_killed: int
    puts_acknowledged: int
    gets_answered: int
    broken: list[str]


def scenario(rounds: int, seed: int) -> tuple[Config, Counter[str]]:
    """A run of so many rounds, and how many there are of each kind."""
    rng = Random(f"{seed}/crash")
    kinds: Counter[str] = Counter()
    events: list[AnyEvent] = []
    for number in range(rounds):
        events += _round(rng, 2.0 + _EVERY_S * number, kinds)
    lifetime = 2.0 + _EVERY_S * rounds + _QUIET_S
    config = Config(
        lifetime=lifetime,
        replicas=len(_REPLICAS),
        requests=round(lifetime * _REQUESTS_PER_S),
        mix=0.5,
        shared_keys=_KEYS,
        durable=True,
        max_packets=1_000_000,
        environment={"RAFT_PROFILE": "cluster"},
        extra_events=tuple(events),
    )
    return config, kinds


def _round(rng: Random, at: float, kinds: Counter[str]) -> Iterator[AnyEvent]:
    """Who is ended, and for how long."""
    at += rng.uniform(0, 0.5)
    kind = rng.choice(("the leader", "one", "two", "all"))
    kinds[kind] += 1
    if kind == "all":
        yield RestartAll(time=at, after_s=rng.uniform(*_AFTER_S))
        return
    names = ["leader"] if kind == "the leader" else rng.sample(_REPLICAS, 1 if kind == "one" else 2)
    for name in names:
        yield Restart(time=at, replica=name, after_s=rng.uniform(*_AFTER_S))


def play(config: Config, seed: int, directory: Path) -> Run:
    """One run under the simulator; exits when it could not be played."""
    file, out = directory / "crash.json", directory / f"crash-{seed}-report.json"
    file.write_bytes(msgspec.json.encode(config))
    command = [sys.executable, "-m", "simulator", str(file), "--seed", str(seed), "--plain", "--verify"]
    done = subprocess.run(  # noqa: S603  # our own words
        [*command, "--json", str(out)], cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ
    )
    if not out.exists():
        sys.exit(f"The simulator did not run: {done.stderr.strip()}")
    return msgspec.json.decode(out.read_bytes(), type=Report).runs[0]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crash", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=200, metavar="N", help="power cuts in all (default: 200)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the first run (default: 1)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write all counts to this file")
    return parser.parse_args()


def main() -> int:
    """Cut the power, count, and say whether anything was lost."""
    asked = arguments()
    kinds: Counter[str] = Counter()
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as directory:
        for first in range(0, asked.rounds, ROUNDS_IN_A_RUN):
            config, of_run = scenario(min(ROUNDS_IN_A_RUN, asked.rounds - first), asked.seed + len(runs))
            run = play(config, asked.seed + len(runs), Path(directory))
            kinds += of_run
            runs.append(run)
            print(_line(run, of_run.total()), flush=True)
    result = Result(
        rounds=kinds.total(),
        processes_killed=sum(replica.restarts for run in runs for replica in run.replicas),
        puts_acknowledged=sum(run.requests.puts_answered for run in runs),
        gets_answered=sum(run.requests.gets_answered for run in runs),
        broken=[f"seed {run.seed}: {each}" for run in runs for each in run.broken()],
    )
    print(_closing(result, kinds))
    if asked.json is not None:
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(result)) + b"\n")
    return 1 if result.broken else 0


def _line(run: Run, rounds: int) -> str:
    killed = sum(replica.restarts for replica in run.replicas)
    held = "; ".join(run.broken()) or "nothing lost"
    answered = f"{run.requests.puts_answered:,} puts acknowledged, {run.requests.gets_answered:,} gets answered"
    return f"seed {run.seed}: {rounds} rounds, {killed} processes killed, {answered}: {held}"


def _closing(result: Result, kinds: Counter[str]) -> str:
    listed = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    verdict = "\n".join(result.broken) or "No acknowledged write was lost, all histories are linearizable."
    return (
        f"{result.rounds} rounds ({listed}); {result.processes_killed} processes killed, "
        f"{result.puts_acknowledged:,} puts acknowledged, {result.gets_answered:,} gets answered.\n{verdict}"
    )


if __name__ == "__main__":
    sys.exit(main())
