"""A recorded cluster whose actors' states were noted while it ran, for tests that travel back to them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MethodType
from typing import Final

import pytest

from audit.inspection import Plain, state_of
from audit.reading import NodeTrail, Trails, read
from audit.records import Took
from messages.ids import NodeId
from recording.runtime import Tap, Told
from tests.audit.stories import Story

Delivery = tuple[str, str, int]
"""A replica, one of its actors, and the number of a delivery to it."""


class NotedRun:
    """One seed's story; `noted` holds what each actor remembered after each delivery, `trails` what was recorded."""

    def __init__(
        self, directory: Path, seed: int = 3, *, seconds: float = 8.0, changes: Mapping[str, int] | None = None
    ) -> None:
        self.directory: Final = directory
        self.noted: Final[dict[Delivery, Plain]] = {}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Tap, "take", self._noting(Tap.take))
            self._story: Final = Story(directory, seed, size=3, clients=3, changes=changes)
            self._story.quiet(seconds / 2)
            self._story.trouble(seconds / 2)
        self._story.cluster.close()
        self.trails: Final[Trails] = read(directory)

    def trail(self, name: str) -> NodeTrail:
        """That of one replica."""
        (found,) = [trail for trail in self.trails.nodes if trail.name == name]
        return found

    def deliveries(self, name: str, actor: str) -> list[Took]:
        """What an actor took, as recorded."""
        records = [located.record for located in self.trail(name).records]
        return [record for record in records if isinstance(record, Took) and record.actor == actor]

    def _noting(self, take: Callable[[Tap[object], Told[object]], None]) -> Callable[[Tap[object], Told[object]], None]:
        """The same, and note what the actor remembers when it has handled the message."""

        def noting(tap: Tap[object], told: Told[object]) -> None:
            take(tap, told)
            handle = tap._handle
            assert isinstance(handle, MethodType), "an actor's"
            node, actor = tap._recorder._node, tap._name
            self.noted[node, actor, tap._taken] = self._state(node, handle.__self__)

        return noting

    def _state(self, node: str, actor: object) -> Plain:
        """What is behind a recording port is not seen through it."""
        state = state_of(actor)
        if type(actor).__name__ == "LogStore":
            assert isinstance(state, dict)
            return {**state, "storage": state_of(self._story.cluster.nodes[NodeId(node)].storage)}
        return state
