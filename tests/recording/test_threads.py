"""The same on real threads: causes cross them, and whatever the threads do, each actor's deliveries have no gaps."""

import queue
import socket
from collections.abc import Iterator

import pytest

from actors.clock import now
from actors.udp import UdpDatagrams
from messages.address import Forward
from messages.codec import stamped
from messages.ids import NOBODY
from messages.timer import Rang
from messages.wire import Hello
from recording import Recorder, RecordingDatagrams, RecordingRuntime
from tests.actors.probes import AuditProbe
from tests.actors.runtime_stage import GENEROUS_S, Stage
from tests.actors.samples import ME
from tests.recording.stage import NODE, Clerk, Doing, Reader, Sheet
from trail.records import Payloads

HELLO = Hello(src=ME, dst=NOBODY, leader=NOBODY)


class Office(Stage):
    """A recorded runtime on threads."""

    def __init__(self) -> None:
        super().__init__()
        self.sheet = Sheet()
        self.recorder = Recorder(self.sheet, node=NODE, clock=now, logical_clock=self.clock)
        self.recorded = RecordingRuntime(self.runtime, self.recorder)
        self.done: queue.SimpleQueue[object] = queue.SimpleQueue()

    def wait(self, count: int = 1) -> list[object]:
        """What the actors put there."""
        return [self.done.get(timeout=GENEROUS_S) for _ in range(count)]

    def bring(self, datagram: bytes) -> None:
        """The network brings a datagram."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as network:
            network.sendto(datagram, self.bound.getsockname())

    def causes(self, actor: str) -> list[tuple[int, tuple[str, int] | None]]:
        """The number and the cause of each delivery to `actor`."""
        return [(took.n, took.by) for took in self.sheet.took(actor)]


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    yield office
    office.runtime.stop()
    office.bound.close()


def test_causes_cross_threads(office: Office) -> None:
    """Two clerks on two threads pass a number to and fro."""
    to_one: Forward[int] = Forward()

    def finish(message: object) -> None:
        two.tell(int(str(message)) - 1)
        if message == 1:
            office.done.put(message)

    two = office.recorded.spawn("two", Clerk, to_one)
    one = office.recorded.spawn("one", Doing, finish)
    to_one.bind(one)
    office.runtime.run()
    one.tell(41)
    office.wait()
    assert office.causes("one") == [(1, None), *((n + 1, ("two", n)) for n in range(1, 21))]
    assert office.causes("two")[:20] == [(n, ("one", n)) for n in range(1, 21)]


def test_many_tellers_on_many_threads_leave_no_gap_and_each_is_named(office: Office) -> None:
    """Each of four actors is told to tell 200 times; besides, the test itself does."""
    target = office.recorded.spawn("target", Doing, office.done.put)

    def tell_often(name: object) -> None:
        for number in range(200):
            target.tell((name, number))

    tellers = [office.recorded.spawn(f"teller{number}", Doing, tell_often) for number in range(4)]
    office.runtime.run()
    for number, teller in enumerate(tellers):
        teller.tell(f"teller{number}")
    tell_often(None)
    handled = office.wait(1000)
    took = office.sheet.took("target")
    assert [each.n for each in took] == list(range(1, 1001))
    assert [each.message for each in took] == handled
    assert all(
        each.by == (each.message[0] and (each.message[0], 1)) for each in took if isinstance(each.message, tuple)
    )


def test_the_core_the_reader_and_those_beside_it_share_a_thread_and_no_cause(office: Office) -> None:
    beside = office.recorded.spawn_beside("beside", Doing, office.done.put)
    core = office.recorded.spawn_core("core", Doing, beside.tell)
    office.recorded.spawn_reader("reader", Reader, core.tell)
    office.runtime.run()
    office.bring(stamped(b'{"src":"0001"}', 70))
    office.wait()
    beside.tell("from outside")
    office.wait()
    office.bring(b"more")
    office.wait()
    assert office.causes("reader") == [(1, None), (2, None)]
    assert office.causes("core") == [(1, ("reader", 1)), (2, ("reader", 2))]
    assert office.causes("beside") == [(1, ("core", 1)), (2, None), (3, ("core", 2))]
    first, second = (took.message for took in office.sheet.took("reader"))
    assert isinstance(first, Payloads)
    assert isinstance(second, Payloads)
    assert (first.payloads, second.payloads) == ((stamped(b'{"src":"0001"}', 70),), (b"more",))
    assert [took.clock for took in office.sheet.took("reader")] == [71, 72]


def test_what_the_timers_thread_tells_has_no_cause(office: Office) -> None:
    clerk: Forward[int | Rang] = Forward()
    timer = office.recorded.timer(clerk)

    def set_or_finish(message: object) -> None:
        if isinstance(message, Rang):
            office.done.put(message)
        else:
            timer.set(now(), 7)

    clerk.bind(office.recorded.spawn("clerk", Doing, set_or_finish))
    office.runtime.run()
    clerk.tell(0)
    (rang,) = office.wait()
    assert isinstance(rang, Rang)
    assert rang.epoch == 7
    assert office.causes("clerk") == [(1, None), (2, None)]
    assert [(did.actor, did.n) for did in office.sheet.did("timer")] == [("clerk", 1)]


def test_an_actor_that_raises_stops_the_node_as_ever_and_leaves_the_record(office: Office) -> None:
    def fail(message: object) -> None:
        raise ValueError(message)

    breaker = office.recorded.spawn("breaker", Doing, fail)
    office.runtime.run()
    breaker.tell("poison")
    assert str(office.failures.get(timeout=GENEROUS_S)) == "poison"
    assert [took.message for took in office.sheet.took()] == ["poison"]


def test_threads_that_send_at_the_same_time_are_recorded_in_the_order_of_their_stamps(office: Office) -> None:
    """Real actors and the real way out: each sending is recorded on behalf of who sent it."""
    network = UdpDatagrams(office.bound, 9, office.clock, AuditProbe().log)
    datagrams = RecordingDatagrams(network, office.recorder)

    def send_often(message: object) -> None:
        for _ in range(100):
            datagrams.send(HELLO)
        office.done.put(message)

    senders = [office.recorded.spawn(f"sender{number}", Doing, send_often) for number in range(4)]
    office.runtime.run()
    for _ in range(5):
        for sender in senders:
            sender.tell("send")
    office.wait(20)
    sendings = office.sheet.did("datagrams")
    assert [did.clock for did in sendings] == list(range(1, 2001))
    for number in range(4):
        mine = [did.n for did in sendings if did.actor == f"sender{number}"]
        assert mine == [n for n in range(1, 6) for _ in range(100)]
