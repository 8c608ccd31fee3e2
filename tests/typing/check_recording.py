"""A recorded replica's addresses are as strict as any: what they must not be told is an error that mypy must find.

Never run: it is read by mypy only. Each `type: ignore` stands where the error is; one too many would be reported.
"""

from random import Random

from actors.election_timer import ElectionTimer
from actors.ports import Datagrams, Storage, Timer
from actors.runtime import Runtime, ThreadRuntime
from actors.settings import Settings
from actors.socket_reader import SocketReader
from actors.state_machine import StateMachine
from actors.udp import UdpDatagrams
from messages.address import Address
from messages.consensus import ElectionTimeout, Start
from messages.election_timer import ElectionTimerMessage, Reset
from messages.ids import Instant, LogIndex, Term
from messages.log_store import Flush, LogStoreMessage
from messages.state_machine import Apply, StateMachineMessage
from messages.timer import Rang
from messages.wire import Get, Hello
from recording import Recorder, RecordingDatagrams, RecordingRuntime, RecordingStorage
from recording.ports import Network, RecordingTimer
from recording.recorder import Sink
from recording.runtime import Noting, Told
from trail import Trail

START = Start(at=Instant(1.0))
RESET = Reset(epoch=1, since=Instant(1.0))


def a_recorded_runtime_is_a_runtime(within: ThreadRuntime, recorder: Recorder) -> None:
    """It stands wherever one does, also around another one of its kind."""
    recorded: Runtime = RecordingRuntime(within, recorder)
    RecordingRuntime(recorded, recorder)
    RecordingRuntime(recorder, recorder)  # type: ignore[arg-type]


def a_wrong_send_through_a_recorded_address_is_an_error(
    runtime: RecordingRuntime, settings: Settings, consensus: Address[ElectionTimeout], timer: Timer
) -> None:
    """What the actor handles is what its address takes, in each way of spawning."""
    spawned = runtime.spawn(
        "timer", ElectionTimer, settings=settings, consensus=consensus, timer=timer, random=Random(1)
    )
    spawned.tell(RESET)
    spawned.tell(START)  # type: ignore[arg-type]
    spawned.tell((None, RESET))  # type: ignore[arg-type]
    beside = runtime.spawn_beside(
        "timer", ElectionTimer, settings=settings, consensus=consensus, timer=timer, random=Random(1)
    )
    beside.tell(START)  # type: ignore[arg-type]
    core = runtime.spawn_core(
        "timer", ElectionTimer, settings=settings, consensus=consensus, timer=timer, random=Random(1)
    )
    core.tell(START)  # type: ignore[arg-type]
    right: Address[ElectionTimerMessage] = spawned
    wrong: Address[LogStoreMessage] = spawned  # type: ignore[assignment]
    del right, wrong


def wirings_are_checked_through_the_recording(
    runtime: RecordingRuntime,
    settings: Settings,
    consensus: Address[ElectionTimeout],
    state: Address[StateMachineMessage],
) -> None:
    """A constructor's arguments, and what a timer may ring."""
    runtime.spawn("x", ElectionTimer, settings=settings, consensus=consensus)  # type: ignore[call-arg]
    runtime.spawn("x", Settings)  # type: ignore[arg-type]
    runtime.spawn_reader("x", SocketReader, me=1)  # type: ignore[call-arg, arg-type]
    runtime.spawn_reader("x", StateMachine)  # type: ignore[arg-type, call-arg]
    runtime.timer(state)  # type: ignore[arg-type]


def a_noting_address_takes_what_is_behind_it(
    behind: Address[Told[Flush]], bare: Address[Flush], recorder: Recorder
) -> None:
    """It adds the cause; the mailbox must take both."""
    noting = Noting(behind, recorder)
    noting.tell(Flush(moves_on=False))
    noting.tell(RESET)  # type: ignore[arg-type]
    Noting[Flush](bare, recorder)  # type: ignore[arg-type]


def recording_ports_are_the_ports(
    recorder: Recorder, network: Network, udp: UdpDatagrams, storage: Storage, timer: Timer, hello: Hello, get: Get
) -> None:
    """They stand wherever the ports do, and are as strict."""
    datagrams: Datagrams = RecordingDatagrams(udp, recorder)
    datagrams.send(get)  # type: ignore[arg-type]
    network.transmit(hello)  # type: ignore[call-arg]
    kept: Storage = RecordingStorage(storage, recorder)
    kept.truncate(Term(1))  # type: ignore[arg-type]
    RecordingStorage(kept, recorder).append([])  # type: ignore[arg-type]
    alarm: Timer = RecordingTimer(timer, recorder)
    alarm.set(1.0, 1)  # type: ignore[arg-type]
    RecordingDatagrams(datagrams, recorder)  # type: ignore[arg-type]


def a_trail_takes_records_and_no_messages(trail: Trail, sink: Sink) -> None:
    """What is recorded is said in full."""
    where: Sink = trail
    sink.record(Apply(first=LogIndex(1), entries=()))  # type: ignore[arg-type]
    sink.record(Rang(epoch=1, at=Instant(1.0)))  # type: ignore[arg-type]
    del where
