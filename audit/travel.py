"""Travelling in time: the states of all actors at a point, by running them again up to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.decoding import UndecodableError
from audit.files import ReadError
from audit.inspection import Plain, state_of
from audit.points import Cut
from audit.records import Event, Took
from audit.replay import Kept, Replay, ReplayError, sync_failures
from audit.trails import NodeTrail


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The actors of one replica at a point: each one's state, and how many messages it had taken.

    `kept` is what its storage holds. `stopped` says where the re-run ended before the point, and why; None when it did
    not. There are no actors when it could not even begin.
    """

    node: str
    taken: dict[str, int]
    states: dict[str, Plain]
    kept: Kept | None
    stopped: str | None


def moment(trail: NodeTrail, cut: Cut) -> Moment:
    """Run `trail` again up to the cut, or as far as that is possible."""
    if trail.opened is None or not trail.is_complete_from_start:
        return _unknown(trail, "the beginning of its trail is missing")
    if trail.level != "full":
        return _unknown(trail, f"its trail, of level {trail.level!r}, has no messages")
    try:
        replay = Replay(trail.opened, sync_failures(trail.records))
    except ReplayError as error:
        return _unknown(trail, str(error).removesuffix("."))
    taken = dict.fromkeys(sorted(replay.actors), 0)
    stopped = _run_to(trail, cut, replay, taken)
    states = {name: state_of(replay.actors[name]) for name in taken}
    return Moment(node=trail.name, taken=taken, states=states, kept=replay.storage.kept(), stopped=stopped)


def _unknown(trail: NodeTrail, why: str) -> Moment:
    return Moment(node=trail.name, taken={}, states={}, kept=None, stopped=why)


def check(moments: Sequence[Moment], actors: Sequence[str]) -> None:
    """Raise ReadError when there is nothing to show: no state can be known, or an actor of `actors` is nowhere."""
    known = {name for each in moments for name in each.states}
    if not known:
        why = "; ".join(f"the state of {each.node} cannot be known: {each.stopped}" for each in moments)
        raise ReadError(f"There is nothing to show: {why}.")
    for actor in actors:
        if actor not in known:
            raise ReadError(f"There is no actor {actor!r}; there are {', '.join(sorted(known))}.")


def _run_to(trail: NodeTrail, cut: Cut, replay: Replay, taken: dict[str, int]) -> str | None:
    """Deliver what was delivered; why that ended early, if it did."""
    for located in cut.of(trail):
        record = located.record
        if isinstance(record, Event) and record.event == "trail.shed":
            return f"records are missing from {located.place} on: the replica shed them"
        if not isinstance(record, Took):
            continue
        if located.position in trail.damaged or taken.get(record.actor) != record.n - 1:
            return f"records are missing or damaged at {located.place}"
        try:
            replay.deliver(record)
        except UndecodableError as error:
            return f"{located.place} cannot be understood: {error}"
        except Exception as error:  # noqa: BLE001  # whatever an actor raises ends it
            return f"{record.actor} fails at {located.place}: {error!r}"
        taken[record.actor] = record.n
    return None
