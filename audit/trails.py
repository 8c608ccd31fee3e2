"""What was read: the records of each replica's trail, and what is wrong with them."""

from dataclasses import dataclass
from pathlib import Path

from audit.problems import Problem, Severity
from audit.records import Located, Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTrail:
    """What one incarnation of a replica wrote, as far as it can be read.

    `opened` is that of the first part that is there, None when its line cannot be read. `damaged` holds the positions
    of records whose checksum is wrong.
    """

    node: str
    incarnation: int
    opened: Opened | None
    records: list[Located]
    damaged: frozenset[int]
    shed: int
    """How many records the replica left out, as it says itself, because it had too many to write."""
    is_complete_from_start: bool
    """Whether it begins with the replica's own beginning; running it again needs that."""
    has_gaps: bool
    """Whether anything is missing between its first record and its last: shed, damaged or lost."""
    cut_off: bool
    """Whether the last line is unfinished: the replica was killed."""

    @property
    def level(self) -> str:
        """How much was recorded: `events` or `full`; `events` when nothing says it."""
        return "events" if self.opened is None else self.opened.level

    @property
    def name(self) -> str:
        """The replica, and which incarnation of it when it is not the first: `0001`, `0001.2`."""
        return self.node if self.incarnation == 1 else f"{self.node}.{self.incarnation}"

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that its records stand in."""
        return tuple(dict.fromkeys(located.file for located in self.records))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trails:
    """All trails of a directory, by replica and incarnation, and what is wrong with them."""

    directory: Path
    nodes: tuple[NodeTrail, ...]
    problems: tuple[Problem, ...]

    @property
    def is_damaged(self) -> bool:
        """Whether anything is wrong that no replica can have written so."""
        return any(problem.severity is Severity.DAMAGE for problem in self.problems)
