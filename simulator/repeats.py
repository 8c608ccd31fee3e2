"""Which requests are sent a second time, and when: by a client that does not know what became of its request."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias, TypeVar

from simulator.agenda import Agenda
from simulator.requests import Attempt, Outcome

T = TypeVar("T")

Send: TypeAlias = Callable[[float, Attempt], None]
"""Sends an attempt once more, at a time."""

_AFTER_S: Final = (0.0002, 2.0)
"""Each order of magnitude is as likely: before the answer can be there, and long after it was lost."""
_ATTEMPTS_MAX: Final = 3
"""Of what a client has tried more often, nothing is repeated: that comes to an end, whatever the replicas do."""


class Repeats:
    """Has this share of what clients send be sent once more; `sent` counts what was, `due` what is still to be."""

    def __init__(self, share: float, rng: random.Random, agenda: Agenda) -> None:
        self._share: Final = share
        self._rng: Final = rng
        self._agenda: Final = agenda
        self.due = 0
        self.sent = 0

    def plan(self, now: float, attempt: Attempt, send: Send) -> None:
        """Perhaps `attempt`, which has just been sent, is sent again."""
        if len(attempt.request.attempts) <= _ATTEMPTS_MAX and self._rng.random() < self._share:
            self.due += 1
            shortest, longest = _AFTER_S
            after_s = shortest * math.pow(longest / shortest, self._rng.random())
            self._agenda.at(now + after_s, lambda then: self._happen(then, attempt, send))

    def one_of(self, choices: Sequence[T]) -> T:
        """Whom to ask the second time."""
        return self._rng.choice(choices)

    def _happen(self, now: float, attempt: Attempt, send: Send) -> None:
        """Its answer may have been lost; but who was turned away knows it, and has asked elsewhere since."""
        self.due -= 1
        if attempt.outcome in {Outcome.WAITING, Outcome.OK}:
            self.sent += 1
            send(now, attempt)
