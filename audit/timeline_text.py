"""A record in a line: when, where, who, what, and the essentials; in columns."""

import os
from collections.abc import Mapping
from typing import Final, TextIO

import msgspec

from audit.files import trail_file
from audit.records import Did, Event, Fields, Located, Took
from audit.timeline_filter import actor_of
from audit.words import Relevant, everything, words_of

_WHAT_WIDTH: Final = 22
"""Of the longest that is common, `sends append_accepted`."""

_ACTOR_WIDTH: Final = 15
_PLACE_WIDTH: Final = len("0001.jsonl:12345")
_DELIVERY_WIDTH: Final = len("0001/socket_reader/1234")
_NODE_COLOURS: Final = (36, 33, 35, 32, 34, 96, 93, 95, 92, 94)
_WARNING: Final = 31
_DIM: Final = 2
_BOLD: Final = 1


class Painter:
    """Colours, where a person looks: each replica in its own, warnings red."""

    def __init__(self, *, coloured: bool) -> None:
        self._coloured: Final = coloured
        self._nodes: Final[dict[str, int]] = {}

    def painted(self, text: str, code: int) -> str:
        """`text` in a colour or style, if there are any."""
        return f"\x1b[{code}m{text}\x1b[0m" if self._coloured else text

    def of_node(self, node: str, text: str) -> str:
        """`text` in the colour of a replica."""
        code = self._nodes.setdefault(node, _NODE_COLOURS[len(self._nodes) % len(_NODE_COLOURS)])
        return self.painted(text, code)


def wants_colours(output: TextIO, environment: Mapping[str, str]) -> bool:
    """Colours are for terminals, and for those who did not decline them (no-color.org)."""
    return output.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def painter_for(output: TextIO) -> Painter:
    """What paints on `output`."""
    return Painter(coloured=wants_colours(output, os.environ))


def line_of(located: Located, content: object, at: float, painter: Painter, relevant: Relevant = everything) -> str:
    """The line of a record that was written `at` seconds after the run began."""
    record = located.record
    what, essentials = words_of(record, content, relevant)
    name = name_of(located)
    shown = f"{what:<{_WHAT_WIDTH}}"
    if isinstance(record, Event):
        shown = painter.painted(shown, _WARNING if record.level in {"warning", "error", "critical"} else _BOLD)
    line = (
        f"{painter.painted(f'{at:10.6f}', _DIM)}  {painter.of_node(record.node, f'{name:<4}')}  "
        f"{actor_of(record):<{_ACTOR_WIDTH}}  {shown}  {essentials}"
    )
    return line.rstrip()


def name_of(located: Located) -> str:
    """Whose record it is: the replica, and its incarnation when that is not the first."""
    file = trail_file(located.file)
    assert file is not None, "it was found by its name"
    return file.node if file.incarnation == 1 else f"{file.node}.{file.incarnation}"


def place_of(located: Located) -> str:
    """Where a record stands, and of which delivery it is; in columns, each a point as `state --at` takes it."""
    record = located.record
    delivery = f"{name_of(located)}/{record.actor}/{record.n}" if isinstance(record, Took | Did) else ""
    return f"{located.place:<{_PLACE_WIDTH}}  {delivery:<{_DELIVERY_WIDTH}}"


def json_of(located: Located) -> str:
    """The record as it stands in its line, but with the place of that in the place of the checksum."""
    record = located.record
    encoded = msgspec.json.encode(_flat(record) if isinstance(record, Event) else record)
    return f'{encoded[:-1].decode()},"place":"{located.place}"}}'


def _flat(event: Event) -> Fields:
    """An event's own fields stand beside those that every event has."""
    fields: Fields = msgspec.to_builtins(event)
    fields.pop("fields")
    return fields | event.fields
