"""Which records a person asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import chain

from audit.contents import Arrivals, Sent
from audit.records import Did, Event, Opened, Record, Took
from audit.words import Relevant, everything
from messages.consensus import Inbound
from messages.entry import Entry
from messages.log_store import Acknowledge
from messages.state_machine import Read


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is to be shown: everything that all of these let through; an empty one lets everything through.

    Patterns are those of file names (`*`, `?`). Times are in seconds since the run began.
    """

    nodes: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    terms: frozenset[int] = frozenset()
    begin: float | None = None
    end: float | None = None
    events_only: bool = False

    def lets_through(self, record: Record, at: float) -> bool:
        """Whether `record`, of the time `at`, may be shown, as far as that is known without decoding it."""
        return (
            (not self.events_only or isinstance(record, Event))
            and (not self.nodes or record.node in self.nodes)
            and (self.begin is None or at >= self.begin)
            and (self.end is None or at <= self.end)
            and (not self.actors or _matches(actor_of(record), self.actors))
        )

    @property
    def looks_inside(self) -> bool:
        """Whether it depends on what a record says."""
        return bool(self.kinds or self.terms)

    def lets_content_through(self, record: Record, content: object) -> bool:
        """Whether a record is of a wanted kind, and about a wanted term."""
        if self.kinds and not any(_matches(kind, self.kinds) for kind in kinds_of(record, content)):
            return False
        return not self.terms or not self.terms.isdisjoint(terms_of(content))

    def relevant_in(self, record: Record) -> Relevant:
        """Which messages of a batch are why it is shown: all, when the batch itself was asked for."""
        by_itself = not self.kinds or any(_matches(kind, self.kinds) for kind in own_kinds_of(record))
        if by_itself and not self.terms:
            return everything
        return lambda message: self._wants(message, by_itself=by_itself)

    def _wants(self, message: object, *, by_itself: bool) -> bool:
        kind = getattr(message, "type", "")
        return (by_itself or _matches(kind, self.kinds)) and (
            not self.terms or not self.terms.isdisjoint(terms_of(message))
        )


def actor_of(record: Record) -> str:
    """Whose record it is; the beginning of a trail is the node's own."""
    return "node" if isinstance(record, Opened) else record.actor


@lru_cache(maxsize=4096)
def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a name fits any of the patterns."""
    return any(fits(name, pattern) for pattern in patterns)


def fits(name: str, pattern: str) -> bool:
    """Whether a name fits a pattern; `replicator` fits all replicators."""
    return fnmatchcase(name, pattern) or name.partition("/")[0] == pattern


def own_kinds_of(record: Record) -> tuple[str, ...]:
    """What a record itself may be asked for by: what it is, its event, its class of message, its port and call."""
    match record:
        case Opened():
            return ("opened",)
        case Event():
            return ("event", record.event)
        case Took():
            return ("took", record.type)
        case Did():
            return ("did", record.port, record.call)


def kinds_of(record: Record, content: object) -> Iterator[str]:
    """The same, and the types of the messages in it."""
    yield from own_kinds_of(record)
    for message in messages_in(content):
        yield getattr(message, "type", "")


def messages_in(content: object) -> tuple[object, ...]:
    """The messages, of those that cross the network, that a record shows."""
    match content:
        case Arrivals():
            return tuple(each.message for each in content.datagrams)
        case Inbound():
            return (*content.peers, *content.requests)
        case Read():
            return content.requests
        case Sent():
            return (content.message,)
        case Acknowledge():
            return (content.reply,)
        case _:
            return ()


def terms_of(content: object) -> frozenset[int]:
    """The terms that something is about: its own; where it has none, those of its entries or messages."""
    if isinstance(content, Event):
        named = (content.fields.get(name) for name in ("term", "previous", "proposed"))
        return frozenset(term for term in named if isinstance(term, int))
    messages = messages_in(content)
    if messages:
        return frozenset(chain.from_iterable(map(_own_terms, messages)))
    return _own_terms(content)


def _own_terms(message: object) -> frozenset[int]:
    own = (getattr(message, name, None) for name in ("term", "proposed"))
    found = frozenset(term for term in own if isinstance(term, int))
    if found:
        return found
    entries: tuple[Entry, ...] = getattr(message, "entries", ())
    return frozenset(entry.term for entry in entries)
