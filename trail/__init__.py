"""Writing the audit trail: JSON lines, a file per replica, a directory per run; nobody waits for it.

Reading it is another package's business; this one imports nothing of ours, so that everything may write.
"""

from trail.audit import LEVELS, Level, audit_log, level_from
from trail.directory import run_directory
from trail.errors import TrailError
from trail.records import Did, Event, Opening, Payloads, Took, Traced
from trail.rotation import Rotation, rotation_from
from trail.writer import Trail

__all__ = [
    "LEVELS",
    "Did",
    "Event",
    "Level",
    "Opening",
    "Payloads",
    "Rotation",
    "Took",
    "Traced",
    "Trail",
    "TrailError",
    "audit_log",
    "level_from",
    "rotation_from",
    "run_directory",
]
