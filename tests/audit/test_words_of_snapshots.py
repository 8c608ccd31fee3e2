"""What people read of a snapshot in a line."""

import msgspec
import pytest

from audit.contents import InstalledSnapshot, SavedSnapshot, Undecodable, content_of
from audit.records import Did, Record, Took
from audit.words import words_of
from tests.audit.facts import Json, chunk, entry, raw

TERM = ("t/0000000000000001", "1")
VALUE = ("v/k", "v")
PART = chunk(40, TERM, VALUE, offset=7, done=False)
LAST = chunk(40, VALUE, offset=9)
BETWEEN = {"src": "0001", "dst": "0002", "leader": "0001"}
TO_CLIENT = {"src": "0001", "dst": "0010", "leader": "0001", "MID": "M1"}
FROM_CLIENT = {"src": "0010", "dst": "0001", "leader": "FFFF", "MID": "M1", "key": "k"}


def took(actor: str, kind: str, **message: object) -> Took:
    """A delivery."""
    return Took(at=1.0, clock=0, node="0001", actor=actor, n=1, by=None, type=kind, message=raw(message))


def did(port: str, call: str, **value: object) -> Did:
    """An output."""
    return Did(at=1.0, clock=0, node="0001", actor="log_store", n=1, port=port, call=call, value=raw(value))


def sent(kind: str, **fields: object) -> Did:
    """A datagram."""
    return did("datagrams", "send", **{"type": kind, **fields})


def inbound(request: Json) -> Took:
    """What came from a client."""
    return took("consensus", "Inbound", peers=[], requests=[request], at=1.0)


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (
            took("log_store", "SaveSnapshot", last_included_index=40, changes=[VALUE, ("w/1", None)]),
            "SaveSnapshot up to 40, 2 changes",
        ),
        (took("log_store", "StoreChunk", chunk=PART), "StoreChunk up to 40/t1, records 8 to 9"),
        (took("state_machine", "TakeChunk", chunk=LAST), "TakeChunk up to 40/t1, record 10, the last"),
        (
            took("consensus", "RestoredChunk", chunk=chunk(40, done=True)),
            "RestoredChunk up to 40/t1, no records, the last",
        ),
        (
            took(
                "log_store", "ReadChunk", peer="0002", term=3, last_included_index=40, offset=1, after="t", bytes_max=9
            ),
            "ReadChunk for 0002 up to 40, behind 1 record",
        ),
        (took("replicator/0002", "ChunkRead", term=3, chunk=PART), "ChunkRead t3 up to 40/t1, records 8 to 9"),
        (
            took("replicator/0002", "ChunkTaken", last_included_index=40, offset=0, sent_at=1.0, at=1.0),
            "ChunkTaken up to 40, has no records",
        ),
        (
            did("storage", "save_snapshot", last_included=40, changes=[VALUE], first=36),
            "stores save_snapshot up to 40, 1 change, log kept from 36 on",
        ),
        (
            did("storage", "install_snapshot", last_included=40, term=3, records=[TERM, VALUE]),
            "stores install_snapshot up to 40/t3, 2 records",
        ),
        (
            sent(
                "install_snapshot",
                **BETWEEN,
                term=3,
                last_included_index=40,
                last_included_term=1,
                offset=0,
                records=[TERM, VALUE],
                checksum=7,
                done=True,
                at=1.0,
            ),
            "sends install_snapshot t3 up to 40/t1, records 1 to 2, the last → 0002",
        ),
        (
            sent("snapshot_reply", **BETWEEN, term=3, last_included_index=40, offset=2, at=1.0),
            "sends snapshot_reply t3 up to 40, has 2 records → 0002",
        ),
        (
            took("consensus", "Restored", term=3, voted_for="0002", first=36, entries=[entry(1, "a"), entry(3)]),
            "Restored t3 vote for 0002 indexes 36 to 37 (t1 a, t3 no-op)",
        ),
        (
            took("consensus", "Restored", term=0, voted_for=None, first=1, entries=[]),
            "Restored t0 vote for nobody no entries",
        ),
        (inbound({**FROM_CLIENT, "type": "get", "since": 0}), "Inbound get M1 key k since 0 ← 0010"),
        (
            inbound({**FROM_CLIENT, "type": "put", "value": "v", "since": 12}),
            "Inbound put M1 key k value v since 12 ← 0010",
        ),
        (inbound({**FROM_CLIENT, "type": "put", "value": "v", "since": None}), "Inbound put M1 key k value v ← 0010"),
        (sent("ok", **TO_CLIENT, index=12), "sends ok M1 index 12 → 0010"),
        (sent("ok", **TO_CLIENT, value="v", index=12), "sends ok M1 value v index 12 → 0010"),
        (sent("ok", **TO_CLIENT), "sends ok M1 → 0010"),
    ],
)
def test_it_is_said_where_a_snapshot_ends_and_what_of_it_is_meant(record: Record, line: str) -> None:
    words = words_of(record, content_of(record))
    assert f"{words.what} {words.essentials}" == line


def test_what_a_storage_was_told_is_decoded_in_full() -> None:
    saved = content_of(did("storage", "save_snapshot", last_included=4, changes=[VALUE, ("w/1", None)], first=2))
    assert saved == SavedSnapshot(last_included=4, changes=(VALUE, ("w/1", None)), first=2)
    installed = content_of(did("storage", "install_snapshot", last_included=4, term=2, records=[TERM]))
    assert installed == InstalledSnapshot(last_included=4, term=2, records=(TERM,))


@pytest.mark.parametrize(
    "record",
    [
        did("storage", "save_snapshot", last_included=4, changes=[["v/k"]], first=2),
        did("storage", "save_snapshot", last_included=4, first=2),
        did("storage", "install_snapshot", last_included=4, term=2, records=[["v/k", None]]),
        took("log_store", "StoreChunk", chunk={}),
        took("consensus", "RestoredChunk", chunk=None),
    ],
)
def test_what_makes_no_sense_is_said_to_make_none(record: Record) -> None:
    content = content_of(record)
    assert isinstance(content, Undecodable)
    assert words_of(record, content).essentials.startswith("cannot be decoded: ")


def test_messages_with_chunks_are_decoded_as_they_were_encoded() -> None:
    message = took("state_machine", "TakeChunk", chunk=LAST)
    assert msgspec.json.encode(content_of(message)) == bytes(message.message)
