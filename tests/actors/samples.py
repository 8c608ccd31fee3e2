"""Names and entries that tests of several actors share."""

from messages.entry import Entry, Write
from messages.ids import ClientId, Instant, LogIndex, NodeId, RequestId, Term

ME = NodeId("0000")
PEER = NodeId("0001")
OTHER = NodeId("0002")
PEERS = (PEER, OTHER)
CLIENT = ClientId("0015")


def put(term: int, mid: str, *, key: str = "k", value: str = "v") -> Entry:
    """An entry of `term` with the write of the request `mid`."""
    return Entry(term=Term(term), write=Write(client=CLIENT, MID=RequestId(mid), key=key, value=value))


def puts(term: int, count: int, *, first: int = 1) -> tuple[Entry, ...]:
    """So many entries of `term`; each names its index as MID."""
    return tuple(put(term, str(index)) for index in range(first, first + count))


def index(number: int) -> LogIndex:
    """A log index, written shortly."""
    return LogIndex(number)


def at(seconds: float) -> Instant:
    """An instant, written shortly."""
    return Instant(seconds)
