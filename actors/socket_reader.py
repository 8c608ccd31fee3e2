"""The socket reader: bytes to typed messages, and what malformed ones become."""

from collections import deque
from typing import Final, TypeVar, assert_never

from structlog.typing import FilteringBoundLogger

from actors.actor import Actor
from actors.settings import Settings
from messages.address import Address
from messages.codec import Rejection, decode
from messages.consensus import Inbound
from messages.ids import NOBODY, Instant, NodeId
from messages.socket_reader import Datagrams, SocketReaderMessage, Taken
from messages.wire import ClientRequest, FromClient, Get, Hello, PeerMessage, Put
from messages.wire import Inbound as Decoded

T = TypeVar("T")


class SocketReader(Actor):
    """Owns decoding, and what waits while Consensus is busy; interprets nothing.

    Under a flood at most `inbox_datagrams_max` messages are before Consensus; the rest waits here, replicas' messages
    ahead of clients', so that heartbeats and votes still get through; beyond `backlog_datagrams_max` of either kind
    it is dropped.
    """

    def __init__(
        self,
        *,
        me: NodeId,
        peers: tuple[NodeId, ...],
        settings: Settings,
        audit: FilteringBoundLogger,
        consensus: Address[Inbound],
    ) -> None:
        super().__init__()
        self._me: Final = me
        self._peers: Final = frozenset(peers)
        self._settings: Final = settings
        self._audit: Final = audit
        self._consensus: Final = consensus
        self._latest = Instant(0.0)
        self._credit = settings.inbox_datagrams_max
        self._peer_backlog: deque[PeerMessage] = deque()
        self._client_backlog: deque[ClientRequest] = deque()

    def on_receive(self, message: SocketReaderMessage) -> None:
        """Decode, and hand on as much as Consensus takes."""
        match message:
            case Datagrams():
                self._decode_all(message)
            case Taken():
                self._taken(message)
            case _:
                assert_never(message)

    def _decode_all(self, message: Datagrams) -> None:
        self._latest = message.at
        for payload in message.payloads:
            self._sort(payload)
        self._hand_on()

    def _taken(self, message: Taken) -> None:
        self._credit += message.count
        self._hand_on()

    def _sort(self, payload: bytes) -> None:
        """A message from whom it can come, for this node; or a record of why not."""
        match decode(payload):
            case Rejection() as rejection:
                self._reject(payload, rejection.reason, rejection.where, rejection.detail)
            case decoded:
                self._sort_decoded(payload, decoded)

    def _sort_decoded(self, payload: bytes, decoded: Decoded) -> None:
        from_peer = decoded.src in self._peers
        if from_peer == isinstance(decoded, FromClient) or decoded.src in {self._me, NOBODY}:
            self._reject(payload, "foreign_source", "$.src", f"{decoded.type} from {decoded.src}")
        elif decoded.dst not in {self._me, NOBODY}:
            self._reject(payload, "foreign_destination", "$.dst", f"for {decoded.dst}")
        else:
            self._keep(payload, decoded)

    def _keep(self, payload: bytes, decoded: Decoded) -> None:
        if isinstance(decoded, Hello):
            return
        if isinstance(decoded, Get | Put):
            self._queue(self._client_backlog, decoded, payload)
        else:
            self._queue(self._peer_backlog, decoded, payload)

    def _queue(self, backlog: deque[T], decoded: T, payload: bytes) -> None:
        """Each kind has a bound of its own: clients, however many, never push out what replicas say."""
        if len(backlog) < self._settings.backlog_datagrams_max:
            backlog.append(decoded)
        else:
            self._reject(payload, "overload", "$", "the backlog is full")

    def _reject(self, payload: bytes, reason: str, where: str, detail: str) -> None:
        self._audit.info(
            "datagram.rejected", reason=reason, where=where, detail=detail, bytes=len(payload), head=repr(payload[:64])
        )

    def _hand_on(self) -> None:
        """Stamp with the latest arrival: no message of the batch came after `at`, which is what leases rely on."""
        peers = _take(self._peer_backlog, self._credit)
        requests = _take(self._client_backlog, self._credit - len(peers))
        if peers or requests:
            self._credit -= len(peers) + len(requests)
            self._consensus.tell(Inbound(peers=peers, requests=requests, at=self._latest))


def _take(backlog: deque[T], count: int) -> tuple[T, ...]:
    return tuple(backlog.popleft() for _ in range(min(count, len(backlog))))
