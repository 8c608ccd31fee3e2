"""Liveness: once nothing is wrong any more, somebody leads, all are answered, all agree, and then it is quiet.

Quiet, not silent: also in the quiet, the leader hears from each of its followers now and then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from actors.replicator import QUIET_MAX
from actors.settings import Settings
from messages.ids import NodeId
from simulator.cluster import GONE
from simulator.ids import NodeId as RunId
from simulator.virtual.calm import Calm, end_of_events
from simulator.virtual.reach import reach
from simulator.virtual.showing import Showing
from simulator.virtual.standing import Standing

if TYPE_CHECKING:
    from simulator.virtual.node import Node
    from simulator.virtual.world import World

SETTLES: Final = "once nothing is wrong, one leads, all is answered, and all agree (liveness)"
STAYS_QUIET: Final = "while nothing is wrong, nobody begins a term (Raft §5.2)"
SAYS_LITTLE: Final = "while nothing is asked, replicas send heartbeats and no more"
HEARS_ALL: Final = "a leader hears from every follower that it can talk to, every few heartbeats"

_LOOK_EVERY_S: Final = 0.1
_ELECTIONS: Final = 8
"""So many of the longest election timeouts may pass before all is settled: votes may be split a few times."""

_RECORD_BYTES: Final = 60
"""What a record of a snapshot takes besides a key and a value: at most about so much."""

_SLACK: Final = 8
"""Messages to each replica that are not heartbeats, or just before or behind the time that they are counted in."""

_SLACK_GONE: Final = 24
"""Those to one that is gone: it is given up step by step."""

_SLACK_S: Final = 0.3
"""For the way there and back, and for whoever has just come back and is still given up."""


class Settling:
    """Looks at a world from time to time, from its beginning on; what it finds goes to the world's watch."""

    def __init__(self, world: World) -> None:
        self._world: Final = world
        self._run: Final = world.run
        self._bound_s: Final = _bound_s(world.settings)
        self._quiet_s: Final = _quiet_s(world.settings)
        self._silence_s: Final = _silence_s(world.settings)
        self.events_until: Final = end_of_events(world.run.config)
        self._showing: Final = Showing(world)
        self._standing: Final = Standing(world)
        self._calm: Final = Calm(world)
        self._calm_since: float | None = None
        self.settled_at: float | None = None
        self._term = 0
        self._messages = 0
        world.at(_LOOK_EVERY_S, self._look, None)

    @property
    def is_to_be_awaited(self) -> bool:
        """Whether nothing is wrong any more, so that it will be known whether all settles and stays quiet."""
        return self._calm_since is not None

    def describe(self) -> str:
        """How it stands, for the report."""
        if self._calm_since is None:
            return "not asked, for something was wrong until the end"
        if self.settled_at is None:
            calm_s = self._world.now - self._calm_since
            return f"nothing was wrong for {calm_s:.1f} s, {self._allowed_s():.1f} s are allowed"
        after_s, quiet_s = self.settled_at - self._calm_since, self._world.now - self.settled_at
        return f"settled {after_s:.1f} s after the last fault and request, and quiet for {quiet_s:.1f} s"

    def _look(self, _: None) -> None:
        world = self._world
        world.at(world.now + _LOOK_EVERY_S, self._look, None)
        self._showing.look()
        self._standing.look()
        if not self._calm.is_now():
            self._calm_since = self.settled_at = None
        elif self._calm_since is None:
            self._calm_since = world.now
        elif self.settled_at is None:
            self._wait_for_agreement(world.now, self._calm_since)
        else:
            self._listen(world.now, self.settled_at)

    # --- until all agree ---------------------------------------------------------------------------------------

    def _wait_for_agreement(self, now: float, since: float) -> None:
        missing = self._missing(since)
        if missing is None:
            self.settled_at = now
            self._term = self._highest_term()
            self._messages = self._run.router.traffic.total
        elif now - since > self._allowed_s():
            sentence = f"{now - since:.1f} s after the last fault and request, {missing}"
            self._world.watch.report(SETTLES, sentence, "liveness")

    def _allowed_s(self) -> float:
        return self._bound_s + self._transfer_s()

    def _transfer_s(self) -> float:
        """How long a snapshot of all that is committed takes, part by part, as slowly as the settings have it.

        Who lacks what was dropped needs one. Each of its records may be a part, and each entry a record; otherwise two
        parts that follow one another are larger, together, than one may be.
        """
        settings, committed, model = self._world.settings, self._world.watch.committed_index, self._world.model()
        if committed <= settings.snapshot_margin:
            return 0.0
        size = sum(len(key) + len(value) for key, value in model.items()) + _RECORD_BYTES * (len(model) + committed)
        parts = min(len(model) + committed, 2 * size / settings.part_bytes + 1)
        return parts * (settings.snapshot_pause_ms + 2 * self._run.config.virtual.latency_ms[1]) / 1000

    def _highest_term(self) -> int:
        return max(self._world.watch.replicas[NodeId(name)].hard_state[0] for name in self._calm.voters())

    def _missing(self, since: float) -> str | None:
        """What is not as it should be in the end, in words; None when all is.

        Nobody leads for good before a majority has said something to it since nothing is wrong any more: one that was
        out of reach for long does right to step down, however well it looks.

        Of whoever is cut off, only little can be asked: it does not lead, and if it can talk to a majority, it hears
        from them whom its clients are to ask.
        """
        reached = self._calm.voters()
        replicas = self._world.watch.replicas
        leaders = [name for name in reached if replicas[NodeId(name)].is_leading]
        if len(leaders) != 1:
            return f"{' and '.join(leaders) or 'nobody'} leads"
        (leader,), majority = leaders, self._run.cluster.majority
        if len(reached[leader]) < majority:
            return f"{leader} leads, and can talk to {len(reached[leader]) - 1} others"
        sent_at = self._world.watch.sent_at
        heard = sum(sent_at.get((NodeId(name), NodeId(leader)), 0.0) >= since for name in reached[leader])
        if heard + 1 < majority:
            return f"{leader} leads, and has heard {heard} others"
        for name, others in reached.items():
            waits = self._waits(name, reaches_leader=leader in others)
            if waits and len(others) >= majority:
                return f"{waits} requests to {name} are not answered"
        followers = [NodeId(name) for name in sorted(reach(self._run)[leader])]
        terms = {name: replicas[name].hard_state[0] for name in followers}
        if len(set(terms.values())) != 1:
            return f"the replicas are in different terms: {terms}"
        nodes = self._world.machines.nodes
        return next((lack for name in followers if (lack := self._lack(nodes[name])) is not None), None)

    def _waits(self, name: RunId, *, reaches_leader: bool) -> int:
        """How many requests wait at a replica that could answer them.

        One that cannot talk to the leader can redirect its clients by hearsay; but of a write that it put into its own
        log when it led, only the log can say what became of it.
        """
        clients = self._run.clients
        if reaches_leader or not clients.waiting_at[name]:
            return clients.waiting_at[name]
        incarnation = self._run.cluster.replicas[name].incarnation
        return sum(
            each.is_owed and not each.is_answered and (each.replica, each.incarnation) == (name, incarnation)
            for attempt in clients.attempts()
            if attempt.mid not in self._world.watch.logged
            for each in attempt.sendings
        )

    def _lack(self, node: Node) -> str | None:
        """What a replica has, or has not, that differs from what is committed."""
        watch = self._world.watch
        log, last = watch.replicas[node.name].log, watch.committed_index
        applied = node.state_machine.last_applied
        if (log.last_index, applied) != (last, last):
            return f"{node.name} has a log of {log.last_index} entries, {applied} of them applied; {last} are committed"
        if node.state_machine.values != self._world.model():
            return f"{node.name} has applied all, and its map is another than the log makes"
        return None

    # --- and then ----------------------------------------------------------------------------------------------

    def _listen(self, now: float, since: float) -> None:
        """Nothing happens any more: no election, and no more messages than heartbeats need."""
        term = self._highest_term()
        if term != self._term:
            sentence = f"term {term} began in a cluster that had agreed in {self._term}"
            self._world.watch.report(STAYS_QUIET, sentence, "liveness")
        elif now - since > self._quiet_s:
            self._ask_whom_the_leader_hears(now)
            if not self._run.network.partition.active:
                self._count_messages(now - since)
            self._world.end()

    def _ask_whom_the_leader_hears(self, now: float) -> None:
        """One that never answers is one of which the leader does not know how far it is."""
        watch, calm_since = self._world.watch, self._calm_since
        assert calm_since is not None, "it is quiet because nothing is wrong"
        for name in self._calm.voters():
            if not watch.replicas[NodeId(name)].is_leading:
                continue
            for other in sorted(reach(self._run)[name] - {name}):
                silent_s = now - max(watch.sent_at.get((NodeId(other), NodeId(name)), 0.0), calm_since)
                if silent_s > self._silence_s:
                    sentence = f"{name} has not heard {other} for {silent_s:.1f} s; {self._silence_s:.1f} s are allowed"
                    watch.report(HEARS_ALL, sentence, "liveness")

    def _count_messages(self, seconds: float) -> None:
        settings, replicas = self._world.settings, self._run.cluster.replicas.values()
        sent = self._run.router.traffic.total - self._messages
        fastest = 1 + settings.clock_error_percent / 100
        per_s = 2 * fastest * 1000 / min(settings.heartbeat_ms, settings.probe_max_ms)
        gone = sum(1 for replica in replicas if replica.state in GONE)
        allowed = (len(replicas) - 1) * (seconds * per_s + _SLACK) + gone * _SLACK_GONE
        if sent > allowed:
            sentence = f"{sent} messages in {seconds:.1f} s, and heartbeats are at most {allowed:.0f}"
            self._world.watch.report(SAYS_LITTLE, sentence, "liveness")


def longest_s(settings: Settings) -> float:
    """How long it takes at most, from when nothing is wrong any more, until it is known whether all settles."""
    return _bound_s(settings) + _quiet_s(settings) + 4 * _LOOK_EVERY_S


def _bound_s(settings: Settings) -> float:
    return (_ELECTIONS * settings.election_timeout_max_ms + 2 * settings.probe_max_ms) / 1000


def _silence_s(settings: Settings) -> float:
    """How long a follower may say nothing: some heartbeats need no answer, and one more wait may be a probe's."""
    slowest = 1 - settings.clock_error_percent / 100
    return ((QUIET_MAX + 1) * settings.heartbeat_ms + settings.probe_max_ms) / 1000 / slowest + _SLACK_S


def _quiet_s(settings: Settings) -> float:
    return 2 * settings.election_timeout_max_ms / 1000 + 0.5
