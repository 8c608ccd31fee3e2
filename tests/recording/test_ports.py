"""What leaves through a port is recorded on behalf of who does it; a sending before it is out, with its time."""

import sys
import threading
from collections.abc import Iterator
from itertools import pairwise

import pytest

from actors.logical_clock import LogicalClock
from actors.storage import MemoryStorage, SyncedMemoryStorage
from actors.udp import UdpDatagrams, bound_socket
from messages.codec import stamp_of
from messages.ids import NOBODY, NodeId, Term
from messages.snapshot import Change
from messages.wire import Hello, Outbound
from recording import Recorder, RecordingDatagrams, RecordingStorage
from recording.ports import RecordingTimer
from tests.actors.probes import AuditProbe, FakeTimer, SyncedStorage
from tests.actors.samples import ME, PEER, at, index, puts
from tests.recording.stage import NODE, Desk, Sheet
from trail.records import Did, Took

HELLO = Hello(src=ME, dst=NOBODY, leader=NOBODY)
THREADS, SENDINGS = 4, 5000


class Network:
    """Keeps what is sent, with its stamp, and how much was on the sheet by then."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self.sent: list[tuple[Outbound, int]] = []
        self.recorded_then: list[int] = []

    def transmit(self, message: Outbound, stamp: int) -> None:
        self.recorded_then.append(len(self._sheet.records))
        self.sent.append((message, stamp))


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads give way to one another a thousand times as often as they would."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 1000)
    yield
    sys.setswitchinterval(usual)


# --- datagrams ---


def test_a_sending_is_recorded_before_it_is_out(desk: Desk) -> None:
    network = Network(desk.sheet)
    datagrams = RecordingDatagrams(network, desk.recorder)
    datagrams.send(HELLO)
    datagrams.send(HELLO)
    assert network.recorded_then == [1, 2]


def test_a_sending_is_recorded_with_the_stamp_that_it_carries(desk: Desk) -> None:
    network = Network(desk.sheet)
    datagrams = RecordingDatagrams(network, desk.recorder)
    desk.recorder.here.cause = ("log_store", 3)
    datagrams.send(HELLO)
    desk.clock.heard([50])
    datagrams.send(HELLO)
    assert network.sent == [(HELLO, 1), (HELLO, 52)]
    assert desk.sheet.records == [
        Did(1.5, stamp, NODE, "log_store", 3, "datagrams", "send", HELLO) for stamp in (1, 52)
    ]


def test_a_sending_that_the_system_refuses_is_recorded_all_the_same(desk: Desk) -> None:
    """The actor has sent it: running it again must show so."""
    audit, bound = AuditProbe(), bound_socket()
    datagrams = RecordingDatagrams(UdpDatagrams(bound, 9, desk.clock, audit.log), desk.recorder)
    bound.close()
    datagrams.send(HELLO)
    assert audit.names() == ["datagram.unsent"]
    assert [did.clock for did in desk.sheet.did("datagrams")] == [1]


def test_on_the_wire_is_the_stamp_of_the_record(desk: Desk) -> None:
    """The real way out takes the stamp that was recorded, and no second one."""
    bound, receiver = bound_socket(), bound_socket()
    network = UdpDatagrams(bound, receiver.getsockname()[1], desk.clock, AuditProbe().log)
    datagrams = RecordingDatagrams(network, desk.recorder)
    receiver.settimeout(5)
    for _ in range(3):
        datagrams.send(HELLO)
    stamps = [stamp_of(receiver.recv(70_000)) for _ in range(3)]
    bound.close()
    receiver.close()
    assert stamps == [did.clock for did in desk.sheet.did("datagrams")] == [1, 2, 3]


def test_no_later_time_can_be_had_before_a_sending_is_recorded() -> None:
    """Else another thread's record of that time could stand before it."""

    class Trying(Sheet):
        def record(self, record: Took | Did, weight_bytes: int = 0) -> None:
            could_have.append(clock.lock.acquire(blocking=False))
            super().record(record, weight_bytes)

    could_have: list[bool] = []
    clock, sheet = LogicalClock(), Trying()
    recorder = Recorder(sheet, node=NODE, clock=lambda: at(1.0), logical_clock=clock)
    RecordingDatagrams(Network(sheet), recorder).send(HELLO)
    assert could_have == [False]
    assert not clock.lock.locked()


@pytest.mark.usefixtures("restless")
def test_sendings_of_several_threads_are_recorded_in_the_order_of_their_stamps(desk: Desk) -> None:
    """Meanwhile other threads take messages and hear of later times: nothing that is recorded is ahead of a sending."""
    network = Network(desk.sheet)
    datagrams = RecordingDatagrams(network, desk.recorder)
    begin = threading.Barrier(THREADS + 2)

    def send() -> None:
        begin.wait()
        for _ in range(SENDINGS):
            datagrams.send(HELLO)

    def take() -> None:
        begin.wait()
        for n in range(SENDINGS):
            desk.recorder.took("actor", n, None, "message")

    def hear(clock: LogicalClock) -> None:
        begin.wait()
        for n in range(SENDINGS):
            clock.heard([n * THREADS])

    threads = [threading.Thread(target=send) for _ in range(THREADS)]
    threads += [threading.Thread(target=take), threading.Thread(target=hear, args=(desk.clock,))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stamps = [did.clock for did in desk.sheet.did()]
    assert len(stamps) == THREADS * SENDINGS
    assert all(before < after for before, after in pairwise(stamps))
    assert sorted(stamp for _, stamp in network.sent) == stamps
    highest = 0
    for record in desk.sheet.records:
        assert record.clock >= highest or not isinstance(record, Did), "a record ahead of a sending"
        highest = max(highest, record.clock)


# --- storage ---


class FailingStorage(SyncedStorage):
    """A disk that reports an error."""

    def sync(self) -> None:
        raise OSError(5, "Input/output error")


def calls(desk: Desk) -> list[tuple[str, object]]:
    """What was recorded of the storage."""
    return [(did.call, did.value) for did in desk.sheet.did("storage")]


def test_what_is_written_is_recorded_and_written(desk: Desk) -> None:
    behind = SyncedStorage()
    storage = RecordingStorage(behind, desk.recorder)
    entries = puts(3, 4)
    storage.save_hard_state(Term(3), NodeId(PEER))
    storage.save_hard_state(Term(4), None)
    storage.append(entries)
    storage.truncate(index(2))
    storage.sync()
    assert calls(desk) == [
        ("save_hard_state", {"term": 3, "voted_for": PEER}),
        ("save_hard_state", {"term": 4, "voted_for": None}),
        ("append", {"entries": entries}),
        ("truncate", {"after": 2}),
        ("sync", {}),
    ]
    assert behind.read(index(1), 10) == entries[:2]
    assert behind._hard_state == (4, None)
    assert not behind.needs_sync()


def test_a_snapshot_is_recorded_in_full_and_written(desk: Desk) -> None:
    behind = SyncedMemoryStorage()
    storage = RecordingStorage(behind, desk.recorder)
    changes: tuple[Change, ...] = (("v/k", "4"), ("w/0000000000000001", None))
    storage.append(puts(3, 4))
    storage.save_snapshot(index(4), changes, index(3))
    assert calls(desk)[1:] == [("save_snapshot", {"last_included": 4, "changes": changes, "first": 3})]
    assert (behind.snapshot_index(), behind.first_index()) == (4, 3)
    assert behind.read_snapshot(0, "", 10) == (("v/k", "4"),)


def test_an_installed_snapshot_is_recorded_in_full_and_written(desk: Desk) -> None:
    behind = SyncedMemoryStorage()
    storage = RecordingStorage(behind, desk.recorder)
    records = (("t/0000000000000001", "5"), ("v/k", "é"))
    storage.append(puts(3, 4))
    storage.install_snapshot(index(9), Term(5), records)
    assert calls(desk)[1:] == [("install_snapshot", {"last_included": 9, "term": 5, "records": records})]
    assert (behind.snapshot_index(), behind.first_index(), behind.last_index()) == (9, 10, 9)
    assert behind.read_snapshot(0, "", 10) == records


def test_what_is_written_aside_leaves_no_trace_for_nothing_depends_on_it(desk: Desk) -> None:
    behind = SyncedMemoryStorage()
    RecordingStorage(behind, desk.recorder).stage_records(0, (("v/k", "2"),))
    assert calls(desk) == []
    assert behind.needs_sync()


def test_reading_gives_what_is_there_and_leaves_no_trace(desk: Desk) -> None:
    storage = RecordingStorage(SyncedMemoryStorage(), desk.recorder)
    storage.append(puts(3, 4))
    storage.save_snapshot(index(2), (("v/k", "2"),), index(2))
    written = len(desk.sheet.records)
    assert (storage.last_index(), storage.term_at(index(4)), storage.read(index(2), 2)) == (4, 3, puts(3, 4)[1:3])
    assert (storage.first_index(), storage.snapshot_index()) == (2, 2)
    assert storage.read_snapshot(0, "", 10) == (("v/k", "2"),)
    assert storage.needs_sync()
    assert len(desk.sheet.records) == written


def test_that_something_is_durable_is_recorded_only_when_it_is_and_else_why_not(desk: Desk) -> None:
    storage = RecordingStorage(FailingStorage(), desk.recorder)
    storage.append(puts(1, 1))
    with pytest.raises(OSError, match="Input/output"):
        storage.sync()
    assert [call for call, _ in calls(desk)] == ["append", "sync_failed"]
    failed = desk.sheet.did()[-1].value
    assert isinstance(failed, dict)
    assert failed["full"] is False
    assert "Input/output" in failed["reason"]


def test_what_a_storage_does_is_on_behalf_of_who_uses_it(desk: Desk) -> None:
    storage = RecordingStorage(MemoryStorage(), desk.recorder)
    desk.recorder.here.cause = ("log_store", 7)
    desk.clock.value = 4
    storage.append(())
    assert desk.sheet.records == [Did(1.5, 4, NODE, "log_store", 7, "storage", "append", {"entries": ()})]


# --- timers ---


def test_an_alarm_is_recorded_and_set(desk: Desk) -> None:
    behind = FakeTimer()
    RecordingTimer(behind, desk.recorder).set(at(3.0), 8)
    assert behind.alarms == [(3.0, 8)]
    assert [(did.port, did.call, did.value) for did in desk.sheet.did()] == [("timer", "set", {"due": 3.0, "epoch": 8})]
