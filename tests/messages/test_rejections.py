"""What is no message: each kind of damage has its reason, and the place where it is."""

import json

import pytest

from messages.codec import ENTRY_BYTES_MAX, Reason, Rejection, decode, encode
from messages.wire import Get
from tests.messages.test_codec import append_of, large_entry

Fields = dict[str, object]

GET: Fields = {"src": "0015", "dst": "0001", "leader": "FFFF", "type": "get", "MID": "m", "key": "k"}
APPEND: Fields = {
    "src": "0002",
    "dst": "0001",
    "leader": "0002",
    "type": "append",
    "term": 3,
    "prev_log_index": 5,
    "prev_log_term": 2,
    "entries": [],
    "commit_index": 4,
    "at": 1.5,
    "quiet": False,
}
PRE_VOTE: Fields = {
    "src": "0002",
    "dst": "0001",
    "leader": "FFFF",
    "type": "pre_vote",
    "term": 3,
    "last_log_index": 5,
    "last_log_term": 2,
}
REJECTED: Fields = {
    "src": "0002",
    "dst": "0001",
    "leader": "0001",
    "type": "append_rejected",
    "term": 3,
    "prev_log_index": 5,
    "conflict_index": 3,
    "conflict_term": 0,
    "at": 1.5,
}
WRITE: Fields = {"client": "0015", "MID": "m", "key": "k", "value": "v"}


def without(fields: Fields, name: str) -> Fields:
    return {other: value for other, value in fields.items() if other != name}


def rejected(datagram: bytes) -> Rejection:
    """The rejection of `datagram`, which must be one."""
    outcome = decode(datagram)
    assert isinstance(outcome, Rejection)
    assert outcome.detail, "people are told something"
    return outcome


@pytest.mark.parametrize(
    ("datagram", "reason", "where"),
    [
        (b"\xff{}", "not_utf8", "$"),
        (b'{"src": "\xc3"}', "not_utf8", "$"),
        (b'{"src": "\xed\xa0\x80"}', "not_utf8", "$"),
        (b"", "not_json", "$"),
        (b"\0", "not_json", "$"),
        (b"{", "not_json", "$"),
        (b"\xef\xbb\xbf{}", "not_json", "$"),
        (b'{"type": "get"} {}', "not_json", "$"),
        (b'{"type": "get", "at": NaN}', "not_json", "$"),
        (b'{"type": "get", "key": "\x01"}', "not_json", "$"),
        (b'{"type": "get", "key": "\\ud800 and no other half"}', "not_json", "$"),
        (b'{"type": "get", "key": "\\udc00"}', "not_json", "$"),
        (b'{"x": ' + b"[" * 20_000 + b"]" * 20_000 + b', "type": "get"}', "not_json", "$"),
        (b"[" * 60_000, "not_an_object", "$"),
        (b"[]", "not_an_object", "$"),
        (b"null", "not_an_object", "$"),
        (b'"get"', "not_an_object", "$"),
        (b"7", "not_an_object", "$"),
        (b"{}", "untyped", "$"),
        (b'{"type": 7}', "untyped", "$.type"),
        (b'{"type": ["get"]}', "untyped", "$.type"),
        (b'{"type": null}', "untyped", "$.type"),
        (b'{"type": ""}', "unknown_type", "$.type"),
        (b'{"type": "GET"}', "unknown_type", "$.type"),
        (b'{"type": "ok"}', "unknown_type", "$.type"),
    ],
)
def test_what_is_no_object_with_a_known_type_is_rejected_as_such(datagram: bytes, reason: Reason, where: str) -> None:
    rejection = rejected(datagram)
    assert (rejection.reason, rejection.where) == (reason, where)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        (without(GET, "src"), "$"),
        (without(GET, "MID"), "$"),
        (without(APPEND, "entries"), "$"),
        (GET | {"src": 15}, "$.src"),
        (GET | {"src": "15"}, "$.src"),
        (GET | {"src": "00a1"}, "$.src"),
        (GET | {"src": "00150"}, "$.src"),
        (GET | {"src": "0015\n"}, "$.src"),
        (GET | {"src": "\n0015"}, "$.src"),
        (GET | {"dst": None}, "$.dst"),
        (GET | {"dst": "00011"}, "$.dst"),
        (GET | {"leader": ""}, "$.leader"),
        (APPEND | {"leader": "00022"}, "$.leader"),
        (GET | {"MID": 7}, "$.MID"),
        (GET | {"key": ["k"]}, "$.key"),
        (APPEND | {"term": "3"}, "$.term"),
        (APPEND | {"term": 3.5}, "$.term"),
        (APPEND | {"term": True}, "$.term"),
        (APPEND | {"term": None}, "$.term"),
        (APPEND | {"term": -1}, "$.term"),
        (APPEND | {"term": 2**53}, "$.term"),
        (APPEND | {"term": 2**64}, "$.term"),
        (APPEND | {"term": 10**400}, "$.term"),
        (APPEND | {"commit_index": -1}, "$.commit_index"),
        (APPEND | {"at": -0.5}, "$.at"),
        (APPEND | {"at": 1e13}, "$.at"),
        (APPEND | {"at": "1.5"}, "$.at"),
        (APPEND | {"entries": {}}, "$.entries"),
        (APPEND | {"entries": [7]}, "$.entries[0]"),
        (APPEND | {"entries": [{"term": 2}, {"write": None}]}, "$.entries[1]"),
        (APPEND | {"entries": [{"term": 2, "write": "x"}]}, "$.entries[0].write"),
        (APPEND | {"entries": [{"term": 2, "write": without(WRITE, "key")}]}, "$.entries[0].write"),
        (APPEND | {"entries": [{"term": 2, "write": WRITE | {"value": 7}}]}, "$.entries[0].write.value"),
        (APPEND | {"entries": [{"term": 2, "write": WRITE | {"client": "x"}}]}, "$.entries[0].write.client"),
        (PRE_VOTE | {"last_log_term": 2.0}, "$.last_log_term"),
    ],
)
def test_a_missing_or_mistyped_field_is_malformed_where_it_is(fields: Fields, where: str) -> None:
    rejection = rejected(json.dumps(fields).encode())
    assert (rejection.reason, rejection.where) == ("malformed", where)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        (APPEND | {"prev_log_index": 0}, "$.prev_log_term"),
        (APPEND | {"prev_log_term": 0}, "$.prev_log_term"),
        (APPEND | {"prev_log_term": 4}, "$.prev_log_term"),
        (APPEND | {"entries": [{"term": 1}]}, "$.entries[0].term"),
        (APPEND | {"entries": [{"term": 2}, {"term": 4}]}, "$.entries[1].term"),
        (APPEND | {"entries": [{"term": 3}, {"term": 2}]}, "$.entries[1].term"),
        (APPEND | {"prev_log_index": 0, "prev_log_term": 0, "entries": [{"term": 0}]}, "$.entries[0].term"),
        (PRE_VOTE | {"last_log_index": 0}, "$.last_log_term"),
        (PRE_VOTE | {"last_log_term": 4}, "$.last_log_term"),
        (PRE_VOTE | {"type": "request_vote", "last_log_term": 3}, "$.last_log_term"),
        (PRE_VOTE | {"type": "request_vote", "last_log_term": 0}, "$.last_log_term"),
        (REJECTED | {"conflict_index": 0}, "$.conflict_index"),
    ],
)
def test_what_no_replica_that_follows_the_protocol_sends_is_impossible(fields: Fields, where: str) -> None:
    rejection = rejected(json.dumps(fields).encode())
    assert (rejection.reason, rejection.where) == ("impossible", where)


@pytest.mark.parametrize(
    "fields", [GET, APPEND, PRE_VOTE, REJECTED, APPEND | {"entries": [{"term": 2, "write": WRITE}]}]
)
def test_the_undamaged_messages_of_these_tables_are_taken(fields: Fields) -> None:
    assert not isinstance(decode(json.dumps(fields).encode()), Rejection)


def test_an_entry_that_no_leader_could_pass_on_is_impossible() -> None:
    rejection = rejected(encode(append_of((large_entry(ENTRY_BYTES_MAX + 1),))))
    assert (rejection.reason, rejection.where) == ("impossible", "$.entries[0]")


@pytest.mark.parametrize("types", ['"type": "put", "type": "get"', '"type": "get", "type": "put"'])
def test_a_datagram_of_two_types_is_of_none(types: str) -> None:
    rejection = rejected(json.dumps(GET).encode().replace(b'"type": "get"', types.encode()))
    assert (rejection.reason, rejection.where) == ("untyped", "$.type")


def test_of_another_field_that_stands_twice_the_last_one_counts() -> None:
    outcome = decode(json.dumps(GET).encode().replace(b'"key": "k"', b'"key": "first", "key": "last"'))
    assert isinstance(outcome, Get)
    assert outcome.key == "last"
