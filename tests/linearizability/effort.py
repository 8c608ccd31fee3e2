"""How much work something is, in calls: the same on every machine, unlike the time that it takes."""

from __future__ import annotations

import sys
from types import FrameType, TracebackType


class Effort:
    """Counts the calls of functions, those that are written in C included, while it is entered."""

    def __init__(self) -> None:
        self.calls = 0

    def __enter__(self) -> Effort:
        sys.setprofile(self._count)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        sys.setprofile(None)

    def _count(self, _frame: FrameType, event: str, _argument: object) -> None:
        self.calls += event in {"call", "c_call"}
