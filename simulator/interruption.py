"""Ctrl-C and SIGTERM while replicas run: noted at once, acted upon where nothing can be left behind."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Final, Self, TypeAlias

Handler: TypeAlias = Callable[[int, FrameType | None], object] | int | signal.Handlers | None

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class InterruptedRunError(Exception):
    """The user or the system asked the simulator to end."""

    def __init__(self, number: int) -> None:
        super().__init__(f"ended by {signal.Signals(number).name}")
        self.exit_code = 128 + number


class Interruption:
    """While it is entered, signals to end do nothing by themselves; `check` raises for them, and so does leaving."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._before: dict[signal.Signals, Handler] = {}

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if error is None:
            self.check()

    @property
    def has_come(self) -> bool:
        """Whether a signal to end has come."""
        return self._number is not None

    def check(self) -> None:
        """Raise `InterruptedRunError` if a signal to end has come."""
        if self._number is not None:
            raise InterruptedRunError(self._number)

    def _note(self, number: int, _: FrameType | None) -> None:
        self._number = number
