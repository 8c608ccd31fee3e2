"""The core's mailbox: told messages in order, for the core and for those beside it; else the reader, and the socket."""

import socket
import threading
from collections.abc import Iterator

import pytest
from pykka._envelope import Envelope

from actors import core_inbox
from actors.clock import now
from actors.core_inbox import CoreInbox
from actors.logical_clock import LogicalClock
from actors.runtime import Mailbox
from actors.udp import bound_socket
from messages.address import Address
from messages.codec import stamped
from messages.socket_reader import Datagrams

GENEROUS_S = 10.0
"""Far more than anything here ever takes."""


class Noting:
    """A reader that keeps what it is given, and tells the owner that there was something."""

    def __init__(self, owner: Address[str], clock: LogicalClock) -> None:
        self._owner = owner
        self._clock = clock
        self.batches: list[Datagrams] = []
        self.times: list[int] = []
        """What the logical clock said when each batch was read."""

    def on_receive(self, message: Datagrams) -> None:
        self.batches.append(message)
        self.times.append(self._clock.value)
        self._owner.tell("read")


class Post:
    """A core's inbox without a thread: the test itself is the core."""

    def __init__(self) -> None:
        self.bound = bound_socket()
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.clock = LogicalClock()
        self.inbox = CoreInbox(self.bound, self.clock)
        self.reader = Noting(Mailbox(self.inbox), self.clock)
        self.inbox.read = self.reader.on_receive

    def send(self, *payloads: bytes) -> None:
        for payload in payloads:
            self.sender.sendto(payload, self.bound.getsockname())

    def tell(self, text: str) -> None:
        self.inbox.put(Envelope(text))

    def get(self) -> object:
        """The owner's next message."""
        return self.inbox.get().message

    def payloads(self) -> list[tuple[bytes, ...]]:
        """What the reader was given, batch by batch."""
        return [batch.payloads for batch in self.reader.batches]

    def close(self) -> None:
        self.bound.close()
        self.sender.close()


@pytest.fixture
def post() -> Iterator[Post]:
    post = Post()
    yield post
    post.close()


def test_what_the_socket_holds_is_one_batch_in_order_of_arrival(post: Post) -> None:
    before = now()
    post.send(b"a", b"b", b"c")
    assert post.get() == "read"
    (batch,) = post.reader.batches
    assert batch.payloads == (b"a", b"b", b"c")
    assert before <= batch.at <= now()


def test_a_batch_is_bounded_and_the_rest_is_the_next_one(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_inbox, "DATAGRAMS_AT_ONCE", 4)
    post.send(*(str(number).encode() for number in range(6)))
    assert [post.get(), post.get()] == ["read", "read"]
    assert post.payloads() == [(b"0", b"1", b"2", b"3"), (b"4", b"5")]


def test_told_messages_come_before_what_the_socket_holds(post: Post) -> None:
    """What is under way inside the node is not overtaken by a flood from outside."""
    post.send(b"a")
    post.tell("one")
    post.tell("two")
    assert [post.get(), post.get()] == ["one", "two"]
    assert post.payloads() == []
    assert post.get() == "read"


def test_an_empty_datagram_is_nobodys_message(post: Post) -> None:
    post.send(b"", b"a", b"", b"b", b"")
    post.get()
    assert post.payloads() == [(b"a", b"b")]


def test_it_is_empty_when_nothing_is_told_whatever_the_socket_holds(post: Post) -> None:
    post.send(b"a")
    assert post.inbox.empty()
    post.tell("told")
    assert not post.inbox.empty()


def test_the_largest_datagram_is_given_whole(post: Post) -> None:
    post.send(b"x" * 65_507)
    post.get()
    assert post.payloads() == [(b"x" * 65_507,)]


def test_what_is_told_to_the_core_and_to_those_beside_it_is_handled_in_the_order_of_telling(post: Post) -> None:
    handled: list[str] = []
    post.tell("one")
    post.inbox.queue(lambda: handled.append("beside"))
    post.tell("two")
    assert (post.get(), handled) == ("one", [])
    assert (post.get(), handled) == ("two", ["beside"])


# --- the logical clock ---


def stamped_at(time: int) -> bytes:
    """A datagram that left when the logical clock of its sender said so."""
    return stamped(b'{"src":"0001"}', time)


def test_what_comes_moves_the_logical_clock_before_anybody_sees_it(post: Post) -> None:
    post.send(stamped_at(7), stamped_at(9), stamped_at(8))
    post.get()
    post.send(stamped_at(3))
    post.get()
    assert post.reader.times == [10, 11]


def test_a_batch_without_stamps_is_one_step_and_a_wake_up_is_none(post: Post) -> None:
    post.send(b"a", b"b")
    post.get()
    post.send(b"")
    waker = threading.Thread(target=post.tell, args=("told",))
    waker.start()
    assert post.get() == "told"
    waker.join()
    assert post.reader.times == [1]
    assert post.clock.value == 1


def test_a_forged_stamp_hides_no_honest_one_of_the_same_batch(post: Post) -> None:
    post.send(stamped_at(10**16 - 1), stamped_at(60), b'{"clock":' + b"9" * 50_000)
    post.get()
    assert post.reader.times == [61]
