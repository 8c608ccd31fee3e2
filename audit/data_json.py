"""What lies in a data directory, for machines."""

from collections.abc import Sequence
from typing import Final

import msgspec

from audit.data_directory import Shown
from messages.entry import Write
from storage.rows import EntryRow, RecordRow, State, entry_from, record_from, text_of

_encode: Final = msgspec.json.Encoder().encode


class _Entry(msgspec.Struct):
    """An entry and where it stands; `damaged` when the rest is not to be believed."""

    index: int
    term: int
    write: dict[str, str] | None
    damaged: bool


class _Record(msgspec.Struct):
    """A record of the snapshot; `damaged` when its content, or its name, is not to be believed."""

    name: str
    content: str | None
    damaged: bool


class _Snapshot(msgspec.Struct):
    """Up to where it goes, and how many records it has."""

    last_included_index: int
    last_included_term: int
    record_count: int


def json_of(shown: Shown, faults: Sequence[str]) -> str:
    """A line with one object; what is damaged is null in it, or says so; `faults` are those of the files, in words."""
    identity, state = shown.identity, shown.state
    said = {
        "replica": None if identity is None else identity.replica,
        "members": None if identity is None else identity.members,
        "disk": None if identity is None else identity.disk,
        "term": None if state is None else state.term,
        "voted_for": None if state is None else state.voted_for,
        "first_index": None if state is None else state.first_index,
        "last_index": None if state is None else state.last_index,
        "transactions": None if state is None else state.transactions,
        "disks": None if state is None else dict(sorted(state.disks)),
        "snapshot": _snapshot_of(state),
        "records": None if shown.records is None else [_record_of(row) for row in shown.records],
        "missing": shown.gaps(),
        "entries": [_entry_of(row) for row in shown.entries],
        "faults": faults,
    }
    return _encode(said).decode()


def _snapshot_of(state: State | None) -> _Snapshot | None:
    """Null when there is none, too."""
    if state is None or not state.snapshot_index:
        return None
    return _Snapshot(
        last_included_index=state.snapshot_index,
        last_included_term=state.snapshot_term,
        record_count=state.records,
    )


def _record_of(row: RecordRow) -> _Record:
    record = record_from(row)
    if record is None:
        return _Record(name=text_of(row[0]).encode("utf-8", "replace").decode(), content=None, damaged=True)
    return _Record(name=record[0], content=record[1], damaged=False)


def _entry_of(row: EntryRow) -> _Entry:
    entry = entry_from(row)
    if entry is None:
        return _Entry(index=row[0], term=0, write=None, damaged=True)
    said = None if entry.write is None else _write_of(entry.write)
    return _Entry(index=row[0], term=entry.term, write=said, damaged=False)


def _write_of(write: Write) -> dict[str, str]:
    return {"client": write.client, "MID": write.MID, "key": write.key, "value": write.value}
