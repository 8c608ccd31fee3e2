"""Tables of version 1, of replicas that had no snapshots: how they are read, and how they become those of today."""

import sqlite3
from dataclasses import replace
from typing import Final, TypeAlias

from messages.ids import LogIndex, NodeId, Term
from storage.layout import RECORDS, STATE, VERSION
from storage.rows import NOTHING, State, checksum_of, disks_from, text_of

VERSION_1: Final = 1

_StateRow: TypeAlias = tuple[int, bytes | None, int, int, int, bytes, int]


def state_of(connection: sqlite3.Connection) -> State | None:
    """Term, vote and the log's ends, of a replica without a snapshot; None when that row is missing or damaged."""
    row: _StateRow | None = connection.execute(
        "SELECT term, voted_for, first_index, last_index, transactions, disks, checksum FROM state"
    ).fetchone()
    return None if row is None else _state_from(row)


def _state_from(row: _StateRow) -> State | None:
    term, voted_for, first_index, last_index, transactions, disks, checksum = row
    vote = None if voted_for is None else NodeId(text_of(voted_for))
    known = disks_from(disks)
    says = (term, vote or "-", first_index, last_index, transactions, text_of(disks))
    if checksum_of(*says) != checksum or known is None:
        return None
    return replace(
        NOTHING,
        term=Term(term),
        voted_for=vote,
        first_index=LogIndex(first_index),
        last_index=LogIndex(last_index),
        transactions=transactions,
        disks=known,
    )


def migrate(connection: sqlite3.Connection) -> None:
    """Make the tables of today out of those of a database that was checked, in one transaction; raises sqlite3.Error.

    What is freed in a file of version 1 is used again, and never given back to the file system: that would have to be
    chosen before the first table is made.
    """
    connection.execute("BEGIN IMMEDIATE")
    state = state_of(connection)
    assert state is not None, "it was looked at a moment ago, under the lock"
    connection.execute("DROP TABLE state")
    connection.execute(STATE)
    connection.execute(RECORDS)
    insert_state(connection, replace(state, transactions=state.transactions + 1))
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def insert_state(connection: sqlite3.Connection, state: State) -> None:
    """Write the first row of a state table of today."""
    connection.execute("INSERT INTO state VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", state.row())
