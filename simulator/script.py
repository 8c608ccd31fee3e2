"""Making the events of a configuration happen."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Final, TypeAlias, assert_never

from simulator.actions import Action, Disturb, Pause, Resume, Spoil, Terminate
from simulator.actions import Wipe as WipeDisk
from simulator.agenda import Agenda
from simulator.choice import Choice
from simulator.clients import Clients
from simulator.cluster import Cluster, State
from simulator.events import (
    AnyEvent,
    Buffers,
    Caption,
    Corrupt,
    CutLink,
    Delay,
    DiskError,
    DiskFlip,
    DiskFull,
    DiskHang,
    DiskMisdirect,
    Drops,
    Duplicate,
    Flood,
    Heal,
    Hostile,
    KillLeader,
    KillNonLeader,
    LateTimers,
    PartEasy,
    PartEnd,
    PartHard,
    PartLeader,
    PartOneway,
    PartStar,
    Reorder,
    Restart,
    RestartAll,
    Slow,
    Spoiling,
    Unseat,
    Wipe,
    needs_leader,
    type_of,
)
from simulator.events import Pause as PauseEvent
from simulator.events import Resume as ResumeEvent
from simulator.failover import Failovers
from simulator.ids import NodeId
from simulator.journal import Journal
from simulator.network import Fault, Network
from simulator.script_words import disturbance, spoilt
from simulator.unseating import Unseating
from simulator.ways import Change, Ways

_ToReplicas: TypeAlias = KillLeader | KillNonLeader | Restart | RestartAll | Wipe | PauseEvent | ResumeEvent


class Script:
    """Plays events; one that needs a leader waits until a living one is known.

    `injected` counts what was done to replicas and network, by the type of the event.
    """

    def __init__(
        self,
        *,
        cluster: Cluster,
        network: Network,
        clients: Clients,
        journal: Journal,
        failovers: Failovers,
        choice: Choice,
        act: Callable[[Action], None],
        set_hostility: Callable[[float, float], None],
        flood: Callable[[float, int], None],
        ask: Callable[[float, NodeId | None], None],
        restart_at: Callable[[float, NodeId], None],
        durable: bool,
        agenda: Agenda,
        rng: random.Random,
    ) -> None:
        self._cluster: Final = cluster
        self._network: Final = network
        self._clients: Final = clients
        self._journal: Final = journal
        self._failovers: Final = failovers
        self._choice: Final = choice
        self._act: Final = act
        self._set_hostility: Final = set_hostility
        self._flood: Final = flood
        self._restart_at: Final = restart_at
        self._durable: Final = durable
        self._rng: Final = rng
        self.unseating: Final = Unseating(agenda, rng, happen=self.happen, leader=choice.leader, ask=ask)
        self._ways: Final = Ways(
            cluster=cluster,
            partition=network.partition,
            clients=clients,
            journal=journal,
            failovers=failovers,
            choice=choice,
        )
        self._waiting: list[AnyEvent] = []
        self.injected: Final[Counter[str]] = Counter()

    def happen(self, now: float, event: AnyEvent) -> None:
        """Make `event` happen now, or as soon as the leader that it needs is known."""
        if needs_leader(event) and self._choice.leader() is None:
            self._journal.add(now, f"{type_of(event)} waits until a leader is known")
            self._waiting.append(event)
        else:
            self._perform(now, event)

    def leader_may_be_known(self, now: float) -> None:
        """Make events happen that waited for a leader, if there is one now."""
        while self._waiting and self._choice.leader() is not None:
            self._perform(now, self._waiting.pop(0))

    def give_up(self, now: float) -> None:
        """Note, at the end, which events never found the leader that they needed."""
        for event in self._waiting:
            self._journal.add(now, f"{type_of(event)} of {event.time:g} s never happened: no leader was known")

    def _perform(self, now: float, event: AnyEvent) -> None:
        if not isinstance(event, Caption | Heal | PartEnd | ResumeEvent):
            self.injected[type_of(event)] += 1
        match event:
            case KillLeader() | KillNonLeader() | Restart() | RestartAll() | Wipe() | PauseEvent() | ResumeEvent():
                self._to_replicas(now, event)
            case DiskFull() | DiskError() | DiskHang() | DiskFlip() | DiskMisdirect():
                self._spoil(now, event)
            case PartEasy() | PartHard() | PartLeader() | PartOneway() | PartStar() | CutLink() | PartEnd():
                self._to_ways(now, event)
            case Drops() | Duplicate() | Delay() | Reorder() | Corrupt() | Hostile() | Flood():
                self._to_messages(now, event)
            case Unseat():
                self._journal.add(now, f"{event.times} leaders, one after another, are taken away from now on")
                self.unseating.set(now, event)
            case Slow() | LateTimers() | Buffers():
                self._journal.add(now, disturbance(event))
                self._act(Disturb(event=event))
            case Heal():
                self._heal(now)
            case Caption():
                self._journal.caption = event.text
                self._journal.add(now, event.text)
            case _:
                assert_never(event)

    def _to_messages(self, now: float, event: Fault | Hostile | Flood) -> None:
        """What the network does to messages, and what it carries beside those of replicas."""
        match event:
            case Hostile():
                self._set_hostility(now, event.per_second)
                self._journal.add(now, f"{event.per_second:g} hostile datagrams a second to each replica from now on")
            case Flood():
                self._journal.add(now, f"{event.requests} requests more, all at once")
                self._flood(now, event.requests)
            case _:
                self._network.faults.set(event)
                kind = "" if isinstance(event, Reorder | Corrupt) or not event.only else f"{event.only} "
                self._journal.add(now, f"{type_of(event)} of {event.rate:.0%} of the {kind}messages from now on")

    def _to_ways(self, now: float, event: Change) -> None:
        if isinstance(event, PartEnd):
            self._give_up_partitions()
        self._ways.change(now, event)

    def _give_up_partitions(self) -> None:
        """What still waits for a leader, to cut somebody off, does not happen any more."""
        kinds = PartEasy | PartLeader | PartOneway | PartStar | CutLink
        self._waiting = [other for other in self._waiting if not isinstance(other, kinds)]

    def _heal(self, now: float) -> None:
        self._give_up_partitions()
        self._ways.open_all()
        self._network.heal()
        self._set_hostility(now, 0.0)
        self.unseating.end()
        self._act(Disturb(event=None))
        self._journal.add(now, "network and machines are healed of everything")

    # --- replicas ----------------------------------------------------------------------------------------------

    def _to_replicas(self, now: float, event: _ToReplicas) -> None:
        match event:
            case KillLeader():
                self._kill(now, self._choice.of("leader"))
            case KillNonLeader():
                self._kill(now, self._choice.of("follower"))
            case Restart():
                self._restart(now, self._choice.of(event.replica), event.after_s)
            case RestartAll():
                self._restart_all(now, event.after_s)
            case Wipe():
                self._wipe(now, self._choice.of(event.replica), event.after_s)
            case PauseEvent():
                self._pause(now, self._choice.of(event.replica))
            case ResumeEvent():
                self._resume(now, event.replica)
            case _:
                assert_never(event)

    def _kill(self, now: float, name: NodeId | None, *, by_force: bool = False) -> None:
        if name is None:
            self._journal.add(now, "there is no replica left to kill")
            return
        led = name == self._choice.leader()
        self._cluster.replicas[name].state = State.KILLED
        self._clients.forget_leader(name)
        if led:
            self._cluster.leader = None
            self._failovers.begin(now, name, "killed")
        self._journal.add(now, f"killed {name}, {'the leader' if led else 'which did not lead'}")
        self._act(Terminate(replica=name, by_force=by_force))

    def _restart(self, now: float, name: NodeId | None, after_s: float) -> None:
        """Kill a replica, and let a new process take its name later: whoever waited for the old one waits for ever."""
        if name is None:
            self._journal.add(now, "there is no such replica to restart")
            return
        self._kill(now, name, by_force=self._durable)
        self._clients.forget_waiting(name)
        self._restart_at(now + after_s, name)

    def _wipe(self, now: float, name: NodeId | None, after_s: float) -> None:
        """Restart a replica whose disk is lost meanwhile."""
        self._restart(now, name, after_s)
        if name is not None:
            self._cluster.replicas[name].is_wiped = True
            self._cluster.replicas[name].may_fail = False
            self._act(WipeDisk(replica=name))
            self._journal.add(now, f"the disk of {name} is lost")

    def _restart_all(self, now: float, after_s: float) -> None:
        """Kill all that live, and start them again in any order."""
        names = self._cluster.living()
        self._rng.shuffle(names)
        for number, name in enumerate(names, start=1):
            self._restart(now, name, after_s * number / len(names))

    def _spoil(self, now: float, event: Spoiling) -> None:
        """A disk fails; of one that reports errors, or is damaged, its replica does right to end itself."""
        name = self._choice.of(event.replica)
        if name is None:
            self._journal.add(now, "there is no such replica whose disk could fail")
            return
        if isinstance(event, DiskError | DiskFlip | DiskMisdirect):
            self._cluster.replicas[name].may_fail = True
        self._journal.add(now, spoilt(name, event))
        self._act(Spoil(replica=name, event=event))

    def _pause(self, now: float, name: NodeId | None) -> None:
        if name is None or self._cluster.replicas[name].state is not State.UP:
            self._journal.add(now, "there is no such replica to pause")
            return
        led = name == self._choice.leader()
        self._cluster.replicas[name].state = State.PAUSED
        if led:
            self._failovers.begin(now, name, "paused")
        self._journal.add(now, f"paused {name}{', the leader' if led else ''}")
        self._act(Pause(replica=name))

    def _resume(self, now: float, wanted: str) -> None:
        if wanted == "all":
            self._waiting = [other for other in self._waiting if not isinstance(other, PauseEvent)]
        for name, replica in self._cluster.replicas.items():
            if replica.state is State.PAUSED and wanted in {"all", name}:
                replica.state = State.UP
                self._journal.add(now, f"resumed {name}")
                self._act(Resume(replica=name))
        self._failovers.give_back("paused")
