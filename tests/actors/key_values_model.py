"""The rules of the state machine's snapshots, as they are written down, on a log of which nothing is forgotten."""

from dataclasses import dataclass, field
from random import Random
from typing import Final, TypeAlias

from actors.key_values import KeyValues
from actors.snapshot import AppliedWrite, remembered_mid, terms_in, values_in, writes_in
from actors.snapshot import Image as SnapshotImage
from messages.entry import Entry
from messages.ids import LogIndex, Term
from messages.snapshot import Change, Record

Image: TypeAlias = dict[str, str]
"""A snapshot, as a storage keeps it."""

Meaning: TypeAlias = tuple[dict[str, str], list[tuple[LogIndex, Term]], list[AppliedWrite]]
"""What a snapshot says, however its records are cut: the map, the runs of terms, the writes that are remembered."""


@dataclass(kw_only=True)
class Model:
    """What applying entries one by one must come to; `remembered` is how long a write is known."""

    remembered: int
    last: int = 0
    values: dict[str, str] = field(default_factory=dict)
    runs: list[tuple[LogIndex, Term]] = field(default_factory=list)
    writes: list[AppliedWrite] = field(default_factory=list)
    """Those that had an effect."""

    def apply(self, entry: Entry) -> bool:
        """The entry at j repeats the write at i if j - i <= REMEMBERED and client and MID are equal."""
        self.last += 1
        if not self.runs or entry.term > self.runs[-1][1]:
            self.runs.append((LogIndex(self.last), entry.term))
        write = entry.write
        if write is None:
            return True
        known = {(client, mid) for at, client, mid in self.writes if self.last - at <= self.remembered}
        if (write.client, remembered_mid(write.MID)) in known:
            return False
        self.writes.append((LogIndex(self.last), write.client, remembered_mid(write.MID)))
        self.values[write.key] = write.value
        return True

    def meaning(self) -> Meaning:
        """A snapshot after L has all writes at i with i + REMEMBERED > L."""
        writes = [write for write in self.writes if write[0] + self.remembered > self.last]
        return dict(self.values), list(self.runs), writes


def meaning(image: Image, last: int, remembered: int) -> Meaning:
    """What `image`, a snapshot up to `last`, says; writes that nobody can repeat any more do not count."""
    records: Final = tuple(image.items())
    writes = sorted(write for _, some in writes_in(records) for write in some if write[0] + remembered > last)
    return dict(values_in(records)), sorted(terms_in(records)), writes


def changed(image: Image, changes: tuple[Change, ...]) -> Image:
    """`image` with `changes`, as any storage makes them."""
    after = dict(image)
    for name, content in changes:
        if content is None:
            after.pop(name, None)
        else:
            after[name] = content
    return after


def restored(image: Image, last: int, random: Random | None = None) -> KeyValues:
    """What begins with `image`, whose records may come in any order."""
    records: list[Record] = list(image.items())
    if random is not None:
        random.shuffle(records)
    return KeyValues(LogIndex(last), SnapshotImage(records))
