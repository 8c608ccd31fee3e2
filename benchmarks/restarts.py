"""A long history: does the directory grow, does the memory, and how long does a replica take to start again?

    python -m benchmarks.restarts [--entries N] [--keys N]

Three durable replicas overwrite the same keys until the log has so many entries. Ten times on the way, the sizes of
one replica's directory and memory are taken: in the second half neither may be more than a tenth above the most of the
first. Then all are killed, and started again: each must say hello in under 3 s. The exit code is 1 when any is not so.
"""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.loads import Saturating
from benchmarks.small_cluster import NAMES, SmallCluster

READY_BAR_S: Final = 3.0
GROWTH_BAR: Final = 1.1
LOOKS: Final = 10
VALUE: Final = "v" * 32
WATCHED: Final = NAMES[0]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.restarts", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--entries", type=int, default=1_000_000, metavar="N", help="default: 1,000,000")
    parser.add_argument("--keys", type=int, default=1000, metavar="N", help="default: 1,000")
    return parser.parse_args()


def directory_mb(directory: Path) -> float:
    """All that lies in a replica's directory, in MB."""
    return sum(file.stat().st_size for file in directory.iterdir()) / 1e6


def write(cluster: SmallCluster, data: Path, entries: int, keys: int) -> tuple[list[float], list[float]]:
    """Overwrite the keys until there are so many entries; directory and memory of a replica on the way, in MB."""
    client = Saturating(cluster, keys=keys, value=VALUE)
    directories: list[float] = []
    memories: list[float] = []
    for _ in range(LOOKS):
        rate = client.play(count=entries // LOOKS)
        directories.append(directory_mb(data / WATCHED))
        memories.append(cluster.resident_mb(WATCHED))
        print(
            f"{client.count:>9,} entries: directory {directories[-1]:.1f} MB, memory {memories[-1]:.0f} MB, "
            f"{rate:,.0f} puts a second",
            flush=True,
        )
    return directories, memories


def growth(sizes: list[float]) -> float:
    """The most of the second half, in terms of the most of the first."""
    half = len(sizes) // 2
    return max(sizes[half:]) / max(sizes[:half])


def restart(cluster: SmallCluster) -> list[float]:
    """Kill all, start one after the other; how many seconds each took to say hello."""
    for name in NAMES:
        cluster.kill(name)
    took: list[float] = []
    for name in NAMES:
        cluster.start(name)
        took.append(cluster.wait_for(f"{name} is not ready", partial(cluster.is_ready, name)))
    cluster.wait_for_leader()
    return took


def main() -> int:
    """Measure, and say whether the bars are met."""
    asked = arguments()
    with tempfile.TemporaryDirectory() as data:
        environment = {"RAFT_DATA": data, "RAFT_TRAIL_LEVEL": "off", "RAFT_START_WAIT_MS": "300"}
        with SmallCluster(environment) as cluster:
            cluster.wait_for_leader()
            directories, memories = write(cluster, Path(data), asked.entries, asked.keys)
            took = restart(cluster)
    print(f"directory {growth(directories):.2f} times, memory {growth(memories):.2f} times; the bar is {GROWTH_BAR:g}")
    print(f"ready after {', '.join(f'{each:.2f}' for each in took)} s; the bar is {READY_BAR_S:g} s")
    held = max(growth(directories), growth(memories)) <= GROWTH_BAR and max(took) < READY_BAR_S
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
