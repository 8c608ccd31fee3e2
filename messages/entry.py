"""What the replicated log is made of."""

from dataclasses import dataclass

from messages.ids import RequestId, Term, WireClientId, WireTerm


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A client's put, as the state machine will apply it."""

    client: WireClientId
    MID: RequestId
    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the log: the term in which a leader created it, and its command (Raft §5.3).

    `write` is None in the no-op with which a leader opens its term (Raft §8).
    """

    term: WireTerm
    write: Write | None = None


def no_op(term: Term) -> Entry:
    """The entry by whose commit a new leader learns which entries are committed (Raft §8)."""
    return Entry(term=term)
