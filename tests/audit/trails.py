"""Writing trails for tests: small and correct ones, as replicas would; and lines, as they stand in files."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final
from zlib import crc32

from messages.codec import stamped

Fields = Mapping[str, object]

WALL: Final = 1_790_000_000.0
"""When the clock of every small trail stands at 0, in seconds since 1970."""

SETTINGS: Final = {"election_timeout_min_ms": 750, "heartbeat_ms": 200}


def encoded(records: Iterable[Fields], *, checksum: int = 0) -> bytes:
    """The lines of one file, with their checksums, begun with `checksum`."""
    lines = []
    for record in records:
        body = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()[:-1]
        checksum = crc32(body, checksum)
        lines.append(b'%s,"crc":"%08x"}\n' % (body, checksum))
    return b"".join(lines)


def opened(node: str = "0001", peers: Sequence[str] = ("0002", "0003"), **others: object) -> dict[str, object]:
    """The first record of a part."""
    return {
        "record": "opened",
        "format": 1,
        "at": 0.0,
        "clock": 0,
        "node": node,
        "incarnation": 1,
        "part": 1,
        "before": "",
        "wall": WALL,
        "peers": list(peers),
        "settings": SETTINGS,
        "seed": "1",
        "storage": "memory",
        "level": "full",
        "version": "0.1.0",
        "code": "c0de",
        **others,
    }


def event(node: str, at: float, clock: int, name: str, actor: str = "consensus", **fields: object) -> dict[str, object]:
    """A named event; of level `info` unless `fields` say another."""
    return {
        "record": "event",
        "at": at,
        "clock": clock,
        "node": node,
        "event": name,
        "level": fields.pop("level", "info"),
        "actor": actor,
        **fields,
    }


def took(
    node: str, at: float, clock: int, actor: str, n: int, kind: str, message: Fields, by: tuple[str, int] | None = None
) -> dict[str, object]:
    """A delivery."""
    return {
        "record": "took",
        "at": at,
        "clock": clock,
        "node": node,
        "actor": actor,
        "n": n,
        "by": by,
        "type": kind,
        "message": message,
    }


def did(node: str, at: float, clock: int, actor: str, n: int, port: str, call: str, value: Fields) -> dict[str, object]:
    """What left through a port."""
    return {
        "record": "did",
        "at": at,
        "clock": clock,
        "node": node,
        "actor": actor,
        "n": n,
        "port": port,
        "call": call,
        "value": value,
    }


@dataclass(slots=True, kw_only=True)
class Replica:
    """One replica's trail in the making: counts its actors' deliveries, and keeps its logical clock."""

    node: str
    peers: Sequence[str]
    clock: int = 0
    records: list[dict[str, object]] = field(default_factory=list)
    _taken: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.records.append(opened(self.node, self.peers))

    def says(self, at: float, name: str, actor: str = "consensus", /, **fields: object) -> None:
        """Write a named event."""
        self.records.append(event(self.node, at, self.clock, name, actor, **fields))

    def takes(self, at: float, actor: str, kind: str, by: tuple[str, int] | None = None, /, **message: object) -> int:
        """Deliver a message to `actor`; which of its deliveries that is."""
        n = self._taken[actor] = self._taken.get(actor, 0) + 1
        self.records.append(took(self.node, at, self.clock, actor, n, kind, message, by))
        return n

    def does(self, at: float, actor: str, n: int, port: str, call: str, /, **value: object) -> None:
        """Leave something at a port."""
        self.records.append(did(self.node, at, self.clock, actor, n, port, call, value))

    def sends(self, at: float, actor: str, n: int, kind: str, dst: str, /, **fields: object) -> str:
        """Send a datagram; what it is, as text."""
        self.clock += 1
        message = {"src": self.node, "dst": dst, "leader": "FFFF", "type": kind, **fields}
        self.does(at, actor, n, "datagrams", "send", **message)
        return stamped(json.dumps(message, separators=(",", ":")).encode(), self.clock).decode()

    def receives(self, at: float, *payloads: str) -> int:
        """Take what came in one batch; which delivery of the socket reader that is."""
        self.clock = max([self.clock, *(json.loads(each).get("clock", 0) for each in payloads)]) + 1
        return self.takes(at, "socket_reader", "Datagrams", payloads=list(payloads), at=at)

    def hears(self, at: float, *payloads: str) -> int:
        """Take what came in one batch, and have Consensus take what it says; which delivery of Consensus that is."""
        said = [
            {key: value for key, value in json.loads(each).items() if key not in {"clock", "crc"}} for each in payloads
        ]
        requests = [each for each in said if each["type"] in {"get", "put"}]
        peers = [each for each in said if each not in requests]
        n = self.receives(at, *payloads)
        return self.takes(at, "consensus", "Inbound", ("socket_reader", n), peers=peers, requests=requests, at=at)

    def write(self, directory: Path) -> None:
        """Put the trail into its file."""
        (directory / f"{self.node}.jsonl").write_bytes(encoded(self.records))


def replicas(count: int = 3) -> tuple[Replica, ...]:
    """The replicas of one cluster, `0001` and on, that have done nothing yet."""
    names = [f"{number:04X}" for number in range(1, count + 1)]
    return tuple(Replica(node=name, peers=[peer for peer in names if peer != name]) for name in names)


def chatter(directory: Path, *, seed: int, messages: int, count: int = 3) -> None:
    """Write the trails of `count` replicas that send one another so many messages, of which some are lost."""
    random = Random(seed)
    cluster = replicas(count)
    for step in range(messages):
        sender, receiver = random.sample(cluster, 2)
        n = sender.takes(step / 100, "consensus", "Start", at=step / 100)
        payload = sender.sends(step / 100, "consensus", n, "hello", receiver.node)
        if random.random() < 0.8:
            receiver.hears(step / 100 + 0.001, payload)
    for replica in cluster:
        replica.write(directory)
