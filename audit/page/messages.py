"""Which datagram arrived where: sending and receipt are matched by sender and logical clock, which name one sending."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeAlias

from audit.page.content import Content, Wire
from audit.records import Located, Record

EVERYBODY: Final = "FFFF"
NO_RECORD: Final = -1


class Fate(IntEnum):
    """What became of a datagram; its number stands in the page."""

    RECEIVED = 0
    LOST = 1
    UNRECORDED = 2
    """Nobody was there to record its receipt: the receiver's trail ends before it was sent, or there is none."""
    UNSENT = 3
    """It was received, and no trail says who sent it: the sender's is missing, or it was forged."""
    REPEATED = 4
    """Received again: the network delivered it twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One way of one datagram between replicas; `send` and `receive` are positions in the causal order."""

    send: int
    receive: int
    source: str
    target: str
    kind: str
    fate: Fate


_Key: TypeAlias = tuple[str, int]
"""Sender and logical clock."""


class Matching:
    """All datagrams between replicas, of those in `replicas`; clients' have no clock and are not looked at."""

    def __init__(self, located: Sequence[Located], contents: Sequence[Content], replicas: frozenset[str]) -> None:
        self._replicas: Final = replicas
        self._receipts: Final[dict[_Key, list[tuple[int, str, Wire]]]] = defaultdict(list)
        self._sendings: Final[dict[_Key, tuple[int, Wire]]] = {}
        self._last: Final[dict[str, int]] = {}
        """The position of each replica's last record."""
        for position, (each, content) in enumerate(zip(located, contents, strict=True)):
            self._note(position, each.record, content)

    def _note(self, position: int, record: Record, content: Content) -> None:
        node, sent = record.node, content.sent
        self._last[node] = position
        if sent is not None and (sent.dst in self._replicas or sent.dst == EVERYBODY):
            # The clock stands before the message in the datagram, and in the record as its own.
            self._sendings[node, record.clock] = (position, sent)
        for wire in content.received:
            if wire.clock >= 0 and wire.src in self._replicas:
                self._receipts[wire.src, wire.clock].append((position, node, wire))

    def causes(self) -> dict[int, list[int]]:
        """For each receipt the sendings of what it holds."""
        causes: dict[int, list[int]] = defaultdict(list)
        for key, receipts in self._receipts.items():
            if key in self._sendings:
                for receipt, _, _ in receipts:
                    causes[receipt].append(self._sendings[key][0])
        return causes

    def messages(self) -> list[Message]:
        """In the order of sending; what was received and never sent comes last."""
        sent = [message for key in self._sendings for message in self._ways(key)]
        unsent = [
            Message(send=NO_RECORD, receive=receive, source=key[0], target=node, kind=wire.kind, fate=Fate.UNSENT)
            for key, receipts in self._receipts.items()
            if key not in self._sendings
            for receive, node, wire in receipts
        ]
        return sent + unsent

    def _ways(self, key: _Key) -> list[Message]:
        """One message to each that it was sent to, and one more for each further receipt."""
        send, wire = self._sendings[key]
        source = key[0]
        ways: list[Message] = []
        reached: set[str] = set()
        for receive, node, _ in self._receipts.get(key, ()):
            fate = Fate.REPEATED if node in reached else Fate.RECEIVED
            reached.add(node)
            ways.append(Message(send=send, receive=receive, source=source, target=node, kind=wire.kind, fate=fate))
        # What is meant for everybody (hello) is meant for the network first: nobody has to receive it.
        meant = {wire.dst} & self._replicas
        for node in sorted(meant - reached):
            fate = Fate.LOST if self._last.get(node, NO_RECORD) > send else Fate.UNRECORDED
            ways.append(Message(send=send, receive=NO_RECORD, source=source, target=node, kind=wire.kind, fate=fate))
        return ways
