"""One replica as a process that breaks the contract in the way that its first argument names.

Otherwise it is obedient: 0000 leads for good, tells the others of every put, and answers; the others redirect.
"""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sys
import time

LEADER = "0000"
FAREWELLS = 150
Message = dict[str, object]


class Replica:
    """What every one of them does, and the ways to differ."""

    def __init__(self, fault: str, port: int, name: str) -> None:
        self.fault = fault
        self.name = name
        self.values: dict[object, object] = {}
        self.net = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.net.bind(("localhost", 0))
        self.net.connect(("localhost", port))
        self.taken = 0

    def send(self, dst: object, kind: str, leader: str = LEADER, **fields: object) -> None:
        """Send one message."""
        message = {"src": self.name, "dst": dst, "leader": leader, "type": kind, **fields}
        with contextlib.suppress(ConnectionRefusedError):
            self.net.send(json.dumps(message).encode())

    def begin(self) -> None:
        """Say hello, and wait for the first message."""
        if self.fault == "never_says_hello" and self.name == "0002":
            return
        if self.fault in {"hello_is_late", "talks_before_siblings_said_hello"} and self.name == "0002":
            time.sleep(0.4)
        self.send("FFFF", "hello", "FFFF")
        if self.fault == "talks_before_siblings_said_hello" and self.name == LEADER:
            self.send("FFFF", "vote")

    def take(self, message: Message) -> None:
        """Deal with one message."""
        self.taken += 1
        if self.fault == "dies_by_itself" and self.taken == 5:
            raise RuntimeError("a bug of the replica")
        if message["type"] not in {"get", "put"}:
            return
        if self.name != LEADER:
            self.send(message["src"], "redirect", MID=message["MID"])
            return
        self.serve(message)

    def serve(self, message: Message) -> None:
        """Answer a client, as the leader."""
        client, mid, key = message["src"], message["MID"], message["key"]
        if message["type"] == "get":
            self.send(client, "ok", MID=mid, value=self.values.get(key, ""))
            return
        self.values[key] = message["value"]
        for _ in range(200 if self.fault == "floods" else 1):
            self.send("FFFF", "copy")
        if self.fault == "prints_much":
            sys.stdout.write("x" * 100_000)
            sys.stdout.flush()
        if self.fault == "sends_garbage":
            self.net.send(b"\x00garbage")
        self.send(client, "ok", MID=mid)

    def end(self) -> None:
        """Say a lot, and end."""
        for _ in range(FAREWELLS):
            self.send(LEADER, "farewell")
        sys.exit()


def main() -> None:
    """Run one replica until it is ended."""
    fault, port, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    if fault == "ignores_sigterm":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    replica = Replica(fault, port, name)
    if fault == "says_much_at_its_end":
        signal.signal(signal.SIGTERM, lambda *_: replica.end())
    replica.begin()
    while True:
        replica.take(json.loads(replica.net.recv(65_535)))


if __name__ == "__main__":
    main()
