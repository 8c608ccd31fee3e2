"""A replicator and one follower in virtual time, with a network between them that loses, delays and repeats; seeded."""

from functools import partial
from random import Random

from messages.consensus import HeartbeatDue
from messages.entry import Entry
from messages.ids import LogIndex, Term
from messages.replicator import ReplicatorMessage
from messages.timer import Rang
from messages.wire import AppendAccepted, AppendEntries, AppendRejected
from tests.actors.agenda import Agenda
from tests.actors.probes import of_kind
from tests.actors.replicator_stage import SETTINGS, TERM, Stage
from tests.actors.samples import ME, PEER, at, index, puts


class Follower:
    """Raft Figure 2, 'AppendEntries RPC', rules 2 to 4, and nothing else."""

    def __init__(self, log: tuple[Entry, ...]) -> None:
        self.log = list(log)

    def receive(self, append: AppendEntries) -> AppendAccepted | AppendRejected:
        prev = append.prev_log_index
        if prev > len(self.log) or (prev > 0 and self.log[prev - 1].term != append.prev_log_term):
            return self._reject(append)
        for position, entry in enumerate(append.entries, start=prev):
            if position < len(self.log) and self.log[position].term != entry.term:
                del self.log[position:]
            if position == len(self.log):
                self.log.append(entry)
        return AppendAccepted(
            src=PEER,
            dst=ME,
            leader=ME,
            term=append.term,
            match_index=index(prev + len(append.entries)),
            commit_index=index(0),
            at=append.at,
        )

    def _reject(self, append: AppendEntries) -> AppendRejected:
        return AppendRejected(
            src=PEER,
            dst=ME,
            leader=ME,
            term=append.term,
            prev_log_index=append.prev_log_index,
            conflict_index=index(max(1, min(append.prev_log_index, len(self.log) + 1))),
            conflict_term=Term(0),
            at=append.at,
        )


class World(Agenda):
    """Plays Consensus, the log store, the timer and the network for one replicator."""

    def __init__(self, seed: int) -> None:
        super().__init__(Stage(), Random(seed))
        self.loss = self.random.choice((0.0, 0.1, 0.3, 0.6))
        self.delay_s = self.random.choice((0.001, 0.01, 0.1, 0.4))
        self.thrift = self.random.choice((0.0, 0.5))
        self.match = 0
        self.datagrams = 0
        self.under_way: list[LogIndex] = []
        """Of each append that is not answered, the last index, since the replicator last went back."""
        self._sent_up_to = 0
        self._alarms_seen = 0
        shared = puts(1, self.random.randrange(20))
        mine, theirs = (self.random.randrange(20) for _ in range(2))
        self.follower = Follower((*shared, *puts(2, theirs, first=len(shared) + 1)))
        self._follow_up(self.stage.lead_with((*shared, *puts(3, mine, first=len(shared) + 1))))

    # --- Consensus ---------------------------------------------------------------------------------------------

    def grow(self) -> None:
        """Clients write now and again, until it is calm."""
        if not self.calm:
            self._propose(self.random.randint(1, 9))
            self.later(self.random.expovariate(40), self.grow)

    def _propose(self, entries: int) -> None:
        """What the peer is known to be ready for, Consensus sends itself; of some it learns with a heartbeat only."""
        if self.random.random() < self.thrift:
            self.stage.write_thriftily(entries)
            return
        sent = self.match == len(self.stage.log)
        if sent:
            self._send(self._append(entries))
        self._follow_up(self.stage.replicate(entries, sent=sent))

    def _append(self, entries: int) -> AppendEntries:
        last = len(self.stage.log)
        return AppendEntries(
            src=ME,
            dst=PEER,
            leader=ME,
            term=Term(TERM),
            prev_log_index=index(last),
            prev_log_term=self.stage.term_at(last),
            entries=puts(TERM, entries, first=last + 1),
            commit_index=index(0),
            at=at(self.stage.now),
            quiet=False,
        )

    def _answer_arrives(self, answer: AppendAccepted | AppendRejected) -> None:
        if isinstance(answer, AppendRejected):
            next_prev = min(answer.conflict_index, answer.prev_log_index) - 1
            self._follow_up(self.stage.reject(answer.prev_log_index, next_prev=next_prev, sent_at=float(answer.at)))
            return
        self.match = max(self.match, answer.match_index)
        self.under_way = [last for last in self.under_way if last > self.match]
        if not self.calm and self.random.random() < 0.3:
            self._propose(1)
        self._follow_up(self.stage.acknowledge(self.match, sent_at=float(answer.at)))

    # --- the network, the log store and the timer --------------------------------------------------------------

    def _follow_up(self, sent: list[AppendEntries]) -> None:
        """Carry out what the replicator wants."""
        for append in sent:
            self._send(append)
        for wanted in self.stage.reads.take():
            self.later(0.0001, partial(self._tell, self.stage.entries_for(wanted)))
        for due, epoch in self.stage.timer.alarms[self._alarms_seen :]:
            self.later(due - self.stage.now, partial(self._ring, epoch))
        self._alarms_seen = len(self.stage.timer.alarms)
        for _ in of_kind(self.stage.consensus.take(), HeartbeatDue):
            self._beat()

    def _beat(self) -> None:
        """A heartbeat is behind what is agreed, and takes no place in the window."""
        for append in self.stage.heartbeat():
            self._transmit(append)
        self._follow_up([])

    def _tell(self, message: ReplicatorMessage) -> None:
        self._follow_up(self.stage.tell(message))

    def _ring(self, epoch: int) -> None:
        self._tell(Rang(epoch=epoch, at=at(self.stage.now)))

    def _send(self, append: AppendEntries) -> None:
        """Count what is under way, and transmit it."""
        if append.prev_log_index < self._sent_up_to:
            self.under_way.clear()
        self._sent_up_to = append.prev_log_index + len(append.entries)
        self.under_way.append(index(self._sent_up_to))
        assert len(self.under_way) <= SETTINGS.window, "more than the window is under way"
        self._transmit(append)

    def _transmit(self, append: AppendEntries) -> None:
        for _ in range(self.copies()):
            self.later(self.delay(), lambda: self._reply(self.follower.receive(append)))

    def _reply(self, answer: AppendAccepted | AppendRejected) -> None:
        for _ in range(self.copies()):
            self.later(self.delay(), lambda: self._answer_arrives(answer))

    def copies(self) -> int:
        self.datagrams += 1
        return super().copies()
