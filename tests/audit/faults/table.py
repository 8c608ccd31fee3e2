"""The faults: what each puts in the place of what, and who is guilty then.

Each is a mistake that implementations of Raft have made, or could. A fault's seed is a story in which it shows, and, if
it can, breaks a rule; when the code changes, another seed may be needed, and `python -m tests.audit.faults` finds it.
"""

from dataclasses import dataclass
from typing import Final

from audit.invariants import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`right`, which stands once in the file, is replaced by `wrong`; `guilty` is an actor, and the message's class.

    In the story of `seed` it is the replica `node` that does wrong first. `breaks` are rules that are broken there.
    """

    name: str
    file: str
    right: str
    wrong: str
    seed: int
    node: str
    guilty: tuple[str, str]
    breaks: frozenset[Rule] = frozenset()
    fails: bool = False
    """Whether the replica fails by an assertion."""
    of_snapshots: bool = False
    """Whether it needs a story in which snapshots are taken all the time."""


FAULTS: Final = (
    Fault(
        name="a vote is not persisted",
        file="actors/log_store.py",
        right="        self._storage.save_hard_state(message.term, message.voted_for)\n",
        wrong="",
        seed=1,
        node="0003",
        guilty=("log_store", "SaveHardState"),
        breaks=frozenset({Rule.DURABLE_BEFORE_ANSWER, Rule.ELECTED_BY_A_MAJORITY}),
    ),
    Fault(
        name="an entry of an older term is committed by counting",
        file="actors/consensus/leading.py",
        right="if stored > log.commit_index and log.terms.term_at(stored) == self._core.term:",
        wrong="if stored > log.commit_index:",
        seed=1,
        node="0002",
        guilty=("consensus", "Inbound"),
        breaks=frozenset({Rule.COMMIT_OWN_TERM}),
    ),
    Fault(
        name="a leader counts the acknowledgement of an older term",
        file="actors/consensus/actor.py",
        right="        if message.term == core.term:\n",
        wrong="        if message.term == core.term or isinstance(message, AppendAccepted):\n",
        seed=120,
        node="0004",
        guilty=("consensus", "Inbound"),
    ),
    Fault(
        name="a follower acknowledges to a leader whose term is over",
        file="actors/consensus/actor.py",
        right="self._following.reject_stale(message)",
        wrong="self._append_entries(message)",
        seed=2,
        node="0002",
        guilty=("consensus", "Inbound"),
    ),
    Fault(
        name="votes are counted in a list, so one that comes twice counts twice",
        file="actors/consensus/quorum.py",
        right="""\
        self._granted: set[NodeId] = set()
        self._refused: set[NodeId] = set()

    def count(self, voter: NodeId, *, granted: bool) -> None:
        \"\"\"Take note of an answer; the first one of a voter stands.\"\"\"
        if not self.has_answered(voter):
            (self._granted if granted else self._refused).add(voter)
""",
        wrong="""\
        self._granted: list[NodeId] = []
        self._refused: list[NodeId] = []

    def count(self, voter: NodeId, *, granted: bool) -> None:
        (self._granted if granted else self._refused).append(voter)
""",
        seed=1,
        node="0000",
        guilty=("consensus", "Inbound"),
        breaks=frozenset({Rule.ELECTED_BY_A_MAJORITY}),
    ),
    Fault(
        name="a replica votes for whoever asks last",
        file="actors/consensus/election.py",
        right="        if core.voted_for not in {None, message.src}:\n",
        wrong="        if False:\n",
        seed=10,
        node="0001",
        guilty=("consensus", "Inbound"),
        breaks=frozenset({Rule.ONE_VOTE}),
    ),
    Fault(
        name="a vote is given to a candidate whose log lacks something",
        file="actors/consensus/election.py",
        right="if self._core.log.terms.is_behind(message.last_log_index, message.last_log_term):",
        wrong="if True:",
        seed=1,
        node="0004",
        guilty=("consensus", "Inbound"),
        breaks=frozenset({Rule.LEADER_COMPLETENESS}),
    ),
    Fault(
        name="a matching suffix is truncated",
        file="actors/consensus/following.py",
        right="            if not terms.has(index, entry.term):\n",
        wrong="            if True:\n",
        seed=1,
        node="0002",
        guilty=("consensus", "Inbound"),
        breaks=frozenset({Rule.COMMITTED_STAYS, Rule.COMMIT_BY_MAJORITY}),
    ),
    Fault(
        name="a term begins without a no-op",
        file="actors/consensus/leading.py",
        right="opening=(no_op(core.term),)",
        wrong="opening=()",
        seed=1,
        node="0003",
        guilty=("consensus", "Inbound"),
    ),
    Fault(
        name="a leader's own previous index is off by one",
        file="actors/consensus/leading.py",
        right="prev_log_index=core.log.last_index,",
        wrong="prev_log_index=LogIndex(core.log.last_index - 1),",
        seed=1,
        node="0003",
        guilty=("consensus", "Inbound"),
    ),
    Fault(
        name="a replicator sends entries behind the wrong index",
        file="actors/replicator.py",
        right="self._send(self._progress.prev, entries)",
        wrong="self._send(self._progress.match, entries)",
        seed=1,
        node="0003",
        guilty=("replicator/0002", "EntriesRead"),
        breaks=frozenset({Rule.LOG_MATCHING, Rule.STATE_MACHINE_SAFETY}),
    ),
    Fault(
        name="a lease is held ten times too long",
        file="actors/consensus/lease.py",
        right="return now - self.confirmed_at(now) < self._lease_s",
        wrong="return now - self.confirmed_at(now) < self._lease_s * 10",
        seed=3,
        node="0001",
        guilty=("consensus", "Inbound"),
        breaks=frozenset({Rule.LINEARIZABLE}),
    ),
    Fault(
        name="a write is redirected before its fate is known",
        file="actors/consensus/requests.py",
        right="        while self._reads:\n            read = self._reads.pop()\n",
        wrong="""\
        writes = [write for index in sorted(self._writes) for write in self._writes.pop(index)]
        for write in writes:
            self._redirect(write.request)
        while self._reads:
            read = self._reads.pop()
""",
        seed=1,
        node="0003",
        guilty=("consensus", "ElectionTimeout"),
        breaks=frozenset({Rule.ANSWER_KEPT}),
    ),
    Fault(
        name="whoever asks for a vote resets the election timer",
        file="actors/consensus/election.py",
        right="        core.datagrams.send(self._reply(message.src, granted=False))\n",
        wrong="""\
        core.datagrams.send(self._reply(message.src, granted=False))
        core.restart_election_timer(core.now)
""",
        seed=1,
        node="0002",
        guilty=("consensus", "Inbound"),
    ),
    Fault(
        name="a follower commits what its message has not validated",
        file="actors/consensus/following.py",
        right="return min(message.commit_index, validated)",
        wrong="return message.commit_index",
        seed=1,
        node="0002",
        guilty=("consensus", "Inbound"),
        fails=True,
    ),
    Fault(
        name="entries are acknowledged and not written",
        file="actors/log_store.py",
        right="        self._storage.append(message.entries)\n",
        wrong="",
        seed=1,
        node="0003",
        guilty=("log_store", "Append"),
        breaks=frozenset({Rule.COMMIT_BY_MAJORITY, Rule.DURABLE_BEFORE_ANSWER}),
        fails=True,
    ),
    Fault(
        name="a state machine keeps the first value of a key",
        file="actors/key_values.py",
        right="        self._values[key] = value\n",
        wrong="        self._values.setdefault(key, value)\n",
        seed=1,
        node="0003",
        guilty=("state_machine", "Read"),
        breaks=frozenset({Rule.LINEARIZABLE}),
    ),
    Fault(
        name="election timeouts are not random",
        file="actors/election_timer.py",
        right="""\
        timeout_ms = self._random.uniform(
            self._settings.election_timeout_min_ms, self._settings.election_timeout_max_ms
        )
""",
        wrong="        timeout_ms = self._settings.election_timeout_min_ms\n",
        seed=1,
        node="0000",
        guilty=("election_timer", "Reset"),
    ),
    Fault(
        name="a snapshot lacks keys that were written",
        file="actors/key_values.py",
        right="        self._changed_keys[key] = None\n",
        wrong="        if index % 2:\n            self._changed_keys[key] = None\n",
        seed=1,
        node="0003",
        guilty=("state_machine", "Apply"),
        breaks=frozenset({Rule.SNAPSHOT_IS_STATE}),
        of_snapshots=True,
    ),
    Fault(
        name="entries are dropped that no snapshot includes",
        file="actors/snapshots.py",
        right="first = max(storage.first_index(), self._readers.kept_from(LogIndex(index + 1 - self._margin)))",
        wrong="first = LogIndex(index + 2)",
        seed=1,
        node="0003",
        guilty=("log_store", "SaveSnapshot"),
        breaks=frozenset({Rule.SNAPSHOT_COVERS}),
        fails=True,
        of_snapshots=True,
    ),
    Fault(
        name="the storage loses the last record of a leader's snapshot",
        file="actors/snapshots.py",
        right="tuple(self._staged.items())",
        wrong="tuple(self._staged.items())[:-1]",
        seed=1,
        node="0000",
        guilty=("log_store", "StoreChunk"),
        breaks=frozenset({Rule.SNAPSHOT_IS_STATE}),
        of_snapshots=True,
    ),
    Fault(
        name="a part of a snapshot that comes again is taken again",
        file="actors/consensus/installing.py",
        right="            self._reply(message, taken.offset)\n            return False\n",
        wrong="            return True\n",
        seed=1,
        node="0004",
        guilty=("consensus", "Inbound"),
        of_snapshots=True,
    ),
)
