"""A runtime around another one, that records every message which an actor takes."""

from collections.abc import Callable
from typing import Final, Generic, ParamSpec, Protocol, TypeAlias, TypeVar

from actors.ports import Timer
from actors.runtime import Receives, Runtime
from messages.address import Address
from messages.socket_reader import Datagrams
from messages.timer import Rang
from recording.ports import RecordingTimer
from recording.recorder import Cause, Recorder

P = ParamSpec("P")
M = TypeVar("M")
M_contra = TypeVar("M_contra", contravariant=True)

Told: TypeAlias = tuple[Cause | None, M]
"""A message, and in the handling of what it was told."""


class Handler(Protocol[M_contra]):
    """What handles a message."""

    def __call__(self, message: M_contra, /) -> object:
        """Handle one message."""


class RecordingRuntime:
    """Spawns actors on the runtime within, with a tap at each mailbox's end and a note on each message told."""

    def __init__(self, within: Runtime, recorder: Recorder) -> None:
        self._within: Final = within
        self._recorder: Final = recorder

    def spawn(self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs) -> Address[M]:
        """Build an actor that is recorded as `name`."""
        return Noting(self._within.spawn(name, self._tapped(name, actor), *args, **kwargs), self._recorder)

    def spawn_beside(
        self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Address[M]:
        """The same beside the core."""
        return Noting(self._within.spawn_beside(name, self._tapped(name, actor), *args, **kwargs), self._recorder)

    def spawn_core(
        self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Address[M]:
        """The same for the core."""
        return Noting(self._within.spawn_core(name, self._tapped(name, actor), *args, **kwargs), self._recorder)

    def spawn_reader(
        self, name: str, reader: Callable[P, Receives[Datagrams]], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """The same for the reader, which nobody tells anything but the network."""

        def build(*args: P.args, **kwargs: P.kwargs) -> Receives[Datagrams]:
            built = reader(*args, **kwargs)
            built.on_receive = ReaderTap(name, built.on_receive, self._recorder).take  # type: ignore[method-assign]
            return built

        self._within.spawn_reader(name, build, *args, **kwargs)

    def timer(self, owner: Address[Rang], /) -> Timer:
        """A timer whose settings are recorded."""
        return RecordingTimer(self._within.timer(owner), self._recorder)

    def _tapped(self, name: str, actor: Callable[P, Receives[M]]) -> Callable[P, Receives[Told[M]]]:
        """The same actor, that takes messages with their causes."""

        def build(*args: P.args, **kwargs: P.kwargs) -> Receives[Told[M]]:
            built = actor(*args, **kwargs)
            tap = Tap(name, built.on_receive, self._recorder)
            tapped: Receives[Told[M]] = built  # type: ignore[assignment]  # as of the next line
            tapped.on_receive = tap.take  # type: ignore[method-assign]
            return tapped

        return build


class Noting(Generic[M]):
    """The address of a recorded actor: notes what the teller is handling."""

    def __init__(self, address: Address[Told[M]], recorder: Recorder) -> None:
        self._tell: Final = address.tell
        self._here: Final = recorder.here

    def tell(self, message: M, /) -> None:
        """Put `message` into the mailbox, with its cause."""
        self._tell((self._here.cause, message))


class Tap(Generic[M]):
    """Between an actor's mailbox and the actor: numbers and records what it takes."""

    def __init__(self, name: str, handle: Handler[M], recorder: Recorder) -> None:
        self._name: Final = name
        self._handle: Final = handle
        self._recorder: Final = recorder
        self._taken = 0

    def take(self, told: Told[M], /) -> None:
        """Record a message, and have it handled."""
        by, message = told
        self._taken += 1
        self._recorder.took(self._name, self._taken, by, message)
        here = self._recorder.here
        here.cause = (self._name, self._taken)
        self._handle(message)
        here.cause = None


class ReaderTap:
    """The same for the socket reader, whose messages come from nobody in the house."""

    def __init__(self, name: str, handle: Handler[Datagrams], recorder: Recorder) -> None:
        self._name: Final = name
        self._handle: Final = handle
        self._recorder: Final = recorder
        self._taken = 0

    def take(self, message: Datagrams, /) -> None:
        """Record what came from the network, and have it handled."""
        self._taken += 1
        self._recorder.took_datagrams(self._name, self._taken, message)
        here = self._recorder.here
        here.cause = (self._name, self._taken)
        self._handle(message)
        here.cause = None
