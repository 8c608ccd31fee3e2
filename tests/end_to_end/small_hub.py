"""A network for a few real replicas, as small as the contract allows: a socket for each, and nothing is ever lost."""

import json
import selectors
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

from tests.end_to_end.launch import GENEROUS_S, NODE, PLAIN, Message

CLIENT: Final = "0015"

QUICK: Final = {
    "RAFT_START_WAIT_MS": "300",
    "RAFT_START_WAIT_PER_PEER_MS": "0",
    "RAFT_ELECTION_TIMEOUT_MIN_MS": "150",
    "RAFT_ELECTION_TIMEOUT_MAX_MS": "300",
    "RAFT_HEARTBEAT_MS": "40",
}
"""Elections at once: all replicas say hello before anything is routed."""


class SmallHub:
    """Starts the replicas `ids`, routes their messages, and keeps what they answer to the one client."""

    def __init__(self, directory: Path, ids: tuple[str, ...]) -> None:
        self.answers: list[Message] = []
        self._sockets: Final = {name: self._socket() for name in ids}
        self._ports: Final[dict[str, tuple[str, int]]] = {}
        self._selector: Final = selectors.DefaultSelector()
        for name, port in self._sockets.items():
            self._selector.register(port, selectors.EVENT_READ, name)
        self.processes: Final = {name: self._start(name, directory) for name in ids}

    def _socket(self) -> socket.socket:
        port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        port.bind(("127.0.0.1", 0))
        return port

    def _start(self, name: str, directory: Path) -> subprocess.Popen[bytes]:
        port = str(self._sockets[name].getsockname()[1])
        others = [other for other in self._sockets if other != name]
        return subprocess.Popen([str(NODE), port, name, *others], cwd=directory, env={**PLAIN, **QUICK})

    def __enter__(self) -> "SmallHub":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait(GENEROUS_S)
        for port in self._sockets.values():
            port.close()
        self._selector.close()

    def request(self, replica: str, kind: str, mid: str, **fields: str) -> Message:
        """Send a client's request, route until it is answered, and give the answer."""
        message = {"src": CLIENT, "dst": replica, "leader": "FFFF", "type": kind, "MID": mid, **fields}
        self._until_all_have_said_hello()
        self._deliver(json.dumps(message).encode(), replica)
        return self._until_answered(mid)

    def follow(self, replica: str, kind: str, mid: str, **fields: str) -> Message:
        """The same, and ask anew where the answer redirects to, as clients do."""
        answer = self.request(replica, kind, mid, **fields)
        while answer["type"] == "redirect":
            mid += "'"
            leader = str(answer["leader"])
            answer = self.request(leader if leader in self._sockets else replica, kind, mid, **fields)
        return answer

    def kill(self, replica: str) -> None:
        """End a replica for good."""
        self.processes[replica].kill()
        self.processes[replica].wait(GENEROUS_S)

    def _until_all_have_said_hello(self) -> None:
        deadline = time.monotonic() + GENEROUS_S
        while len(self._ports) < len(self._sockets):
            assert time.monotonic() < deadline, "somebody never says hello"
            self._route()

    def _until_answered(self, mid: str) -> Message:
        deadline = time.monotonic() + GENEROUS_S
        while True:
            for answer in self.answers:
                if answer["MID"] == mid:
                    return answer
            assert time.monotonic() < deadline, f"{mid} is never answered"
            self._route()

    def _route(self) -> None:
        """Pass on what has come; what is for a replica goes out from that replica's own socket."""
        for key, _ in self._selector.select(0.1):
            datagram, address = self._sockets[str(key.data)].recvfrom(70_000)
            self._ports[str(key.data)] = address
            message = json.loads(datagram)
            if message["dst"] == CLIENT:
                self.answers.append(message)
            elif message["dst"] == "FFFF":
                for name in self._sockets.keys() - {message["src"]}:
                    self._deliver(datagram, name)
            else:
                self._deliver(datagram, message["dst"])

    def _deliver(self, datagram: bytes, replica: str) -> None:
        """To whom has not said hello yet nothing is delivered."""
        if replica in self._ports:
            self._sockets[replica].sendto(datagram, self._ports[replica])
