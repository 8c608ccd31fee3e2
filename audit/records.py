"""What a trail holds: one struct for each kind of record, as it stands in its line."""

from typing import Final, TypeAlias

import msgspec

FORMAT: Final = 1
"""The version of the format that this package reads; `opened` names that of a trail."""

MEMORY: Final = "memory"
"""The storage that need not be told to `sync`."""

SYNCED_MEMORY: Final = "synced-memory"
VOLATILE: Final = frozenset({MEMORY, SYNCED_MEMORY})
"""Storages that are lost with their process."""

DISK: Final = "disk"
"""The storage of which all that was synced outlives the process."""

Fields: TypeAlias = dict[str, object]
"""The fields of a named event, besides those that every record has."""


class Opened(msgspec.Struct, frozen=True, kw_only=True, tag_field="record", tag="opened"):
    """The first line of each part: all that running this replica again needs.

    `at` and `clock` are those of the part's beginning, `wall` the same moment in seconds since 1970; `code` is a digest
    of the source that ran.
    """

    format: int
    at: float
    clock: int
    node: str
    incarnation: int
    part: int
    before: str = ""
    """The checksum of the last line of the part before."""
    wall: float
    peers: tuple[str, ...]
    settings: dict[str, int]
    seed: str
    storage: str
    level: str
    version: str
    code: str


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="record", tag="event"):
    """A named event for people; `fields` are those of its line that are not named here."""

    at: float
    clock: int
    node: str
    event: str
    level: str
    actor: str = "node"
    fields: Fields = {}


class Took(msgspec.Struct, frozen=True, kw_only=True, tag_field="record", tag="took"):
    """Delivery `n` of an actor, told in the handling of `by`, or from outside; `type` is the message's class."""

    at: float
    clock: int
    node: str
    actor: str
    n: int
    by: tuple[str, int] | None
    type: str
    message: msgspec.Raw


class Did(msgspec.Struct, frozen=True, kw_only=True, tag_field="record", tag="did"):
    """What left through a port in the handling of delivery `n`."""

    at: float
    clock: int
    node: str
    actor: str
    n: int
    port: str
    call: str
    value: msgspec.Raw


Record: TypeAlias = Opened | Event | Took | Did


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """A record and where it stands: `position` counts the records of its replica's incarnation, all parts, from 0."""

    record: Record
    file: str
    line: int
    position: int

    @property
    def place(self) -> str:
        """The line, as people find it: `0001.jsonl:17`."""
        return f"{self.file}:{self.line}"
