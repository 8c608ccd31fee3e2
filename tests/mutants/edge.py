"""More bugs at the edge: what is believed of bytes that come from the network, and what is lost with them."""

from typing import Final

from tests.mutants.mutant import Mutant

_CODEC: Final = "messages/codec.py"
_SOCKET_READER: Final = "actors/socket_reader.py"

EDGE: Final = (
    Mutant(
        name="rewritten-datagram-not-checked",
        file=_CODEC,
        right='stamp.clock if stamp.crc == f"{_checksum(_encoder.encode(message)[1:], stamp.clock):08x}" else 0',
        wrong="stamp.clock",
        bug="Where the bytes do not fit the checksum, the network is supposed to have written the JSON anew.",
        shows="A byte changes on the way, the JSON is as valid as before, and an entry or a term is another one.",
    ),
    Mutant(
        name="strangers-believed",
        file=_SOCKET_READER,
        right="""\
        elif (decoded.src in self._peers) == isinstance(decoded, FromClient) or decoded.src in {self._me, NOBODY}:
            self._reject(payload, "foreign_source", "$.src", f"{decoded.type} from {decoded.src}")
        elif decoded.dst not in {self._me, NOBODY}:
            self._reject(payload, "foreign_destination", "$.dst", f"for {decoded.dst}")
        elif not isinstance(decoded, FromClient) and not stamp_of(payload):
""",
        wrong="""\
        elif decoded.dst not in {self._me, NOBODY}:
            self._reject(payload, "foreign_destination", "$.dst", f"for {decoded.dst}")
        elif decoded.src in self._peers and not stamp_of(payload):
""",
        bug="Only what peers are said to have sent is looked at closely, and whoever else speaks is believed.",
        shows="A stranger repeats a vote or an acknowledgement under its own name, and it counts or stops the replica.",
    ),
    Mutant(
        name="damaged-datagram-ends-its-batch",
        file=_SOCKET_READER,
        right="""\
                case None | Hello():
                    pass
""",
        wrong="""\
                case None:
                    break
                case Hello():
                    pass
""",
        bug="What came together with a damaged datagram, and behind it, is thrown away with it.",
        shows="A client's request lies in the socket behind a damaged datagram, and is never answered.",
    ),
    Mutant(
        name="nested-datagram-stops-the-replica",
        file=_CODEC,
        right="    except (msgspec.DecodeError, RecursionError) as error:\n        return Rejection(",
        wrong="    except msgspec.DecodeError as error:\n        return Rejection(",
        bug="A datagram that is nested too deeply is an exception, not a rejection.",
        shows="A hostile datagram of many brackets stops whomever it is sent to.",
    ),
)
