"""Where a message can be sent. Messages hold data only; addresses are given to actors when they are built."""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

M = TypeVar("M")
M_contra = TypeVar("M_contra", contravariant=True)


class Address(Protocol[M_contra]):
    """Anything that can be told a message: a running actor, a simulated mailbox, a test's probe."""

    def tell(self, message: M_contra, /) -> None:
        """Put `message` into the mailbox; never waits, never answers."""


class Forward(Generic[M]):
    """An address given out before its actor exists, for actors that talk to each other."""

    def __init__(self) -> None:
        self.tell: Callable[[M], None] = self._unbound
        """What the actor's own address does: nothing stands between once it is bound."""

    def bind(self, target: Address[M]) -> None:
        """Name the actor behind this address; once, and before anything is told to it."""
        assert self.tell == self._unbound, "bound twice"
        self.tell = target.tell

    def _unbound(self, _message: M) -> None:
        raise AssertionError("told before it was bound")
