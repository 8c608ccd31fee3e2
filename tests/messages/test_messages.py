"""Every message is plain data: it cannot be changed, has no room for more, and survives the way to a file and back."""

from dataclasses import MISSING, FrozenInstanceError, fields, is_dataclass

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messages import consensus, log_store
from messages.codec import decode
from messages.entry import Entry, Write, no_op
from messages.ids import Term
from tests.messages.strategies import MESSAGE_TYPES, entries, inbounds

ALL_TYPES = (*MESSAGE_TYPES, Entry, Write)
CARRIERS = (consensus.Inbound, log_store.Acknowledge)
"""What carries one of several wire messages: which one it is, says the `type` in it."""


class _WrittenInbound(msgspec.Struct):
    """`consensus.Inbound` as a file holds it."""

    peers: tuple[msgspec.Raw, ...]
    requests: tuple[msgspec.Raw, ...]
    at: float


class _WrittenAcknowledge(msgspec.Struct):
    """`log_store.Acknowledge` as a file holds it."""

    reply: msgspec.Raw


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_a_message_is_a_dataclass_without_room_for_more(kind: type) -> None:
    assert is_dataclass(kind)
    assert not hasattr(object.__new__(kind), "__dict__")


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_the_fields_of_a_message_are_named_when_it_is_made(kind: type) -> None:
    assert all(field.kw_only for field in fields(kind))


@pytest.mark.parametrize("kind", ALL_TYPES)
@given(data=st.data())
@settings(max_examples=3, deadline=None)
def test_a_message_never_changes(kind: type, data: st.DataObject) -> None:
    message = data.draw(entries if kind is Entry else st.from_type(kind))
    hash(message)  # lists and dicts would refuse
    for field in fields(kind):
        with pytest.raises(FrozenInstanceError):
            setattr(message, field.name, None)


@pytest.mark.parametrize("kind", [kind for kind in ALL_TYPES if kind not in CARRIERS])
@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_message_is_written_to_json_and_read_back(kind: type, data: st.DataObject) -> None:
    message = data.draw(st.from_type(kind))
    assert msgspec.json.decode(msgspec.json.encode(message), type=kind) == message


@given(message=inbounds)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_consensus_is_told_of_the_network_is_read_back_by_the_types_in_it(message: consensus.Inbound) -> None:
    written = msgspec.json.decode(msgspec.json.encode(message), type=_WrittenInbound)
    assert tuple(decode(bytes(raw)) for raw in written.peers) == message.peers
    assert tuple(decode(bytes(raw)) for raw in written.requests) == message.requests
    assert written.at == message.at


@given(message=st.from_type(log_store.Acknowledge))
@settings(max_examples=60, deadline=None)
def test_what_the_log_store_shall_send_is_read_back_by_its_type(message: log_store.Acknowledge) -> None:
    written = msgspec.json.decode(msgspec.json.encode(message), type=_WrittenAcknowledge)
    assert decode(bytes(written.reply)) == message.reply


def test_only_a_type_tag_a_write_what_is_of_disks_and_what_old_requests_need_have_defaults() -> None:
    defaulted = {field.name for kind in ALL_TYPES for field in fields(kind) if field.default is not MISSING}
    assert defaulted == {"type", "write", "disk", "disks", "introduced", "since", "index"}


def test_a_no_op_is_an_entry_of_its_term_without_a_write() -> None:
    assert no_op(Term(7)) == Entry(term=Term(7), write=None)
