"""A snapshot as a replica's storage has it: what its records say of writes and terms."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import msgspec

from audit.invariants.state_model import name_of

Change: TypeAlias = tuple[str, str | None]

_TERM: Final = "t/"
_VALUE: Final = "v/"
_WRITES: Final = "w/"

_writes: Final = msgspec.json.Decoder(tuple[tuple[int, str, str], ...]).decode


@dataclass(slots=True)
class Told:
    """What some records say, by their kind; those that say nothing stand under `senseless`."""

    values: dict[str, str | None] = field(default_factory=dict)
    terms: dict[int, int] = field(default_factory=dict)
    writes: dict[str, dict[int, int]] = field(default_factory=dict)
    """By the record's name: at which indexes which writes were applied."""
    gone: list[str] = field(default_factory=list)
    """Records of writes that are there no more."""
    senseless: list[str] = field(default_factory=list)


def told(records: Iterable[Change]) -> Told:
    """Read records, or changes of records."""
    read = Told()
    for name, content in records:
        try:
            _read(read, name, content)
        except ValueError:
            read.senseless.append(name)
    return read


def _read(read: Told, name: str, content: str | None) -> None:
    if name.startswith(_VALUE):
        read.values[name.removeprefix(_VALUE)] = content
    elif name.startswith(_WRITES) and content is None:
        read.gone.append(name)
    elif name.startswith(_WRITES) and content is not None:
        read.writes[name] = {index: name_of(client, mid) for index, client, mid in _writes(content)}
    elif name.startswith(_TERM) and content is not None:
        read.terms[int(name.removeprefix(_TERM))] = int(content)
    else:
        read.senseless.append(name)
