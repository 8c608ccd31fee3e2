"""Making the events of a configuration happen."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeAlias, assert_never

from simulator.actions import Action, Pause, Resume, Terminate
from simulator.clients import Clients
from simulator.cluster import Cluster, State
from simulator.events import (
    AnyEvent,
    Caption,
    Corrupt,
    Delay,
    Drops,
    Duplicate,
    Heal,
    Hostile,
    KillLeader,
    KillNonLeader,
    PartEasy,
    PartEnd,
    PartHard,
    PartLeader,
    PartOneway,
    Reorder,
    needs_leader,
    type_of,
)
from simulator.events import Pause as PauseEvent
from simulator.events import Resume as ResumeEvent
from simulator.failover import Failovers
from simulator.ids import NodeId
from simulator.journal import Journal
from simulator.network import Network

Split: TypeAlias = PartEasy | PartHard | PartLeader


class Script:
    """Plays events; one that needs a leader waits until a living one is known."""

    def __init__(
        self,
        *,
        cluster: Cluster,
        network: Network,
        clients: Clients,
        journal: Journal,
        failovers: Failovers,
        rng: random.Random,
        act: Callable[[Action], None],
        set_hostility: Callable[[float, float], None],
    ) -> None:
        self._cluster = cluster
        self._network = network
        self._clients = clients
        self._journal = journal
        self._failovers = failovers
        self._rng = rng
        self._act = act
        self._set_hostility = set_hostility
        self._waiting: list[AnyEvent] = []

    def happen(self, now: float, event: AnyEvent) -> None:
        """Make `event` happen now, or as soon as the leader that it needs is known."""
        if needs_leader(event) and self._leader() is None:
            self._journal.add(now, f"{type_of(event)} waits until a leader is known")
            self._waiting.append(event)
        else:
            self._perform(now, event)

    def leader_may_be_known(self, now: float) -> None:
        """Make events happen that waited for a leader, if there is one now."""
        while self._waiting and self._leader() is not None:
            self._perform(now, self._waiting.pop(0))

    def give_up(self, now: float) -> None:
        """Note, at the end, which events never found the leader that they needed."""
        for event in self._waiting:
            self._journal.add(now, f"{type_of(event)} of {event.time:g} s never happened: no leader was known")

    def _leader(self) -> NodeId | None:
        leader = self._cluster.leader
        return leader if leader is not None and self._cluster.is_living(leader) else None

    def _perform(self, now: float, event: AnyEvent) -> None:
        match event:
            case KillLeader() | KillNonLeader():
                self._kill(now, self._chosen("leader" if isinstance(event, KillLeader) else "follower"))
            case PartEasy() | PartHard() | PartLeader() | PartOneway() | PartEnd() | Heal():
                self._change_ways(now, event)
            case Drops() | Duplicate() | Delay() | Reorder() | Corrupt():
                self._network.faults.set(event)
                self._journal.add(now, f"{type_of(event)} of {event.rate:.0%} of the messages from now on")
            case Hostile():
                self._set_hostility(now, event.per_second)
                self._journal.add(now, f"{event.per_second:g} hostile datagrams a second to each replica from now on")
            case PauseEvent():
                self._pause(now, self._chosen(event.replica))
            case ResumeEvent():
                self._resume(now, event.replica)
            case Caption():
                self._journal.caption = event.text
                self._journal.add(now, event.text)
            case _:
                assert_never(event)

    def _chosen(self, wanted: str) -> NodeId | None:
        """The replica that an event names, if it lives; a random one of those that it describes."""
        living = self._cluster.living()
        leader = self._leader()
        match wanted:
            case "leader":
                return leader
            case "follower":
                candidates = [name for name in living if name != leader]
            case "random":
                candidates = living
            case _:
                candidates = [name for name in living if name == wanted]
        return self._rng.choice(candidates) if candidates else None

    def _kill(self, now: float, name: NodeId | None) -> None:
        if name is None:
            self._journal.add(now, "there is no replica left to kill")
            return
        led = name == self._leader()
        self._cluster.replicas[name].state = State.KILLED
        self._clients.forget_leader(name)
        if led:
            self._cluster.leader = None
            self._failovers.begin(now, name, "killed")
        self._journal.add(now, f"killed {name}, {'the leader' if led else 'which did not lead'}")
        self._act(Terminate(replica=name))

    def _pause(self, now: float, name: NodeId | None) -> None:
        if name is None or self._cluster.replicas[name].state is not State.UP:
            self._journal.add(now, "there is no such replica to pause")
            return
        led = name == self._leader()
        self._cluster.replicas[name].state = State.PAUSED
        if led:
            self._failovers.begin(now, name, "paused")
        self._journal.add(now, f"paused {name}{', the leader' if led else ''}")
        self._act(Pause(replica=name))

    def _resume(self, now: float, wanted: str) -> None:
        for name, replica in self._cluster.replicas.items():
            if replica.state is State.PAUSED and wanted in {"all", name}:
                replica.state = State.UP
                self._journal.add(now, f"resumed {name}")
                self._act(Resume(replica=name))
        self._failovers.give_back("paused")

    def _change_ways(self, now: float, event: Split | PartOneway | PartEnd | Heal) -> None:
        """Change who can talk to whom; a leader that is cut off by it is a failover to be timed."""
        leader = self._leader()
        was_cut = leader is not None and self._network.partition.is_cut(leader)
        match event:
            case PartEasy() | PartHard() | PartLeader():
                self._split(now, event, leader)
            case PartOneway():
                self._cut_one_way(now, event)
            case PartEnd() | Heal():
                self._heal(now, event)
        if leader is not None and not was_cut and self._network.partition.is_cut(leader):
            self._failovers.begin(now, leader, "cut off")

    def _split(self, now: float, event: Split, leader: NodeId | None) -> None:
        living = self._cluster.living()
        majority = self._majority(event, living, leader)
        self._network.partition.split(majority)
        if not isinstance(event, PartEasy):
            self._cluster.leader = None
            self._clients.forget_leader()
        groups = (sorted(majority), [name for name in living if name not in majority])
        self._journal.add(now, f"{_kind_of(event)}: " + " | ".join(" ".join(group) for group in groups))

    def _majority(self, event: Split, living: list[NodeId], leader: NodeId | None) -> list[NodeId]:
        """A random majority: with the leader, without it, or either, as the event has it."""
        led = [] if leader is None else [leader]
        kept = led if isinstance(event, PartEasy) else []
        left_out = led if isinstance(event, PartLeader) else []
        others = [name for name in living if name not in kept and name not in left_out]
        return kept + self._rng.sample(others, min(self._cluster.majority - len(kept), len(others)))

    def _cut_one_way(self, now: float, event: PartOneway) -> None:
        name = self._chosen(event.replica)
        if name is None:
            self._journal.add(now, "there is no such replica to cut off")
        elif event.direction == "send_only":
            self._network.partition.deafen(name)
            self._journal.add(now, f"{name} can only send from now on")
        else:
            self._network.partition.silence(name)
            self._journal.add(now, f"{name} can only receive from now on")

    def _heal(self, now: float, event: PartEnd | Heal) -> None:
        """End partitions, those also that still waited for a leader."""
        self._waiting = [other for other in self._waiting if not isinstance(other, PartEasy | PartLeader | PartOneway)]
        self._failovers.give_back("cut off")
        if isinstance(event, Heal):
            self._network.heal()
            self._set_hostility(now, 0.0)
            self._journal.add(now, "the network is healed of everything")
        else:
            self._network.partition.heal()
            self._journal.add(now, "all partitions end")


def _kind_of(event: Split) -> str:
    """What the journal calls a partition."""
    match event:
        case PartEasy():
            return "an easy partition"
        case PartHard():
            return "a hard partition"
        case PartLeader():
            return "the leader is cut off from a majority"
