"""The port Timer in virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from messages.address import Address
from messages.ids import Instant
from messages.timer import Rang

if TYPE_CHECKING:
    from simulator.virtual.node import Node


class VirtualTimer:
    """One owner's timer, on its node's clock; like any timer, it rings a little late, and sometimes a lot."""

    def __init__(self, node: Node, owner: Address[Rang]) -> None:
        self._node: Final = node
        self._owner: Final = owner
        self._serial = 0
        self._alarm: tuple[Instant, int] | None = None

    def set_again(self) -> None:
        """The clock goes at another rate: the same alarm is at another time."""
        if self._alarm is not None:
            self.set(*self._alarm)

    def set(self, due: Instant, epoch: int) -> None:
        """Replace the alarm."""
        self._serial += 1
        self._alarm = due, epoch
        node = self._node
        node.world.at(node.time_of(due) + node.world.disturbances.lateness_s(), self._ring, (self._serial, due, epoch))

    def _ring(self, alarm: tuple[int, Instant, int]) -> None:
        """Tell the owner, unless the alarm was replaced; a node that stands still rings when it goes on."""
        serial, due, epoch = alarm
        if serial != self._serial or self._node.is_dead:
            return
        if self._node.is_paused:
            self._node.when_resumed(lambda: self._ring(alarm))
        else:
            self._alarm = None
            self._owner.tell(Rang(epoch=epoch, at=max(self._node.now(), due)))
