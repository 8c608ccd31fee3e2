"""What tests of the recording share: a sheet that takes the records, and small actors to be recorded."""

from collections.abc import Callable
from typing import Final

from actors.actor import Actor
from actors.logical_clock import LogicalClock
from messages.address import Address
from messages.ids import Instant
from messages.socket_reader import Datagrams
from messages.timer import Rang
from recording import Recorder
from trail.records import Did, Took

NODE: Final = "0000"


class Sheet:
    """Where records go: kept in order, and how heavy each is."""

    def __init__(self) -> None:
        self.records: list[Took | Did] = []
        self.weights: list[int] = []

    def record(self, record: Took | Did, weight_bytes: int = 0) -> None:
        """Keep it; appending is safe for threads."""
        self.records.append(record)
        self.weights.append(weight_bytes)

    def took(self, actor: str = "") -> list[Took]:
        """The deliveries to all actors, or to one, in order."""
        taken = [record for record in self.records if isinstance(record, Took)]
        return [took for took in taken if not actor or took.actor == actor]

    def did(self, port: str = "") -> list[Did]:
        """What left through all ports, or one, in order."""
        done = [record for record in self.records if isinstance(record, Did)]
        return [did for did in done if not port or did.port == port]


class Desk:
    """A recorder that writes on a sheet; its time stands still until a test moves it."""

    def __init__(self) -> None:
        self.sheet: Final = Sheet()
        self.clock: Final = LogicalClock()
        self.now = Instant(1.5)
        self.recorder: Final = Recorder(self.sheet, node=NODE, clock=lambda: self.now, logical_clock=self.clock)


class Doing(Actor):
    """Does with each message what the test says."""

    def __init__(self, do: Callable[[object], object]) -> None:
        super().__init__()
        self._do: Final = do

    def on_receive(self, message: object) -> None:
        """Do it."""
        self._do(message)


class Reader:
    """A reader that does with each batch what the test says."""

    def __init__(self, do: Callable[[Datagrams], object]) -> None:
        self._do: Final = do

    def on_receive(self, message: Datagrams) -> None:
        """Do it."""
        self._do(message)


class Clerk(Actor):
    """Keeps what it takes; a number above 0 is passed on, less 1."""

    def __init__(self, pass_on: Address[int]) -> None:
        super().__init__()
        self._pass_on: Final = pass_on
        self.kept: list[int | Rang] = []

    def on_receive(self, message: int | Rang) -> None:
        """Keep it, and pass it on."""
        self.kept.append(message)
        if isinstance(message, int) and message > 0:
            self._pass_on.tell(message - 1)
