"""What the election timer is told."""

from dataclasses import dataclass
from typing import TypeAlias

from messages.ids import Instant
from messages.timer import Rang


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """Ring a randomised election timeout after `since`, once, and name `epoch` then; forget what was asked before."""

    epoch: int
    since: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetShort:
    """Ring one retry interval after `since`: a campaign asks those again who have not answered."""

    epoch: int
    since: Instant


ElectionTimerMessage: TypeAlias = Reset | ResetShort | Rang
