"""Running a replica again, and holding what its actors do now against what its trail says they did.

Each actor takes the messages that it took then. What it tells another actor must be what that one took of it, in order;
what it does through its ports must be what the trail says, all of it, before it takes its next message. What is told
and not yet taken when the trail ends was still on its way.
"""

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Final

from audit.decoding import UndecodableError
from audit.records import Did, Event, Located, Took
from audit.replay import Acted, Replay, ReplayError, Told
from audit.trails import NodeTrail

_FROM_OUTSIDE: Final = frozenset({"Datagrams", "Rang", "Start"})
"""What no actor tells: it comes from the network, the timers and the wiring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """The first place where a replica's trail is not what its actors do when they are run again.

    `at` is the record that shows it; `handling` is what the actor that is not as it should be took, and handled
    otherwise; None when no actor is to blame, but the record itself.
    """

    node: str
    at: Located
    handling: Located | None
    expected: str
    got: str

    @property
    def guilty(self) -> str:
        """The actor, and the message in whose handling it did something else."""
        located = self.at if self.handling is None else self.handling
        took = located.record
        if not isinstance(took, Took):
            return "no actor"
        return f"{took.actor} of {self.node}, delivery {took.n} ({took.type})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """What came of running one replica again: how many records agreed, and the first that did not."""

    trail: NodeTrail
    replayed: int
    actors: int
    divergence: Divergence | None
    stopped: str | None = None
    """Why it could not be run to its end, though nothing disagreed; None: it was."""


class _DivergedError(Exception):
    def __init__(self, divergence: Divergence) -> None:
        super().__init__(divergence.expected)
        self.divergence: Final = divergence


class _StoppedError(Exception):
    """From here on it cannot be run again; one sentence says why."""


def rerun(trail: NodeTrail) -> Rerun:
    """Run one replica again, as far as its trail allows."""
    if trail.opened is None or not trail.is_complete_from_start:
        return _not_run(trail, "its beginning is missing")
    if trail.level != "full":
        return _not_run(trail, f"its trail is of level {trail.level!r}, which has no messages")
    try:
        return _Comparison(trail, Replay(trail.opened)).result()
    except ReplayError as error:
        return _not_run(trail, str(error))


def _not_run(trail: NodeTrail, why: str) -> Rerun:
    return Rerun(trail=trail, replayed=0, actors=0, divergence=None, stopped=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    """Something that an actor does now; the trail has not shown it yet. `by` is the delivery that it handled."""

    by: Located
    done: Told | Acted


class _Comparison:
    """The re-run under way."""

    def __init__(self, trail: NodeTrail, replay: Replay) -> None:
        self._trail: Final = trail
        self._replay: Final = replay
        self._replayed = 0
        self._taken: Final = dict.fromkeys(replay.actors, 0)
        self._told: Final[defaultdict[tuple[str, str], deque[_Pending]]] = defaultdict(deque)
        """By teller and receiver: what was told, and has not been taken."""
        self._acted: Final[defaultdict[str, deque[_Pending]]] = defaultdict(deque)
        """By actor: what it did through ports, and the trail has not shown."""

    def result(self) -> Rerun:
        """Go through the trail, to its end or to the first divergence."""
        divergence, stopped = None, None
        try:
            for located in self._trail.records:
                self._check(located)
        except _DivergedError as error:
            divergence = error.divergence
        except _StoppedError as error:
            stopped = str(error)
        actors = sum(count > 0 for count in self._taken.values())
        return Rerun(trail=self._trail, replayed=self._replayed, actors=actors, divergence=divergence, stopped=stopped)

    def _check(self, located: Located) -> None:
        if located.position in self._trail.damaged:
            raise _StoppedError(f"the record at {located.place} is damaged")
        match located.record:
            case Took():
                self._took(located, located.record)
            case Did():
                self._did(located, located.record)
            case Event(event="trail.shed"):
                raise _StoppedError(f"records are missing from {located.place} on: the replica shed them")
            case _:
                return
        self._replayed += 1

    def _took(self, located: Located, took: Took) -> None:
        self._check_number(located, took)
        self._check_teller(located, took)
        self._check_all_done(located, took)
        try:
            done = self._replay.deliver(took)
        except UndecodableError as error:
            raise self._diverged(located, None, "a message that this actor takes", f"none: {error}") from error
        except Exception as error:
            if self._has_failed_then():
                raise _StoppedError(f"{took.actor} failed at {located.place}, then and now: {error!r}") from error
            got = "the trail goes on"
            raise self._diverged(located, located, f"{took.actor} fails with {error!r}", got) from error
        for each in done:
            pending = _Pending(by=located, done=each)
            if isinstance(each, Told):
                self._told[took.actor, each.to].append(pending)
            else:
                self._acted[took.actor].append(pending)

    def _check_number(self, located: Located, took: Took) -> None:
        taken = self._taken.get(took.actor)
        if taken is None:
            raise self._diverged(located, None, "an actor of this replica", f"none is called {took.actor!r}")
        if took.n != taken + 1:
            if self._trail.has_gaps:
                raise _StoppedError(f"records are missing before {located.place}")
            raise self._diverged(located, None, f"delivery {taken + 1} of {took.actor}", f"delivery {took.n}")
        self._taken[took.actor] = took.n

    def _check_teller(self, located: Located, took: Took) -> None:
        """What was taken is what its teller tells now, and all that it told before has been taken."""
        if took.by is None:
            if took.type not in _FROM_OUTSIDE:
                raise self._diverged(located, None, f"a {took.type} that an actor tells", "one that nobody told")
            return
        teller, n = took.by
        waiting = self._told[teller, took.actor]
        if not waiting:
            got = _taken_text(took)
            raise self._diverged(located, self._delivery(teller, n), f"{teller} tells {took.actor} nothing", got)
        pending = waiting.popleft()
        told, by = pending.done, pending.by.record
        assert isinstance(told, Told), "what is queued there was told"
        assert isinstance(by, Took), "in the handling of a delivery"
        if (by.n, told.type, told.message) != (n, took.type, bytes(took.message)):
            expected = _told_text(teller, by.n, told)
            raise self._diverged(located, pending.by, expected, _told_text(teller, n, took))

    def _check_all_done(self, located: Located, took: Took) -> None:
        """Whatever an actor did for its last message left before it took this one."""
        waiting = self._acted[took.actor]
        if waiting:
            pending = waiting[0]
            got = f"{took.actor} took its next message without"
            raise self._diverged(located, pending.by, _done_text(took.actor, pending.done), got)

    def _did(self, located: Located, did: Did) -> None:
        waiting = self._acted[did.actor]
        if not waiting:
            nothing = f"{did.actor} does nothing more through a port"
            raise self._diverged(located, self._delivery(did.actor, did.n), nothing, _did_text(did))
        pending = waiting.popleft()
        acted, by = pending.done, pending.by.record
        assert isinstance(acted, Acted), "what is queued there was done"
        assert isinstance(by, Took), "in the handling of a delivery"
        if (by.n, acted.port, acted.call, acted.value) != (did.n, did.port, did.call, bytes(did.value)):
            raise self._diverged(located, pending.by, _done_text(did.actor, acted), _did_text(did))

    def _delivery(self, actor: str, n: int) -> Located | None:
        """The record of an actor's delivery `n`; looked up only to show it."""
        for located in self._trail.records:
            match located.record:
                case Took(actor=name, n=number) if (name, number) == (actor, n):
                    return located
                case _:
                    pass
        return None

    def _has_failed_then(self) -> bool:
        return any(
            isinstance(each.record, Event) and each.record.event == "node.failed" for each in self._trail.records[-3:]
        )

    def _diverged(self, at: Located, handling: Located | None, expected: str, got: str) -> _DivergedError:
        return _DivergedError(Divergence(node=self._trail.name, at=at, handling=handling, expected=expected, got=got))


def _taken_text(took: Took) -> str:
    return f"{took.actor} took {took.type} {bytes(took.message).decode()}"


def _told_text(teller: str, n: int, told: Told | Took) -> str:
    to = told.to if isinstance(told, Told) else told.actor
    return f"{teller}, in its delivery {n}, tells {to} {told.type} {bytes(told.message).decode()}"


def _done_text(actor: str, done: Told | Acted) -> str:
    if isinstance(done, Told):
        return f"{actor} tells {done.to} {done.type} {done.message.decode()}"
    return f"{actor} does {done.port}.{done.call} {done.value.decode()}"


def _did_text(did: Did) -> str:
    return f"{did.actor} does {did.port}.{did.call} {bytes(did.value).decode()}"
