"""The way out: one datagram to the network's port for each message; what the system refuses is lost and audited."""

import socket
import threading
from collections.abc import Iterator

import pytest

from actors.logical_clock import LogicalClock
from actors.udp import UdpDatagrams, bound_socket
from messages.codec import encode, stamp_of, stamped
from messages.ids import NOBODY, RequestId
from messages.wire import GetOk, Hello
from tests.actors.probes import AuditProbe
from tests.actors.samples import CLIENT, ME

HELLO = Hello(src=ME, dst=NOBODY, leader=NOBODY)


class Network:
    """A UDP socket that plays the network, and a replica's port to it."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5)
        self.bound = bound_socket()
        self.audit = AuditProbe()
        self.clock = LogicalClock()
        self.datagrams = UdpDatagrams(self.bound, self.socket.getsockname()[1], self.clock, self.audit.log)

    def close(self) -> None:
        self.socket.close()
        self.bound.close()


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network()
    yield network
    network.close()


def test_a_message_is_one_datagram_from_the_replicas_own_port(network: Network) -> None:
    network.datagrams.send(HELLO)
    assert network.socket.recvfrom(70_000) == (stamped(encode(HELLO), 1), network.bound.getsockname())


def test_two_sockets_are_bound_to_two_free_local_ports(network: Network) -> None:
    other = bound_socket()
    (host, port), (other_host, other_port) = network.bound.getsockname(), other.getsockname()
    other.close()
    assert host == other_host == "127.0.0.1"
    assert port != other_port


def test_what_the_system_refuses_is_lost_and_audited(network: Network) -> None:
    too_large = GetOk(src=ME, dst=CLIENT, leader=NOBODY, MID=RequestId("m"), value="v" * 66_000)
    network.datagrams.send(too_large)
    network.datagrams.send(HELLO)
    assert network.socket.recv(70_000) == stamped(encode(HELLO), 2)
    (event,) = network.audit.events("datagram.unsent")
    assert (event["type"], event["dst"], event["error"]) == ("ok", CLIENT, "[Errno 90] Message too long")


def test_nobody_there_to_listen_is_no_error(network: Network) -> None:
    network.socket.close()
    for _ in range(3):
        network.datagrams.send(HELLO)
    assert network.audit.names() == []


def test_each_datagram_carries_the_next_time_of_the_nodes_logical_clock(network: Network) -> None:
    for _ in range(2):
        network.datagrams.send(HELLO)
    network.clock.heard([40])
    network.datagrams.send(HELLO)
    assert [stamp_of(network.socket.recv(70_000)) for _ in range(3)] == [1, 2, 42]


def test_what_was_stamped_already_is_sent_with_that_stamp(network: Network) -> None:
    """Whoever records a sending has to know its time before it leaves."""
    network.datagrams.transmit(HELLO, 17)
    assert network.socket.recv(70_000) == stamped(encode(HELLO), 17)
    assert network.clock.value == 0


def test_datagrams_of_several_threads_have_different_times(network: Network) -> None:
    def send() -> None:
        for _ in range(50):
            network.datagrams.send(HELLO)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(stamp_of(network.socket.recv(70_000)) for _ in range(200)) == list(range(1, 201))
