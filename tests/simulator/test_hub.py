"""The hub and its processes: one that is gone already when the run wants its end."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import pytest

from simulator.actions import Exit
from simulator.cluster import State
from simulator.config import Config
from simulator.events import AnyEvent, KillLeader, Restart
from simulator.hub import Hub
from simulator.ids import NodeId
from simulator.interruption import Interruption
from simulator.processes import Output
from simulator.run import Run
from simulator.session import Unwatched
from tests.simulator.stage import LEADER, datagram


def silence() -> Output:
    """A stream on which nothing was printed, and nothing will be."""
    readable, writable = os.pipe()
    os.close(writable)
    return Output(os.fdopen(readable, "rb", buffering=0))


class Impostor:
    """Looks like a process, and says hello; the first 0000 dies when an event waits, and says at last that it leads."""

    started: ClassVar[list[NodeId]]
    run: ClassVar[Run]

    def __init__(self, name: NodeId, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._dies = name == LEADER and name not in self.started
        self.started.append(name)
        self._name = name
        self._net = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._net.connect(("localhost", int(command[0])))
        self._net.send(datagram(name, "FFFF", "hello"))
        self._exit: Exit | None = None
        self.stdout, self.stderr = silence(), silence()

    def poll(self) -> Exit | None:
        if self._exit is None and self._dies and any("waits" in each.text for each in self.run.journal.entries):
            self._net.send(datagram(self._name, "0001", "append", leader=self._name))
            self._exit = Exit(code=1)
        return self._exit

    def terminate(self, while_waiting: Callable[[], None], grace_s: float) -> Exit:
        self._exit = self._exit or Exit(code=0, took_ms=0.0)
        return self._exit

    def kill(self) -> Exit:
        return self.terminate(self.drain, 0.0)

    def drain(self) -> None:
        """Find nothing."""

    def cpu_s(self) -> float | None:
        return None

    def close(self) -> None:
        for output in (self.stdout, self.stderr):
            output.stream.close()
        self._net.close()


def played(event: AnyEvent, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run in which a process that is gone already lets it be known that it led, for which `event` waits."""
    config = Config(lifetime=0.4, replicas=3, requests=1, start_wait=0.3, end_wait=0.0, extra_events=(event,))
    run = Run(config, 1)
    monkeypatch.setattr("simulator.hub.Process", Impostor)
    Impostor.started, Impostor.run = [], run
    with Interruption() as interruption, Hub(run, (), {}, Unwatched(), interruption) as hub:
        hub.play()
    return run


def test_a_process_that_is_gone_when_it_is_to_be_restarted_is_followed_by_one_that_lives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = played(Restart(time=0.0, after_s=0.0), monkeypatch)
    replica = run.cluster.replicas[LEADER]
    assert Impostor.started == ["0000", "0001", "0002", "0000"]
    assert (replica.incarnation, replica.state, run.breaches.deaths) == (2, State.ENDED, [])
    assert replica.exit == Exit(code=0, took_ms=0.0)


def test_a_process_that_is_gone_when_it_is_to_be_killed_ends_once(monkeypatch: pytest.MonkeyPatch) -> None:
    run = played(KillLeader(time=0.0), monkeypatch)
    replica = run.cluster.replicas[LEADER]
    assert (replica.incarnation, replica.state, replica.exit) == (1, State.KILLED, Exit(code=1))
