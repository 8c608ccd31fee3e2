"""Stand-ins for what an actor talks to: small real classes that keep what they were told, and promise nothing more."""

from collections.abc import Sequence
from typing import Generic, TypeVar

import structlog
from structlog.testing import LogCapture
from structlog.typing import FilteringBoundLogger

from actors.storage import SyncedMemoryStorage
from messages.ids import Instant
from messages.wire import Outbound

M = TypeVar("M")
K = TypeVar("K")


class Probe(Generic[M]):
    """An address that keeps what it was told, in order."""

    def __init__(self) -> None:
        self.told: list[M] = []

    def tell(self, message: M, /) -> None:
        """Keep `message`."""
        self.told.append(message)

    def take(self) -> list[M]:
        """What was told since the last look."""
        told, self.told = self.told, []
        return told

    def only(self, kind: type[K]) -> list[K]:
        """Of what was told since the last `take`, the messages of `kind`."""
        return of_kind(self.told, kind)


class Wire:
    """The Datagrams port: keeps what was sent, in order."""

    def __init__(self) -> None:
        self.sent: list[Outbound] = []

    def send(self, message: Outbound, /) -> None:
        """Keep `message`."""
        self.sent.append(message)

    def take(self) -> list[Outbound]:
        """What was sent since the last look."""
        sent, self.sent = self.sent, []
        return sent

    def only(self, kind: type[K]) -> list[K]:
        """Of what was sent since the last `take`, the messages of `kind`."""
        return of_kind(self.sent, kind)


class FakeTimer:
    """The Timer port: keeps what was set; a test rings it by telling the actor."""

    def __init__(self) -> None:
        self.alarms: list[tuple[Instant, int]] = []

    def set(self, due: Instant, epoch: int) -> None:
        """Keep the alarm."""
        self.alarms.append((due, epoch))

    @property
    def due(self) -> Instant:
        """When the alarm that counts is due; one must have been set."""
        return self.alarms[-1][0]

    @property
    def epoch(self) -> int:
        """The epoch of the alarm that counts; one must have been set."""
        return self.alarms[-1][1]


class AuditProbe:
    """An audit logger, `log`, and what was written to it."""

    def __init__(self) -> None:
        self._capture = LogCapture()
        wrapper = structlog.make_filtering_bound_logger(0)
        self.log: FilteringBoundLogger = structlog.wrap_logger(
            None, processors=[self._capture], wrapper_class=wrapper, cache_logger_on_first_use=False
        )

    def events(self, name: str) -> list[dict[str, object]]:
        """The fields of each event `name` so far, `log_level` among them."""
        return [dict(entry) for entry in self._capture.entries if entry["event"] == name]

    def names(self) -> list[str]:
        """The names of all events so far, in order."""
        return [str(entry["event"]) for entry in self._capture.entries]


class SyncedStorage(SyncedMemoryStorage):
    """A storage whose writes are durable only after `sync`; what a crash would lose is not modelled."""


def of_kind(messages: Sequence[object], kind: type[K]) -> list[K]:
    """Those of `messages` that are of `kind`, in order."""
    return [message for message in messages if isinstance(message, kind)]
