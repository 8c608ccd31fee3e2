"""Messages in few words: what is said, with the terms and indexes that matter, and to whom."""

from collections.abc import Sequence
from typing import Final

from msgspec import UNSET

from audit.words_of_snapshots import part_words, snapshot_words, taken_words
from messages.consensus import AnswerOverdue, Appended, ElectionTimeout, HardStateSaved, HeartbeatDue, Restored
from messages.election_timer import Reset, ResetShort
from messages.entry import Entry
from messages.ids import NOBODY
from messages.log_store import Acknowledge, Append, ReadEntries, SaveDisk, SaveHardState, Truncate
from messages.replicator import Acknowledged, EntriesRead, Heartbeat, Lead, Rejected, Replicate
from messages.state_machine import Apply
from messages.timer import Rang
from messages.wire import (
    AppendAccepted,
    AppendEntries,
    AppendRejected,
    Fail,
    Get,
    GetOk,
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
    PutOk,
    Redirect,
    RequestVote,
    SnapshotReply,
    VoteReply,
)

_TEXT_SHOWN: Final = 12
_ENTRIES_SHOWN: Final = 3


def shortened(text: str) -> str:
    """A key or a value, as far as there is room for it."""
    shown = text if len(text) <= _TEXT_SHOWN else f"{text[: _TEXT_SHOWN - 1]}…"
    return shown if shown.isprintable() and shown and " " not in shown else ascii(shown)


def entries_words(entries: Sequence[Entry], first: int | None = None) -> str:
    """How many entries, where they stand, and whose requests they are."""
    if not entries:
        return "no entries"
    if first is None:
        where = f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}"
    else:
        where = _indexes(first, first + len(entries) - 1)
    shown = ", ".join(map(_entry, entries[:_ENTRIES_SHOWN]))
    more = ", …" if len(entries) > _ENTRIES_SHOWN else ""
    return f"{where} ({shown}{more})"


def _entry(entry: Entry) -> str:
    return f"t{entry.term} {'no-op' if entry.write is None else entry.write.MID}"


def _indexes(first: int, last: int) -> str:
    return f"index {first}" if first == last else f"indexes {first} to {last}"


# --- between replicas, and with clients ------------------------------------------------------------------------------


def said_words(message: Inbound) -> str:
    """What was said by whom, as its receiver sees it."""
    return f"{message.type} {wire_words(message)}".rstrip() + f" ← {message.src}"


def sent_words(message: Outbound) -> str:
    """What is said to whom."""
    to = "everybody" if message.dst == NOBODY else message.dst
    return f"{wire_words(message)} → {to}".lstrip()


def wire_words(message: Inbound | Outbound) -> str:  # noqa: PLR0911  # a case for each message
    """What a message says, without its type and its ends."""
    match message:
        case Get():
            return f"{message.MID} key {shortened(message.key)}{_since(message)}"
        case Put():
            return f"{message.MID} key {shortened(message.key)} value {shortened(message.value)}{_since(message)}"
        case GetOk():
            return f"{message.MID} value {shortened(message.value)}{_index(message)}"
        case PutOk():
            return f"{message.MID}{_index(message)}"
        case Fail():
            return message.MID
        case Redirect():
            return f"{message.MID} to {'nobody' if message.leader == NOBODY else message.leader}"
        case Hello():
            return ""
        case _:
            return _replicas_words(message)


def _since(request: Get | Put) -> str:
    return "" if request.since is None else f" since {request.since}"


def _index(answer: GetOk | PutOk) -> str:
    return "" if answer.index is UNSET else f" index {answer.index}"


_OfReplicas = (
    PreVote
    | PreVoteReply
    | Introduce
    | Introduced
    | RequestVote
    | VoteReply
    | AppendEntries
    | AppendAccepted
    | AppendRejected
    | InstallSnapshot
    | SnapshotReply
    | LeaderCheck
)


def _replicas_words(message: _OfReplicas) -> str:  # noqa: C901, PLR0911  # a case for each message
    match message:
        case PreVote():
            log = _position(message.last_log_index, message.last_log_term)
            return f"t{message.term} for t{message.term + 1} log {log}"
        case RequestVote():
            return f"t{message.term} log {_position(message.last_log_index, message.last_log_term)}"
        case PreVoteReply():
            return f"t{message.term} for t{message.proposed} {_granted(granted=message.granted)}"
        case VoteReply():
            return f"t{message.term} {_granted(granted=message.granted)}"
        case AppendEntries():
            prev = _position(message.prev_log_index, message.prev_log_term)
            quiet = " quiet" if message.quiet else ""
            return f"t{message.term} prev {prev}{_appended(message)} commit {message.commit_index}{quiet}"
        case AppendAccepted():
            return f"t{message.term} match {message.match_index} commit {message.commit_index}"
        case AppendRejected():
            conflict = f"conflict {_position(message.conflict_index, message.conflict_term)}"
            return f"t{message.term} prev {message.prev_log_index} {conflict}"
        case InstallSnapshot():
            return f"t{message.term} {part_words(message)}"
        case SnapshotReply():
            return f"t{message.term} {taken_words(message)}"
        case LeaderCheck():
            return f"t{message.term}"
        case Introduce():
            return f"with disk {message.disk}"
        case Introduced():
            return f"with disk {message.disk}{'' if message.known else ', and was known with another'}"


def _appended(message: AppendEntries) -> str:
    if not message.entries:
        return ""
    return f" + {entries_words(message.entries, message.prev_log_index + 1)}"


def _position(index: int, term: int) -> str:
    return f"{index}/t{term}"


def _granted(*, granted: bool) -> str:
    return "granted" if granted else "refused"


# --- between actors --------------------------------------------------------------------------------------------------


def inner_words(message: object) -> str:
    """What one actor tells another of the same replica."""
    match message:
        case ElectionTimeout() | Reset() | ResetShort() | Rang():
            return f"epoch {message.epoch}"
        case HeartbeatDue() | AnswerOverdue():
            return f"t{message.term} of {message.peer}"
        case HardStateSaved():
            return _hard_state(message.term, message.voted_for)
        case Restored():
            return f"{_hard_state(message.term, message.voted_for)} {entries_words(message.entries, message.first)}"
        case Appended():
            return f"t{message.term} durable up to {_position(message.last_log_index, message.last_log_term)}"
        case _:
            return _log_words(message)


def _log_words(message: object) -> str:  # noqa: PLR0911  # a case for each message
    match message:
        case SaveHardState():
            return _hard_state(message.term, message.voted_for)
        case SaveDisk():
            return f"{message.replica} has {message.disk}"
        case Append():
            return f"t{message.term} {entries_words(message.entries, message.after + 1)}"
        case Truncate():
            return f"after {message.after}"
        case Acknowledge():
            return f"{message.reply.type} {sent_words(message.reply)}"
        case ReadEntries():
            return f"for {message.peer} from {message.first} on"
        case Apply() | EntriesRead():
            return entries_words(message.entries, message.first)
        case _:
            return _replicator_words(message)


def _replicator_words(message: object) -> str:
    match message:
        case Lead():
            return f"t{message.term} log {_position(message.last_log_index, message.last_log_term)}"
        case Replicate():
            sent = " (sent already)" if message.sent else ""
            return f"{entries_words(message.entries, message.first)}{sent} commit {message.commit_index}"
        case Heartbeat():
            return f"log {message.last_log_index} commit {message.commit_index}"
        case Acknowledged():
            return f"match {_position(message.match_index, message.match_term)} commit {message.commit_index}"
        case Rejected():
            next_prev = _position(message.next_prev_index, message.next_prev_term)
            return f"prev {message.prev_log_index}, next behind {next_prev}"
        case _:
            return snapshot_words(message) or ""


def _hard_state(term: int, voted_for: str | None) -> str:
    return f"t{term} vote {'for nobody' if voted_for is None else f'for {voted_for}'}"
