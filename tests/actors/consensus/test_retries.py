"""Clients that send their writes again and again to a cluster in trouble: each write is applied once (Raft §8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from messages.ids import ClientId
from messages.wire import Outbound
from tests.actors.consensus.retriers import Retrier
from tests.actors.consensus.test_cluster import CALM_S_MAX, Story

REMEMBERED: Final = 15
"""So long writes are remembered here, in indexes: some are refused for it."""


@pytest.fixture(autouse=True, scope="module")
def _remembered_shortly() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("actors.key_values.REMEMBERED", REMEMBERED)
        patch.setattr("actors.consensus.leading.REMEMBERED", REMEMBERED)
        yield


class RetryStory(Story):
    """The same troubles, with clients of both kinds: those that ask once, and those that do not let go."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        names = [ClientId(f"{0x200 + number:04X}") for number in range(4)]
        self.retriers: Final = {name: Retrier(self.cluster, name) for name in names}
        self._to_crowd: Final = self.cluster.to_client
        self.cluster.to_client = self._answer

    def _answer(self, answer: Outbound) -> None:
        retrier = self.retriers.get(ClientId(answer.dst))
        if retrier is None:
            self._to_crowd(answer)
        else:
            retrier.answered(answer)

    def calm(self) -> None:
        """Nobody asks for anything new, and all get what they have asked for."""
        for retrier in self.retriers.values():
            retrier.has_gone_home = True
        super().calm()
        end = self.cluster.now + CALM_S_MAX
        while self.cluster.now < end and any(retrier.waiting for retrier in self.retriers.values()):
            self.cluster.run(0.1)
        super().calm()


def played(seed: int) -> RetryStory:
    story = RetryStory(seed)
    story.trouble()
    story.calm()
    return story


@pytest.mark.parametrize("seed", range(10))
def test_a_write_that_is_sent_again_and_again_is_applied_once(seed: int) -> None:
    """No read ever goes back, and all replicas come to the map that comes of each write's first entry alone."""
    story = played(seed)
    assert [retrier.waiting for retrier in story.retriers.values()] == [None] * 4
    story.cluster.run(1.0)
    assert story.referee.all_agree()
    living = [node for node in story.cluster.nodes.values() if not node.is_dead]
    assert all(story.referee.has_applied_all(node.state_machine) for node in living)


def test_the_stories_are_full_of_repetitions_and_some_are_refused() -> None:
    """A test in which nothing is repeated could not fail."""
    retriers = [retrier for seed in range(5) for retrier in played(100 + seed).retriers.values()]
    assert sum(retrier.repeated for retrier in retriers) >= 100
    assert sum(retrier.known for retrier in retriers) >= 100
    assert sum(retrier.refused for retrier in retriers) >= 5
