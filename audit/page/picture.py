"""All that the page draws, as columns of numbers: small to embed, and quick to search in a browser."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, TypeVar

import msgspec

from audit.page.bands import Band, Ending, bands_and_endings
from audit.page.content import Content, Span, content_of
from audit.page.messages import EVERYBODY, NO_RECORD, Matching, Message
from audit.page.requests import Request, requests
from audit.page.timing import Incarnation, Timing, incarnation_of, timing
from audit.records import Did, Event, Located, Opened, Took

C = TypeVar("C")

_FORMS: Final = (Opened, Event, Took, Did)
"""The forms of records; their order is the page's."""


class _Table:
    """Names that stand in columns as numbers."""

    def __init__(self, *known: str) -> None:
        self.names: Final = list(known)
        self._numbers: Final = {name: number for number, name in enumerate(known)}

    def number(self, name: str) -> int:
        """That of `name`, which gets one if it has none."""
        number = self._numbers.setdefault(name, len(self.names))
        if number == len(self.names):
            self.names.append(name)
        return number


class Picture(msgspec.Struct, kw_only=True, frozen=True):
    """What `assets/data.js` reads.

    `records` has a column for each of: time (microseconds since the one before), form, lane, kind, actor, distance back
    to the record that caused it (0: none), term, first index, last index, file, line. The others hold rows of
    positions in the causal order, and numbers of names; the order of their fields is that of the classes' lists below.
    """

    start_s: float
    is_wall: bool
    moved: int
    moved_us_max: int
    has_messages: bool
    lanes: list[str]
    kinds: list[str]
    actors: list[str]
    files: list[str]
    roles: list[str]
    answers: list[str]
    records: tuple[list[int], ...]
    messages: tuple[list[int], ...]
    bands: tuple[list[int], ...]
    endings: tuple[list[int | str], ...]
    requests: tuple[list[int | str], ...]


class _Tables:
    def __init__(self, lanes: Sequence[str]) -> None:
        self.lanes: Final = _Table(*lanes)
        self.kinds: Final = _Table()
        self.actors: Final = _Table()
        self.files: Final = _Table()
        self.roles: Final = _Table("follower", "pre_candidate", "candidate", "leader")
        self.answers: Final = _Table("open", "ok", "redirect", "fail")


def picture(located: Sequence[Located]) -> Picture:
    """Compute the picture of records that are in causal order."""
    contents = [content_of(each.record) for each in located]
    whose = [incarnation_of(each) for each in located]
    lanes = _lanes(located)
    matching = Matching(located, contents, frozenset(lanes))
    times = timing(located, whose, matching.causes())
    bands, endings = bands_and_endings(located, whose)
    asked = requests(located, contents, times.times_us)
    return _assemble(_Tables(lanes), located, contents, whose, times, matching.messages(), bands, endings, asked)


def _assemble(
    tables: _Tables,
    located: Sequence[Located],
    contents: Sequence[Content],
    whose: Sequence[Incarnation],
    times: Timing,
    messages: Sequence[Message],
    bands: Sequence[Band],
    endings: Sequence[Ending],
    asked: Sequence[Request],
) -> Picture:
    lane, kind = tables.lanes.number, tables.kinds.number
    causes = _causes(located, whose)
    return Picture(
        start_s=times.start_s,
        is_wall=times.is_wall,
        moved=times.moved,
        moved_us_max=times.moved_us_max,
        has_messages=any(isinstance(each.record, Took | Did) for each in located),
        records=_record_columns(tables, located, contents, times.times_us, causes),
        messages=_columns(
            [(m.send, m.receive, lane(m.source), lane(m.target), kind(m.kind), m.fate) for m in messages]
        ),
        bands=_columns([(lane(b.node), b.first, b.last, tables.roles.number(b.role), b.term) for b in bands]),
        endings=_columns([(lane(e.node), e.last, e.how) for e in endings]),
        requests=_columns(
            [
                (lane(r.node), r.came, r.answered, kind(r.kind), tables.answers.number(r.answer), r.row, r.MID)
                for r in asked
            ]
        ),
        lanes=tables.lanes.names,
        kinds=tables.kinds.names,
        actors=tables.actors.names,
        files=tables.files.names,
        roles=tables.roles.names,
        answers=tables.answers.names,
    )


def _lanes(located: Sequence[Located]) -> list[str]:
    """Every replica that left a record, or that another one names as its peer."""
    names = {each.record.node for each in located}
    for each in located:
        if isinstance(each.record, Opened):
            names.update(each.record.peers)
    return sorted(names - {EVERYBODY})


def _causes(located: Sequence[Located], whose: Sequence[Incarnation]) -> list[int]:
    """The position of the delivery in whose handling each record came about; -1 for none."""
    deliveries: dict[tuple[Incarnation, str, int], int] = {}
    causes: list[int] = []
    for position, (each, who) in enumerate(zip(located, whose, strict=True)):
        record = each.record
        cause = NO_RECORD
        if isinstance(record, Took):
            deliveries[who, record.actor, record.n] = position
            cause = deliveries.get((who, *record.by), NO_RECORD) if record.by is not None else NO_RECORD
        elif isinstance(record, Did):
            cause = deliveries.get((who, record.actor, record.n), NO_RECORD)
        causes.append(cause)
    return causes


def _spans(contents: Sequence[Content], causes: Sequence[int]) -> list[Span]:
    """The indexes of each record; what is written to storage has those of the message that ordered it."""
    return [
        contents[cause].span if content.kind == "storage.append" and cause != NO_RECORD else content.span
        for content, cause in zip(contents, causes, strict=True)
    ]


def _record_columns(
    tables: _Tables,
    located: Sequence[Located],
    contents: Sequence[Content],
    times_us: Sequence[int],
    causes: Sequence[int],
) -> tuple[list[int], ...]:
    spans = _spans(contents, causes)
    return (
        [after - before for before, after in pairwise((0, *times_us))],
        [_form(each) for each in located],
        [tables.lanes.number(each.record.node) for each in located],
        [tables.kinds.number(content.kind) for content in contents],
        [tables.actors.number(_actor(each)) for each in located],
        [position - cause if cause != NO_RECORD else 0 for position, cause in enumerate(causes)],
        [content.term for content in contents],
        [first for first, _ in spans],
        [last for _, last in spans],
        [tables.files.number(each.file) for each in located],
        [each.line for each in located],
    )


def _form(each: Located) -> int:
    return _FORMS.index(type(each.record))


def _actor(each: Located) -> str:
    return "node" if isinstance(each.record, Opened) else each.record.actor


def _columns(rows: Sequence[tuple[C, ...]]) -> tuple[list[C], ...]:
    """Rows of one kind, as a list for each field: numbers that resemble one another stand, and shrink, together."""
    return tuple(list(column) for column in zip(*rows, strict=True))
