"""One run of a configuration, as a state machine without clock, socket, process or hidden randomness.

Whoever drives it tells it what happened and when (`advance`, `receive`, `exited`), and carries out the actions that
each of these returns. Times are seconds since the run began and never go back. The seed and the order of these calls
decide everything.
"""

from __future__ import annotations

import random
from collections import Counter

from simulator.actions import Action, Deliver, Exit, Start, Terminate
from simulator.agenda import Agenda
from simulator.breaches import Breaches
from simulator.choice import Choice
from simulator.client import AnswerError
from simulator.clients import Clients
from simulator.cluster import GONE, Cluster, State
from simulator.config import Config
from simulator.events import AnyEvent
from simulator.failover import Failovers
from simulator.hostile import HostileSource
from simulator.hostility import Hostility
from simulator.ids import BROADCAST, NOBODY, NodeId, client_ids, outsider_ids
from simulator.journal import Entry, Journal
from simulator.network import Faults, Network
from simulator.partition import Partition
from simulator.repeats import Repeats
from simulator.router import Router
from simulator.script import Script
from simulator.wire import HELLO, Header, MalformedError, read_answer, read_header
from simulator.workload import Workload


class Run:
    """One run; see the module's description."""

    def __init__(self, config: Config, seed: int) -> None:
        self.config = config
        self.seed = seed
        self.cluster = Cluster.of(config.replicas)
        self.agenda = Agenda()
        partition = Partition(names=tuple(self.cluster.replicas))
        self.network = Network(self._rng("network"), Faults(drops=config.drops), partition)
        self.router = Router(self.cluster, self.network, self.agenda, self._deliver)
        self.journal = Journal(config.start_wait)
        self.failovers = Failovers()
        self.breaches = Breaches()
        self.repeats = Repeats(config.repeats / 100, self._rng("repeats"), self.agenda)
        self.clients = Clients(
            client_ids(config.replicas),
            self.cluster,
            self._rng("clients"),
            self._deliver,
            self.journal.add,
            self.repeats,
            value_size=config.value_size,
            shared_keys=config.shared_keys,
        )
        self.workload = Workload(config, self.clients, self.agenda, self._rng("workload"), self._finish)
        source = HostileSource(self._rng("hostile"), tuple(self.cluster.replicas))
        self.hostility = Hostility(source, self.cluster, self.agenda, self._deliver)
        self.over = False
        self.ended_at: float | None = None
        self.answers_to_outsiders = 0
        self._script = Script(
            cluster=self.cluster,
            network=self.network,
            clients=self.clients,
            journal=self.journal,
            failovers=self.failovers,
            choice=Choice(self.cluster, self._rng("events")),
            act=self._act,
            set_hostility=self.hostility.set,
            flood=self.workload.flood,
            ask=self.workload.one_more,
            restart_at=self._restart_at,
            durable=config.durable,
            agenda=self.agenda,
            rng=self._rng("unseating"),
        )
        self._outsiders = frozenset[str](outsider_ids())
        self._actions: list[Action] = []
        self._enter()

    # What the driver calls.

    @property
    def next_time(self) -> float | None:
        """When to call `advance` at the latest; None when the run is over."""
        return None if self.over else self.agenda.next_time

    def advance(self, now: float) -> list[Action]:
        """Do all that is due by `now`."""
        if not self.over:
            self.agenda.run_due(now)
        return self._taken()

    def receive(self, now: float, sender: NodeId, payload: bytes) -> list[Action]:
        """Take a datagram that a replica sent."""
        if not self.over:
            try:
                self._dispatch(now, sender, read_header(payload), payload)
            except MalformedError as error:
                self._incorrect(now, f"{sender}'s datagram {error}: {payload[:80]!r}")
            except AnswerError as error:
                self._incorrect(now, f"{sender} {error}")
            self._script.leader_may_be_known(now)
        return self._taken()

    def exited(self, now: float, name: NodeId, how: Exit) -> list[Action]:
        """Take note that a replica's process is gone."""
        replica = self.cluster.replicas[name]
        replica.exit = how
        if replica.state not in GONE and replica.may_fail:
            replica.state = State.KILLED
            self.clients.forget_leader(name)
            self.journal.add(now, f"{name} ended itself: {how.last_words}")
        elif replica.state not in GONE:
            replica.state = State.DIED
            self.clients.forget_leader(name)
            last_line = how.last_words.rpartition("\n")[2] or "it printed nothing"
            text = f"{name} died by itself (exit code {how.code}): {last_line}"
            self.journal.add(now, text)
            self.breaches.deaths.append(Entry(at=now - self.config.start_wait, text=text))
            self._abort_if_nobody_is_left(now)
        elif replica.restarts_at is not None and replica.restarts_at <= now:
            self._start(now, name)
        return self._taken()

    def end(self, now: float) -> list[Action]:
        """End the run before its time: nothing more will happen."""
        self._finish(now)
        return self._taken()

    @property
    def injected(self) -> Counter[str]:
        """How often each type of event was done to replicas and network."""
        return self._script.injected

    @property
    def is_unseating(self) -> bool:
        """Whether leaders are being taken away as soon as they lead."""
        return self._script.unseating.is_on

    def is_ready(self, name: NodeId) -> bool:
        """Whether a replica has said hello."""
        return self.cluster.replicas[name].ready_at is not None

    def note_ready_cpu(self, name: NodeId, cpu_s: float | None) -> None:
        """Take note how much processor time a replica had used when it said hello."""
        self.cluster.replicas[name].ready_cpu_s = cpu_s

    # What is due at which time.

    def _enter(self) -> None:
        """Enter all that is known beforehand."""
        config = self.config
        late = config.late_start
        for name in self.cluster.replicas:
            self._start_at(late.delay if late is not None and late.replica == name else 0.0, name)
        for event in config.all_events:
            self._play_at(config.start_wait + event.time, event)
        self.agenda.at(config.start_wait, self._first_request)
        self.agenda.at(config.start_wait + config.lifetime + config.end_wait, self._finish)

    def _play_at(self, time_s: float, event: AnyEvent) -> None:
        self.agenda.at(time_s, lambda now: self._script.happen(now, event))

    def _start_at(self, time_s: float, name: NodeId) -> None:
        self.agenda.at(time_s, lambda now: self._start(now, name))

    def _start(self, now: float, name: NodeId) -> None:
        """Start a process of a replica; while the one before it is not gone, that waits until it has `exited`."""
        replica = self.cluster.replicas[name]
        is_again = replica.state is State.KILLED
        if self.over or not replica.is_expected or (is_again and replica.exit is None):
            return
        if is_again:
            self.journal.add(now, f"{name} is started again")
            self.failovers.give_back("killed")
        replica.begin(now)
        self._act(Start(replica=name))

    def _restart_at(self, time_s: float, name: NodeId) -> None:
        self.cluster.replicas[name].restarts_at = time_s
        self._start_at(time_s, name)

    def _first_request(self, now: float) -> None:
        if not self.cluster.living():
            self._abort(now, "no replica had said hello when the first request was due")
        else:
            self.workload.begin(now)

    # Messages.

    def _dispatch(self, now: float, sender: NodeId, header: Header, payload: bytes) -> None:
        self._check(sender, header)
        if header.type == HELLO:
            self._hello(now, sender)
            return
        if not self.is_ready(sender):
            raise MalformedError("came before its hello")
        self.cluster.learn_leader(sender, header.leader)
        if self.clients.knows(header.dst):
            self._answer(now, sender, NodeId(header.dst), payload)
        elif header.dst == BROADCAST or header.dst in self.cluster.replicas:
            self._between_replicas(now, sender, header, payload)
        elif header.dst in self._outsiders and self.hostility.sent:
            self.answers_to_outsiders += 1
        else:
            raise MalformedError(f"is for {header.dst!r}, which is neither a replica nor a client")

    def _check(self, sender: NodeId, header: Header) -> None:
        if header.src != sender:
            raise MalformedError(f"says that it comes from {header.src!r}")
        if header.leader != NOBODY and header.leader not in self.cluster.replicas:
            raise MalformedError(f"names {header.leader!r} as leader, which is no replica")

    def _hello(self, now: float, sender: NodeId) -> None:
        replica = self.cluster.replicas[sender]
        if replica.state is State.STARTING:
            replica.state = State.UP
            replica.ready_at = now

    def _between_replicas(self, now: float, sender: NodeId, header: Header, payload: bytes) -> None:
        reign = self.cluster.observe(now, sender, header)
        if reign is not None:
            term = "" if reign.term is None else f" in term {reign.term}"
            self.journal.add(now, f"{reign.leader} leads{term}")
            self._script.unseating.leads(now, reign.leader)
        self.hostility.overhear(payload)
        unready = self.router.route(now, sender, NodeId(header.dst), header.type, payload)
        for name in unready:
            self._lose_unready(now, sender, name)
        if self.router.traffic.total > self.config.max_packets:
            self._abort(now, f"more than {self.config.max_packets} messages were sent between replicas")

    def _lose_unready(self, now: float, sender: NodeId, name: NodeId) -> None:
        """Mark a replica dead for good, for somebody sent it a message before its hello."""
        replica = self.cluster.replicas[name]
        started = replica.state is State.STARTING
        replica.state = State.LOST
        text = f"{sender} sent {name} a message before {name} had said hello, {now:.3f} s after the start"
        self.journal.add(now, text)
        self.breaches.early.append(Entry(at=now - self.config.start_wait, text=text))
        if started:
            self._act(Terminate(replica=name))

    def _answer(self, now: float, sender: NodeId, to: NodeId, payload: bytes) -> None:
        attempt = self.clients.answer(now, sender, to, read_answer(payload))
        if attempt is not None:
            self.failovers.served(now, sender, attempt.sent_at)
        self.workload.answered(now)

    def _incorrect(self, now: float, text: str) -> None:
        if self.breaches.note_incorrect(Entry(at=now - self.config.start_wait, text=text)):
            self.journal.add(now, f"incorrect: {text}")

    # The end.

    def _abort_if_nobody_is_left(self, now: float) -> None:
        if all(each.state in GONE and not each.is_expected for each in self.cluster.replicas.values()):
            self._abort(now, "no replica was left")

    def _abort(self, now: float, why: str) -> None:
        if not self.over:
            self.breaches.aborted = why
            self.journal.add(now, f"the run was ended: {why}")
            self._finish(now)

    def _finish(self, now: float) -> None:
        if self.over:
            return
        self.over = True
        self.ended_at = now
        self._script.give_up(now)
        for name, replica in self.cluster.replicas.items():
            if replica.state not in GONE and replica.state is not State.WAITING:
                replica.state = State.ENDED
                self._act(Terminate(replica=name))

    # Actions.

    def _rng(self, stream: str) -> random.Random:
        """A generator of its own for each part, so that what one draws does not shift the others."""
        return random.Random(f"{self.seed}/{stream}")

    def _deliver(self, to: NodeId, payload: bytes) -> None:
        if self.cluster.is_living(to):
            self._act(Deliver(to=to, payload=payload))

    def _act(self, action: Action) -> None:
        self._actions.append(action)

    def _taken(self) -> list[Action]:
        actions, self._actions = self._actions, []
        return actions
