"""Whether the rows of a database are those that were written, and fit together: every fault, named."""

from collections.abc import Iterator

from storage.rows import EntryRow, RecordRow, State, entry_from, record_from, shown
from storage.total import Total


def faults_of_state(state: State) -> Iterator[str]:
    """A snapshot that ends where it cannot."""
    first, last, snapshot = state.first_index, state.last_index, state.snapshot_index
    if not first - 1 <= snapshot <= last:
        yield f"the snapshot includes the entries up to {snapshot}, and the log goes from {first} to {last}"


def faults_of_log(rows: Iterator[EntryRow], state: State | None) -> Iterator[str]:
    """Checksums, terms that fall, gaps, and rows outside of what the state says; without a state, what can be said."""
    expected: int | None = state.first_index if state is not None else None
    term_before = state.snapshot_term if state is not None and state.snapshot_index < state.first_index else 0
    for row in rows:
        index, term = row[:2]
        if state is not None and not state.first_index <= index <= state.last_index:
            yield f"entry {index} is outside of the log, which goes from {state.first_index} to {state.last_index}"
            continue
        if expected is not None and index > expected:
            yield _missing(expected, index - 1)
        expected = index + 1
        if entry_from(row) is None:
            yield f"the checksum of entry {index} does not fit"
            continue
        if term < term_before:
            yield f"entry {index} is of term {term}, and the one before of term {term_before}"
        if state is not None and index == state.snapshot_index and term != state.snapshot_term:
            yield f"entry {index} is of term {term}, and the snapshot says that it is of term {state.snapshot_term}"
        term_before = term
    if state is not None and expected is not None and expected <= state.last_index:
        yield _missing(expected, state.last_index)


def _missing(first: int, last: int) -> str:
    return f"entry {first} is missing" if first == last else f"entries {first} to {last} are missing"


def faults_of_records(rows: Iterator[RecordRow], state: State | None) -> Iterator[str]:
    """Checksums, the order of names, and whether these are the records that were written last, all of them."""
    total = Total()
    is_whole = True
    before = ""
    for row in rows:
        record = record_from(row)
        if record is None:
            yield f"the checksum of record {shown(row[0])} of the snapshot does not fit"
            is_whole = False
        elif record[0] <= before:
            yield f"record {shown(row[0])} of the snapshot is not in its place, or is there twice"
            is_whole = False
        else:
            before = record[0]
        total.add(row[2] if record is not None else 0)
    if state is not None:
        yield from _faults_of_total(total, state, is_whole=is_whole)


def _faults_of_total(total: Total, state: State, *, is_whole: bool) -> Iterator[str]:
    """Nothing tells which record is missing, or is an older one; of those that are damaged, something was said."""
    if total.records != state.records:
        yield f"the snapshot has {_records(total.records)}, and had {state.records} when it was written"
    elif is_whole and total.checksum != state.records_checksum:
        yield (
            f"the snapshot's {_records(total.records)} are not those that were written last: one at least is older, "
            "or another one"
        )


def _records(count: int) -> str:
    return f"{count} record" if count == 1 else f"{count} records"
