"""What a snapshot of the committed log must say, worked out anew: nothing here is the state machine's (Raft §7, §8)."""

from array import array
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from audit.invariants.facts import LogEntry

REMEMBERED: Final = 10_000
"""A write is repeated by one that stands at most so many entries behind it (`docs/architecture.md`)."""

_MID_SHOWN_MAX: Final = 32


def mid_in_snapshot(mid: str) -> str:
    """A MID as snapshots have it: a long one as a digest."""
    if len(mid) <= _MID_SHOWN_MAX:
        return mid
    return "#" + blake2b(mid.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class StateModel:
    """The committed log as it takes effect: for each index the key and the value that are written there, if any are.

    Of what was committed up to `base`, before anything is shown, a snapshot says all that is known. Values and names of
    writes are kept as hashes, so that a long log fits into memory.
    """

    def __init__(self) -> None:
        self.base = 0
        self._values_at_base: dict[str, int] = {}
        self._names_at_base: dict[int, int] = {}
        self._keys: Final[list[str | None]] = []
        self._names: Final = array("q")
        self._values: Final = array("q")
        self._written: Final[defaultdict[str, array[int]]] = defaultdict(lambda: array("q"))
        """By key, the indexes of what was written to it behind the base."""
        self._recent: Final[dict[int, int]] = {}
        self._in_order: Final[deque[tuple[int, int]]] = deque()

    def begin(self, base: int, values: Mapping[str, str | None], writes: Mapping[int, int]) -> None:
        """All that is known is what a snapshot up to `base` says: values, and names of writes by their indexes."""
        self.base = base
        self._keys.clear()
        del self._names[:], self._values[:]
        self._written.clear()
        self._recent.clear()
        self._in_order.clear()
        self._values_at_base = {key: hash(value) for key, value in values.items()}
        self._names_at_base = dict(sorted(writes.items()))
        for index, name in self._names_at_base.items():
            self._remember(index, name)

    @property
    def last_index(self) -> int:
        """How much of the log is known."""
        return self.base + len(self._keys)

    def knows(self, index: int) -> bool:
        """Whether all that a snapshot up to `index` must say is known."""
        return self.base <= index <= self.last_index

    def commit(self, entry: LogEntry) -> None:
        """The next entry is committed; a write that is repeated has no effect (Raft §8)."""
        index = self.last_index + 1
        while self._in_order and self._in_order[0][0] + REMEMBERED < index:
            _, name = self._in_order.popleft()
            if self._recent.get(name, index) < index - REMEMBERED:
                del self._recent[name]
        write = entry.write
        name = 0 if write is None else name_of(write.client, mid_in_snapshot(write.MID))
        if write is None or name in self._recent:
            self._keys.append(None)
            self._names.append(0)
            self._values.append(0)
            return
        self._remember(index, name)
        self._keys.append(write.key)
        self._names.append(name)
        self._values.append(hash(write.value))
        self._written[write.key].append(index)

    def _remember(self, index: int, name: int) -> None:
        self._recent[name] = index
        self._in_order.append((index, name))

    def key_at(self, index: int) -> str | None:
        """What is written there; None where nothing takes effect, or nobody knows."""
        return self._keys[index - self.base - 1] if index > self.base else None

    def has_write(self, index: int, name: int) -> bool:
        """Whether a write of that name takes effect there, as far as is known."""
        if 0 < index <= self.base:
            is_forgotten = index + REMEMBERED <= self.base
            return self._names_at_base.get(index) == name or (is_forgotten and index not in self._names_at_base)
        return 0 < index <= self.last_index and self.key_at(index) is not None and self._name_at(index) == name

    def _name_at(self, index: int) -> int:
        return self._names[index - self.base - 1]

    def has_value(self, key: str, value: str, index: int) -> bool:
        """Whether `key` has `value` behind the entry at `index`."""
        written = self._written.get(key)
        count = bisect_right(written, index) if written is not None else 0
        if written is None or count == 0:
            return key in self._values_at_base and self._values_at_base[key] == hash(value)
        return self._values[written[count - 1] - self.base - 1] == hash(value)

    def count_keys(self, index: int) -> int:
        """How many keys have a value behind the entry at `index`."""
        new = (indexes for key, indexes in self._written.items() if key not in self._values_at_base)
        return len(self._values_at_base) + sum(indexes[0] <= index for indexes in new)

    def writes_between(self, after: int, up_to: int) -> set[int]:
        """The indexes behind `after`, up to `up_to`, at which writes take effect, as far as is known."""
        before = {index for index in self._names_at_base if after < index <= up_to}
        shown = range(max(after, self.base) + 1, up_to + 1)
        return before | {index for index in shown if self.key_at(index) is not None}


def name_of(client: str, mid: str) -> int:
    """A write's name in eight bytes; that two have the same is so unlikely that it can be neglected."""
    return hash((client, mid))
