"""Running a replica again, and holding what its actors do now against what its trail says they did.

Each actor takes the messages that it took then. What it tells another actor must be what that one took of it, in order;
what it does through its ports must be what the trail says, all of it, before it takes its next message. What is told
and not yet taken when the trail ends was still on its way, unless something that was told later has arrived, or the
receiver has stood idle.
"""

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from audit.decoding import UndecodableError
from audit.divergence import Divergence, acted_text, did_text, taken_text, told_text
from audit.failure import Failure, delivery, failure_in
from audit.records import MEMORY, Did, Event, Located, Opened, Took
from audit.replay import Acted, Replay, ReplayError, Told, sync_failures
from audit.trails import NodeTrail

D = TypeVar("D", Told, Acted)

_FROM_OUTSIDE: Final = frozenset({"Datagrams", "Rang", "RestoredChunk", "Restored", "Start"})
"""What no actor tells: it comes from the network, the timers and the wiring."""

IDLE_S: Final = 1.0
"""An actor that has taken nothing for so long, while its replica worked, has nothing left to take."""

_AWAKE_MAX_S: Final = 0.25
"""A replica that writes nothing for longer may be standing still: no pause between records counts for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """What came of running one replica again: how many records agreed, and the first that did not.

    `stopped` says why it could not be run to its end, though nothing disagreed; `failure`, that it ended by one.
    """

    trail: NodeTrail
    replayed: int
    actors: int
    divergence: Divergence | None = None
    failure: Failure | None = None
    stopped: str | None = None


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
        return _Comparison(trail, Replay(trail.opened, sync_failures(trail.records))).result()
    except ReplayError as error:
        return _not_run(trail, str(error))


def _not_run(trail: NodeTrail, why: str) -> Rerun:
    return Rerun(trail=trail, replayed=0, actors=0, failure=failure_in(trail), stopped=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending(Generic[D]):
    """Something that an actor does now, in its delivery `n`, which is `by`; the trail has not shown it yet."""

    by: Located
    n: int
    done: D


class _Comparison:
    """The re-run under way."""

    def __init__(self, trail: NodeTrail, replay: Replay) -> None:
        self._trail: Final = trail
        self._replay: Final = replay
        self._replayed = 0
        self._taken: Final = dict.fromkeys(replay.actors, 0)
        self._told: Final[defaultdict[tuple[str, str], deque[_Pending[Told]]]] = defaultdict(deque)
        """By teller and receiver: what was told, and has not been taken."""
        self._acted: Final[defaultdict[str, deque[_Pending[Acted]]]] = defaultdict(deque)
        """By actor: what it did through ports, and the trail has not shown."""
        self._before = trail.records[0]
        self._part = 0
        self._failure = failure_in(trail)

    def result(self) -> Rerun:
        """Go through the trail, to its end or to the first divergence."""
        divergence, stopped = None, None
        try:
            for located in self._trail.records:
                self._check(located)
            self._check_all_arrived()
        except _DivergedError as error:
            divergence = error.divergence
        except _StoppedError as error:
            stopped = str(error)
        return Rerun(
            trail=self._trail,
            replayed=self._replayed,
            actors=sum(count > 0 for count in self._taken.values()),
            divergence=divergence,
            failure=self._failure,
            stopped=stopped,
        )

    def _check(self, located: Located) -> None:
        self._check_nothing_missing(located)
        match located.record:
            case Took():
                self._took(located, located.record)
            case Did():
                self._did(located, located.record)
            case Event(event="node.failed"):
                self._failed_then(located)
            case _:
                return
        self._replayed += 1

    def _check_nothing_missing(self, located: Located) -> None:
        """Up to here the trail is what was written, all of it."""
        record, before = located.record, self._before
        if located.position in self._trail.damaged:
            raise _StoppedError(f"the record at {located.place} is damaged")
        if isinstance(record, Opened):
            if record.part != self._part + 1:
                raise _StoppedError(f"a part before {located.place} is missing")
            self._part = record.part
        elif located.line != before.line + 1 or located.file != before.file:
            raise _StoppedError(f"what stands before {located.place} cannot be read")
        elif isinstance(record, Event) and record.event == "trail.shed":
            raise _StoppedError(f"records are missing from {located.place} on: the replica shed them")
        elif isinstance(record, Event) and record.event == "trail.unwritable":
            raise _StoppedError(f"the record at {located.place} could not be written")
        self._before = located

    # --- what was taken ----------------------------------------------------------------------------------------

    def _took(self, located: Located, took: Took) -> None:
        self._check_number(located, took)
        self._check_teller(located, took)
        self._check_all_done(located, took)
        try:
            done = self._replay.deliver(took)
        except UndecodableError as error:
            raise self._diverged(located, None, "a message that this actor takes", f"none: {error}") from error
        except Exception as error:
            raise self._failed_now(located, took, error) from error
        for each in done:
            if isinstance(each, Told):
                self._told[took.actor, each.to].append(_Pending(by=located, n=took.n, done=each))
            else:
                self._acted[took.actor].append(_Pending(by=located, n=took.n, done=each))

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
        if not waiting or waiting[0].n > n:
            expected = f"{teller}, in its delivery {n}, tells {took.actor} nothing more"
            raise self._diverged(located, self._delivery(teller, n), expected, taken_text(took))
        pending = waiting.popleft()
        told = pending.done
        if (pending.n, told.type, told.message) != (n, took.type, bytes(took.message)):
            expected = told_text(teller, pending.n, told)
            raise self._diverged(located, pending.by, expected, told_text(teller, n, took))

    def _check_all_arrived(self) -> None:
        """Mailboxes keep their order: what is told after something else is not taken before it.

        It was told after, when it was told in a delivery that came after its teller had gone on to another one.
        """
        lost = [(receiver, waiting[0]) for (_, receiver), waiting in self._told.items() if waiting]
        deliveries = self._deliveries() if lost else []
        places = {(took.actor, took.n): place for place, took in deliveries}
        for receiver, pending in lost:
            gone_on = places.get((_actor(pending.by), pending.n + 1))
            if gone_on is None:
                continue
            self._check_not_idle(receiver, pending, gone_on, deliveries)
            for place, took in deliveries:
                if took.actor == receiver and took.by is not None and places.get(took.by, -1) >= gone_on:
                    expected = told_text(_actor(pending.by), pending.n, pending.done)
                    got = f"it never came, and this, which {took.by[0]} told later, did"
                    raise self._diverged(self._trail.records[place], pending.by, expected, got)

    def _check_not_idle(
        self, receiver: str, pending: _Pending[Told], gone_on: int, deliveries: list[tuple[int, Took]]
    ) -> None:
        """What was told long before the trail ends has been taken, if its receiver takes nothing any more.

        A log store may be waiting for its disk, and nothing shows that.
        """
        idle_from = self._idle_from()
        if receiver == "log_store" and self._trail.opened is not None and self._trail.opened.storage != MEMORY:
            return
        if gone_on >= idle_from or any(place >= idle_from and took.actor == receiver for place, took in deliveries):
            return
        expected = told_text(_actor(pending.by), pending.n, pending.done)
        raise self._diverged(
            self._trail.records[-1], pending.by, expected, f"{receiver} never took it, and stands idle"
        )

    def _idle_from(self) -> int:
        """Where the last `IDLE_S` begin in which the replica worked."""
        records, awake_s = self._trail.records, 0.0
        for place in range(len(records) - 1, 0, -1):
            awake_s += min(records[place].record.at - records[place - 1].record.at, _AWAKE_MAX_S)
            if awake_s > IDLE_S:
                return place
        return 0

    def _deliveries(self) -> list[tuple[int, Took]]:
        return [(place, each.record) for place, each in enumerate(self._trail.records) if isinstance(each.record, Took)]

    # --- what was done -----------------------------------------------------------------------------------------

    def _check_all_done(self, located: Located, took: Took) -> None:
        """Whatever an actor did for its last message left before it took this one."""
        waiting = self._acted[took.actor]
        if waiting:
            pending = waiting[0]
            got = f"{took.actor} took its next message without"
            raise self._diverged(located, pending.by, acted_text(took.actor, pending.done), got)

    def _did(self, located: Located, did: Did) -> None:
        waiting = self._acted[did.actor]
        if not waiting:
            nothing = f"{did.actor} does nothing more through a port"
            raise self._diverged(located, self._delivery(did.actor, did.n), nothing, did_text(did))
        pending = waiting.popleft()
        acted = pending.done
        if (pending.n, acted.port, acted.call, acted.value) != (did.n, did.port, did.call, bytes(did.value)):
            raise self._diverged(located, pending.by, acted_text(did.actor, acted), did_text(did))

    # --- failures ----------------------------------------------------------------------------------------------

    def _failed_now(self, located: Located, took: Took, error: Exception) -> Exception:
        """An actor raises: then it did so in the trail, too, and has taken nothing more."""
        rest = self._trail.records[located.position + 1 :]
        if any(isinstance(each.record, Took) and each.record.actor == took.actor for each in rest):
            return self._diverged(located, located, f"{took.actor} fails with {error!r}", "it goes on")
        at = None if self._failure is None else self._failure.at
        self._failure = Failure(node=self._trail.name, error=repr(error), at=at, handling=located)
        return _StoppedError("it fails, as it did then")

    def _failed_then(self, located: Located) -> None:
        """The replica failed, and none of its actors has done so now."""
        failure = self._failure
        assert failure is not None, "here it is said"
        raise self._diverged(located, failure.handling, "no actor fails", f"one fails with {failure.error}")

    def _delivery(self, actor: str, n: int) -> Located | None:
        """Looked up only to show it."""
        return delivery(self._trail, actor, n)

    def _diverged(self, at: Located, handling: Located | None, expected: str, got: str) -> _DivergedError:
        return _DivergedError(Divergence(node=self._trail.name, at=at, handling=handling, expected=expected, got=got))


def _actor(located: Located) -> str:
    assert isinstance(located.record, Took), "what is pending was done in the handling of a delivery"
    return located.record.actor
