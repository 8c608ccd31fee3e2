"""Runs in virtual time: the production actors on a seeded scheduler, one thread, every clock and fault decided by a seed.

`play` plays a configuration; what comes of it is `Played`. Of all that the simulator consists of, only this package and
`simulator.explore` know the replica that they run.
"""

from simulator.virtual.played import Finding, Played

__all__ = ["Finding", "Played"]
