"""Runs that never were, for tests of the page: as replicas would record them, in causal order, of any length."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

import msgspec

from audit.records import Did, Event, Located, Opened, Record, Took

NODES: Final = ("0001", "0002", "0003", "0004", "0005")
CLIENT: Final = "0019"
FLIGHT_S: Final = 0.0005
STEP_S: Final = 20e-6

Fields = Mapping[str, object]


@dataclass(slots=True, kw_only=True)
class Recorder:
    """Writes records one after another; each has a later time than the one before, so they are in causal order."""

    now: float = 100.0
    records: list[Located] = field(default_factory=list)
    clocks: dict[str, int] = field(default_factory=dict)
    _lines: dict[str, int] = field(default_factory=dict)
    _deliveries: dict[tuple[str, str], int] = field(default_factory=dict)

    def opened(self, node: str, *, level: str = "full", wall: float = 1_790_000_000.0, at: float | None = None) -> None:
        """The first record of a replica; `at` is what its own clock says, that of the run unless given."""
        self._write(
            Opened(
                format=1,
                at=self.now if at is None else at,
                clock=0,
                node=node,
                incarnation=1,
                part=1,
                wall=wall,
                peers=tuple(peer for peer in NODES if peer != node),
                settings={},
                seed="1",
                storage="memory",
                level=level,
                version="0.1.0",
                code="c0de",
            )
        )

    def event(self, node: str, name: str, actor: str = "consensus", **fields: object) -> int:
        """A named event; its position."""
        return self._write(
            Event(at=self.now, clock=self.clock(node), node=node, event=name, level="info", actor=actor, fields=fields)
        )

    def took(self, node: str, actor: str, kind: str, message: Fields, by: tuple[str, int] | None = None) -> int:
        """A delivery; its number."""
        n = self._deliveries[node, actor] = self._deliveries.get((node, actor), 0) + 1
        self._write(
            Took(
                at=self.now, clock=self.clock(node), node=node, actor=actor, n=n, by=by, type=kind, message=raw(message)
            )
        )
        return n

    def did(self, node: str, actor: str, n: int, port: str, call: str, value: Fields) -> int:
        """What left through a port; its position."""
        return self._write(
            Did(
                at=self.now, clock=self.clock(node), node=node, actor=actor, n=n, port=port, call=call, value=raw(value)
            )
        )

    def send(self, node: str, actor: str, n: int, kind: str, to: str, **fields: object) -> Fields:
        """Send a datagram to another replica, and give it as it crosses the network."""
        self.clocks[node] = self.clock(node) + 1
        message = {"src": node, "dst": to, "leader": node, "type": kind, **fields}
        self.did(node, actor, n, "datagrams", "send", message)
        return {"clock": self.clock(node), **message}

    def receive(self, node: str, *datagrams: Fields) -> int:
        """Datagrams arrive together; the number of the delivery."""
        for datagram in datagrams:
            said = datagram.get("clock", 0)
            assert isinstance(said, int)
            self.clocks[node] = max(self.clock(node), said + 1)
        payloads = [msgspec.json.encode(datagram).decode() for datagram in datagrams]
        return self.took(node, "socket_reader", "Datagrams", {"payloads": payloads, "at": self.now})

    def clock(self, node: str) -> int:
        """The replica's logical clock."""
        return self.clocks.get(node, 0)

    def _write(self, record: Record) -> int:
        file = f"{record.node}.jsonl"
        line = self._lines[file] = self._lines.get(file, 0) + 1
        self.records.append(Located(record=record, file=file, line=line, position=line - 1))
        self.now += STEP_S
        return len(self.records) - 1


def raw(value: object) -> msgspec.Raw:
    """`value` as it stands in a line."""
    return msgspec.Raw(msgspec.json.encode(value))


class Run:
    """A cluster under load: each put goes to all followers, some messages are lost, and half way the leader dies."""

    def __init__(self, *, seed: int, lost: float) -> None:
        self.recorder: Final = Recorder()
        self._random: Final = Random(seed)
        self._lost: Final = lost
        self._alive: list[str] = list(NODES)
        self._term = 0
        self._last = 0
        for node in NODES:
            self.recorder.opened(node)

    def lead(self, node: str) -> None:
        """Elect `node`, with the votes of all that live."""
        self._term += 1
        to = self.recorder
        to.event(node, "term.advanced", term=self._term, previous=self._term - 1)
        to.event(node, "role.changed", role="candidate", previous="follower", term=self._term, reason="timeout")
        to.now += FLIGHT_S
        for voter in self._others(node):
            to.event(voter, "term.advanced", term=self._term, previous=self._term - 1)
            to.event(voter, "vote.granted", candidate=node, term=self._term)
        to.now += FLIGHT_S
        to.event(node, "role.changed", role="leader", previous="candidate", term=self._term, reason="elected")

    def put(self, leader: str, mid: str) -> None:
        """One write, from the client's datagram to its answer."""
        to = self.recorder
        request = {
            "src": CLIENT,
            "dst": leader,
            "leader": leader,
            "type": "put",
            "MID": mid,
            "key": "k",
            "value": "v" * 32,
        }
        came = to.receive(leader, request)
        n = to.took(
            leader, "consensus", "Inbound", {"peers": [], "requests": [request], "at": to.now}, ("socket_reader", came)
        )
        entry = {"term": self._term, "write": {"client": CLIENT, "MID": mid, "key": "k", "value": "v" * 32}}
        append = {"term": self._term, "after": self._last, "entries": [entry], "report": True}
        fields = {"term": self._term, "prev_log_index": self._last, "prev_log_term": self._term, "entries": [entry]}
        self._last += 1
        stored = to.took(leader, "log_store", "Append", append, ("consensus", n))
        to.did(leader, "log_store", stored, "storage", "append", {"entries": [entry]})
        sent = [to.send(leader, "consensus", n, "append", follower, **fields) for follower in self._others(leader)]
        to.now += FLIGHT_S
        accepted = [self._accept(str(each["dst"]), leader, each) for each in sent if not self._loses()]
        to.now += FLIGHT_S
        arrived = [each for each in accepted if not self._loses()]
        came = to.receive(leader, *arrived) if arrived else came
        to.event(leader, "entry.committed", actor="state_machine", first=self._last, last=self._last)
        to.event(leader, "request.answered", mid=mid, client=CLIENT, answer="ok", index=self._last)
        answer = {"src": leader, "dst": CLIENT, "leader": leader, "type": "ok", "MID": mid}
        to.did(leader, "consensus", n, "datagrams", "send", answer)

    def kill(self, node: str) -> None:
        """Its trail ends here."""
        self._alive.remove(node)

    def _accept(self, follower: str, leader: str, append: Fields) -> Fields:
        to = self.recorder
        came = to.receive(follower, append)
        n = to.took(
            follower, "consensus", "Inbound", {"peers": [append], "requests": [], "at": 1.0}, ("socket_reader", came)
        )
        reply = {"term": self._term, "match_index": self._last, "commit_index": self._last - 1, "at": 1.0}
        return to.send(follower, "consensus", n, "append_accepted", leader, **reply)

    def _others(self, node: str) -> list[str]:
        return [each for each in self._alive if each != node]

    def _loses(self) -> bool:
        return self._random.random() < self._lost


def run_of(*, seed: int = 1, records: int = 600, lost: float = 0.05, pause_s: float = 0.005) -> list[Located]:
    """A run with two leaders and `records` records or a few more."""
    run = Run(seed=seed, lost=lost)
    run.lead("0001")
    leader = "0001"
    number = 0
    while len(run.recorder.records) < records:
        if leader == "0001" and len(run.recorder.records) > records / 2:
            run.kill(leader)
            run.recorder.now += 1.0
            leader = "0002"
            run.lead(leader)
        number += 1
        run.put(leader, f"{CLIENT}-{number:06}")
        run.recorder.now += pause_s
    return run.recorder.records
