"""What Consensus knows of the log: every entry's term, the entries that are not committed yet, and two indexes."""

from collections.abc import Iterable

from actors.consensus.term_map import TermMap
from messages.entry import Entry
from messages.ids import LogIndex, Term


class Log:
    """The log without its committed entries, which are the log store's and the state machine's business.

    `commit_index` never falls, and nothing up to it is ever truncated. `durable_index` is how far the log store
    has reported the log to be durable here; it falls at once when what it covered is truncated.
    """

    def __init__(self) -> None:
        self.terms = TermMap()
        self.commit_index = LogIndex(0)
        self.durable_index = LogIndex(0)
        self._uncommitted: list[Entry] = []

    @property
    def last_index(self) -> LogIndex:
        """The index of the last entry, 0 in an empty log."""
        return self.terms.last_index

    @property
    def last_term(self) -> Term:
        """The term of the last entry, 0 in an empty log."""
        return self.terms.last_term

    def append(self, entries: tuple[Entry, ...]) -> None:
        """Put `entries` behind the last one."""
        self.terms.append(entry.term for entry in entries)
        self._uncommitted.extend(entries)

    def restore(self, first: LogIndex, entries: tuple[Entry, ...]) -> None:
        """Put entries behind the last one that are durable already; some may be before, in the snapshot (Raft §7)."""
        known = self.last_index + 1 - first
        assert known >= 0, "entries follow the snapshot, or one another, without gaps"
        self.append(entries[known:])
        self.durable_index = self.last_index

    def install(self, last_included: LogIndex, runs: Iterable[tuple[LogIndex, Term]]) -> None:
        """Be empty behind a snapshot, of whose entries `runs` tell the terms: all of them are committed (Raft §7)."""
        assert last_included > self.commit_index, "what is committed is never taken back"
        self.terms.install(last_included, runs)
        self._uncommitted.clear()
        self.commit_index = last_included
        self.durable_index = LogIndex(0)

    def truncate(self, after: LogIndex) -> None:
        """Forget what is behind `after`: another leader's entries took its place (Raft §5.3)."""
        assert after >= self.commit_index, "what is committed is never truncated"
        self.terms.truncate(after)
        del self._uncommitted[after - self.commit_index :]
        self.durable_index = min(self.durable_index, after)

    def store_reports(self, index: LogIndex, term: Term) -> None:
        """Durable up to `index`, unless the entry meant was replaced meanwhile (the term tells)."""
        if self.terms.has(index, term):
            self.durable_index = max(self.durable_index, index)

    def commit(self, index: LogIndex) -> tuple[Entry, ...]:
        """Move the commit index up to `index`, and give the entries that became committed by it."""
        assert self.commit_index < index <= self.last_index, "commits move forward, within the log"
        count = index - self.commit_index
        committed = tuple(self._uncommitted[:count])
        del self._uncommitted[:count]
        self.commit_index = index
        return committed
