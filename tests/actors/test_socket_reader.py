"""The socket reader passes on what is well formed and for this node, and keeps a record of everything else."""

import pytest

from actors.socket_reader import SocketReader
from messages.codec import encode, stamped
from messages.consensus import Inbound
from messages.ids import NOBODY, NodeId, Term
from messages.socket_reader import Datagrams
from messages.wire import Hello, VoteReply
from tests.actors.probes import AuditProbe, Probe
from tests.actors.samples import ME, PEER, PEERS, at


def vote(term: int = 1, *, src: str = PEER, dst: str = ME) -> bytes:
    """A datagram of another replica; `term` tells it from others."""
    reply = VoteReply(src=NodeId(src), dst=NodeId(dst), leader=NOBODY, term=Term(term), granted=True)
    return stamped(encode(reply), 1)


def get(mid: object = "m", *, src: str = "0015", dst: str = ME) -> bytes:
    """A client's datagram."""
    return f'{{"src":"{src}","dst":"{dst}","leader":"FFFF","type":"get","MID":"{mid}","key":"k"}}'.encode()


class Reader:
    """A socket reader with probes around it."""

    def __init__(self) -> None:
        self.consensus: Probe[Inbound] = Probe()
        self.audit = AuditProbe()
        self.actor = SocketReader(me=ME, peers=PEERS, audit=self.audit.log, consensus=self.consensus)

    def receive(self, *payloads: bytes, seconds: float = 1.0) -> list[Inbound]:
        """What Consensus is told of these datagrams."""
        self.actor.on_receive(Datagrams(payloads=payloads, at=at(seconds)))
        return self.consensus.take()

    def rejections(self) -> list[tuple[object, object]]:
        return [(event["reason"], event["where"]) for event in self.audit.events("datagram.rejected")]


@pytest.fixture
def reader() -> Reader:
    return Reader()


def test_a_batch_of_datagrams_is_told_at_once_in_order_with_its_time(reader: Reader) -> None:
    (inbound,) = reader.receive(get("a"), vote(1), get("b"), vote(2), seconds=5.0)
    assert [request.MID for request in inbound.requests] == ["a", "b"]
    assert [message.term for message in inbound.peers if isinstance(message, VoteReply)] == [1, 2]
    assert inbound.at == at(5.0)


def test_what_is_for_everybody_is_for_this_node_too(reader: Reader) -> None:
    (inbound,) = reader.receive(vote(dst=NOBODY), get(dst=NOBODY))
    assert (len(inbound.peers), len(inbound.requests)) == (1, 1)


def test_what_a_replica_says_is_dropped_when_it_is_not_what_was_sent(reader: Reader) -> None:
    """A byte that changed may leave JSON that says something else: a vote of another term, say."""
    changed = vote(1).replace(b'"term":1', b'"term":7')
    unsealed = b"{" + vote(1).partition(b'",')[2]
    assert reader.receive(changed, unsealed) == []
    assert reader.rejections() == [("damaged", "$"), ("damaged", "$")]


def test_clients_need_no_checksum_and_may_send_what_looks_like_one(reader: Reader) -> None:
    (inbound,) = reader.receive(get("a"), b'{"clock":3,"crc":"00000000",' + get("b")[1:])
    assert [request.MID for request in inbound.requests] == ["a", "b"]


@pytest.mark.parametrize(
    "payload",
    [
        vote(src="0009"),
        vote(src=ME),
        vote(src=NOBODY),
        get(src=PEER),
        get(src=ME),
        get(src=NOBODY),
    ],
)
def test_a_message_from_whom_it_cannot_come_is_dropped_and_audited(reader: Reader, payload: bytes) -> None:
    assert reader.receive(payload) == []
    assert reader.rejections() == [("foreign_source", "$.src")]


@pytest.mark.parametrize("payload", [vote(dst=PEER), get(dst=PEER), get(dst="0015")])
def test_a_message_for_somebody_else_is_dropped_and_audited(reader: Reader, payload: bytes) -> None:
    assert reader.receive(payload) == []
    assert reader.rejections() == [("foreign_destination", "$.dst")]


def test_a_malformed_datagram_is_audited_with_its_reason_place_and_head_and_costs_only_itself(reader: Reader) -> None:
    (inbound,) = reader.receive(b'{"type": "\xff', get("good"))
    assert [request.MID for request in inbound.requests] == ["good"]
    (event,) = reader.audit.events("datagram.rejected")
    assert (event["reason"], event["where"], event["bytes"]) == ("not_utf8", "$", 11)
    assert event["head"] == repr(b'{"type": "\xff')


def test_of_a_large_malformed_datagram_only_the_head_is_audited(reader: Reader) -> None:
    reader.receive(b"x" * 60_000)
    (event,) = reader.audit.events("datagram.rejected")
    assert event["head"] == repr(b"x" * 64)


def test_a_hello_of_a_sibling_is_heard_and_tells_nothing(reader: Reader) -> None:
    assert reader.receive(stamped(encode(Hello(src=PEER, dst=NOBODY, leader=NOBODY)), 1)) == []
    assert reader.rejections() == []


def test_a_batch_that_says_nothing_is_not_told_of(reader: Reader) -> None:
    assert reader.receive(b"", b"{}", encode(Hello(src=PEER, dst=ME, leader=NOBODY))) == []


def test_nothing_waits_for_company(reader: Reader) -> None:
    (inbound,) = reader.receive(vote(1))
    assert (len(inbound.peers), inbound.requests) == (1, ())


def test_what_repeats_is_passed_on_each_time(reader: Reader) -> None:
    """Whether a repetition matters is not for the reader to say."""
    (inbound,) = reader.receive(vote(1), get("a"), vote(1), get("a"))
    assert (len(inbound.peers), len(inbound.requests)) == (2, 2)


def test_what_was_rejected_before_has_no_effect_on_what_comes_later(reader: Reader) -> None:
    reader.receive(vote(src="0009"), get(dst=PEER), b"\xff")
    (inbound,) = reader.receive(get("good"), vote(3), seconds=2.0)
    assert ([request.MID for request in inbound.requests], [peer.src for peer in inbound.peers]) == (["good"], [PEER])
    assert inbound.at == at(2.0)
