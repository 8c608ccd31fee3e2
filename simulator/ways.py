"""Making the events happen that change who can talk to whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias, assert_never

from simulator.choice import Choice
from simulator.clients import Clients
from simulator.cluster import Cluster
from simulator.events import CutLink, PartEasy, PartEnd, PartHard, PartLeader, PartOneway, PartStar
from simulator.failover import Failovers
from simulator.ids import NodeId
from simulator.journal import Journal
from simulator.partition import Partition

Split: TypeAlias = PartEasy | PartHard | PartLeader
Change: TypeAlias = Split | PartOneway | PartStar | CutLink | PartEnd


class Ways:
    """Cuts ways between replicas, and opens them; a leader that is cut off by it is a failover to be timed."""

    def __init__(
        self,
        *,
        cluster: Cluster,
        partition: Partition,
        clients: Clients,
        journal: Journal,
        failovers: Failovers,
        choice: Choice,
    ) -> None:
        self._cluster: Final = cluster
        self._partition: Final = partition
        self._clients: Final = clients
        self._journal: Final = journal
        self._failovers: Final = failovers
        self._choice: Final = choice

    def change(self, now: float, event: Change) -> None:
        """Make `event` happen now."""
        self._watching_the_leader(now, lambda: self._perform(now, event))

    def _watching_the_leader(self, now: float, change: Callable[[], None]) -> None:
        leader = self._choice.leader()
        was_cut = leader is not None and self._partition.is_cut(leader)
        change()
        if leader is not None and not was_cut and self._partition.is_cut(leader):
            self._failovers.begin(now, leader, "cut off")

    def _perform(self, now: float, event: Change) -> None:
        match event:
            case PartEasy() | PartHard() | PartLeader():
                self._split(now, event)
            case PartOneway():
                self._cut_one_way(now, event)
            case PartStar():
                self._make_star(now, event)
            case CutLink():
                self._cut_link(now, event)
            case PartEnd():
                self.open_all()
                self._journal.add(now, "all partitions end")
            case _:
                assert_never(event)

    def open_all(self) -> None:
        """All can talk to all."""
        self._failovers.give_back("cut off")
        self._partition.heal()

    def _split(self, now: float, event: Split) -> None:
        living = self._cluster.living()
        majority = self._majority(event, living)
        self._partition.split(majority)
        if not isinstance(event, PartEasy):
            self._cluster.leader = None
            self._clients.forget_leader()
        groups = (sorted(majority), [name for name in living if name not in majority])
        self._journal.add(now, f"{_kind_of(event)}: " + " | ".join(" ".join(group) for group in groups))

    def _majority(self, event: Split, living: list[NodeId]) -> list[NodeId]:
        """A random majority: with the leader, without it, or either, as the event has it."""
        named = self._choice.of(event.replica if isinstance(event, PartLeader) else "leader")
        led = [] if named is None else [named]
        kept = led if isinstance(event, PartEasy) else []
        left_out = led if isinstance(event, PartLeader) else []
        others = [name for name in living if name not in kept and name not in left_out]
        return kept + self._choice.some(others, self._cluster.majority - len(kept))

    def _cut_one_way(self, now: float, event: PartOneway) -> None:
        name = self._choice.of(event.replica)
        if name is None:
            self._journal.add(now, "there is no such replica to cut off")
        elif event.direction == "send_only":
            self._partition.deafen(name)
            self._journal.add(now, f"{name} can only send from now on")
        else:
            self._partition.silence(name)
            self._journal.add(now, f"{name} can only receive from now on")

    def _make_star(self, now: float, event: PartStar) -> None:
        hub = self._choice.of(event.replica)
        if hub is None:
            self._journal.add(now, "there is no such replica to keep the only links")
        else:
            self._partition.star(hub)
            self._journal.add(now, f"only {hub} can talk to the others from now on")

    def _cut_link(self, now: float, event: CutLink) -> None:
        a = self._choice.of(event.a)
        b = None if a is None else self._choice.of(event.b, other_than=a)
        if a is None or b is None:
            self._journal.add(now, "there are no two such replicas to cut the link between")
            return
        self._partition.cut(a, b)
        if event.both:
            self._partition.cut(b, a)
        text = f"{a} and {b} cannot talk to each other" if event.both else f"what {a} sends to {b} is lost"
        self._journal.add(now, f"{text} from now on")


def _kind_of(event: Split) -> str:
    """What the journal calls a partition."""
    match event:
        case PartEasy():
            return "an easy partition"
        case PartHard():
            return "a hard partition"
        case PartLeader():
            who = "the leader" if event.replica == "leader" else event.replica
            return f"{who} is cut off from a majority"
