"""Runs in virtual time: the production actors on one thread, every interleaving, clock and fault decided by a seed.

`play` plays a configuration; what comes of it is `Played`. Of all that the simulator consists of, only this package and
`simulator.explore` know the replica that they run.
"""

from simulator.virtual.played import Checker, Finding, Played
from simulator.virtual.playing import check_environment, play

__all__ = ["Checker", "Finding", "Played", "check_environment", "play"]
