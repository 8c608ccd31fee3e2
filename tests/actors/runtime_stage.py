"""A thread runtime with recorders on it, and ways to wait for what happens; without sleeps."""

import queue
import socket
import threading
from collections.abc import Iterator

import pytest

from actors.actor import Actor
from actors.logical_clock import LogicalClock
from actors.runtime import ThreadRuntime
from actors.udp import bound_socket
from messages.address import Address
from messages.timer import Rang

GENEROUS_S = 10.0
"""Far more than anything here ever takes."""


class Recorder(Actor):
    """Hands what it receives to the test."""

    def __init__(self) -> None:
        super().__init__()
        self.received: queue.SimpleQueue[tuple[object, int]] = queue.SimpleQueue()

    def on_receive(self, message: str | Rang) -> None:
        self.received.put((message, threading.get_ident()))


class Breaker(Actor):
    """Raises what it receives."""

    def on_receive(self, message: BaseException) -> None:
        raise message


class Stage:
    """A runtime, what its fail-stop hook was called with, and a way to build recorders."""

    def __init__(self) -> None:
        self.bound: socket.socket = bound_socket()
        self.failures: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
        self.clock = LogicalClock()
        self.runtime = ThreadRuntime(bound=self.bound, clock=self.clock, fail_stop=self.failures.put)

    def record(self) -> tuple[Address[str | Rang], Recorder]:
        """A recorder's address, and the recorder itself."""
        built: list[Recorder] = []

        def build() -> Recorder:
            built.append(Recorder())
            return built[0]

        return self.runtime.spawn("recorder", build), built[0]


def staged() -> Iterator[Stage]:
    """A stage that ends with the test; each module makes its fixture of it."""
    stage = Stage()
    yield stage
    stage.runtime.stop()
    stage.bound.close()


def next_of(recorder: Recorder) -> object:
    """What it receives next."""
    return recorder.received.get(timeout=GENEROUS_S)[0]


def next_rang(recorder: Recorder) -> Rang:
    """The alarm that rings next."""
    rang = next_of(recorder)
    assert isinstance(rang, Rang)
    return rang


def threads_that_die(monkeypatch: pytest.MonkeyPatch) -> queue.SimpleQueue[str]:
    """The names of threads that die of an exception, which is meant to be so here."""
    died: queue.SimpleQueue[str] = queue.SimpleQueue()
    monkeypatch.setattr(threading, "excepthook", lambda args: died.put(args.thread.name))
    return died
