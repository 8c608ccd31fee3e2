"""Who wrote a record, and whether what that trail shows can be relied upon to be everything."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final, Generic, TypeVar

from audit.files import trail_file
from audit.records import MEMORY, VOLATILE, Event, Located, Opened


class Witness:
    """One incarnation of a replica, as its trail shows it.

    `blind` says why its trail no longer shows all that it did: None while it does. `has_ended` is set behind its last
    record: it may have gone on, and its last records may be lost.
    """

    def __init__(self, name: str, incarnation: int) -> None:
        self.node: Final = name
        self.incarnation: Final = incarnation
        self.blind: str | None = None
        self.has_ended = False
        self.is_replaced = False
        """Whether another incarnation has taken over what it had stored."""
        self.storage: str | None = MEMORY
        """What keeps its data; None when the line that says so cannot be read."""
        self.wall_offset_s: float | None = None
        """What its clock lacks to the time since 1970, in seconds."""
        self._part = 0

    @property
    def name(self) -> str:
        """The replica, and which incarnation of it when it is not the first: `0001`, `0001.2`."""
        return self.node if self.incarnation == 1 else f"{self.node}.{self.incarnation}"

    @property
    def is_volatile(self) -> bool:
        """Whether its storage is lost with its process."""
        return self.storage in VOLATILE

    @property
    def is_clear(self) -> bool:
        """Whether all that it has done so far was shown."""
        return self.blind is None and not self.has_ended

    @property
    def may_hide(self) -> bool:
        """Whether it may hold entries now that were not shown: not when another has taken over all that it had."""
        return not self.is_clear and not self.is_replaced

    def go_blind(self, reason: str) -> None:
        """From here on something may be missing; the first reason stands."""
        if self.blind is None:
            self.blind = reason

    def open(self, opened: Opened) -> None:
        """A part of its trail begins."""
        if opened.part != self._part + 1:
            self.go_blind(f"part {self._part + 1} of its trail is missing")
        if opened.level != "full":
            self.go_blind(f"its trail was written at level {opened.level}, without messages")
        self._part = opened.part
        self.storage = opened.storage
        self.wall_offset_s = opened.wall - opened.at

    def note(self, event: Event) -> None:
        """Records were left out where the replica says so."""
        if event.event == "trail.shed":
            self.go_blind("it left out records that it could not write fast enough")


W = TypeVar("W", bound=Witness)


class Witnesses(Generic[W]):
    """Finds the witness of each record, by the file in which it stands."""

    def __init__(
        self,
        make: Callable[[str, int], W],
        cluster: Collection[str],
        gaps: Mapping[str, str] | None = None,
        *,
        sees_all: bool = False,
    ) -> None:
        self.cluster: Final = frozenset(cluster)
        self._sees_all: Final = sees_all
        self._make: Final = make
        self._gaps: Final = gaps or {}
        self._by_file: Final[dict[str, W]] = {}
        self._by_name: Final[dict[str, W]] = {}
        self._missing: frozenset[tuple[str, int]] = frozenset()
        """Earlier incarnations of those that were met, which left no trail."""

    def __iter__(self) -> Iterator[W]:
        """In the order in which they appeared."""
        return iter(self._by_name.values())

    def of(self, located: Located) -> W:
        """Whoever wrote this record."""
        witness = self._by_file.get(located.file)
        return self._meet(located) if witness is None else witness

    def _meet(self, located: Located) -> W:
        """A file that was not seen before: another part of a trail, or another trail."""
        record = located.record
        named = trail_file(located.file)
        incarnation = record.incarnation if isinstance(record, Opened) else (named.incarnation if named else 1)
        made = self._make(record.node, incarnation)
        witness = self._by_name.setdefault(made.name, made)
        self._by_file[located.file] = witness
        if not isinstance(record, Opened):
            witness.go_blind("the beginning of its trail is missing")
            witness.storage = None if witness is made else witness.storage
        if made.name in self._gaps:
            witness.go_blind(self._gaps[made.name])
        met = {(each.node, each.incarnation) for each in self}
        earlier = ((node, number) for node, last in met for number in range(1, last))
        self._missing = frozenset(earlier) - met
        return witness

    def enter(self, node: str, incarnation: int) -> W:
        """Take in one that shows itself directly, without a trail."""
        made = self._make(node, incarnation)
        assert made.name not in self._by_name, "an incarnation enters once"
        self._by_name[made.name] = made
        return made

    def before(self, witness: W) -> W | None:
        """The incarnation of the same replica before this one, if it was met."""
        earlier = (each for each in self if each.node == witness.node and each.incarnation < witness.incarnation)
        return max(earlier, key=lambda each: each.incarnation, default=None)

    @property
    def majority(self) -> int:
        """How many members of the cluster are more than half; worked out here, for the actors' own may be wrong."""
        return len(self.cluster) // 2 + 1

    @property
    def silent(self) -> list[str]:
        """Who left no trail: members of the cluster, and earlier incarnations of some."""
        missing = {Witness(node, number).name for node, number in self._missing}
        return sorted(missing | self._never_met)

    @property
    def unseen(self) -> set[str]:
        """The members of which something was perhaps never shown, for a trail is missing."""
        return self._never_met | {node for node, _ in self._missing}

    @property
    def _never_met(self) -> set[str]:
        """Nobody, where who has not entered has done nothing yet."""
        return set() if self._sees_all else set(self.cluster) - {witness.node for witness in self}

    @property
    def show_everything(self) -> bool:
        """Whether nothing that any member of the cluster has done so far can have gone unseen."""
        return all(witness.is_clear for witness in self) and not self.unseen
