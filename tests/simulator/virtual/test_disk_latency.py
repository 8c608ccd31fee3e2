"""A transaction takes a while in virtual time: meanwhile nothing of it is durable, and its actor takes nothing else."""

from __future__ import annotations

from typing import Final

import pytest
from msgspec.structs import replace

from messages.ids import Term
from messages.log_store import Flush
from simulator.virtual.node import Node
from simulator.virtual.storage import DiskStorage
from simulator.virtual.world import World
from tests.simulator.virtual.stage import FIRST, actor, config, play

LONGEST_S: Final = 0.02


class Desk:
    """What an actor of that name took, and when; a number is written, and a note to itself makes it durable."""

    def __init__(self, name: str) -> None:
        self._name: Final = name
        self.took: Final[list[tuple[object, float]]] = []
        self.durable: Final[list[Term]] = []

    def furnish(self, node: Node) -> None:
        """Build it on the first node, and tell it three times; the others have a storage, and nothing to do."""
        disk = node.disk
        assert disk is not None
        storage = node.storage = DiskStorage(disk)
        if node.name != FIRST:
            return

        def take(message: object) -> None:
            self.durable.append(disk.term)
            self.took.append((message, node.world.now))
            if isinstance(message, int):
                storage.save_hard_state(Term(message), None)
                me.tell(Flush(moves_on=False))
            elif storage.needs_sync():
                storage.sync()

        me = actor(node, self._name, take)
        for number in (1, 2, 3):
            me.tell(number)

    def play(self, seed: int) -> World:
        """A run with it, of durable nodes."""
        return play(self.furnish, replace(config(), durable=True), seed=seed)


@pytest.mark.parametrize("seed", range(5))
def test_the_log_store_waits_for_what_it_has_written_and_takes_nothing_meanwhile(seed: int) -> None:
    desk = Desk("log_store")
    desk.play(seed)
    messages, times = zip(*desk.took, strict=True)
    assert messages == (1, 2, 3, *[Flush(moves_on=False)] * 3)
    assert times[0] == times[2], "to write takes no time"
    assert 0 < times[3] - times[2] <= LONGEST_S
    assert times[3] == times[5], "once it is durable, there is nothing to wait for"
    assert desk.durable == [0, 0, 0, 0, 3, 3]


def test_transactions_take_more_or_less_time() -> None:
    spans = []
    for seed in range(20):
        desk = Desk("log_store")
        desk.play(seed)
        spans.append(desk.took[3][1] - desk.took[2][1])
    assert min(spans) < LONGEST_S / 10
    assert max(spans) > LONGEST_S / 3


def test_nobody_else_waits_for_the_disk() -> None:
    desk = Desk("state_machine")
    desk.play(1)
    assert len({at for _, at in desk.took}) == 1
