"""The thread of the core: it serves the core, those beside it, and the reader, and whoever fails stops the node."""

import queue
import socket
import threading
from collections.abc import Iterator

import pytest

from actors.actor import Actor
from actors.logical_clock import LogicalClock
from actors.runtime import ThreadRuntime
from actors.udp import bound_socket
from messages.address import Address, Forward
from messages.socket_reader import Datagrams
from tests.actors.runtime_stage import threads_that_die

GENEROUS_S = 10.0
"""Far more than anything here ever takes."""


class Reader:
    """Tells its owner what it was given, and on which thread; or fails."""

    def __init__(self, owner: Address[tuple[tuple[bytes, ...], int]]) -> None:
        self._owner = owner

    def on_receive(self, message: Datagrams) -> None:
        if b"poison" in message.payloads:
            raise ValueError("poisoned")
        self._owner.tell((message.payloads, threading.get_ident()))


class Owner(Actor):
    """Hands what it receives to the test."""

    def __init__(self, received: queue.SimpleQueue[tuple[object, int]]) -> None:
        super().__init__()
        self._received = received

    def on_receive(self, message: str | tuple[tuple[bytes, ...], int]) -> None:
        self._received.put((message, threading.get_ident()))


class Beside(Actor):
    """Hands what it receives to the test; or raises it."""

    def __init__(self, received: queue.SimpleQueue[tuple[object, int]]) -> None:
        super().__init__()
        self._received = received

    def on_receive(self, message: int | BaseException) -> None:
        if isinstance(message, BaseException):
            raise message
        self._received.put((message, threading.get_ident()))


class Threaded:
    """An actor behind a reader, on a runtime."""

    def __init__(self) -> None:
        self.bound = bound_socket()
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.failures: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
        self.received: queue.SimpleQueue[tuple[object, int]] = queue.SimpleQueue()
        self.runtime = ThreadRuntime(bound=self.bound, clock=LogicalClock(), fail_stop=self.failures.put)
        to_owner: Forward[str | tuple[tuple[bytes, ...], int]] = Forward()
        self.owner = self.runtime.spawn_core("owner", Owner, self.received)
        to_owner.bind(self.owner)
        self.runtime.spawn_reader("reader", Reader, to_owner)
        self.beside = self.runtime.spawn_beside("beside", Beside, self.received)

    def send(self, payload: bytes) -> None:
        self.sender.sendto(payload, self.bound.getsockname())

    def close(self) -> None:
        self.bound.close()
        self.sender.close()


@pytest.fixture
def threaded() -> Iterator[Threaded]:
    threaded = Threaded()
    threaded.runtime.run()
    yield threaded
    threaded.runtime.stop()
    threaded.close()


def test_a_datagram_reaches_the_owner_through_the_reader_on_one_thread(threaded: Threaded) -> None:
    threaded.send(b"a")
    message, owners_thread = threaded.received.get(timeout=GENEROUS_S)
    assert message == ((b"a",), owners_thread)
    assert owners_thread != threading.get_ident()


def test_a_told_message_wakes_an_owner_that_waits_for_the_socket(threaded: Threaded) -> None:
    """Many times, for the waking is a race that must be won each time."""
    for number in range(2000):
        threaded.owner.tell(str(number))
        assert threaded.received.get(timeout=GENEROUS_S)[0] == str(number)


def test_told_messages_and_datagrams_that_race_are_all_handled(threaded: Threaded) -> None:
    def tell() -> None:
        for number in range(500):
            threaded.owner.tell(str(number))

    teller = threading.Thread(target=tell)
    teller.start()
    told: list[object] = []
    read: list[bytes] = []
    for number in range(500):
        threaded.send(str(number).encode())
        while len(read) <= number:
            message, _ = threaded.received.get(timeout=GENEROUS_S)
            if isinstance(message, tuple):
                read.extend(message[0])
            else:
                told.append(message)
    teller.join()
    while len(told) < 500:
        told.append(threaded.received.get(timeout=GENEROUS_S)[0])
    assert told == [str(number) for number in range(500)]
    assert read == [str(number).encode() for number in range(500)]


def test_an_actor_beside_the_core_runs_on_its_thread(threaded: Threaded) -> None:
    for number in range(100):
        threaded.beside.tell(number)
        threaded.owner.tell(str(number))
    received = [threaded.received.get(timeout=GENEROUS_S) for _ in range(200)]
    assert [message for message, _ in received] == [said for number in range(100) for said in (number, str(number))]
    assert len({thread for _, thread in received}) == 1


def test_an_actor_beside_the_core_that_fails_stops_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    died = threads_that_die(monkeypatch)
    threaded = Threaded()
    threaded.runtime.run()
    error = ValueError("beside")
    threaded.beside.tell(error)
    assert threaded.failures.get(timeout=GENEROUS_S) is error
    died.get(timeout=GENEROUS_S)
    threaded.close()


def test_a_reader_that_fails_stops_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    died = threads_that_die(monkeypatch)
    threaded = Threaded()
    threaded.runtime.run()
    threaded.send(b"poison")
    assert str(threaded.failures.get(timeout=GENEROUS_S)) == "poisoned"
    died.get(timeout=GENEROUS_S)
    threaded.close()


def test_a_socket_that_fails_stops_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deaf node is as bad as a dead one, and harder to notice."""
    died = threads_that_die(monkeypatch)
    threaded = Threaded()
    threaded.close()
    threaded.runtime.run()
    assert isinstance(threaded.failures.get(timeout=GENEROUS_S), OSError)
    died.get(timeout=GENEROUS_S)
