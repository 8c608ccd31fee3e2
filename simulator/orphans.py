"""Children that do not outlive their parent, not even when nothing is left to end them: SIGKILL cannot be caught.

Linux alone can promise that (prctl(2), PR_SET_PDEATHSIG); elsewhere there is nothing to ask for.
"""

from __future__ import annotations

import ctypes
import signal
import sys
from collections.abc import Callable
from typing import Final

_SET_PARENT_DEATH_SIGNAL: Final = 1
_libc: Final = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with_parent(number: signal.Signals) -> None:
    """Ask the system to send this process a signal when the thread that started it ends; nothing but on Linux."""
    if _libc is not None:
        _libc.prctl(_SET_PARENT_DEATH_SIGNAL, int(number))


def _die_with_parent() -> None:
    end_with_parent(signal.SIGKILL)


BEFORE_EXEC: Final[Callable[[], None] | None] = None if _libc is None else _die_with_parent
"""What a child is to do between fork and exec; None where it can do nothing, for without it a start is quicker."""
