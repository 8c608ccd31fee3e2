"""Whether the deliveries of each actor follow one another: the sequence numbers of one replica's trail."""

from dataclasses import dataclass

from audit.problems import Problem, damage
from audit.records import Event, Located, Record, Took


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Deliveries of `actor` that are missing: from `first` to `last`, before the record at `place`."""

    place: str
    actor: str
    first: int
    last: int

    @property
    def count(self) -> int:
        """How many are missing."""
        return self.last - self.first + 1

    @property
    def problem(self) -> Problem:
        """For people; the replica itself said nothing of having left these out."""
        what = f"delivery {self.first}" if self.count == 1 else f"deliveries {self.first} to {self.last}"
        return damage(
            self.place, f"{what} of {self.actor} {'is' if self.count == 1 else 'are'} missing before this line."
        )


class Continuity:
    """Follows the sequence numbers of one incarnation's actors, from part to part.

    What a damaged record says is not believed at once: the actor's next delivery tells whether deliveries are missing
    before it, or only its number is wrong.
    """

    def __init__(self) -> None:
        self.shed = 0
        """How many records the replica left out, as it says itself."""
        self._damaged = 0
        self._last: dict[str, int] = {}
        self._doubtful: dict[str, Gap] = {}
        self._gaps: list[Gap] = []
        self._problems: list[Problem] = []
        self._begins = True

    def look(self, located: Located, *, damaged: bool) -> None:
        """Take the next record."""
        self._damaged += damaged
        record = located.record
        if type(record) is Took:
            self._deliver(located, record, damaged=damaged)
        elif type(record) is Event and record.event == "trail.shed":
            self.shed += shed_count(record)

    def interrupt(self) -> None:
        """A part is missing here: whatever comes next goes on from it."""
        self._last.clear()
        self._doubtful.clear()
        self._begins = False

    def _deliver(self, located: Located, record: Took, *, damaged: bool) -> None:
        last = self._last.get(record.actor)
        if last is None:
            last = 0 if self._begins else record.n - 1
        if self._doubtful and (doubtful := self._doubtful.pop(record.actor, None)) is not None:
            last = self._decide(doubtful, last, record.n)
        if record.n != last + 1:
            self._leap(Gap(place=located.place, actor=record.actor, first=last + 1, last=record.n - 1), damaged=damaged)
        self._last[record.actor] = record.n

    def _decide(self, doubtful: Gap, last: int, n: int) -> int:
        """Where the actor is, now that delivery `n` has come behind a damaged one that did not fit."""
        if n != last + 1:
            return doubtful.first
        if doubtful.count > 0:
            self._problems.append(doubtful.problem)
        return last

    def _leap(self, gap: Gap, *, damaged: bool) -> None:
        if damaged:
            self._doubtful[gap.actor] = gap
        elif gap.count > 0:
            self._gaps.append(gap)
        else:
            sentence = f"delivery {gap.last + 1} of {gap.actor} comes after its delivery {gap.first - 1}."
            self._problems.append(damage(gap.place, sentence))

    @property
    def has_gaps(self) -> bool:
        """Whether any delivery is missing or out of order, explained or not."""
        return bool(self._gaps or self._problems)

    def problems(self, *, unreadable: int) -> tuple[Problem, ...]:
        """What neither the records that were shed explain, nor the damaged ones and so many unreadable lines."""
        explained = self.shed + self._damaged + unreadable
        unexplained = list(self._problems)
        for gap in self._gaps:
            if gap.count <= explained:
                explained -= gap.count
            else:
                unexplained.append(gap.problem)
        return tuple(unexplained)


def shed_count(record: Record) -> int:
    """How many records a `trail.shed` says were left out; 0 when it does not say."""
    count = record.fields.get("count") if isinstance(record, Event) else None
    return count if isinstance(count, int) else 0
