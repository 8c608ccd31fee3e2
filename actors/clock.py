"""The one clock of a node."""

import time

from messages.ids import Instant


def now() -> Instant:
    """This node's monotonic clock."""
    return Instant(time.monotonic())
