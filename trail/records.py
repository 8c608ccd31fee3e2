"""What is queued for the writer: cheap to make where it happens, put into words on the writer's own thread.

Each is a record of format 1, as `docs/trail.md` has it; the fields stand in the order in which their line has them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

FORMAT: Final = 1
"""The version of the format that is written."""

Event: TypeAlias = Mapping[str, object]
"""A named event, as `audit_log` makes it: at least `record`, `at`, `clock`, `node`, `event` and `level`."""


class Took(msgspec.Struct, frozen=True, gc=False, tag_field="record", tag="took"):
    """Delivery `n` of a message to `actor`, told in the handling of `by` (an actor and its `n`), or from outside.

    `type` is the message's class. What `message` holds must not change any more: it is encoded later.
    """

    at: float
    clock: int
    node: str
    actor: str
    n: int
    by: tuple[str, int] | None
    type: str
    message: object


class Did(msgspec.Struct, frozen=True, gc=False, tag_field="record", tag="did"):
    """What left through `port` while delivery `n` of `actor` was handled; of `value` the same is true."""

    at: float
    clock: int
    node: str
    actor: str
    n: int
    port: str
    call: str
    value: object


Traced: TypeAlias = Took | Did
"""What is written at level `full` only."""

Record: TypeAlias = Event | Traced


class Payloads:
    """What came through the socket, as the `message` of a delivery: the writer makes texts of it where it can."""

    __slots__ = ("at", "payloads")

    def __init__(self, payloads: tuple[bytes, ...], at: float) -> None:
        self.payloads: Final = payloads
        self.at: Final = at


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What running a replica again needs, and does not change while it runs; each part of its trail begins with it.

    `settings` is any dataclass of plain data; `storage` names the kind; `code` is a digest of the source that runs.
    """

    node: str
    peers: tuple[str, ...]
    settings: object
    seed: str
    storage: str
    level: str
    version: str
    code: str


def opened(
    opening: Opening, *, at: float, clock: int, wall: float, incarnation: int, part: int, before: str
) -> dict[str, object]:
    """The first record of a part that begins at the monotonic time `at`, which was `wall` seconds after 1970.

    `before` is the checksum of the last line of the part before.
    """
    return {
        "record": "opened",
        "format": FORMAT,
        "at": at,
        "clock": clock,
        "node": opening.node,
        "incarnation": incarnation,
        "part": part,
        "before": before,
        "wall": wall,
        "peers": opening.peers,
        "settings": opening.settings,
        "seed": opening.seed,
        "storage": opening.storage,
        "level": opening.level,
        "version": opening.version,
        "code": opening.code,
    }


def shed_event(first: Traced, count: int) -> Event:
    """Says that `count` records are missing here, of which this is the `first`."""
    return {
        "record": "event",
        "at": first.at,
        "clock": first.clock,
        "node": first.node,
        "event": "trail.shed",
        "level": "warning",
        "actor": "node",
        "count": count,
    }


def moment(record: Record) -> tuple[float, int]:
    """When a record was made, by the monotonic and by the logical clock."""
    if isinstance(record, Took | Did):
        return record.at, record.clock
    at, clock = record.get("at"), record.get("clock")
    return at if isinstance(at, float | int) else 0.0, clock if isinstance(clock, int) else 0
