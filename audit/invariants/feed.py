"""Showing a whole trail to observers, and telling them where each replica's part of it ends."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from audit.files import TrailFile, trail_file
from audit.records import Located
from audit.trails import NodeTrail


class Observer(Protocol):
    """Takes the records of all replicas, causes before effects."""

    def observe(self, located: Located, /) -> None:
        """Take the next record."""

    def ended(self, located: Located, /) -> None:
        """Nothing more is known of the replica that wrote `located`, though it may have gone on."""


def feed(trail: Sequence[Located], *observers: Observer) -> None:
    """Show every record of `trail`, whose order is `merge.merged`'s, to every observer."""
    last_of_files = {located.file: place for place, located in enumerate(trail)}
    last_of_replicas: dict[TrailFile | str, int] = {}
    for file, place in last_of_files.items():
        named = trail_file(file)
        replica = TrailFile(node=named.node, incarnation=named.incarnation, part=1) if named else file
        last_of_replicas[replica] = max(place, last_of_replicas.get(replica, 0))
    start = 0
    for end in sorted(last_of_replicas.values()):
        for located in trail[start : end + 1]:
            for observer in observers:
                observer.observe(located)
        for observer in observers:
            observer.ended(trail[end])
        start = end + 1


def gaps(trails: Iterable[NodeTrail]) -> dict[str, str]:
    """Which trails do not show everything between their first record and their last, and why."""
    found: dict[str, str] = {}
    for trail in trails:
        if not trail.is_complete_from_start:
            found[trail.name] = "the beginning of its trail is missing"
        elif trail.has_gaps:
            found[trail.name] = "records of its trail are missing or damaged"
    return found
