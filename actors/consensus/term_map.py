"""Which term each entry of the log has, in a few runs instead of a number per entry."""

from bisect import bisect_right
from collections.abc import Iterable

from messages.ids import LogIndex, Term


class TermMap:
    """The terms of all entries of the log, as runs: terms never fall along a log, and change once per election.

    Index 0, before the first entry, has term 0.
    """

    def __init__(self) -> None:
        self._firsts = [LogIndex(0)]
        self._terms = [Term(0)]
        self._last_index = LogIndex(0)

    @property
    def last_index(self) -> LogIndex:
        """The index of the last entry, 0 in an empty log."""
        return self._last_index

    @property
    def last_term(self) -> Term:
        """The term of the last entry, 0 in an empty log."""
        return self._terms[-1]

    def term_at(self, index: LogIndex) -> Term:
        """The term of the entry at `index`, which must exist."""
        assert 0 <= index <= self._last_index, f"index {index} is in the log"
        return self._terms[self._run(index)]

    def has(self, index: LogIndex, term: Term) -> bool:
        """Whether the log has an entry of `term` at `index`; if so it is the same in every log (Raft §5.3)."""
        return index <= self._last_index and self.term_at(index) == term

    def append(self, terms: Iterable[Term]) -> None:
        """One more entry for each of `terms`."""
        for term in terms:
            assert term >= self.last_term, "terms never fall along a log"
            self._last_index = LogIndex(self._last_index + 1)
            if term > self.last_term:
                self._firsts.append(self._last_index)
                self._terms.append(term)

    def truncate(self, after: LogIndex) -> None:
        """Forget what is behind `after`."""
        assert 0 <= after <= self._last_index, f"index {after} is in the log"
        keep = self._run(after) + 1
        del self._firsts[keep:], self._terms[keep:]
        self._last_index = after

    def install(self, last_index: LogIndex, runs: Iterable[tuple[LogIndex, Term]]) -> None:
        """Be that of a log which ends at `last_index`, and in which terms begin at indexes as `runs` say (Raft §7)."""
        self._firsts, self._terms = [LogIndex(0)], [Term(0)]
        for first, term in runs:
            assert self._firsts[-1] < first <= last_index, "runs follow one another, in the log"
            assert term > self.last_term, "terms never fall along a log"
            self._firsts.append(first)
            self._terms.append(term)
        self._last_index = last_index

    def first_index_of_run(self, index: LogIndex) -> LogIndex:
        """The first index of the term that the entry at `index` has: where a leader may go back to (Raft §5.3)."""
        return self._firsts[self._run(index)]

    def last_index_up_to(self, term: Term, index: LogIndex) -> LogIndex:
        """The last index, at or before `index`, whose term is `term` or an earlier one."""
        run = bisect_right(self._terms, term)
        end = self._firsts[run] - 1 if run < len(self._firsts) else self._last_index
        return LogIndex(min(end, index))

    def is_behind(self, last_index: LogIndex, last_term: Term) -> bool:
        """Whether a log that ends so is at least as up-to-date as this one (Raft §5.4.1)."""
        return (last_term, last_index) >= (self.last_term, self._last_index)

    def _run(self, index: LogIndex) -> int:
        return bisect_right(self._firsts, index) - 1
