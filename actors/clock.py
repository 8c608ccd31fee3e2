"""The one clock of a node."""

import sys
import time
from typing import Final

from messages.ids import Instant

_CLOCK: Final = time.CLOCK_BOOTTIME if sys.platform == "linux" else time.CLOCK_MONOTONIC
"""Monotonic, and it goes on while the machine sleeps: `time.monotonic` does not, on Linux and on macOS.

A leader that was suspended would otherwise believe in a lease that all others saw end (thesis §6.4.1).
"""


def now() -> Instant:
    """This node's monotonic clock."""
    return Instant(time.clock_gettime(_CLOCK))
