"""Median latency of steady writes, in turns with the least program that could do it.

    python -m benchmarks.latency [--rounds N] [--seconds S]

Each round runs the floor program and then the replica under the simulator: 5 replicas, four puts to one get, as many
requests a second as 400 puts and 100 gets in 30 s. What counts is the ratio of the two medians over all rounds: the
machine's mood is in both. The bar is 1.5; the exit code is 1 above it, and when a run did not hold.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import msgspec

ROOT: Final = Path(__file__).resolve().parent.parent
PROGRAMS: Final = {"floor": ROOT / "benchmarks" / "floor.py", "replica": ROOT / "node.py"}
REQUESTS_A_SECOND: Final = 500 / 30
BAR: Final = 1.5


class Answers(msgspec.Struct, frozen=True):
    """What the simulator's JSON report says of all answers, in milliseconds."""

    median_ms: float
    p99_ms: float


class Run(msgspec.Struct, frozen=True):
    """One run in the simulator's JSON report."""

    passed: bool
    answers: Answers


class Report(msgspec.Struct, frozen=True):
    """The simulator's JSON report."""

    runs: list[Run]


def measure(program: Path, configuration: Path, seed: int, out: Path, **environment: str) -> Run:
    """Run `program` once under the simulator, in `environment`; exits when the simulator could not run it."""
    command = [sys.executable, "-m", "simulator", str(configuration), "--replica", str(program), "--seed", str(seed)]
    command += ["--plain", "--json", str(out)]
    done = subprocess.run(  # noqa: S603  # our own words
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | environment
    )
    if not out.exists():
        sys.exit(f"The simulator did not run {program.name}: {done.stderr.strip()}")
    return msgspec.json.decode(out.read_bytes(), type=Report).runs[0]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="turns of each program (default: 3)")
    parser.add_argument("--seconds", type=int, default=30, help="length of a turn, 5 at least (default: 30)")
    return parser.parse_args()


def steady_writes(directory: Path, seconds: int) -> Path:
    """A configuration file of the family, so many seconds long."""
    path = directory / "steady-writes.json"
    wanted = {"lifetime": seconds, "replicas": 5, "requests": round(REQUESTS_A_SECOND * seconds), "mix": 0.2}
    path.write_text(json.dumps(wanted), encoding="utf-8")
    return path


def rounds(count: int, seconds: int) -> dict[str, list[Run]]:
    """Run each program in turns, `count` times, and print a line for each."""
    runs: dict[str, list[Run]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as directory:
        configuration = steady_writes(Path(directory), seconds)
        for seed in range(1, count + 1):
            for name, program in PROGRAMS.items():
                run = measure(program, configuration, seed, Path(directory) / f"{name}-{seed}.json")
                runs[name].append(run)
                held = "" if run.passed else ", DID NOT HOLD"
                answers = run.answers
                print(f"{name:8} median {answers.median_ms:.2f} ms, p99 {answers.p99_ms:.2f} ms{held}", flush=True)
    return runs


def main() -> int:
    """Measure, compare, and say whether the bar is met."""
    chosen = arguments()
    runs = rounds(chosen.rounds, chosen.seconds)
    medians = {name: statistics.median(run.answers.median_ms for run in of_one) for name, of_one in runs.items()}
    ratio = medians["replica"] / medians["floor"]
    print(f"replica {medians['replica']:.2f} ms : floor {medians['floor']:.2f} ms = {ratio:.2f}; the bar is {BAR}")
    return 0 if ratio <= BAR and all(run.passed for of_one in runs.values() for run in of_one) else 1


if __name__ == "__main__":
    sys.exit(main())
