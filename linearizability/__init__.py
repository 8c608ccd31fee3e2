"""Whether a history of reads and writes could have happened on one copy of the data, one operation at a time.

It knows nothing of replicas: the simulator asks it about what clients saw, the audit about what a trail says.
"""

from linearizability.check import Operation, Violation, check

__all__ = ["Operation", "Violation", "check"]
