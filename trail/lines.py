"""Records to lines: JSON, and at the end of each line a checksum that it shares with the line before."""

import zlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Final

import msgspec

from trail.records import Event, Payloads, Record, moment


class Lines:
    """The lines of one file, in order.

    A line's last member, `crc`, is the CRC-32 of the bytes before it, begun with that of the line before: what was
    changed, lost, moved or added shows at exactly its line.
    """

    def __init__(self) -> None:
        self._encoder: Final = msgspec.json.Encoder(enc_hook=_plain)
        self._crc = 0

    @property
    def checksum(self) -> str:
        """That of the last line, as it stands there; of none, eight zeros."""
        return f"{self._crc:08x}"

    def line(self, record: Record) -> bytes:
        """The next line, with its end; a record that has no JSON becomes an event that shows it."""
        content = self._json(record)[:-1]
        self._crc = zlib.crc32(content, self._crc)
        return b'%b,"crc":"%08x"}\n' % (content, self._crc)

    def _json(self, record: Record) -> bytes:
        try:
            return self._encoder.encode(record)
        except (TypeError, ValueError):
            return self._encoder.encode(_unwritable(record))


def _plain(value: object) -> object:
    """What msgspec does not know, in values that it does."""
    match value:
        case Payloads():
            return {"payloads": [_readable(payload) for payload in value.payloads], "at": value.at}
        case Mapping():
            return dict(value)
        case _:
            return repr(value)


def _readable(payload: bytes) -> str | dict[str, str]:
    """A text where it is one, exactly; everything else in base64."""
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(payload).decode()}


def _unwritable(record: Record) -> Event:
    """What stands in the place of a record that has no JSON: a text that is no Unicode, say."""
    at, clock = moment(record)
    node = record.get("node") if isinstance(record, Mapping) else record.node
    return {
        "record": "event",
        "at": at,
        "clock": clock,
        "node": ascii(node).strip("'"),
        "event": "trail.unwritable",
        "level": "error",
        "actor": "node",
        "what": ascii(record),
    }
