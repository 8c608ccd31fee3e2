"""What a timer of the runtime tells its owner."""

from dataclasses import dataclass

from messages.ids import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang:
    """The timer set under `epoch` is due; `at` is when it was noticed, at or after the time it was set for."""

    epoch: int
    at: Instant
