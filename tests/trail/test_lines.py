"""Whatever records go in, lines come out that are JSON, and whose checksums hold."""

import json
import zlib
from dataclasses import dataclass
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from tests.trail.stage import did, event, records, took
from trail import Payloads
from trail.lines import Lines
from trail.records import Record

TEXTS = st.text(st.characters(codec=None), max_size=20)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.binary(max_size=9) | st.just(ValueError("x")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3) | st.tuples(inner, inner),
    max_leaves=8,
)
RECORDS = st.one_of(
    st.builds(took, st.integers(0, 2**53), PLAIN),
    st.builds(did, st.integers(0, 2**53), PLAIN),
    st.builds(lambda fields: {**event(1), **fields}, st.dictionaries(TEXTS, PLAIN, max_size=4)),
    st.builds(lambda texts: took(1, Payloads(tuple(texts), 0.5)), st.lists(st.binary(max_size=20), max_size=3)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Stands for any message between actors."""

    first: int
    second: tuple[str, ...]


def lines(*given: Record) -> bytes:
    writer = Lines()
    return b"".join(writer.line(record) for record in given)


@given(st.lists(RECORDS, max_size=10))
def test_whatever_is_recorded_each_record_is_a_line_of_json_whose_checksum_holds(given_records: list[Record]) -> None:
    assert len(records(lines(*given_records))) == len(given_records)


def test_a_delivery_is_written_in_the_order_of_its_fields() -> None:
    (line,) = lines(took(12, Message(first=1, second=("a", "b")))).splitlines()
    assert line.startswith(
        b'{"record":"took","at":1.2,"clock":12,"node":"0001","actor":"consensus","n":12,"by":null,"type":"str",'
        b'"message":{"first":1,"second":["a","b"]},"crc":"'
    )


def test_what_left_through_a_port_is_written_in_the_order_of_its_fields() -> None:
    (line,) = lines(did(5, {})).splitlines()
    assert line.startswith(
        b'{"record":"did","at":0.5,"clock":5,"node":"0001","actor":"log_store","n":5,"port":"storage","call":"sync",'
        b'"value":{},"crc":"'
    )


def test_the_checksum_is_the_last_member_and_begins_with_that_of_the_line_before() -> None:
    first, second = lines(event(1), event(2)).splitlines()
    before = zlib.crc32(first[: first.index(b',"crc":')])
    assert first.endswith(b',"crc":"%08x"}' % before)
    assert second.endswith(b',"crc":"%08x"}' % zlib.crc32(second[: second.index(b',"crc":')], before))


def test_two_equal_records_have_different_checksums() -> None:
    first, second = lines(event(1), event(1)).splitlines()
    assert first != second


def test_payloads_are_texts_where_they_are_utf_8_and_base64_elsewhere() -> None:
    payloads = ('{"key":"é\u2028"}'.encode(), b"\xff\x00", b"")
    (record,) = records(lines(took(1, Payloads(payloads, 2.5))))
    assert record["message"] == {"payloads": ['{"key":"é\u2028"}', {"base64": "/wA="}, ""], "at": 2.5}


@given(st.binary(max_size=50))
def test_a_payload_that_is_a_text_is_read_back_exactly(payload: bytes) -> None:
    (line,) = lines(took(1, Payloads((payload,), 0.0))).splitlines()
    (read,) = json.loads(line)["message"]["payloads"]
    assert isinstance(read, dict) or read.encode() == payload


def test_values_without_json_are_written_as_python_shows_them() -> None:
    (record,) = records(lines({**event(1), "value": ValueError("x")}))
    assert record["value"] == "ValueError('x')"


def test_a_mapping_of_any_kind_is_an_object() -> None:
    (record,) = records(lines(MappingProxyType({**event(1), "inner": MappingProxyType({"a": 1})})))
    assert record == {**event(1), "inner": {"a": 1}}


def test_a_record_that_has_no_json_is_shown_by_an_event_at_its_moment() -> None:
    for record in (took(7, "half a surrogate \ud800"), {**event(7), "value": "half a surrogate \ud800"}):
        (found,) = records(lines(record))
        assert "half a surrogate \\ud800" in str(found.pop("what"))
        assert found == {
            "record": "event",
            "at": 0.7,
            "clock": 7,
            "node": "0001",
            "event": "trail.unwritable",
            "level": "error",
            "actor": "node",
        }
