"""What a disk costs: entries to a commit under saturation, and the latency of a single put.

    python -m benchmarks.durable [--rounds N] [--seconds S]

Three durable replicas with 64 puts under way at any time: how many entries one commit to the disk holds on average
(group commit), read from the count that each replica keeps beside its log; the bar is 30. Steady writes under the
simulator, volatile and durable replicas in turns, and bare commits of one entry beside them: the median latency of
durable ones must be at most that of volatile ones plus 2.5 commits. A commit is made as often as the puts come: after
60 ms of rest it takes several times as long as one behind another, which is printed, too. The exit code is 1 when
either bar is not met.
"""

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from benchmarks.latency import PROGRAMS, REQUESTS_A_SECOND, Run, measure, steady_writes
from benchmarks.loads import OUTSTANDING
from benchmarks.saturation import puts_a_second
from benchmarks.small_cluster import NAMES
from messages.entry import Entry, Write
from messages.ids import ClientId, NodeId, RequestId, Term
from storage import SqliteStorage

ENTRIES_BAR: Final = 30.0
COMMITS_BAR: Final = 2.5
SATURATED_S: Final = 5.0
COMMITS_IN_A_ROW: Final = 300
COMMITS_AT_REST: Final = 150


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.durable", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="turns of each kind (default: 3)")
    parser.add_argument("--seconds", type=int, default=30, help="length of a turn under the simulator (default: 30)")
    return parser.parse_args()


def entries_a_commit() -> float:
    """One turn under saturation; entries to a commit, over all replicas."""
    with tempfile.TemporaryDirectory() as data:
        environment = {"RAFT_DATA": data, "RAFT_TRAIL_LEVEL": "off", "RAFT_START_WAIT_MS": "300"}
        rate = puts_a_second(environment, SATURATED_S)
        counts = {name: _counts(Path(data) / name / "raft.sqlite") for name in NAMES}
    shown = ", ".join(f"{name} {entries / commits:.1f}" for name, (commits, entries) in counts.items())
    together = sum(entries for _, entries in counts.values()) / sum(commits for commits, _ in counts.values())
    print(f"saturated {rate:,.0f} puts a second; entries to a commit: {shown}; {together:.1f} together", flush=True)
    return together


def _counts(database: Path) -> tuple[int, int]:
    """How many transactions a replica has committed, and how long its log is."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        commits, entries = connection.execute("SELECT transactions, last_index FROM state").fetchone()
    return int(commits), int(entries)


def bare_commit_ms(directory: Path, count: int, *, rest_s: float = 0.0) -> float:
    """The median of many commits of one entry, each after so much rest."""
    storage = SqliteStorage.open(directory, me=NodeId("0000"), cluster=[NodeId("0001"), NodeId("0002")])
    took: list[float] = []
    for number in range(count):
        time.sleep(rest_s)
        write = Write(client=ClientId("0010"), MID=RequestId(f"{number}"), key=f"k{number % 100}", value="v" * 32)
        began = time.perf_counter()
        storage.append((Entry(term=Term(1), write=write),))
        storage.sync()
        took.append((time.perf_counter() - began) * 1000)
    storage.close()
    return statistics.median(took)


def latencies(rounds: int, seconds: int) -> tuple[float, float, float, bool]:
    """The medians of volatile and durable replicas and of a bare commit at rest, and whether all runs held."""
    runs: dict[str, list[Run]] = {"volatile": [], "durable": []}
    commits: list[float] = []
    with tempfile.TemporaryDirectory() as directory:
        volatile = steady_writes(Path(directory), seconds)
        durable = Path(directory) / "durable-writes.json"
        durable.write_text(json.dumps(json.loads(volatile.read_text()) | {"durable": True}))
        for seed in range(1, rounds + 1):
            for kind, configuration in (("volatile", volatile), ("durable", durable)):
                run = measure(PROGRAMS["replica"], configuration, seed, Path(directory) / f"{kind}-{seed}.json")
                runs[kind].append(run)
                held = "" if run.passed else ", DID NOT HOLD"
                answers = run.answers
                print(f"{kind:9} median {answers.median_ms:.2f} ms, p99 {answers.p99_ms:.2f} ms{held}", flush=True)
            in_a_row = bare_commit_ms(Path(directory) / f"row-{seed}", COMMITS_IN_A_ROW)
            rest_s = 1 / REQUESTS_A_SECOND
            commits.append(bare_commit_ms(Path(directory) / f"rest-{seed}", COMMITS_AT_REST, rest_s=rest_s))
            print(f"{'commit':9} median {commits[-1]:.2f} ms at rest, {in_a_row:.2f} ms in a row", flush=True)
    medians = {kind: statistics.median(run.answers.median_ms for run in of_one) for kind, of_one in runs.items()}
    held_all = all(run.passed for of_one in runs.values() for run in of_one)
    return medians["volatile"], medians["durable"], statistics.median(commits), held_all


def main() -> int:
    """Measure, compare, and say whether the bars are met."""
    asked = arguments()
    entries = statistics.median(entries_a_commit() for _ in range(asked.rounds))
    volatile, durable, commit, held = latencies(asked.rounds, asked.seconds)
    print(f"{entries:.1f} entries to a commit with {OUTSTANDING} puts under way; the bar is {ENTRIES_BAR:g}")
    print(
        f"durable {durable:.2f} ms, volatile {volatile:.2f} ms, a commit {commit:.2f} ms: "
        f"{(durable - volatile) / commit:.2f} commits more; the bar is {COMMITS_BAR:g}"
    )
    return 0 if held and entries >= ENTRIES_BAR and durable <= volatile + COMMITS_BAR * commit else 1


if __name__ == "__main__":
    sys.exit(main())
