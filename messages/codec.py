"""JSON datagrams to typed messages and back; the only place that knows the bytes."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import msgspec

from messages.entry import Entry
from messages.ids import HEXADECIMAL, LogIndex, Term
from messages.snapshot import Record
from messages.wire import (
    AppendAccepted,
    AppendEntries,
    AppendRejected,
    Get,
    Hello,
    Inbound,
    InstallSnapshot,
    Introduce,
    Introduced,
    LeaderCheck,
    Outbound,
    PreVote,
    PreVoteReply,
    Put,
    RequestVote,
    SnapshotReply,
    VoteReply,
)

DATAGRAM_BYTES_MAX: Final = 65_507
"""What one UDP datagram over IPv4 can carry."""

ENVELOPE_BYTES: Final = 512
"""More than everything in an AppendEntries or an answer, except entries and values, can take."""

ENTRY_FRAME_BYTES: Final = 128
"""More than everything in an entry, except key, value and MID, can take."""

ENTRY_BYTES_MAX: Final = DATAGRAM_BYTES_MAX - ENVELOPE_BYTES
"""A larger entry could never be replicated."""

MID_BYTES_MAX: Final = 256
"""A longer `MID`, as JSON writes it, is refused: any answer is to fit into a datagram."""

_STAMP: Final = b'{"clock":'
_STAMP_DIGITS_MAX: Final = 16
_SEAL: Final = b',"crc":"'
_CRC: Final = b'"crc"'
_CRC_MASK: Final = 0xFFFFFFFF

Reason: TypeAlias = Literal[
    "oversize", "not_utf8", "not_json", "not_an_object", "untyped", "unknown_type", "malformed", "impossible"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why a datagram is no message: `where` is a JSON path into it, `$` the whole; `detail` is for people."""

    reason: Reason
    where: str
    detail: str


class _Tag(msgspec.Struct):
    type: str


class _Stamp(msgspec.Struct):
    clock: int = 0
    crc: str = ""


_tag: Final = msgspec.json.Decoder(_Tag)
_stamp: Final = msgspec.json.Decoder(_Stamp)
_encoder: Final = msgspec.json.Encoder()
_decode_by_type: Final[dict[str, Callable[[bytes], Inbound]]] = {
    "get": msgspec.json.Decoder(Get).decode,
    "put": msgspec.json.Decoder(Put).decode,
    "hello": msgspec.json.Decoder(Hello).decode,
    "pre_vote": msgspec.json.Decoder(PreVote).decode,
    "pre_vote_reply": msgspec.json.Decoder(PreVoteReply).decode,
    "introduce": msgspec.json.Decoder(Introduce).decode,
    "introduced": msgspec.json.Decoder(Introduced).decode,
    "request_vote": msgspec.json.Decoder(RequestVote).decode,
    "vote_reply": msgspec.json.Decoder(VoteReply).decode,
    "append": msgspec.json.Decoder(AppendEntries).decode,
    "append_accepted": msgspec.json.Decoder(AppendAccepted).decode,
    "append_rejected": msgspec.json.Decoder(AppendRejected).decode,
    "install_snapshot": msgspec.json.Decoder(InstallSnapshot).decode,
    "snapshot_reply": msgspec.json.Decoder(SnapshotReply).decode,
    "leader_check": msgspec.json.Decoder(LeaderCheck).decode,
}


def encode(message: Outbound) -> bytes:
    """The datagram of `message`."""
    return _encoder.encode(message)


def stamped(datagram: bytes, clock: int) -> bytes:
    """`datagram` with the sender's logical clock and a checksum as its first members; other programs may ignore both.

    The checksum is the CRC-32 of all that follows, begun with the clock: a byte that changed on the way may well leave
    JSON that says something else.
    """
    body = datagram[1:]
    return b'{"clock":%d,"crc":"%08x",%b' % (clock, _checksum(body, clock), body)


def stamp_of(datagram: bytes) -> int:
    """The sender's logical clock in a datagram that was stamped, and says what was sent; else 0."""
    if datagram.startswith(_STAMP):
        end = datagram.find(_SEAL, len(_STAMP), len(_STAMP) + _STAMP_DIGITS_MAX + len(_SEAL))
        digits = datagram[len(_STAMP) : max(end, 0)]
        seal = end + len(_SEAL)
        if digits.isdigit() and datagram[seal : seal + 10] == b'%08x",' % _checksum(datagram[seal + 10 :], int(digits)):
            return int(digits)
    return _stamp_of_rewritten(datagram) if _CRC in datagram else 0


def _stamp_of_rewritten(datagram: bytes) -> int:
    """A network may have written the JSON anew, with other spaces, in another order: what it says must be the same."""
    try:
        stamp = _stamp.decode(datagram)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0
    if not 0 < stamp.clock < 10**_STAMP_DIGITS_MAX:
        return 0
    message = decode(datagram)
    if isinstance(message, Rejection):
        return 0
    return stamp.clock if stamp.crc == f"{_checksum(_encoder.encode(message)[1:], stamp.clock):08x}" else 0


def _checksum(body: bytes, clock: int) -> int:
    return zlib.crc32(body, clock & _CRC_MASK)


def entry_bytes(entry: Entry) -> int:
    """How many bytes of a datagram `entry` takes."""
    return len(_encoder.encode(entry)) + 1


def entry_bytes_bound(entry: Entry) -> int:
    """No fewer than `entry_bytes`, without encoding: no character takes more than six bytes."""
    write = entry.write
    return ENTRY_FRAME_BYTES + (6 * (len(write.key) + len(write.value) + len(write.MID)) if write is not None else 0)


def record_bytes(record: Record) -> int:
    """How many bytes of a datagram a record of a snapshot takes."""
    return len(_encoder.encode(record)) + 1


def records_checksum(records: tuple[Record, ...], before: int) -> int:
    """CRC-32 of records, begun with the checksum of those before them, or with 0."""
    return zlib.crc32(_encoder.encode(records), before)


def decode(datagram: bytes) -> Inbound | Rejection:
    """The message in `datagram`, or why there is none; raises nothing, whatever the bytes are."""
    if len(datagram) > DATAGRAM_BYTES_MAX:
        return Rejection(reason="oversize", where="$", detail=f"{len(datagram)} bytes")
    try:
        if not datagram.isascii():
            datagram.decode()
        decode_type = _decode_by_type.get(_tag.decode(datagram).type)
        if decode_type is None:
            return Rejection(reason="unknown_type", where="$.type", detail="no such message")
        message = decode_type(datagram)
    except UnicodeDecodeError as error:
        return Rejection(reason="not_utf8", where="$", detail=f"{error.reason} at byte {error.start}")
    except msgspec.ValidationError as error:
        return _invalid(str(error))
    except (msgspec.DecodeError, RecursionError) as error:
        return Rejection(reason="not_json", where="$", detail=str(error))
    return _impossible(message) or _too_large(message, len(datagram)) or message


def _invalid(sentence: str) -> Rejection:
    """Split msgspec's sentence, 'what is wrong - at `path`', and name what was missed."""
    detail, _, path = sentence.partition(" - at `")
    where = path.removesuffix("`") or "$"
    if where == "$" and detail.startswith("Expected `object`"):
        return Rejection(reason="not_an_object", where=where, detail=detail)
    if where == "$.type" or "required field `type`" in detail:
        return Rejection(reason="untyped", where=where, detail=detail)
    return Rejection(reason="malformed", where=where, detail=detail)


def _impossible(message: Inbound) -> Rejection | None:
    """What is well formed, but no replica that follows the protocol can have sent."""
    match message:
        case Get() | Put():
            return _impossible_request(message)
        case AppendEntries():
            return _impossible_append(message)
        case PreVote() | RequestVote():
            below = Term(message.term + 1) if isinstance(message, PreVote) else message.term
            return _impossible_position(message.last_log_index, message.last_log_term, "last_log_term", below=below)
        case InstallSnapshot():
            return _impossible_snapshot(message)
        case AppendRejected() if message.conflict_index == 0:
            return Rejection(reason="impossible", where="$.conflict_index", detail="nothing conflicts at 0")
        case _:
            return None


def _impossible_request(message: Get | Put) -> Rejection | None:
    """What could never be answered."""
    if not HEXADECIMAL.issuperset(message.src):
        return _invalid_name("$.src", message.src)
    if 6 * len(message.MID) > MID_BYTES_MAX and len(_encoder.encode(message.MID)) - len('""') > MID_BYTES_MAX:
        return Rejection(reason="malformed", where="$.MID", detail=f"more than {MID_BYTES_MAX} bytes")
    return None


def _invalid_name(where: str, name: str) -> Rejection:
    return Rejection(reason="malformed", where=where, detail=f"{name!a} is not four hexadecimal digits in capitals")


def _too_large(message: Inbound, size: int) -> Rejection | None:
    """An entry that no leader can have put into its log, because nobody could replicate it."""
    if size > ENTRY_BYTES_MAX and isinstance(message, AppendEntries):
        for position, entry in enumerate(message.entries):
            if entry_bytes(entry) > ENTRY_BYTES_MAX:
                return Rejection(reason="impossible", where=f"$.entries[{position}]", detail="too large to replicate")
    return None


def _impossible_append(message: AppendEntries) -> Rejection | None:
    """Terms never fall along a log, and none is beyond its leader's (Raft §5.3)."""
    if message.term == 0:
        return Rejection(reason="impossible", where="$.term", detail="nobody leads term 0")
    after = Term(message.term + 1)
    wrong = _impossible_position(message.prev_log_index, message.prev_log_term, "prev_log_term", below=after)
    if wrong is not None:
        return wrong
    least = max(message.prev_log_term, 1)
    for position, entry in enumerate(message.entries):
        if not least <= entry.term <= message.term:
            detail = f"term {entry.term} between {least} and {message.term}"
            return Rejection(reason="impossible", where=f"$.entries[{position}].term", detail=detail)
        least = entry.term
    return None


def _impossible_snapshot(message: InstallSnapshot) -> Rejection | None:
    """It includes entries, of terms up to its leader's, and its records have names."""
    if message.last_included_index == 0:
        return Rejection(reason="impossible", where="$.last_included_index", detail="nothing is included")
    below = Term(message.term + 1)
    for position, (name, _) in enumerate(message.records):
        if not name:
            return Rejection(reason="impossible", where=f"$.records[{position}]", detail="a record without a name")
    return _impossible_position(
        message.last_included_index, message.last_included_term, "last_included_term", below=below
    )


def _impossible_position(index: LogIndex, term: Term, field: str, *, below: Term) -> Rejection | None:
    """Only index 0 has term 0, and what lies in a log has a term before `below`."""
    if (index == 0) == (term == 0) and term < below:
        return None
    return Rejection(reason="impossible", where=f"$.{field}", detail=f"term {term} at index {index}")
