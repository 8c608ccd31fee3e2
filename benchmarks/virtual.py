"""How much faster than real time one core plays runs in virtual time: `python -m benchmarks.virtual [TURNS]`.

The typical load of the contract, five replicas and 500 requests in 30 s, mostly writes and mostly reads, in turns, with
every check at every step. Times are those of the processor, so that what else the machine does matters little.
"""

from __future__ import annotations

import sys
import time
from statistics import median
from typing import Final

from simulator.scenarios import SCENARIOS
from simulator.virtual import play

TURNS: Final = 9
NAMES: Final = ("steady-writes", "steady-reads")


def speed(name: str, seed: int) -> float:
    """Seconds of virtual time for a second of the processor's."""
    began = time.process_time()
    played = play(SCENARIOS[name].config, seed, scenario=name)
    took_s = time.process_time() - began
    assert not played.findings, played.findings[0]
    return played.virtual_s / took_s


def main(turns: int) -> None:
    """Play in turns, and print medians."""
    speeds = {name: [speed(name, 0)] for name in NAMES}
    for seed in range(1, turns + 1):
        for name in NAMES:
            speeds[name].append(speed(name, seed))
    for name, measured in speeds.items():
        warm = measured[1:]
        line = f"{median(warm):.0f} times faster than real time (median of {turns}; {min(warm):.0f} to {max(warm):.0f})"
        print(f"{name:<14} {line}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else TURNS)
