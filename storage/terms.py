"""The terms of the log, in memory: one number for each run of entries of the same term, which are few."""

from bisect import bisect_right
from collections.abc import Iterable

from messages.ids import LogIndex, Term


class Terms:
    """Says the term of any entry without reading it; knows where the log ends."""

    def __init__(self, runs: Iterable[tuple[int, int]], last: LogIndex) -> None:
        """`runs`: the index with which each term's entries begin, and the term, in order."""
        self._starts: list[int] = []
        self._terms: list[int] = []
        for start, term in runs:
            self._begin(start, term)
        self.last = last

    def append(self, terms: Iterable[Term]) -> None:
        """Entries of these terms follow the last one."""
        for term in terms:
            if not self._terms or term != self._terms[-1]:
                self._begin(self.last + 1, term)
            self.last = LogIndex(self.last + 1)

    def truncate(self, after: LogIndex) -> None:
        """Nothing is behind `after` any more."""
        if after >= self.last:
            return
        kept = bisect_right(self._starts, after)
        del self._starts[kept:]
        del self._terms[kept:]
        self.last = after

    def drop(self, first: LogIndex) -> None:
        """Nothing before `first` will be asked for any more."""
        dropped = max(bisect_right(self._starts, first) - 1, 0)
        del self._starts[:dropped]
        del self._terms[:dropped]

    def at(self, index: LogIndex) -> Term:
        """The term of the entry at `index`."""
        assert index <= self.last, "only entries have terms"
        return Term(self._terms[bisect_right(self._starts, index) - 1])

    def _begin(self, start: int, term: int) -> None:
        assert not self._terms or term > self._terms[-1], "terms never fall along a log"
        self._starts.append(start)
        self._terms.append(term)
