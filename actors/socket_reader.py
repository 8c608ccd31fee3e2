"""The socket reader: bytes to typed messages, and what malformed ones become."""

from typing import Final, assert_never

from structlog.typing import FilteringBoundLogger

from actors.actor import Actor
from messages.address import Address
from messages.codec import Rejection, decode, stamp_of
from messages.consensus import Inbound
from messages.ids import NOBODY, NodeId
from messages.socket_reader import Datagrams, SocketReaderMessage
from messages.wire import ClientRequest, FromClient, Get, Hello, PeerMessage, Put
from messages.wire import Inbound as Decoded


class SocketReader(Actor):
    """Owns decoding; interprets nothing. What it cannot understand is audited with the reason, and dropped."""

    def __init__(
        self,
        *,
        me: NodeId,
        peers: tuple[NodeId, ...],
        audit: FilteringBoundLogger,
        consensus: Address[Inbound],
    ) -> None:
        super().__init__()
        self._me: Final = me
        self._peers: Final = frozenset(peers)
        self._audit: Final = audit
        self._consensus: Final = consensus

    def on_receive(self, message: SocketReaderMessage) -> None:
        """Decode a batch, and hand on what it says: one message, with replicas' words ahead of clients'."""
        match message:
            case Datagrams():
                self._decode_all(message)
            case _:
                assert_never(message)

    def _decode_all(self, message: Datagrams) -> None:
        peers: list[PeerMessage] = []
        requests: list[ClientRequest] = []
        for payload in message.payloads:
            match self._decode(payload):
                case None | Hello():
                    pass
                case Get() | Put() as request:
                    requests.append(request)
                case peer_message:
                    peers.append(peer_message)
        if peers or requests:
            self._consensus.tell(Inbound(peers=tuple(peers), requests=tuple(requests), at=message.at))

    def _decode(self, payload: bytes) -> Decoded | None:
        """A message from whom it can come, for this node; None, and a record of why, for anything else."""
        decoded = decode(payload)
        if isinstance(decoded, Rejection):
            self._reject(payload, decoded.reason, decoded.where, decoded.detail)
        elif (decoded.src in self._peers) == isinstance(decoded, FromClient) or decoded.src in {self._me, NOBODY}:
            self._reject(payload, "foreign_source", "$.src", f"{decoded.type} from {decoded.src}")
        elif decoded.dst not in {self._me, NOBODY}:
            self._reject(payload, "foreign_destination", "$.dst", f"for {decoded.dst}")
        elif not isinstance(decoded, FromClient) and not stamp_of(payload):
            self._reject(payload, "damaged", "$", f"a {decoded.type} whose checksum is missing or does not fit")
        else:
            return decoded
        return None

    def _reject(self, payload: bytes, reason: str, where: str, detail: str) -> None:
        self._audit.info(
            "datagram.rejected", reason=reason, where=where, detail=detail, bytes=len(payload), head=repr(payload[:64])
        )
