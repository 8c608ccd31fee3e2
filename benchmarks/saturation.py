"""How many puts a second a few replicas answer, when there is always more to do: real processes, and a bare network."""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

ROOT: Final = Path(__file__).resolve().parent.parent
NAMES: Final = ("0000", "0001", "0002")
CLIENT: Final = "0010"
OUTSTANDING: Final = 64
"""So many puts are always under way: enough to keep a leader busy, too few to overflow a socket's buffer."""

VALUE: Final = "v" * 32
WARM_UP_S: Final = 1.0
GIVE_UP_S: Final = 15.0
LOST_S: Final = 0.5
"""A datagram may find a full buffer, as on any network: without an answer for so long, all is sent anew."""


class Header(msgspec.Struct):
    """As much of a datagram as the network and the client need."""

    src: str
    dst: str
    leader: str
    type: str
    MID: str = ""


_decode: Final = msgspec.json.Decoder(Header).decode


class Saturation:
    """Three replicas, the network between them, and one client that never waits; a context that leaves nothing behind.

    `environment` is added to that of the replicas.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self._selector: Final = selectors.DefaultSelector()
        self._sockets: Final = {name: self._open(name) for name in NAMES}
        self._addresses: Final[dict[str, tuple[str, int]]] = {}
        self._scratch: Final = tempfile.TemporaryDirectory()
        self._processes: Final = [self._start(name, environment) for name in NAMES]
        self._leader = ""
        self._sent = 0
        self._answered = 0
        self._heard_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        for each in self._sockets.values():
            each.close()
        self._selector.close()
        self._scratch.cleanup()

    def puts_a_second(self, seconds: float) -> float:
        """The rate of answers `ok` over so many seconds, after a warm-up; exits when nobody ever leads."""
        deadline = time.monotonic() + GIVE_UP_S
        while not self._leader:
            self._route()
            if time.monotonic() > deadline:
                sys.exit("No leader was elected.")
        self._refill(OUTSTANDING)
        self._play(WARM_UP_S)
        before, began = self._answered, time.monotonic()
        self._play(seconds)
        return (self._answered - before) / (time.monotonic() - began)

    def _open(self, name: str) -> socket.socket:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        opened.bind(("localhost", 0))
        opened.setblocking(False)
        self._selector.register(opened, selectors.EVENT_READ, name)
        return opened

    def _start(self, name: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        port = str(self._sockets[name].getsockname()[1])
        others = [other for other in NAMES if other != name]
        command = [sys.executable, str(ROOT / "node.py"), port, name, *others]
        return subprocess.Popen(command, cwd=self._scratch.name, env=os.environ | environment)  # noqa: S603  # our own

    def _play(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        self._heard_at = time.monotonic()
        while (now := time.monotonic()) < end:
            self._route()
            if now - self._heard_at > LOST_S:
                self._refill(OUTSTANDING)
                self._heard_at = now

    def _refill(self, count: int) -> None:
        for _ in range(count):
            self._sent += 1
            put = {"src": CLIENT, "dst": self._leader, "leader": "FFFF", "type": "put", "MID": f"{self._sent}"}
            self._deliver(msgspec.json.encode(put | {"key": f"k{self._sent % 1000}", "value": VALUE}), self._leader)

    def _route(self) -> None:
        for key, _ in self._selector.select(0.05):
            name: str = key.data
            try:
                while True:
                    payload, self._addresses[name] = self._sockets[name].recvfrom(65_535)
                    self._take(name, payload)
            except BlockingIOError:
                pass

    def _take(self, sender: str, payload: bytes) -> None:
        header = _decode(payload)
        if header.dst == CLIENT:
            self._heard_at = time.monotonic()
            self._answered += header.type == "ok"
            self._refill(1)
        elif header.dst in self._sockets:
            if header.type == "append":
                self._leader = sender
            self._deliver(payload, header.dst)

    def _deliver(self, payload: bytes, name: str) -> None:
        if name in self._addresses:
            with contextlib.suppress(BlockingIOError):
                self._sockets[name].sendto(payload, self._addresses[name])
