"""What a cluster did, in few words: records for the rules, in the order in which they are written here."""

from collections.abc import Mapping
from typing import Final

import msgspec

from audit.files import TrailFile
from audit.history import History
from audit.invariants import Invariants, Rule, feed
from audit.records import Did, Event, Located, Opened, Record, Took

Json = Mapping[str, object]

CLIENT: Final = "0010"


def raw(value: object) -> msgspec.Raw:
    """As it stands in a trail."""
    return msgspec.Raw(msgspec.json.encode(value))


def entry(term: int, mid: str | None = None, value: str = "v") -> Json:
    """A no-op, or, with a MID, the put of a client, of the key `k`."""
    write = None if mid is None else {"client": CLIENT, "MID": mid, "key": "k", "value": value}
    return {"term": term, "write": write}


def chunk(last: int, *records: tuple[str, str], offset: int = 0, done: bool = True, term: int = 1) -> Json:
    """A part of the snapshot up to `last`; all of it, if a test does not say otherwise."""
    return {
        "last_included_index": last,
        "last_included_term": term,
        "offset": offset,
        "records": records,
        "done": done,
    }


class Facts:
    """A trail of `size` replicas named 0, 1, 2 ... here; `node` is such a number wherever it stands."""

    def __init__(self, size: int = 3, *, storage: str = "memory", level: str = "full") -> None:
        self.names: Final = [f"{number:04X}" for number in range(size)]
        self.records: Final[list[Located]] = []
        self.at = 0.0
        self.killed: Final[set[int]] = set()
        """Replicas whose trails end with the last of their facts; the others live until all is over."""
        self._size: Final = size
        self._taken: Final[dict[tuple[str, str], int]] = {}
        self._lines: Final[dict[str, int]] = {}
        for node in range(size):
            self.opened(node, storage=storage, level=level)

    def write(self, record: Record, incarnation: int = 1) -> None:
        """One more line of the replica's file."""
        file = TrailFile(node=record.node, incarnation=incarnation, part=1).name
        line = self._lines[file] = self._lines.get(file, 0) + 1
        self.records.append(Located(record=record, file=file, line=line, position=line - 1))

    def opened(
        self,
        node: int,
        *,
        incarnation: int = 1,
        part: int = 1,
        storage: str = "memory",
        level: str = "full",
        wall: float = 0.0,
    ) -> None:
        """A replica's trail begins, or a part of it."""
        me = self.names[node]
        record = Opened(
            format=1,
            at=self.at,
            clock=0,
            node=me,
            incarnation=incarnation,
            part=part,
            wall=1e9 + self.at + wall,
            peers=tuple(name for name in self.names if name != me),
            settings={},
            seed="1",
            storage=storage,
            level=level,
            version="0.1.0",
            code="c0de",
        )
        self.write(record, incarnation)

    # --- what actors take, do and say ---------------------------------------------------------------------------

    def took(self, node: int, actor: str, kind: str, message: Json, by: tuple[str, int] | None = None) -> int:
        """A delivery; which one of that actor."""
        name = self.names[node]
        n = self._taken[name, actor] = self._taken.get((name, actor), 0) + 1
        self.at += 0.001
        took = Took(at=self.at, clock=0, node=name, actor=actor, n=n, by=by, type=kind, message=raw(message))
        self.write(took)
        return n

    def did(self, node: int, actor: str, port: str, call: str, value: object, incarnation: int = 1) -> None:
        """Something leaves in the handling of the actor's latest delivery."""
        name = self.names[node]
        self.at += 0.001
        n = self._taken.get((name, actor), 0)
        did = Did(at=self.at, clock=0, node=name, actor=actor, n=n, port=port, call=call, value=raw(value))
        self.write(did, incarnation)

    def says(self, node: int, event: str, **fields: object) -> None:
        """A named event of Consensus."""
        name = self.names[node]
        self.write(
            Event(at=self.at, clock=0, node=name, event=event, level="info", actor="consensus", fields=dict(fields))
        )

    # --- storages ----------------------------------------------------------------------------------------------

    def saves(self, node: int, term: int, vote: int | None = None, incarnation: int = 1) -> None:
        """A storage keeps a term and a vote."""
        state = {"term": term, "voted_for": None if vote is None else self.names[vote]}
        self.did(node, "log_store", "storage", "save_hard_state", state, incarnation)

    def appends(self, node: int, *entries: Json) -> None:
        """A storage keeps entries."""
        self.did(node, "log_store", "storage", "append", {"entries": entries})

    def truncates(self, node: int, after: int) -> None:
        """A storage forgets entries."""
        self.did(node, "log_store", "storage", "truncate", {"after": after})

    def syncs(self, node: int) -> None:
        """A storage makes durable."""
        self.did(node, "log_store", "storage", "sync", {})

    def comes_back(self, node: int, restored: Json, incarnation: int = 1, snapshot: Json | None = None) -> None:
        """A process begins with what its storage holds; `snapshot` is a chunk that is all of one."""
        name = self.names[node]
        told = [("Restored", restored), ("Start", {"at": self.at})]
        if snapshot is not None:
            told.insert(0, ("RestoredChunk", {"chunk": snapshot}))
        for n, (kind, message) in enumerate(told, start=1):
            self.at += 0.001
            took = Took(
                at=self.at, clock=0, node=name, actor="consensus", n=n, by=None, type=kind, message=raw(message)
            )
            self.write(took, incarnation)

    # --- messages ----------------------------------------------------------------------------------------------

    def sends(self, node: int, kind: str, dst: int | str, actor: str = "consensus", **fields: object) -> None:
        """A datagram leaves."""
        to = dst if isinstance(dst, str) else self.names[dst]
        message = {"src": self.names[node], "dst": to, "leader": "FFFF", "type": kind, **fields}
        self.did(node, actor, "datagrams", "send", message)

    def votes(self, node: int, candidate: int, term: int) -> None:
        """A replica gives its vote away, as it should: it is saved before."""
        self.saves(node, term, candidate)
        self.sends(node, "vote_reply", candidate, "log_store", term=term, granted=True)

    def wins(self, node: int, term: int, voters: tuple[int, ...]) -> None:
        """A replica is elected, as it should be."""
        self.says(node, "term.advanced", term=term, previous=term - 1)
        self.saves(node, term, node)
        for voter in voters:
            self.sends(node, "request_vote", voter, term=term, last_log_index=0, last_log_term=0)
            self.votes(voter, node, term)
        self.leads(node, term)

    def leads(self, node: int, term: int) -> int:
        """A replica says that it leads; in which delivery of Consensus."""
        n = self.took(node, "consensus", "Inbound", {"peers": [], "requests": [], "at": self.at})
        self.says(node, "role.changed", role="leader", previous="candidate", term=term, reason="elected")
        return n

    def follows(self, node: int, term: int) -> int:
        """A replica says that it leads no more; in which delivery of Consensus."""
        n = self.took(node, "consensus", "Inbound", {"peers": [], "requests": [], "at": self.at})
        self.says(node, "role.changed", role="follower", previous="leader", term=term, reason="a newer term")
        return n

    def applies(self, node: int, first: int, *entries: Json) -> None:
        """A state machine takes what Consensus has committed in a delivery of its own."""
        n = self.took(node, "consensus", "Appended", {})
        self.takes_apply(node, first, *entries, by=n)

    def takes_apply(self, node: int, first: int, *entries: Json, by: int) -> None:
        """A state machine takes what Consensus told it in its delivery `by`."""
        self.took(node, "state_machine", "Apply", {"first": first, "entries": entries}, ("consensus", by))

    def takes_chunk(self, node: int, chunk: Json, by: int) -> None:
        """A state machine takes a part of a snapshot, which Consensus told it in its delivery `by`."""
        self.took(node, "state_machine", "TakeChunk", {"chunk": chunk}, ("consensus", by))

    # --- clients -----------------------------------------------------------------------------------------------

    def asks(
        self,
        node: int,
        kind: str,
        mid: str,
        value: str | None = None,
        client: str = CLIENT,
        by: tuple[str, int] | None = None,
        **others: object,
    ) -> None:
        """A client's request for the key `k` comes to Consensus."""
        request = {"src": client, "dst": self.names[node], "leader": "FFFF", "type": kind, "MID": mid, "key": "k"}
        asked = {**request, **others} if value is None else {**request, "value": value, **others}
        self.took(node, "consensus", "Inbound", {"peers": [], "requests": [asked], "at": self.at}, by)

    def answers(self, node: int, kind: str, mid: str, actor: str = "consensus", **fields: object) -> None:
        """A client is answered."""
        self.sends(node, kind, CLIENT, actor, MID=mid, **fields)

    # --- what the rules say ------------------------------------------------------------------------------------

    def whole(self) -> list[Located]:
        """All records, to the end of those who lived until then."""
        before = len(self.records)
        for node in sorted(set(range(self._size)) - self.killed):
            self.write(Event(at=self.at, clock=0, node=self.names[node], event="node.stopped", level="info"))
        whole = self.records.copy()
        del self.records[before:]
        return whole

    def invariants(self, gaps: Mapping[str, str] | None = None) -> Invariants:
        """Raft's rules, having seen all."""
        watching = Invariants(self.names, gaps)
        feed(self.whole(), watching)
        return watching

    def history(self, gaps: Mapping[str, str] | None = None) -> History:
        """The clients' rules, having seen all."""
        watching = History(self.names, gaps)
        feed(self.whole(), watching)
        watching.conclude()
        return watching

    def broken(self) -> list[Rule]:
        """Which of Raft's rules were broken, in order."""
        return [violation.rule for violation in self.invariants().violations]

    def lied(self) -> list[Rule]:
        """Which of the clients' rules were broken, in order."""
        return [violation.rule for violation in self.history().violations]
