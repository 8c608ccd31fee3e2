"""A run in real time: one UDP socket per replica, replicas as processes, everything in one thread."""

from __future__ import annotations

import contextlib
import selectors
import shutil
import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self, TypeAlias, assert_never

from simulator.actions import Action, Deliver, Disturb, Exit, Pause, Resume, Spoil, Start, Terminate, Wipe
from simulator.ids import NodeId
from simulator.interruption import Interruption
from simulator.processes import GRACE_S, Output, Process
from simulator.run import Run

Address: TypeAlias = tuple[str, int]

DATA_VARIABLE: Final = "RAFT_DATA"
"""Tells replicas, by their environment, where to keep what is to outlive their processes."""

_BUFFER_BYTES: Final = 4 * 1024 * 1024
_DATAGRAM_BYTES: Final = 65_536
_DATAGRAMS_AT_ONCE: Final = 64
_WAIT_MAX_S: Final = 0.05
_POLL_EVERY_S: Final = 0.1


class Watcher(Protocol):
    """Somebody who follows a run for people."""

    def look(self, run: Run, now: float, *, idle: bool) -> None:
        """Show how the run stands; called often, between messages, and best taken up when `idle`."""

    def close(self) -> None:
        """Stop showing the run: it is over, or was ended."""


class Hub:
    """Drives one run: carries datagrams and time to it, and its actions out.

    `command` starts a replica, to which port, ID and the others' IDs are added. Entered as a context, it leaves no
    process and no socket behind.
    """

    def __init__(
        self,
        run: Run,
        command: Sequence[str],
        environment: Mapping[str, str],
        watcher: Watcher,
        interruption: Interruption,
        grace_s: float = GRACE_S,
    ) -> None:
        self._run = run
        self._command = tuple(command)
        self._environment = environment
        self._watcher = watcher
        self._interruption = interruption
        self._grace_s = grace_s
        self._selector = selectors.DefaultSelector()
        self._sockets: dict[NodeId, socket.socket] = {}
        self._addresses: dict[NodeId, Address] = {}
        self._processes: dict[NodeId, Process] = {}
        self._replaced: list[Process] = []
        """Those that ended before another of their name was started."""
        self._running: set[NodeId] = set()
        self._began = 0.0
        self._next_poll = 0.0

    def __enter__(self) -> Self:
        for name in self._run.cluster.replicas:
            self._sockets[name] = self._open_socket(name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in (*self._replaced, *self._processes.values()):
            if process.poll() is None:
                process.kill()
            process.close()
        for hub_socket in self._sockets.values():
            hub_socket.close()
        self._selector.close()

    def play(self) -> None:
        """Play the run to its end."""
        self._began = time.monotonic()
        while not self._run.over:
            self._interruption.check()
            self._step()

    def _step(self) -> None:
        """Wait for what comes first, a datagram or a task that is due, and deal with it."""
        now = self._now()
        due = self._run.next_time
        wait_s = _WAIT_MAX_S if due is None else min(max(due - now, 0.0), _WAIT_MAX_S)
        ready = self._selector.select(wait_s)
        for key, _ in ready:
            take: Callable[[], object] = key.data
            take()
        now = self._now()
        self._perform(self._run.advance(now))
        if now >= self._next_poll:
            self._poll_processes(now)
        self._watcher.look(self._run, now, idle=not ready)

    def _now(self) -> float:
        return time.monotonic() - self._began

    # Datagrams.

    def _open_socket(self, name: NodeId) -> socket.socket:
        hub_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        hub_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        hub_socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        hub_socket.setblocking(False)
        hub_socket.bind(("localhost", 0))
        self._selector.register(hub_socket, selectors.EVENT_READ, lambda: self._receive(name))
        return hub_socket

    def _receive(self, name: NodeId) -> bool:
        """Take the datagrams that wait at one socket, up to a bound, so that no replica keeps the others waiting.

        False when no more wait.
        """
        hub_socket = self._sockets[name]
        for _ in range(_DATAGRAMS_AT_ONCE):
            try:
                payload, address = hub_socket.recvfrom(_DATAGRAM_BYTES)
            except BlockingIOError:
                return False
            if name not in self._addresses:
                self._addresses[name] = address
                self._run.note_ready_cpu(name, self._processes[name].cpu_s())
            self._perform(self._run.receive(self._now(), name, payload))
        return True

    def _deliver(self, to: NodeId, payload: bytes) -> None:
        with contextlib.suppress(BlockingIOError):  # as on any network, what finds no room is lost
            self._sockets[to].sendto(payload, self._addresses[to])

    # Processes.

    def _perform(self, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Deliver():
                    self._deliver(action.to, action.payload)
                case Start():
                    self._start(action.replica)
                case Terminate():
                    self._terminate(action.replica, by_force=action.by_force)
                case Pause():
                    self._processes[action.replica].pause()
                case Resume():
                    self._processes[action.replica].resume()
                case Disturb():
                    assert action.event is None, "a configuration that asks for it is refused"
                case Wipe():
                    shutil.rmtree(Path(self._environment[DATA_VARIABLE]) / action.replica, ignore_errors=True)
                case Spoil():
                    raise AssertionError("a configuration that asks for it is refused")
                case _:
                    assert_never(action)

    def _start(self, name: NodeId) -> None:
        _, port = self._sockets[name].getsockname()
        others = [other for other in self._run.cluster.replicas if other != name]
        if name in self._processes:
            self._replaced.append(self._processes[name])
            self._addresses.pop(name, None)
        process = Process(name, (*self._command, str(port), name, *others), self._environment)
        self._processes[name] = process
        self._running.add(name)
        for output in (process.stdout, process.stderr):
            self._drain_when_ready(output)

    def _drain_when_ready(self, output: Output) -> None:
        def drain() -> None:
            if not output.drain():
                self._selector.unregister(output.stream)

        self._selector.register(output.stream, selectors.EVENT_READ, drain)

    def _terminate(self, name: NodeId, *, by_force: bool) -> None:
        """End a replica, and only then go on; of one that is gone already the run is about to hear."""
        if name in self._running:
            process = self._processes[name]
            how = process.crash() if by_force else process.terminate(process.drain, self._grace_s)
            self._gone(name, how)

    def _poll_processes(self, now: float) -> None:
        """Look for replicas that ended by themselves."""
        self._next_poll = now + _POLL_EVERY_S
        for name in tuple(self._running):
            how = self._processes[name].poll()
            if how is not None:
                self._gone(name, how)

    def _gone(self, name: NodeId, how: Exit) -> None:
        """Deliver all that a replica sent before it ended, then tell the run of its end: another may take its name."""
        self._running.discard(name)
        while self._receive(name):
            continue
        self._perform(self._run.exited(self._now(), name, how))
