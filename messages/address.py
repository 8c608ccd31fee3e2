"""Where a message can be sent. Messages hold data only; addresses are given to actors when they are built."""

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
        self._target: Address[M] | None = None

    def bind(self, target: Address[M]) -> None:
        """Name the actor behind this address; once, and before anything is told to it."""
        assert self._target is None, "bound twice"
        self._target = target

    def tell(self, message: M, /) -> None:
        """Hand `message` on."""
        assert self._target is not None, "told before it was bound"
        self._target.tell(message)
