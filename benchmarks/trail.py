"""What the audit trail costs: latency with everything recorded, throughput with the named events.

    python -m benchmarks.trail [--rounds N] [--seconds S]

Each round measures one level and then the other, so that the machine's mood is in both. Steady writes under the
simulator, `off` and `full`: the median latency with `full` must be at most 1.15 times that with `off`. Three replicas
with 64 puts under way at any time, `off` and `events`: the throughput with `events` must be at least 0.9 of that with
`off`. The exit code is 1 when either is not so, or when a run did not hold.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.latency import PROGRAMS, Run, measure, steady_writes
from benchmarks.saturation import puts_a_second

LEVEL: Final = "RAFT_TRAIL_LEVEL"
LATENCY_BAR: Final = 1.15
THROUGHPUT_BAR: Final = 0.9
TURNS_A_ROUND: Final = 5
TURN_S: Final = 2.0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trail", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="turns of each level (default: 3)")
    parser.add_argument("--seconds", type=int, default=30, help="length of a turn under the simulator (default: 30)")
    return parser.parse_args()


def latencies(rounds: int, seconds: int) -> tuple[float, bool]:
    """The ratio of the medians, `full` to `off`, and whether all runs held."""
    runs: dict[str, list[Run]] = {"off": [], "full": []}
    with tempfile.TemporaryDirectory() as directory:
        configuration = steady_writes(Path(directory), seconds)
        for seed in range(1, rounds + 1):
            for level, of_one in runs.items():
                out = Path(directory) / f"{level}-{seed}.json"
                run = measure(PROGRAMS["replica"], configuration, seed, out, **{LEVEL: level})
                of_one.append(run)
                held = "" if run.passed else ", DID NOT HOLD"
                print(
                    f"{level:8} median {run.answers.median_ms:.2f} ms, p99 {run.answers.p99_ms:.2f} ms{held}",
                    flush=True,
                )
    off, full = (statistics.median(run.answers.median_ms for run in of_one) for of_one in runs.values())
    return full / off, all(run.passed for of_one in runs.values() for run in of_one)


def throughputs(rounds: int) -> float:
    """The ratio of the median rates, `events` to `off`; short turns, and many of them, for rates change quickly."""
    rates: dict[str, list[float]] = {"off": [], "events": []}
    for _ in range(TURNS_A_ROUND * rounds):
        for level, of_one in rates.items():
            of_one.append(puts_a_second({LEVEL: level, "RAFT_START_WAIT_MS": "300"}, TURN_S))
            print(f"{level:8} {of_one[-1]:,.0f} puts/s", flush=True)
    off, events = (statistics.median(of_one) for of_one in rates.values())
    return events / off


def main() -> int:
    """Measure, compare, and say whether the bars are met."""
    chosen = arguments()
    latency, held = latencies(chosen.rounds, chosen.seconds)
    throughput = throughputs(chosen.rounds)
    print(f"latency, full : off = {latency:.2f}; the bar is {LATENCY_BAR}")
    print(f"throughput, events : off = {throughput:.2f}; the bar is {THROUGHPUT_BAR}")
    return 0 if held and latency <= LATENCY_BAR and throughput >= THROUGHPUT_BAR else 1


if __name__ == "__main__":
    sys.exit(main())
