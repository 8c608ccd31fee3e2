"""A few replicas as real processes, a bare network between them, and one client: what measurements are made with."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

ROOT: Final = Path(__file__).resolve().parent.parent
NAMES: Final = ("0000", "0001", "0002")
CLIENT: Final = "0010"
GIVE_UP_S: Final = 15.0
LOST_S: Final = 0.5
"""A datagram may find a full buffer, as on any network: what is not answered for so long counts as lost."""


def _ignore(*_: object) -> None:
    """What nobody wants to know."""


class Header(msgspec.Struct):
    """As much of a datagram as the network and the client need."""

    src: str
    dst: str
    leader: str
    type: str
    MID: str = ""
    term: int = 0
    match_index: int = 0


_decode: Final = msgspec.json.Decoder(Header).decode


class SmallCluster:
    """Three replicas, the network between them, and one client that counts; a context that leaves nothing behind.

    `environment` is added to that of the replicas. `answered` is called with each MID that was answered `ok`, and how
    many seconds that took.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment: Final = environment
        self._selector: Final = selectors.DefaultSelector()
        self._sockets: Final = {name: self._open(name) for name in NAMES}
        self._addresses: Final[dict[str, tuple[str, int]]] = {}
        self._scratch: Final = tempfile.TemporaryDirectory()
        self._processes: Final[dict[str, subprocess.Popen[bytes]]] = {}
        self._sent_at: Final[dict[str, float]] = {}
        self.answered: Callable[[str, float], object] = _ignore
        self.leader = ""
        self.terms: Final[set[int]] = set()
        """In which anybody sent entries."""
        self.match: Final[dict[str, int]] = dict.fromkeys(NAMES, 0)
        """What each replica last said that its log agrees with."""
        self.types: Final[dict[str, int]] = {}
        """How many datagrams of each type there were."""

    def __enter__(self) -> Self:
        for name in NAMES:
            self.start(name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in tuple(self._processes):
            self.kill(name)
        for each in self._sockets.values():
            each.close()
        self._selector.close()
        self._scratch.cleanup()

    # --- processes ---------------------------------------------------------------------------------------------

    def start(self, name: str) -> None:
        """Start a replica, perhaps again."""
        self._addresses.pop(name, None)
        port = str(self._sockets[name].getsockname()[1])
        others = [other for other in NAMES if other != name]
        command = [sys.executable, str(ROOT / "node.py"), port, name, *others]
        self._processes[name] = subprocess.Popen(  # noqa: S603  # our own
            command, cwd=self._scratch.name, env=os.environ | self._environment
        )

    def kill(self, name: str) -> None:
        """End a replica as a power cut would."""
        process = self._processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if self.leader == name:
            self.leader = ""

    def is_ready(self, name: str) -> bool:
        """Whether a replica has said anything since it was started."""
        return name in self._addresses

    def resident_mb(self, name: str) -> float:
        """How much memory a replica holds, in MB."""
        pages = int(Path(f"/proc/{self._processes[name].pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    # --- time --------------------------------------------------------------------------------------------------

    def wait_for(
        self,
        what: str,
        condition: Callable[[], bool],
        *,
        within_s: float = GIVE_UP_S,
        each_time: Callable[[float], object] = _ignore,
    ) -> float:
        """Carry datagrams until `condition` holds; after how many seconds it did. Exits when it does not: `what`."""
        began = time.monotonic()
        while not condition():
            each_time(time.monotonic())
            self.route()
            if time.monotonic() > began + within_s:
                sys.exit(f"After {within_s:g} s, {what}.")
        return time.monotonic() - began

    def wait_for_leader(self) -> None:
        """Carry datagrams until somebody leads."""
        self.wait_for("nobody leads", lambda: bool(self.leader))

    def play(self, seconds: float, each_time: Callable[[float], object] = _ignore) -> None:
        """Carry datagrams for so long, and call `each_time` with the time now and then."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            each_time(now)
            self.route()

    # --- the client --------------------------------------------------------------------------------------------

    def forget_answers(self) -> None:
        """Nobody wants to know any more what is answered."""
        self.answered = _ignore

    def put(self, mid: str, key: str, value: str) -> None:
        """Ask the leader to write."""
        self._sent_at[mid] = time.monotonic()
        put = {"src": CLIENT, "dst": self.leader, "leader": "FFFF", "type": "put", "MID": mid, "key": key}
        self._deliver(msgspec.json.encode(put | {"value": value}), self.leader)

    # --- the network -------------------------------------------------------------------------------------------

    def _open(self, name: str) -> socket.socket:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        opened.bind(("localhost", 0))
        opened.setblocking(False)
        self._selector.register(opened, selectors.EVENT_READ, name)
        return opened

    def route(self, wait_s: float = 0.005) -> None:
        """Carry what is there; if nothing is, wait a little."""
        for key, _ in self._selector.select(wait_s):
            name: str = key.data
            with contextlib.suppress(BlockingIOError):
                while True:
                    payload, self._addresses[name] = self._sockets[name].recvfrom(65_535)
                    self._take(name, payload)

    def _take(self, sender: str, payload: bytes) -> None:
        header = _decode(payload)
        self.types[header.type] = self.types.get(header.type, 0) + 1
        if header.dst == CLIENT:
            sent_at = self._sent_at.pop(header.MID, None)
            if header.type == "ok" and sent_at is not None:
                self.answered(header.MID, time.monotonic() - sent_at)
        elif header.dst in self._sockets:
            self._note(sender, header)
            self._deliver(payload, header.dst)

    def _note(self, sender: str, header: Header) -> None:
        if header.type == "append":
            self.leader = sender
            self.terms.add(header.term)
        elif header.type == "append_accepted":
            self.match[sender] = header.match_index

    def _deliver(self, payload: bytes, name: str) -> None:
        if name in self._addresses:
            with contextlib.suppress(BlockingIOError):
                self._sockets[name].sendto(payload, self._addresses[name])
