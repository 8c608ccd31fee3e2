"""The election timer: says when nobody has been heard of for too long, and nothing else."""

from random import Random
from typing import Final, assert_never

from actors.actor import Actor
from actors.alarm import Alarm
from actors.ports import Timer
from actors.settings import Settings
from messages.address import Address
from messages.consensus import ElectionTimeout
from messages.election_timer import ElectionTimerMessage, Reset, ResetShort
from messages.ids import Instant
from messages.timer import Rang


class ElectionTimer(Actor):
    """Owns the deadline, its jitter and the epoch in which it was asked for; never starts an election by itself.

    `random` is seeded by whoever builds the actor. The alarm behind it is moved rarely: a leader that is heard
    moves the deadline only, and the alarm, when it rings early, is set again for the rest.
    """

    def __init__(
        self, *, settings: Settings, consensus: Address[ElectionTimeout], timer: Timer, random: Random
    ) -> None:
        super().__init__()
        self._settings: Final = settings
        self._consensus: Final = consensus
        self._alarm: Final = Alarm(timer)
        self._random: Final = random
        self._epoch = 0
        self._deadline: Instant | None = None

    def on_receive(self, message: ElectionTimerMessage) -> None:
        """Move the deadline, or look whether it is over."""
        match message:
            case Reset():
                self._reset(message)
            case ResetShort():
                self._reset_short(message)
            case Rang():
                self._rang(message)
            case _:
                assert_never(message)

    def _reset(self, message: Reset) -> None:
        """A new random timeout each time (Raft §5.2): those that were equal once must not be equal again."""
        timeout_ms = self._random.uniform(
            self._settings.election_timeout_min_ms, self._settings.election_timeout_max_ms
        )
        self._expect(message.epoch, Instant(message.since + timeout_ms / 1000))

    def _reset_short(self, message: ResetShort) -> None:
        self._expect(message.epoch, Instant(message.since + self._settings.campaign_retry_ms / 1000))

    def _expect(self, epoch: int, deadline: Instant) -> None:
        self._epoch = epoch
        self._deadline = deadline
        self._alarm.ring_by(deadline)

    def _rang(self, message: Rang) -> None:
        """Pass a deadline on, once; or wait for the rest of it."""
        if not self._alarm.has_rung(message) or self._deadline is None:
            return
        if message.at < self._deadline:
            self._alarm.ring_by(self._deadline)
            return
        self._deadline = None
        self._consensus.tell(ElectionTimeout(epoch=self._epoch, at=message.at))
