"""What went over the network between replicas, what of it was lost, and what was not believed."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import msgspec

from audit.records import Did, Event, Took


class _Payload(msgspec.Struct):
    src: str
    type: str
    clock: int


class _Datagrams(msgspec.Struct):
    payloads: tuple[object, ...]


class _Message(msgspec.Struct):
    type: str
    dst: str


_STAMP: Final = '{"clock":'
"""How what replicas send begins; clients' requests do not."""

_payload: Final = msgspec.json.Decoder(_Payload)
_datagrams: Final = msgspec.json.Decoder(_Datagrams)
_message: Final = msgspec.json.Decoder(_Message)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeCount:
    """How many messages of a type there were between replicas; broadcasts count once, and are never counted as lost."""

    type: str
    sent: int
    received: int
    lost: int
    repeated: int


class Traffic:
    """Matches what was sent with what was received, by sender and stamp; `nodes` are those that left a trail."""

    def __init__(self, nodes: frozenset[str]) -> None:
        self.dropped: Final[Counter[str]] = Counter()
        """Datagrams and messages that were dropped where they arrived, by reason."""
        self._repeated: Final[set[object]] = set()
        """The indexes of writes that changed nothing, for they had been applied before."""
        self._nodes: Final = nodes
        self._sent: Final[dict[tuple[str, int], str]] = {}
        self._sent_types: Final[Counter[str]] = Counter()
        self._received: Final[Counter[tuple[str, int]]] = Counter()
        self._received_types: Final[Counter[str]] = Counter()

    def send(self, did: Did) -> None:
        """A datagram left."""
        if did.port == "datagrams":
            with suppress(msgspec.MsgspecError):  # a damaged record; that is said elsewhere
                self._leave(did, _message.decode(did.value))

    def _leave(self, did: Did, message: _Message) -> None:
        if message.dst in self._nodes:
            self._sent[did.node, did.clock] = message.type
        if message.dst in self._nodes or message.type == "hello":
            self._sent_types[message.type] += 1

    def take(self, took: Took) -> None:
        """Datagrams arrived."""
        if took.type == "Datagrams":
            with suppress(msgspec.MsgspecError):  # the same
                self._arrive_all(_datagrams.decode(took.message))

    def _arrive_all(self, datagrams: _Datagrams) -> None:
        """What was corrupted on its way does not count as received."""
        for text in datagrams.payloads:
            if isinstance(text, str) and text.startswith(_STAMP):
                with suppress(msgspec.MsgspecError):
                    self._arrive(_payload.decode(text))

    def _arrive(self, payload: _Payload) -> None:
        sending = payload.src, payload.clock
        self._received[sending] += 1
        self._received_types[payload.type] += 1

    def look(self, event: Event) -> None:
        """A replica says why it dropped something."""
        fields = event.fields
        match event.event:
            case "datagram.rejected":
                self.dropped[f"datagram rejected: {fields.get('reason')} at {fields.get('where')}"] += 1
            case "message.impossible":
                self.dropped[f"impossible {fields.get('type')}: {fields.get('reason')}"] += 1
            case "message.outdated":
                self.dropped[f"outdated {fields.get('type')}"] += 1
            case "datagram.unsent":
                self.dropped[f"unsent {fields.get('type')}: {fields.get('error')}"] += 1
            case "snapshot.refused":
                self.dropped[f"{event.event}: {fields.get('reason')}"] += 1
            case "write.repeated":
                self._repeated.add(fields.get("index"))
                self.dropped[event.event] = len(self._repeated)
            case "append.rejected" | "report.outdated" | "request.repeated" | "append.rejection_ignored":
                self.dropped[event.event] += 1
            case _:
                pass

    def types(self) -> tuple[TypeCount, ...]:
        """Every type of message, most frequent first."""
        lost = Counter(kind for sending, kind in self._sent.items() if sending not in self._received)
        again = Counter(self._sent.get(sending, "") for sending, count in self._received.items() if count > 1)
        return tuple(
            TypeCount(
                type=kind,
                sent=count,
                received=self._received_types[kind],
                lost=lost[kind],
                repeated=again[kind],
            )
            for kind, count in self._sent_types.most_common()
        )
