"""A data directory as the last release with tables of version 1 made it: what it was told, and its files."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from messages.entry import no_op
from messages.ids import DiskId, Term
from storage.layout import DATABASE
from tests.actors.samples import ME, PEER, put
from tests.storage.contract import Kept

KEPT_BY_1: Final = Kept(
    term=Term(3),
    voted_for=PEER,
    entries=(
        no_op(Term(1)),
        put(1, "M1", key="colour", value="blue"),
        put(3, "M2", key='a "key"', value="é"),
    ),
    disks=((PEER, DiskId("0123456789abcdef")),),
)
"""What it made durable, in two transactions."""

DISK_OF_1: Final = DiskId("30beb68f10b5179a")

_ACKNOWLEDGED: Final = b"00000000000000000002 2a8b230f\n"
_DUMP: Final = """
PRAGMA application_id = 1382114932;
PRAGMA user_version = 1;
CREATE TABLE entries (
    log_index INTEGER PRIMARY KEY,
    term INTEGER NOT NULL,
    write TEXT,
    checksum INTEGER NOT NULL
);
INSERT INTO entries VALUES(1,1,NULL,2897027394);
INSERT INTO entries VALUES(2,1,'{"client":"0015","MID":"M1","key":"colour","value":"blue"}',4261001655);
INSERT INTO entries VALUES(3,3,'{"client":"0015","MID":"M2","key":"a \\"key\\"","value":"é"}',1768005211);
CREATE TABLE identity (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    replica TEXT NOT NULL,
    members TEXT NOT NULL,
    disk TEXT NOT NULL,
    checksum INTEGER NOT NULL
);
INSERT INTO identity VALUES(1,'0000','0000 0001 0002','30beb68f10b5179a',2736480980);
CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    term INTEGER NOT NULL,
    voted_for TEXT,
    first_index INTEGER NOT NULL,
    last_index INTEGER NOT NULL,
    transactions INTEGER NOT NULL,
    disks TEXT NOT NULL,
    checksum INTEGER NOT NULL
);
INSERT INTO state VALUES(1,3,'0001',1,3,2,'{"0001":"0123456789abcdef"}',4141522482);
PRAGMA journal_mode = WAL;
"""


def made_by_1(directory: Path) -> Path:
    """The directory of a replica that has stopped."""
    replica = directory / ME
    replica.mkdir(parents=True)
    with closing(sqlite3.connect(replica / DATABASE, isolation_level=None)) as connection:
        connection.executescript(_DUMP)
    (replica / "ACKNOWLEDGED").write_bytes(_ACKNOWLEDGED)
    (replica / "LOCK").write_bytes(b"process 1, replica 0000\n")
    return replica
