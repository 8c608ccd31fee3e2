"""Virtual time: who runs next, what arrives when, and what passes in between, all of it decided by one seed."""

from __future__ import annotations

import heapq
import math
import traceback
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from random import Random
from typing import Final, TypeVar, assert_never

from actors.settings import Settings
from messages.ids import NodeId
from simulator.actions import Action, Deliver, Disturb, Exit, Pause, Resume, Spoil, Start, Terminate, Wipe
from simulator.config import Virtual
from simulator.events import Buffers, LateTimers, Slow
from simulator.ids import NodeId as RunId
from simulator.run import Run
from simulator.virtual.disk import DiskError
from simulator.virtual.disturbances import Disturbances
from simulator.virtual.keeping import Keeping
from simulator.virtual.machines import Household, Machines
from simulator.virtual.mailbox import Waiting
from simulator.virtual.node import Node
from simulator.virtual.played import Finding
from simulator.virtual.settling import Settling
from simulator.virtual.watch import Step, Watch
from storage.errors import DamageError

T = TypeVar("T")

ASSERTIONS: Final = "every actor's assertions hold"
COMES_TO_REST: Final = "actors come to rest: they do not tell one another for ever at one instant"

_STEPS_AT_ONCE_MAX: Final = 200_000


class World:
    """Drives one run: the replicas' actors, the time, and what the run asks for.

    `household` builds the actors of each node. `play` ends when the run is over, or as soon as anything broke a rule;
    at the latest at `ends_at`, unless it is still to be seen whether the cluster settles. After `steps_max` steps it
    ends whatever else there is, and `is_cut_short`.
    """

    def __init__(
        self,
        run: Run,
        settings: Settings,
        household: Household,
        random: Random,
        *,
        ends_at: float = math.inf,
        steps_max: int | None = None,
    ) -> None:
        virtual: Virtual = run.config.virtual
        self.run: Final = run
        self.settings: Final = settings
        self.syncs: Final = virtual.storage == "synced"
        self.now = 0.0
        """Seconds since the run began."""
        self.steps = 0
        self.ready: Final[list[Waiting]] = []
        self.watch: Final = Watch(
            run, [NodeId(name) for name in run.cluster.replicas], open_max=settings.requests_open_max
        )
        self.machines: Final = Machines(self, household, random, virtual, durable=run.config.durable)
        self.disturbances: Final = Disturbances(random.random)
        self._draw: Final = random.random
        self._haste = virtual.haste
        self._least_s: Final = virtual.latency_ms[0] / 1000
        self._tick_s: Final = virtual.tick_ms / 1000
        self._spread_s: Final = virtual.latency_ms[1] / 1000 - self._least_s
        self._events: Final[list[tuple[float, int, Callable[[object], None], object]]] = []
        self._order: Final = count()
        self._outbox: list[tuple[Node, bytes]] = []
        self._last_step: Final = math.inf if steps_max is None else steps_max
        self.is_cut_short = False
        """Whether it was ended because of its steps."""
        self._steps_max = min(_STEPS_AT_ONCE_MAX, self._last_step)
        """Time must have passed by this step, or all is over."""
        self.settling: Final = Settling(self)
        self._keeping: Final = Keeping(self)
        self.at(self.settling.events_until, self._end_haste, None)
        self.at(ends_at, self._end_unless_awaited, None)

    # --- time --------------------------------------------------------------------------------------------------

    def at(self, time_s: float, event: Callable[[T], None], value: T) -> None:
        """Have `event` happen at `time_s`, or now if that is past."""
        due = time_s if time_s > self.now else self.now
        heapq.heappush(self._events, (due, next(self._order), event, value))  # type: ignore[misc]  # they fit

    def play(self) -> None:
        """Play the run to its end, or to the first finding."""
        run, ready, findings, draw = self.run, self.ready, self.watch.findings, self._draw
        while not (run.over or findings):
            if ready and not (self._haste and draw() < self._haste):
                self._step()
            else:
                self._pass_time()
        if findings:
            self._stop(findings[0])
        elif not self.is_cut_short:
            self.watch.conclude()
            self._keeping.conclude()

    def _stop(self, first: Finding) -> None:
        """What follows upon a broken rule tells nothing."""
        self.run.journal.add(self.now, f"BROKEN: {first.rule}: {first.sentence}")
        self.end()

    def _step(self) -> None:
        """Somebody takes a message: any of those who have one, each as likely as it has messages."""
        ready = self.ready
        chosen = int(self._draw() * len(ready))
        mailbox = ready[chosen]
        ready[chosen] = ready[-1]
        ready.pop()
        node = mailbox.node
        if node.is_dead:
            return
        if node.is_paused:
            node.park(mailbox)
        elif node.is_hung(mailbox):
            return
        elif mailbox.wakes_at > self.now:
            self.at(mailbox.wakes_at, self.ready.append, mailbox)
        elif self._has_to_wait(node, mailbox):
            self.at(mailbox.wakes_at, self._wake, mailbox)
        else:
            self._take(node, mailbox)

    def _has_to_wait(self, node: Node, mailbox: Waiting) -> bool:
        """Whether its actor takes nothing before `wakes_at`: it is not scheduled, or its disk is at work."""
        slow = self.disturbances.slow
        is_asleep = slow is not None and self.disturbances.falls_asleep(mailbox, slow, self.now)
        return is_asleep or node.begins_commit(mailbox, self._draw)

    def _wake(self, mailbox: Waiting) -> None:
        mailbox.is_rested = True
        self.ready.append(mailbox)

    def _take(self, node: Node, mailbox: Waiting) -> None:
        if self.steps >= self._steps_max:
            self._stand()
            return
        self.steps += 1
        watch = self.watch
        watch.step = Step(self.steps)
        watch.acting = mailbox.name
        mailbox.is_rested = False
        try:
            mailbox.take()
        except Exception as error:  # noqa: BLE001  # whatever it is, it stops the node
            self._fail(node, mailbox.name, error)
        if self._outbox:
            self._send_all()
        watch.look()

    def _stand(self) -> None:
        """No more steps: too many were taken at one instant, or as many as there may be."""
        if self.steps >= self._last_step:
            self.is_cut_short = True
            self.end()
        else:
            sentence = f"{_STEPS_AT_ONCE_MAX} messages were taken at {self.now:.3f} s"
            self.watch.report(COMES_TO_REST, sentence, "liveness")

    def _fail(self, node: Node, actor: str, error: Exception) -> None:
        """A node that fails is a finding, whatever follows; what it sent before has left."""
        self._send_all()
        if isinstance(error, DiskError | DamageError):
            self._perform(self.run.exited(self.now, RunId(node.name), self.machines.fail(node, error)))
            return
        sentence = f"{actor} of {node.name} raises {type(error).__name__}: {error} ({_place_of(error)})"
        self.watch.report(ASSERTIONS, sentence, "assertions")
        how = self.machines.fail(node, error)
        self._perform(self.run.exited(self.now, RunId(node.name), how))

    def _pass_time(self) -> None:
        """To what comes first: something that arrives or rings, or something that the run has on its agenda."""
        events, due = self._events, self.run.next_time
        if due is None or events[0][0] < due:
            self._move_to(events[0][0])
            while events and events[0][0] <= self.now:
                _, _, event, value = heapq.heappop(events)
                event(value)
        else:
            self._move_to(max(due, self.now))
            self._perform(self.run.advance(self.now))

    def _end_haste(self, _: None) -> None:
        """Behind the last event, machines do at once what they have to do."""
        self._haste = 0.0

    def _end_unless_awaited(self, _: None) -> None:
        """The run's own time is over: it goes on only to see whether all settles."""
        if not self.settling.is_to_be_awaited:
            self.end()

    def _move_to(self, time: float) -> None:
        if time > self.now:
            self._steps_max = min(self.steps + _STEPS_AT_ONCE_MAX, self._last_step)
            self.now = self.watch.now = time

    # --- what nodes ask ----------------------------------------------------------------------------------------

    def sent(self, node: Node, payload: bytes) -> None:
        """A datagram leaves; the network gets it when its sender has done with its message."""
        self._outbox.append((node, payload))

    def refused(self, name: NodeId, how: Exit) -> None:
        """A process ends before it has begun."""
        self._perform(self.run.exited(self.now, RunId(name), how))

    def _send_all(self) -> None:
        outbox, self._outbox = self._outbox, []
        for node, payload in outbox:
            if not node.is_dead:  # what the first of them brings about may be its end; the others were never sent
                self._perform(self.run.receive(self.now, RunId(node.name), payload))

    # --- what the run asks -------------------------------------------------------------------------------------

    def _perform(self, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Deliver():
                    arrives_at = self._tick(self.now + self._least_s + self._draw() * self._spread_s)
                    self.at(arrives_at, self.machines.nodes[NodeId(action.to)].arrive, action.payload)
                case Start():
                    self.machines.start(NodeId(action.replica))
                case Terminate():
                    how = self.machines.terminate(NodeId(action.replica))
                    self._perform(self.run.exited(self.now, action.replica, how))
                case Pause():
                    self.machines.nodes[NodeId(action.replica)].is_paused = True
                case Resume():
                    self.machines.nodes[NodeId(action.replica)].resume()
                case Disturb():
                    self._disturb(action.event)
                case Wipe():
                    self.machines.wipe(NodeId(action.replica))
                case Spoil():
                    self.machines.spoil(NodeId(action.replica), action.event)
                case _:
                    assert_never(action)

    def _disturb(self, event: Slow | LateTimers | Buffers | None) -> None:
        self.disturbances.set(event, self.now)
        if event is None:
            self.machines.heal_disks()

    def _tick(self, time_s: float) -> float:
        """The next whole tick, where machines have ticks."""
        return math.ceil(time_s / self._tick_s) * self._tick_s if self._tick_s else time_s

    # --- how it stands -----------------------------------------------------------------------------------------

    def model(self) -> Mapping[str, str]:
        """What the committed log makes of an empty map (Raft §2)."""
        return self.watch.model

    def end(self) -> None:
        """Nothing more will happen, or matter: the run need not go on."""
        self._perform(self.run.end(self.now))


def _place_of(error: Exception) -> str:
    """Where it was raised: the file, without what is above its folder, and the line."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{'/'.join(last.filename.split('/')[-2:])}:{last.lineno}"
