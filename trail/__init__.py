"""Writing the audit trail: JSON lines, a file per replica, a directory per run; nobody waits for it.

Reading it is another package's business; this one imports nothing of ours, so that everything may write.
"""

from trail.audit import LEVELS, Level, audit_log, level_from
from trail.directory import run_directory
from trail.writer import Trail, TrailError

__all__ = ["LEVELS", "Level", "Trail", "TrailError", "audit_log", "level_from", "run_directory"]
