"""Well-formed lies in the name of peers: they may cost a replica its log or its leader, but never its life.

Assertions are fail-stop, so none may be within the reach of the network. The liar here is a clever one: it knows the
terms, the indexes and the clock of whom it lies to, and so gets past every plausibility check there is.
"""

from collections.abc import Callable
from itertools import count
from random import Random
from typing import Final

import pytest

from actors.settings import Settings
from messages.codec import Rejection, decode, encode, records_checksum, stamp_of, stamped
from messages.entry import Entry, Write
from messages.ids import NOBODY, ClientId, DiskId, Instant, LogIndex, NodeId, RequestId, Term
from messages.wire import (
    AppendAccepted,
    AppendEntries,
    AppendRejected,
    InstallSnapshot,
    Introduce,
    Introduced,
    LeaderCheck,
    PeerMessage,
    PreVote,
    PreVoteReply,
    RequestVote,
    SnapshotReply,
    VoteReply,
)
from tests.actors.cluster import Cluster, Node
from tests.actors.consensus.clients import encode_request
from tests.actors.consensus.sayings import get, put

LIES: Final = 1500
SETTINGS: Final = Settings(start_wait_ms=0, start_wait_per_peer_ms=0, requests_open_max=50)


class Liar:
    """Says anything that a peer could say to `victim`."""

    def __init__(self, random: Random, victim: Node) -> None:
        self._random: Final = random
        self._victim: Final = victim
        self._stamps: Final = count(1)
        self._patience = 0
        self._plays_leader = False

    def lie(self) -> bytes:
        """The datagram of one message that the codec takes."""
        while True:
            datagram = stamped(encode(self._message()), next(self._stamps))
            assert stamp_of(datagram), "nobody would look at what is in it"
            if not isinstance(decode(datagram), Rejection):
                return datagram

    def _message(self) -> PeerMessage:
        """Now it plays the leader, now it lets the victim win and lead, for a while each."""
        self._patience -= 1
        if self._patience <= 0:
            self._patience = self._random.randrange(20, 200)
            self._plays_leader = self._random.random() < 0.5
        says: list[Callable[[], PeerMessage]] = [self._pre_vote_reply, self._vote_reply, self._accepted, self._rejected]
        says += [self._part_taken]
        if self._plays_leader:
            says += [self._append, self._append, self._append, self._request_vote, self._pre_vote, self._leader_check]
            says += [self._introduce, self._introduced, self._install]
        return self._random.choice(says)()

    def _peer(self) -> NodeId:
        return self._random.choice([name for name in self._victim.cluster.nodes if name != self._victim.name])

    def _term(self) -> Term:
        term = self._victim.consensus._core.term
        if self._plays_leader and self._random.random() < 0.1:
            term = Term(term + self._random.choice([-9, -1, 1, 1, 1, 10**7]))
        return Term(max(0, term))

    def _index(self) -> LogIndex:
        log = self._victim.consensus._core.log
        near = self._random.choice([0, log.commit_index, log.last_index, log.durable_index])
        return LogIndex(max(0, near + self._random.randrange(-2, 3)))

    def _term_at(self, index: LogIndex) -> Term:
        terms = self._victim.consensus._core.log.terms
        if index <= terms.last_index and self._random.random() < 0.8:
            return terms.term_at(index)
        return self._term()

    def _at(self) -> Instant:
        now = self._victim.now()
        return Instant(self._random.choice([0.0, now, now - 0.001, now - self._random.random(), now + 5]))

    def _pre_vote(self) -> PreVote:
        last = self._index()
        return PreVote(
            src=self._peer(),
            dst=self._victim.name,
            leader=self._peer(),
            term=self._term(),
            last_log_index=last,
            last_log_term=self._term_at(last),
        )

    def _request_vote(self) -> RequestVote:
        last = self._index()
        return RequestVote(
            src=self._peer(),
            dst=self._victim.name,
            leader=self._peer(),
            term=self._term(),
            last_log_index=last,
            last_log_term=self._term_at(last),
        )

    def _pre_vote_reply(self) -> PreVoteReply:
        return PreVoteReply(
            src=self._peer(),
            dst=self._victim.name,
            leader=self._peer(),
            term=self._term(),
            proposed=Term(self._victim.consensus._core.term + 1),
            granted=self._random.random() < 0.8,
        )

    def _vote_reply(self) -> VoteReply:
        return VoteReply(
            src=self._peer(),
            dst=self._victim.name,
            leader=self._peer(),
            term=self._term(),
            granted=self._random.random() < 0.8,
        )

    def _append(self) -> AppendEntries:
        prev = self._index()
        prev_term = self._term_at(prev)
        entries = self._entries(prev_term)
        return AppendEntries(
            src=self._peer(),
            dst=self._victim.name,
            leader=self._peer(),
            term=Term(max(self._term(), prev_term)),
            prev_log_index=prev,
            prev_log_term=prev_term,
            entries=entries,
            commit_index=self._index(),
            at=self._at(),
            quiet=False,
        )

    def _entries(self, least: Term) -> tuple[Entry, ...]:
        term, entries = max(least, 1), list[Entry]()
        for _ in range(self._random.randrange(4)):
            term += self._random.choice([0, 0, 0, 1])
            mid = RequestId(str(self._random.randrange(200)))
            write = Write(client=ClientId("0100"), MID=mid, key="key", value="a lie")
            entries.append(Entry(term=Term(term), write=self._random.choice([None, write])))
        return tuple(entries)

    def _install(self) -> InstallSnapshot:
        """All of a snapshot in one part, from whom the victim follows; what it says of terms and writes is invented."""
        core = self._victim.consensus._core
        leader = self._peer() if core.leader in {None, core.me} else core.leader_or_nobody
        term = Term(max(self._term(), 1))
        terms = sorted({self._random.choice([-1, 0, 1, term]) for _ in range(3)} | {self._random.choice([1, term])})
        runs = ((f"t/{index:016d}", str(each)) for index, each in enumerate(terms, start=1) if each <= term)
        mid = str(self._random.randrange(200))
        write = (f"w/{self._random.randrange(3):016d}", f'[[{self._random.randrange(-1, 5)},"0100","{mid}"]]')
        records = (*runs, ("v/key", "a lie"), *self._random.choice([(), (write,)]))
        return InstallSnapshot(
            src=leader,
            dst=self._victim.name,
            leader=leader,
            term=term,
            last_included_index=LogIndex(core.log.commit_index + self._random.randrange(1, 6)),
            last_included_term=Term(terms[-1]),
            offset=LogIndex(0),
            records=records,
            checksum=records_checksum(records, 0),
            done=self._random.random() < 0.8,
            at=self._at(),
        )

    def _part_taken(self) -> SnapshotReply:
        return SnapshotReply(
            src=self._peer(),
            dst=self._victim.name,
            leader=self._victim.name,
            term=self._term(),
            last_included_index=self._index(),
            offset=LogIndex(self._random.choice([0, 1, 10**6])),
            at=self._at(),
        )

    def _accepted(self) -> AppendAccepted:
        return AppendAccepted(
            src=self._peer(),
            dst=self._victim.name,
            leader=self._victim.name,
            term=self._term(),
            match_index=self._index(),
            commit_index=self._index(),
            at=self._at(),
        )

    def _rejected(self) -> AppendRejected:
        conflict = self._index()
        return AppendRejected(
            src=self._peer(),
            dst=self._victim.name,
            leader=self._victim.name,
            term=self._term(),
            prev_log_index=self._index(),
            conflict_index=LogIndex(conflict + 1),
            conflict_term=self._random.choice([Term(0), self._term_at(conflict)]),
            at=self._at(),
        )

    def _leader_check(self) -> LeaderCheck:
        return LeaderCheck(src=self._peer(), dst=self._victim.name, leader=self._victim.name, term=self._term())

    def _introduce(self) -> Introduce:
        return Introduce(src=self._peer(), dst=self._victim.name, leader=NOBODY, disk=self._disk())

    def _introduced(self) -> Introduced:
        known = self._random.random() < 0.5
        return Introduced(src=self._peer(), dst=self._victim.name, leader=NOBODY, disk=self._disk(), known=known)

    def _disk(self) -> DiskId:
        return DiskId(self._random.choice(("this", "that")))


@pytest.mark.parametrize("seed", range(40))
def test_no_lie_stops_a_replica(seed: int) -> None:
    """Scenario 39: neither Consensus nor any actor behind it; what is promised only grows; nothing piles up."""
    random = Random(f"liar {seed}")
    cluster = Cluster(3, seed, SETTINGS)
    victim = random.choice(list(cluster.nodes.values()))
    liar = Liar(random, victim)
    for node in cluster.nodes.values():
        node.is_dead = node is not victim and random.random() < 0.7
    cluster.run(1.8)
    for number in range(LIES):
        before = victim.consensus._core.term, victim.consensus._core.log.commit_index
        victim.receive(liar.lie())
        if random.random() < 0.3:
            mid = str(number % 200)
            is_read = random.random() < 0.5
            victim.receive(encode_request(get(mid, dst=victim.name) if is_read else put(mid, dst=victim.name)))
        if random.random() < 0.5:
            cluster.run(random.choice([0.0005, 0.002, 0.05, 0.2]))
        after = victim.consensus._core.term, victim.consensus._core.log.commit_index
        assert after[0] >= before[0]
        assert after[1] >= before[1]
    cluster.run(1.0)
    assert len(victim.consensus._requests._open) <= SETTINGS.requests_open_max
    assert len(cluster.ready) < 10
