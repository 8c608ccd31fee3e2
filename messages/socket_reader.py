"""What the socket reader is told."""

from dataclasses import dataclass
from typing import TypeAlias

from messages.ids import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Datagrams:
    """All that the socket held, in order of arrival, up to a bound; `at` is after the last of them came."""

    payloads: tuple[bytes, ...]
    at: Instant


SocketReaderMessage: TypeAlias = Datagrams
