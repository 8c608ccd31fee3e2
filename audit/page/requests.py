"""The clients' requests at each replica: when one came, when and how it was answered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from audit.page.content import Content
from audit.page.messages import NO_RECORD
from audit.records import Event, Located

ASKED: Final = frozenset({"get", "put"})
ROWS: Final = 3
"""Requests that are open at the same time stand above one another, in so many rows."""


@dataclass(slots=True, kw_only=True)
class Request:
    """One request at one replica; `came` and `answered` are positions in the causal order, -1 where no record says."""

    node: str
    MID: str
    kind: str
    came: int
    answered: int = NO_RECORD
    answer: str = "open"
    row: int = 0

    @property
    def first(self) -> int:
        """The first that is known of it."""
        return self.came if self.came != NO_RECORD else self.answered


def requests(located: Sequence[Located], contents: Sequence[Content], times_us: Sequence[int]) -> tuple[Request, ...]:
    """In the order in which they came; from datagrams, and from named events where only these were recorded."""
    found: dict[tuple[str, str], Request] = {}
    for position, (each, content) in enumerate(zip(located, contents, strict=True)):
        node = each.record.node
        for mid, kind in _arrivals(each, content):
            found.setdefault((node, mid), Request(node=node, MID=mid, kind=kind, came=position))
        for mid, answer in _answers(each, content):
            request = found.setdefault((node, mid), Request(node=node, MID=mid, kind="request", came=NO_RECORD))
            if request.answered == NO_RECORD:
                request.answered, request.answer = position, answer
    in_order = tuple(sorted(found.values(), key=lambda request: times_us[request.first]))
    _stack(in_order, times_us)
    return in_order


def _arrivals(each: Located, content: Content) -> Iterator[tuple[str, str]]:
    yield from ((wire.MID, wire.type) for wire in content.received if wire.type in ASKED)
    record = each.record
    if isinstance(record, Event) and record.event == "request.held":
        yield str(record.fields.get("mid", "")), "request"


def _answers(each: Located, content: Content) -> Iterator[tuple[str, str]]:
    if content.sent is not None and content.sent.MID:
        yield content.sent.MID, content.sent.type
    record = each.record
    if isinstance(record, Event) and record.event == "request.answered":
        yield str(record.fields.get("mid", "")), str(record.fields.get("answer", "ok"))


def _stack(in_order: Sequence[Request], times_us: Sequence[int]) -> None:
    """Give each the first row that is free; where none is, the last."""
    busy_until: dict[str, list[int]] = {}
    for request in in_order:
        rows = busy_until.setdefault(request.node, [-1] * ROWS)
        begun = times_us[request.first]
        request.row = next((row for row, until in enumerate(rows) if until < begun), ROWS - 1)
        is_open = request.answered == NO_RECORD
        rows[request.row] = max(rows[request.row], times_us[-1] if is_open else times_us[request.answered])
