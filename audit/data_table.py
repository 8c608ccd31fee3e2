"""What lies in a data directory, for people."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from audit.data_directory import Gap, Shown
from messages.entry import Entry
from storage.rows import Identity, RecordRow, State, entry_from, record_from, text_of

_WIDTH_MAX: Final = 60
_DAMAGED: Final = "DAMAGED"
_MISSING: Final = "MISSING"
_TITLES: Final = ("index", "term", "client", "MID", "key", "value")
_TITLES_OF_RECORDS: Final = ("record", "content")


def table_of(shown: Shown, *, asked: bool) -> str:
    """Term, vote, snapshot and entries; `asked` when certain entries were."""
    lines = [*_heading(shown)]
    if shown.records is not None:
        lines += _records(shown, shown.records)
    if asked and shown.state is not None:
        lines += _not_there(shown, shown.state)
    return "\n".join([*lines, *_entries(shown)])


def _heading(shown: Shown) -> Iterator[str]:
    identity, state = shown.identity, shown.state
    if identity is None:
        yield f"{shown.directory}: identity {_DAMAGED}"
    else:
        yield f"{shown.directory}: replica {identity.replica} of the cluster {', '.join(identity.members)}"
    if state is None:
        yield f"  term, vote, snapshot and the log's ends {_DAMAGED}"
        return
    yield f"  term {state.term}, {f'voted for {state.voted_for}' if state.voted_for else 'no vote'}"
    yield f"  disk {identity.disk if identity else _DAMAGED}; known disks: {_known_disks(identity, state) or 'none'}"
    yield f"  {_snapshot(state)}"
    yield f"  {_ends(state)}; {state.transactions} transactions"


def _known_disks(identity: Identity | None, state: State) -> str:
    """Those of the other replicas; its own as well when it is another one than this."""
    own = None if identity is None else (identity.replica, identity.disk)
    return ", ".join(f"{disk} of {replica}" for replica, disk in sorted(state.disks) if (replica, disk) != own)


def _snapshot(state: State) -> str:
    if not state.snapshot_index:
        return "no snapshot"
    return (
        f"snapshot of the entries up to {state.snapshot_index}, of term {state.snapshot_term}; {state.records} records"
    )


def _ends(state: State) -> str:
    if state.first_index <= state.last_index:
        return f"entries {state.first_index} to {state.last_index}"
    return f"no entries behind {state.last_index}" if state.last_index else "no entries"


def _not_there(shown: Shown, state: State) -> Iterator[str]:
    """Of the entries that were asked for, those that nobody need miss."""
    last = min(shown.last, state.first_index - 1)
    if shown.first <= last:
        yield f"  there no more, because the snapshot includes what they did: {_numbers((shown.first, last))}"
    if shown.first > state.last_index:
        yield f"  the log ends before entry {shown.first}"


def _records(shown: Shown, rows: Sequence[RecordRow]) -> Iterator[str]:
    """Names and contents as they are, each in one line."""
    cells = [(_plain(text_of(row[0])), _content(row)) for row in rows]
    if cells:
        yield from _aligned([_TITLES_OF_RECORDS, *cells], numbers=0)
    if shown.state is not None and shown.lacks_records():
        yield f"  {_MISSING}: {len(rows)} of {shown.state.records} records are there"


def _content(row: RecordRow) -> str:
    record = record_from(row)
    return _DAMAGED if record is None else _plain(record[1])


def _entries(shown: Shown) -> Iterator[str]:
    lines = [(row[0], (str(row[0]), *_cells(entry_from(row)))) for row in shown.entries]
    lines += [(first, (_numbers((first, last)), _MISSING, "", "", "", "")) for first, last in shown.gaps()]
    if lines:
        yield from _aligned([_TITLES, *(cells for _, cells in sorted(lines))], numbers=2)


def _cells(entry: Entry | None) -> tuple[str, ...]:
    if entry is None:
        return (_DAMAGED, "", "", "", "")
    write = entry.write
    if write is None:
        return (str(entry.term), "", "", "(no-op)", "")
    return (str(entry.term), write.client, _plain(write.MID), _plain(write.key), _plain(write.value))


def _numbers(gap: Gap) -> str:
    return str(gap[0]) if gap[0] == gap[1] else f"{gap[0]} to {gap[1]}"


def _plain(text: str) -> str:
    """In one line, and not too long; quoted when it would not be read as what it is."""
    if not text or not text.isprintable() or text != text.strip():
        text = msgspec.json.encode(text.encode("utf-8", "replace").decode()).decode()
    return text if len(text) <= _WIDTH_MAX else f"{text[: _WIDTH_MAX - 3]}..."


def _aligned(rows: Iterable[tuple[str, ...]], *, numbers: int) -> Iterator[str]:
    """The first so many columns to the right, all else to the left."""
    table = [*rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        right = [cell.rjust(width) for cell, width in zip(row[:numbers], widths[:numbers], strict=True)]
        left = [cell.ljust(width) for cell, width in zip(row[numbers:], widths[numbers:], strict=True)]
        yield f"  {'  '.join([*right, *left])}".rstrip()
