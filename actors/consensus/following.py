"""Following a leader: AppendEntries, and what is answered to it (Raft §5.3)."""

from typing import Final

from actors.consensus.core import Core
from messages.entry import Entry
from messages.ids import Instant, LogIndex, Term
from messages.log_store import Acknowledge, Append, Truncate
from messages.wire import AppendAccepted, AppendEntries, AppendRejected, LeaderCheck

_NEVER: Final = Instant(-1e18)


class Following:
    """Takes the entries of this term's leader, and has the log store acknowledge them behind what it writes."""

    def __init__(self, core: Core) -> None:
        self._core: Final = core
        self._checked_at = _NEVER
        """When the leader was last asked for a sign of life."""

    def check_leader(self) -> None:
        """Ask the leader for a sign of life, unless it was asked just now; any AppendEntries is one."""
        core = self._core
        assert core.leader is not None, "there is somebody to ask"
        if (core.now - self._checked_at) * 1000 < core.settings.heartbeat_ms:
            return
        self._checked_at = core.now
        check = LeaderCheck(src=core.me, dst=core.leader, leader=core.leader, term=core.term)
        core.datagrams.send(check)

    def append(self, message: AppendEntries) -> LogIndex | None:
        """Take the leader's entries; how far the log may be committed now, or None when nothing was validated.

        The message is of the current term and its sender is the leader.
        """
        log = self._core.log
        self._checked_at = _NEVER
        if not log.terms.has(message.prev_log_index, message.prev_log_term):
            self._reject(message)
            return None
        new = self._new_entries(message)
        first = LogIndex(message.prev_log_index + 1 + len(message.entries) - len(new))
        if new and first <= log.commit_index:
            self._drop_impossible(message, "it replaces what is committed")
            return None
        if new:
            self._take(first, new)
        validated = LogIndex(message.prev_log_index + len(message.entries))
        if not message.quiet:
            self.acknowledge(validated, message.at)
        return min(message.commit_index, validated)

    def _new_entries(self, message: AppendEntries) -> tuple[Entry, ...]:
        """What follows the entries that are there already; a matching suffix stays untouched (Raft §5.3)."""
        terms = self._core.log.terms
        index = message.prev_log_index
        for position, entry in enumerate(message.entries):
            index = LogIndex(index + 1)
            if not terms.has(index, entry.term):
                return message.entries[position:]
        return ()

    def _take(self, first: LogIndex, entries: tuple[Entry, ...]) -> None:
        core = self._core
        after = LogIndex(first - 1)
        if after < core.log.last_index:
            core.audit.info("log.conflicted", after=after, last=core.log.last_index, term=core.term)
            core.log.truncate(after)
            core.log_store.tell(Truncate(after=after))
        core.log.append(entries)
        core.log_store.tell(Append(term=core.term, after=after, entries=entries, report=False))

    def acknowledge(self, validated: LogIndex, at: Instant) -> None:
        """Only what a message sent `at` validated; the log store says it when all that is durable."""
        core = self._core
        assert core.leader is not None, "acknowledgements are for the leader"
        reply = AppendAccepted(
            src=core.me,
            dst=core.leader,
            leader=core.leader,
            term=core.term,
            match_index=validated,
            commit_index=core.log.commit_index,
            at=at,
            disk=core.disk,
            introduced=core.is_introduced,
        )
        core.log_store.tell(Acknowledge(reply=reply))

    def _reject(self, message: AppendEntries) -> None:
        """Tell where the logs may agree: a whole term, or all that is missing, at a time (Raft §5.3, end)."""
        terms = self._core.log.terms
        prev = message.prev_log_index
        if prev > terms.last_index:
            self.reject(message, LogIndex(terms.last_index + 1), Term(0))
        else:
            self.reject(message, terms.first_index_of_run(prev), terms.term_at(prev))

    def reject(self, message: AppendEntries, conflict_index: LogIndex, conflict_term: Term) -> None:
        """Say no: to entries that do not fit, or to a leader whose term is over."""
        core = self._core
        core.audit.info("append.rejected", peer=message.src, term=message.term, prev_log_index=message.prev_log_index)
        reply = AppendRejected(
            src=core.me,
            dst=message.src,
            leader=core.leader_or_nobody,
            term=core.term,
            prev_log_index=message.prev_log_index,
            conflict_index=conflict_index,
            conflict_term=conflict_term,
            at=message.at,
            disk=core.disk,
            introduced=core.is_introduced,
        )
        core.datagrams.send(reply)

    def reject_stale(self, message: AppendEntries) -> None:
        """A leader of an older term learns of the newer one, and steps down (Raft §5.1)."""
        self.reject(message, LogIndex(self._core.log.last_index + 1), Term(0))

    def _drop_impossible(self, message: AppendEntries, reason: str) -> None:
        self._core.audit.warning("message.impossible", type=message.type, peer=message.src, reason=reason)
