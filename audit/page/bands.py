"""Role and term of each replica over time, and how its trail ends."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from audit.page.timing import Incarnation
from audit.records import Event, Located, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """From one record to another, a replica had this role in this term; both are positions in the causal order."""

    node: str
    first: int
    last: int
    role: str
    term: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The last record of a process, and what it says of the end: `stopped`, `failed`, or nothing (`cut`)."""

    node: str
    last: int
    how: str


@dataclass(slots=True, kw_only=True)
class _Process:
    """What is known of one process so far."""

    begun: int
    last: int
    role: str = "follower"
    term: int = 0
    how: str = "cut"
    bands: list[Band] = field(default_factory=list)

    def take(self, position: int, record: Record) -> None:
        self.last = position
        if not isinstance(record, Event):
            return
        if record.event in {"node.stopped", "node.failed"}:
            self.how = record.event.removeprefix("node.")
        elif record.event in {"role.changed", "term.advanced", "state.restored"}:
            self._change(position, record)

    def _change(self, position: int, event: Event) -> None:
        role, term = event.fields.get("role", self.role), event.fields.get("term", self.term)
        if (role, term) == (self.role, self.term) or not isinstance(role, str) or not isinstance(term, int):
            return
        self.close(event.node)
        self.begun, self.role, self.term = position, role, term

    def close(self, node: str) -> None:
        self.bands.append(Band(node=node, first=self.begun, last=self.last, role=self.role, term=self.term))


def bands_and_endings(
    located: Sequence[Located], whose: Sequence[Incarnation]
) -> tuple[tuple[Band, ...], tuple[Ending, ...]]:
    """All processes begin as followers (Raft §5.2), in term 0, until they say otherwise; each change begins a band."""
    processes: dict[Incarnation, _Process] = {}
    for position, (each, who) in enumerate(zip(located, whose, strict=True)):
        if who not in processes:
            processes[who] = _Process(begun=position, last=position)
        processes[who].take(position, each.record)
    for (node, _), process in processes.items():
        process.close(node)
    endings = (Ending(node=node, last=process.last, how=process.how) for (node, _), process in processes.items())
    return tuple(band for process in processes.values() for band in process.bands), tuple(endings)
