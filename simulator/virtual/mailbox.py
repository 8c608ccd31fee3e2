"""Mailboxes of virtual time: what was told waits there until the scheduler lets its actor take it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from actors.runtime import Receives

if TYPE_CHECKING:
    from simulator.virtual.node import Node

M = TypeVar("M")


class Waiting(Protocol):
    """A mailbox, whatever its messages are."""

    node: Node
    name: str
    wakes_at: float
    is_rested: bool

    def take(self) -> None:
        """Let the actor handle the oldest message."""

    def holds(self, kind: type[object]) -> bool:
        """Whether a message of this class waits in it."""

    def begins_with(self, kind: type[object]) -> bool:
        """Whether the oldest message is of this class."""


class Mailbox(Generic[M]):
    """The address of an actor, and its messages, oldest first.

    For each message it stands once among those that are ready. The actor takes nothing before `wakes_at`, in seconds of
    the run: threads are not scheduled fairly. It `is_rested` when it has just woken up.
    """

    def __init__(self, node: Node, name: str, actor: Receives[M]) -> None:
        self.node = node
        self.name = name
        self.wakes_at = 0.0
        self.is_rested = False
        self._handle: Final = actor.on_receive
        self._waiting: Final[deque[M]] = deque()
        self._ready: Final = node.world.ready

    def tell(self, message: M, /) -> None:
        """Put `message` into the mailbox."""
        self._waiting.append(message)
        self._ready.append(self)

    def take(self) -> None:
        """Let the actor handle the oldest message."""
        self._handle(self._waiting.popleft())

    def holds(self, kind: type[object]) -> bool:
        """Whether a message of this class waits in it."""
        return any(isinstance(_bare(each), kind) for each in self._waiting)

    def begins_with(self, kind: type[object]) -> bool:
        """Whether the oldest message is of this class."""
        return isinstance(_bare(self._waiting[0]), kind)


class WatchedMailbox(Mailbox[M]):
    """The mailbox of a state machine: what it is told is shown to the world's watch, as it is told."""

    def tell(self, message: M, /) -> None:
        """Put `message` into the mailbox."""
        self.node.world.watch.told(self.node, _bare(message))
        super().tell(message)


def _bare(message: object) -> object:
    """Those of a recorded actor come with their causes."""
    return message[1] if isinstance(message, tuple) else message
