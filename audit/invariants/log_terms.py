"""Which term each entry of a log has, in runs: what is known of a log that may be wrong."""

from __future__ import annotations

from bisect import bisect_right


class LogTerms:
    """The terms of the entries 1 to `last_index`; unlike a replica's own map, it takes whatever it is told."""

    __slots__ = ("_firsts", "_terms", "last_index", "last_term")

    def __init__(self) -> None:
        self._firsts = [0]
        self._terms = [0]
        self.last_index = 0
        self.last_term = 0

    def term_at(self, index: int) -> int:
        """The term of the entry at `index`; 0 where there is none."""
        if not 0 < index <= self.last_index:
            return 0
        return self._terms[bisect_right(self._firsts, index) - 1]

    def append(self, term: int) -> None:
        """One more entry."""
        self.last_index += 1
        if term != self.last_term:
            self._firsts.append(self.last_index)
            self._terms.append(term)
            self.last_term = term

    def runs(self, after: int, up_to: int) -> list[tuple[int, int]]:
        """Which terms begin behind `after`, at `up_to` at the latest, and where."""
        runs = zip(self._firsts, self._terms, strict=True)
        return [(first, term) for first, term in runs if after < first <= up_to]

    @classmethod
    def of(cls, last_index: int, runs: dict[int, int]) -> LogTerms:
        """A log of so many entries, in which terms begin where `runs` say."""
        made = cls()
        made.begin(last_index, runs)
        return made

    def begin(self, last_index: int, runs: dict[int, int]) -> None:
        """Become a log of so many entries, in which terms begin where `runs` say."""
        self._firsts, self._terms = [0], [0]
        for first, term in sorted(runs.items()):
            self._firsts.append(first)
            self._terms.append(term)
        self.last_index = last_index
        self.last_term = self._terms[-1]

    def truncate(self, after: int) -> None:
        """Forget what is behind `after`; what is not there need not be forgotten."""
        if 0 <= after < self.last_index:
            keep = bisect_right(self._firsts, after)
            del self._firsts[keep:], self._terms[keep:]
            self.last_index = after
            self.last_term = self._terms[-1]

    def copy(self) -> LogTerms:
        """As it is now."""
        copied = LogTerms()
        copied._firsts, copied._terms = self._firsts.copy(), self._terms.copy()
        copied.last_index, copied.last_term = self.last_index, self.last_term
        return copied

    def first_difference(self, other: LogTerms, up_to: int) -> int | None:
        """The first index, at most `up_to`, whose entry has another term there, or is missing in one of the two."""
        ends = {self.last_index + 1, other.last_index + 1}
        candidates = sorted(ends.union(self._firsts, other._firsts))
        return next((i for i in candidates if 0 < i <= up_to and self.term_at(i) != other.term_at(i)), None)
