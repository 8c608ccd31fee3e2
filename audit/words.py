"""What a record says, in few words for people: what it is, and its essentials."""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

from audit.contents import (
    Arrivals,
    Arrived,
    SavedDisk,
    SavedHardState,
    Sent,
    Stored,
    SyncFailed,
    TimerSet,
    Truncated,
    Undecodable,
)
from audit.records import Did, Event, Opened, Record, Took
from audit.words_of_messages import entries_words, inner_words, said_words, sent_words
from messages.codec import Rejection
from messages.consensus import Inbound
from messages.state_machine import Read

T = TypeVar("T")

BATCH_SHOWN: Final = 3
"""Of a batch, so many messages are shown, and the others counted."""

_TEXT_SHOWN: Final = 60

Relevant = Callable[[object], bool]
"""Whether a message, of several in a batch, is worth showing."""


class Words(NamedTuple):
    """What a record is, and what it is about."""

    what: str
    essentials: str


def everything(_message: object) -> bool:
    """Every message is worth showing."""
    return True


def words_of(record: Record, content: object, relevant: Relevant = everything) -> Words:
    """The words for `record`, whose content is `content`; of batches, the relevant messages are shown."""
    match record:
        case Opened():
            return Words("opened", _opened_words(record))
        case Event():
            return Words(record.event, _event_words(record))
        case Took():
            return Words(record.type, _content_words(content, relevant))
        case Did():
            return Words(_call(record, content), _content_words(content, relevant))


def _call(record: Did, content: object) -> str:
    """What was done at which port."""
    if isinstance(content, Sent):
        return f"sends {content.message.type}"
    return f"timer {record.call}" if record.port == "timer" else f"stores {record.call}"


def _opened_words(opened: Opened) -> str:
    part = f", part {opened.part}" if opened.part > 1 else ""
    again = f", incarnation {opened.incarnation}" if opened.incarnation > 1 else ""
    peers = ", ".join(opened.peers)
    return f"peers {peers}; storage {opened.storage}, level {opened.level}, seed {opened.seed}{again}{part}"


def _event_words(event: Event) -> str:
    """Its fields, without those of several lines."""
    shown = ((name, value) for name, value in event.fields.items() if name != "traceback")
    return " ".join(f"{name} {_field(value)}" for name, value in shown if value is not None)


def _field(value: object) -> str:
    text = str(value)
    return text if len(text) <= _TEXT_SHOWN else f"{text[: _TEXT_SHOWN - 1]}…"


def _content_words(content: object, relevant: Relevant) -> str:  # noqa: C901, PLR0911  # a case for each content
    match content:
        case Arrivals():
            return _batch(content.datagrams, _arrived_words, lambda each: relevant(each.message))
        case Inbound():
            return _batch((*content.peers, *content.requests), said_words, relevant)
        case Read():
            return _batch(content.requests, said_words, relevant)
        case Sent():
            return sent_words(content.message)
        case Stored():
            return entries_words(content.entries)
        case SavedHardState():
            return f"t{content.term} vote for {content.voted_for or 'nobody'}"
        case SavedDisk():
            return f"{content.replica} has {content.disk}"
        case Truncated():
            return f"after {content.after}"
        case SyncFailed():
            return content.reason
        case TimerSet():
            return f"epoch {content.epoch}"
        case Undecodable():
            return f"cannot be decoded: {content.why}"
        case _:
            return inner_words(content)


def _arrived_words(arrived: Arrived) -> str:
    message = arrived.message
    if isinstance(message, Rejection):
        return f"{arrived.bytes} bytes that are no message: {message.reason} at {message.where}"
    return said_words(message)


def _batch(messages: tuple[T, ...], words: Callable[[T], str], relevant: Callable[[T], bool]) -> str:
    """The first few relevant messages, and how many there are besides."""
    shown = [words(each) for each in messages if relevant(each)][:BATCH_SHOWN]
    others = len(messages) - len(shown)
    more = f" (and {others} more)" if others else ""
    return "; ".join(shown) + more
