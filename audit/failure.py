"""A replica that stopped because one of its actors raised something: what its trail says of that."""

from dataclasses import dataclass

from audit.records import Event, Located, Took
from audit.trails import NodeTrail


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An actor raised `error`, which `at` says, while it was handling `handling`; None when the trail does not say."""

    node: str
    error: str
    at: Located | None
    handling: Located | None

    def __str__(self) -> str:
        took = self.handling.record if self.handling is not None else None
        where = f", handling delivery {took.n} of {took.actor} ({took.type})" if isinstance(took, Took) else ""
        place = f" ({self.at.place})" if self.at is not None else ""
        return f"{self.node} failed{where}: {self.error}{place}"


def failure_in(trail: NodeTrail) -> Failure | None:
    """How the replica failed, as it says itself; None when it says nothing of it."""
    for located in reversed(trail.records):
        event = located.record
        if isinstance(event, Event) and event.event == "node.failed":
            error = str(event.fields.get("error"))
            return Failure(node=trail.name, error=error, at=located, handling=_handled(trail, event))
    return None


def _handled(trail: NodeTrail, event: Event) -> Located | None:
    match event.fields.get("handling"):
        case [str() as actor, int() as n]:
            return delivery(trail, actor, n)
        case _:
            return None


def delivery(trail: NodeTrail, actor: str, n: int) -> Located | None:
    """The record of an actor's delivery `n`; None when it is not there."""
    for located in trail.records:
        took = located.record
        if isinstance(took, Took) and took.n == n and took.actor == actor:
            return located
    return None
