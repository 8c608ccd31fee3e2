"""Replicas as real processes, with a UDP socket of the test as their network."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from messages.codec import stamp_of, stamped

ROOT: Final = Path(__file__).resolve().parents[2]
NODE: Final = ROOT / "node.py"
PLAIN: Final = {"PATH": "/usr/bin:/bin"}
"""A shell in which nothing was activated."""

GENEROUS_S: Final = 10.0
"""Far more than anything here ever takes."""

Message = dict[str, object]


PATIENT: Final = {"RAFT_ELECTION_TIMEOUT_MIN_MS": "60000", "RAFT_ELECTION_TIMEOUT_MAX_MS": "120000"}
"""A replica with this begins no campaign while a test looks at what it says, however busy the machine is."""


class Launched:
    """A replica `0000` with the others `0001` and `0002`, started as a simulator does; ended with the `with` block."""

    def __init__(self, directory: Path, environment: Mapping[str, str], *, script: Path | None = None) -> None:
        self.directory = directory
        self.network = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.network.bind(("127.0.0.1", 0))
        self.network.settimeout(GENEROUS_S)
        program = [str(NODE)] if script is None else [sys.executable, str(script)]
        self.process = subprocess.Popen(
            [*program, str(self.network.getsockname()[1]), "0000", "0001", "0002"],
            cwd=directory,
            env={**PLAIN, **environment},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._port = ("127.0.0.1", 0)

    def __enter__(self) -> "Launched":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(GENEROUS_S)
        assert self.process.stderr is not None
        self.process.stderr.close()
        self.network.close()

    def receive(self) -> bytes:
        """The next datagram that it sends; it can be written to afterwards."""
        datagram, self._port = self.network.recvfrom(70_000)
        return datagram

    def answer(self, kind: str) -> bytes:
        """The next datagram of that type: on a busy machine a replica may have begun a campaign meanwhile."""
        while json.loads(datagram := self.receive())["type"] != kind:
            pass
        return datagram

    def send(self, message: Message) -> None:
        """Route `message` to it, after its hello; what a replica says is stamped, as late as its `clock`."""
        plain = json.dumps({name: value for name, value in message.items() if name != "clock"}).encode()
        is_stamped = message["type"] not in {"get", "put"}
        self.send_bytes(stamped(plain, int(str(message.get("clock", 1)))) if is_stamped else plain)

    def send_bytes(self, datagram: bytes) -> None:
        """The same with anything."""
        self.network.sendto(datagram, self._port)

    def end(self, with_signal: signal.Signals) -> tuple[int, float]:
        """Its exit code, and the seconds that it took to be gone."""
        began = time.monotonic()
        self.process.send_signal(with_signal)
        code = self.process.wait(GENEROUS_S)
        return code, time.monotonic() - began

    def exit_code(self) -> int:
        """When it has ended by itself."""
        return self.process.wait(GENEROUS_S)

    def complaints(self) -> str:
        """All that it says on stderr, when it has ended."""
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def trail(self) -> list[Message]:
        """The records of its trail; there must be one file."""
        (file,) = self.directory.rglob("0000.jsonl")
        return [json.loads(line) for line in file.read_bytes().splitlines()]

    def events(self) -> list[Message]:
        """The named events of its trail."""
        return [record for record in self.trail() if record["record"] == "event"]


def said(datagram: bytes) -> Message:
    """What a replica said, without what only replicas look at: its clock and its checksum."""
    assert stamp_of(datagram) > 0, "it is stamped, and the checksum fits"
    message: Message = json.loads(datagram)
    return {name: value for name, value in message.items() if name not in {"clock", "crc"}}


def run(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """A node that is expected to end at once: what it says, and its exit code."""
    return subprocess.run(
        [str(NODE), *arguments],
        env={**PLAIN, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=GENEROUS_S,
    )


def cpu_s_of_children() -> float:
    """What all processes that were started here, and have ended, have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def closed_pipe() -> int:
    """The writing end of a pipe whose reader has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing
