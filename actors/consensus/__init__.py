"""Consensus: a small shell (`actor`) around parts that can each be read beside the section of the paper they implement.

`quorum`, `term_map`, `lease` and `log` are pure; `election`, `following`, `leading` and `requests` act through `core`.
"""

from actors.consensus.actor import Consensus

__all__ = ["Consensus"]
