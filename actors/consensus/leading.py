"""Leading a term: replicating, committing, confirming, serving (Raft §5.3, §5.4.2, §8; thesis §6.4)."""

from collections.abc import Mapping
from typing import Final

from actors.batch import fitting
from actors.consensus.core import Core
from actors.consensus.followers import Followers
from actors.consensus.lease import Lease
from actors.consensus.requests import Requests
from actors.consensus.role import Role
from actors.snapshot import REMEMBERED
from messages.address import Address
from messages.codec import ENTRY_BYTES_MAX, entry_bytes, entry_bytes_bound
from messages.consensus import AnswerOverdue, HeartbeatDue
from messages.entry import Entry, Write, no_op
from messages.ids import Instant, LogIndex, NodeId
from messages.log_store import Append
from messages.replicator import Acknowledged, ChunkTaken, Heard, Heartbeat, Lead, Rejected, Replicate, StepDown
from messages.wire import AppendAccepted, AppendEntries, AppendRejected, ClientRequest, Get, Put, SnapshotReply

ToReplicator = Lead | StepDown | Replicate | Heartbeat | Acknowledged | Rejected | Heard | ChunkTaken
Reply = AppendAccepted | AppendRejected | SnapshotReply
"""What a follower answers to what this leader sends."""


class Leading:
    """Owns what is known of the followers, the lease, and the round that confirms it, while this replica leads."""

    def __init__(self, core: Core, requests: Requests, replicators: Mapping[NodeId, Address[ToReplicator]]) -> None:
        assert set(replicators) == set(core.peers), "a replicator for each peer"
        self._core: Final = core
        self._requests: Final = requests
        self._replicators: Final = replicators
        self._opened_at = LogIndex(0)
        """The index of the no-op that opened this term."""
        self._followers = Followers(core.peers)
        self._lease = self._new_lease()
        self._confirming_since: Instant | None = None
        self._to_hand_on: dict[NodeId, Instant] = {}
        self._returned: list[NodeId] = []
        """Who was silent, or took a snapshot, and has just answered."""

    def begin(self) -> None:
        """Lead: open the term with a no-op (Raft §8), and serve in the same breath who has waited for a leader."""
        core = self._core
        core.become(Role.LEADER, reason="elected")
        core.leader = core.me
        core.restart_election_timer(core.now)
        self._opened_at = LogIndex(core.log.last_index + 1)
        self._followers = Followers(core.peers)
        self._lease = self._new_lease()
        self._confirming_since = None
        self._tell_all(self._lead())
        self._propose_for(self._requests.take_held(), opening=(no_op(core.term),))

    def _lead(self) -> Lead:
        core = self._core
        return Lead(
            term=core.term,
            last_log_index=core.log.last_index,
            last_log_term=core.log.last_term,
            commit_index=core.log.commit_index,
            at=core.now,
        )

    def _new_lease(self) -> Lease:
        return Lease(self._core.peers, lease_s=self._core.settings.lease_ms / 1000, since=self._core.now)

    def end(self) -> None:
        """Lead no more; writes in the log keep their owners, reads find another leader."""
        self._to_hand_on.clear()
        self._tell_all(StepDown())
        self._requests.hold_reads()

    # --- requests ----------------------------------------------------------------------------------------------

    def serve(self, requests: tuple[ClientRequest, ...]) -> None:
        """Put writes into the log, all at once; serve reads under the lease, or have leadership confirmed first."""
        self._propose_for(requests, opening=())
        self.serve_reads()

    def _propose_for(self, requests: tuple[ClientRequest, ...], *, opening: tuple[Entry, ...]) -> None:
        entries = list(opening)
        for request in requests:
            match request:
                case Get():
                    self._requests.await_read(request)
                case Put():
                    entries.extend(self._entry_for(request, LogIndex(self._core.log.last_index + len(entries) + 1)))
        if entries:
            self._propose(tuple(entries))

    def _entry_for(self, request: Put, index: LogIndex) -> tuple[Entry, ...]:
        """The entry for `request`, to stand at `index`; none when it is too large to be replicated, or too late.

        It is too late when the same write may have been applied where nobody knows it any more (Raft §8).
        """
        if request.since is not None and index > request.since + REMEMBERED:
            self._requests.refuse_write(request, "whether it was applied before is forgotten")
            return ()
        write = Write(client=request.src, MID=request.MID, key=request.key, value=request.value)
        entry = Entry(term=self._core.term, write=write)
        if entry_bytes_bound(entry) > ENTRY_BYTES_MAX and entry_bytes(entry) > ENTRY_BYTES_MAX:
            self._requests.refuse_write(request, "the entry does not fit into a datagram")
            return ()
        self._requests.written(index, entry.term, request)
        return (entry,)

    def _propose(self, entries: tuple[Entry, ...]) -> None:
        """Append to this leader's own log and to the others' in parallel (Raft §5.3; thesis §10.2.1).

        Just enough followers for a majority get them at once; the others with their next heartbeat. To one that is
        known to have all before, they leave from here, and its replicator only watches over them; one with anything
        outstanding gets them from its replicator. The log store is told before the replicators, so that one that reads
        on finds there what it was told of.
        """
        core = self._core
        after = core.log.last_index
        eager = self._eager()
        ready = self._ready(eager, after) if self._is_one_batch(entries) else ()
        for peer in ready:
            core.datagrams.send(self._append_entries(peer, entries))
        core.log.append(entries)
        core.log_store.tell(Append(term=core.term, after=after, entries=entries, report=True))
        core.expect_report()
        for peer in eager:
            grown = Replicate(
                first=LogIndex(after + 1),
                entries=entries,
                sent=peer in ready,
                commit_index=core.log.commit_index,
                at=core.now,
            )
            self._replicators[peer].tell(grown)

    def _is_one_batch(self, entries: tuple[Entry, ...]) -> bool:
        settings = self._core.settings
        return len(entries) <= settings.batch_entries and fitting(entries, settings.batch_bytes) is entries

    def _eager(self) -> tuple[NodeId, ...]:
        """The followers that get entries at once: all, or, thriftily, as many as a majority needs.

        All of them until the term's first entry has committed, for only then is it known which of them answer; and
        where too few answer while the lease runs out, for those that have been silent for long may be back.
        """
        core = self._core
        if not core.settings.thrifty or core.log.commit_index < self._opened_at:
            return core.peers
        if self._followers.are_too_few and not self._is_fresh(self._lease.confirmed_at(core.now)):
            return core.peers
        return self._followers.enough()

    def _is_fresh(self, confirmed_at: Instant) -> bool:
        """Whether a confirmation is so young that the next one can come before a lease from it is over."""
        core = self._core
        return (core.now - confirmed_at) * 1000 < core.settings.lease_ms / 2

    def _ready(self, peers: tuple[NodeId, ...], index: LogIndex) -> tuple[NodeId, ...]:
        """Those of `peers` that have everything up to `index`, with nothing under way; none at the start of a term."""
        return tuple(peer for peer in peers if self._followers.match_index(peer) == index > 0)

    def answer_overdue(self, message: AnswerOverdue) -> None:
        """Go to another follower at once, and to the silent one last until it answers again.

        Where nobody can take its place, it is asked again; otherwise it is left to its next heartbeat.
        """
        core = self._core
        if core.role is not Role.LEADER or message.term != core.term or not core.settings.thrifty:
            return
        before = self._followers.enough()
        if not self._followers.is_silent(message.peer):
            core.audit.info("follower.demoted", peer=message.peer, term=message.term)
            self._followers.fell_silent(message.peer)
        for peer in self._eager():
            is_new = peer not in before and not self._may_be_quiet(peer)
            if peer == message.peer or is_new:
                self.show(peer)

    def _append_entries(self, peer: NodeId, entries: tuple[Entry, ...]) -> AppendEntries:
        core = self._core
        return AppendEntries(
            src=core.me,
            dst=peer,
            leader=core.me,
            term=core.term,
            prev_log_index=core.log.last_index,
            prev_log_term=core.log.last_term,
            entries=entries,
            commit_index=core.log.commit_index,
            at=core.now,
            quiet=False,
        )

    def _tell_all(self, message: ToReplicator) -> None:
        for replicator in self._replicators.values():
            replicator.tell(message)

    # --- answers of followers ----------------------------------------------------------------------------------

    def accepted(self, message: AppendAccepted) -> None:
        """A follower's log agrees with this one up to `match_index` (Raft §5.3)."""
        core = self._core
        if message.match_index > core.log.last_index or message.at > core.now:
            self._drop_impossible(message)
            return
        if not self._answered(message):
            return
        was_taking = self._followers.is_taking(message.src)
        self._followers.accepted(message.src, message.match_index)
        if was_taking and not self._followers.is_taking(message.src):
            self._returned.append(message.src)
        self._to_hand_on[message.src] = max(message.at, self._to_hand_on.get(message.src, message.at))

    def _answered(self, message: AppendAccepted | AppendRejected) -> bool:
        """A follower lives, and takes entries; whether it is the same as before."""
        if self._followers.is_silent(message.src):
            self._returned.append(message.src)
        is_same = self._confirmed(message)
        self._followers.answered(message.src)
        return is_same

    def _confirmed(self, message: Reply) -> bool:
        """A follower lives; whether it is the same as before, and not one with another disk, of which nothing is known.

        One that was not introduced confirms no leader: it would not be asked for its vote (see `acquaintances`).
        """
        is_other = self._followers.met(message.src, message.disk, introduced=message.introduced)
        if message.introduced:
            self._lease.confirm(message.src, message.at)
        if is_other:
            self._begin_anew(message.src)
        return not is_other

    def _begin_anew(self, peer: NodeId) -> None:
        """Find out from the beginning where the logs agree, as when the term began (Raft §5.3)."""
        self._core.audit.info("follower.replaced", peer=peer, term=self._core.term)
        self._to_hand_on.pop(peer, None)
        self._replicators[peer].tell(self._lead())
        self.show(peer)

    def hand_on(self) -> None:
        """Let the replicators know what was accepted; after the commit, which never waits for pacing."""
        terms = self._core.log.terms
        for peer, sent_at in self._to_hand_on.items():
            match_index = self._followers.match_index(peer)
            acknowledged = Acknowledged(
                match_index=match_index,
                match_term=terms.term_at(match_index),
                commit_index=self._core.log.commit_index,
                sent_at=sent_at,
                at=self._core.now,
            )
            self._replicators[peer].tell(acknowledged)
        self._to_hand_on.clear()
        self._welcome_back()

    def _welcome_back(self) -> None:
        """Followers that answer again and are needed get at once what they lack; where one is back, others may be."""
        returned, self._returned = self._returned, []
        if not returned or self._core.role is not Role.LEADER:
            return
        runs_out = not self._is_fresh(self._lease.confirmed_at(self._core.now))
        for peer in self._eager():
            lacks = peer in returned and self._followers.match_index(peer) < self._core.log.last_index
            if lacks or (runs_out and self._followers.is_silent(peer)):
                self.show(peer)

    def rejected(self, message: AppendRejected) -> None:
        """A follower lacks the entry before; find the latest that both may have (Raft §5.3, end)."""
        core = self._core
        if message.prev_log_index == 0 or message.prev_log_index > core.log.last_index or message.at > core.now:
            self._drop_impossible(message)
            return
        if not self._answered(message):
            return
        next_prev = self._next_prev_index(message)
        rejected = Rejected(
            prev_log_index=message.prev_log_index,
            next_prev_index=next_prev,
            next_prev_term=core.log.terms.term_at(next_prev),
            sent_at=message.at,
            at=core.now,
        )
        self._replicators[message.src].tell(rejected)

    def _next_prev_index(self, message: AppendRejected) -> LogIndex:
        """Behind the last entry of the conflicting term here, or else before the whole of it there (Raft §5.3, end)."""
        terms = self._core.log.terms
        before = LogIndex(min(message.conflict_index, message.prev_log_index) - 1)
        if message.conflict_term == 0:
            return before
        shared = terms.last_index_up_to(message.conflict_term, LogIndex(message.prev_log_index - 1))
        return shared if terms.term_at(shared) == message.conflict_term else min(shared, before)

    def part_taken(self, message: SnapshotReply) -> None:
        """A follower has so much of the snapshot, or wants it from the beginning (Raft §7).

        It takes no entries meanwhile, so others are asked for what a majority needs.
        """
        core = self._core
        if message.last_included_index > core.log.commit_index or message.at > core.now:
            self._drop_impossible(message)
        elif self._confirmed(message):
            self._followers.takes_snapshot(message.src, message.last_included_index)
            taken = ChunkTaken(
                last_included_index=message.last_included_index,
                offset=message.offset,
                sent_at=message.at,
                at=core.now,
            )
            self._replicators[message.src].tell(taken)

    def heard(self, peer: NodeId) -> None:
        """A peer that says anything but an answer can be reached again."""
        self._replicators[peer].tell(Heard(at=self._core.now))

    def _drop_impossible(self, message: Reply) -> None:
        self._core.audit.warning(
            "message.impossible", type=message.type, peer=message.src, reason="it answers what was never sent"
        )

    def committable(self) -> LogIndex:
        """The highest index that may be committed now (Raft §5.4.2).

        Only an entry of the current term is committed by counting; with it all before it are. This replica's own log
        counts as far as it is durable.
        """
        log = self._core.log
        stored = self._followers.stored_by_majority(log.durable_index)
        if stored > log.commit_index and log.terms.term_at(stored) == self._core.term:
            return stored
        return log.commit_index

    # --- leases and reads --------------------------------------------------------------------------------------

    def serve_reads(self) -> None:
        """Serve what may be served now; for the rest, ask the followers whether this replica still leads (Raft §8).

        Nothing is read before an entry of this term has committed: until then this leader may not know all commits.
        """
        core = self._core
        if not self._requests.has_reads() or core.log.commit_index < self._opened_at:
            return
        confirmed_at = core.now if self._lease.holds(core.now) else self._lease.confirmed_at(core.now)
        self._requests.serve_reads(confirmed_at)
        if self._confirming_since is not None and confirmed_at >= self._confirming_since:
            self._confirming_since = None
        if self._requests.has_reads() and self._confirming_since is None:
            self._confirming_since = core.now
            self._tell_all(self._heartbeat())

    def heartbeat_due(self, message: HeartbeatDue) -> None:
        """Show `peer` that this leader lives, and what is committed (Raft §5.2)."""
        if self._core.role is Role.LEADER and message.term == self._core.term:
            self.show(message.peer, quiet=self._may_be_quiet(message.peer))

    def _may_be_quiet(self, peer: NodeId) -> bool:
        """Whether `peer` need not answer: no majority needs it, or it has all, and said so not long ago."""
        if peer not in self._eager():
            return True
        has_all = self._followers.match_index(peer) == self._core.log.last_index
        return bool(self._core.settings.thrifty) and has_all and self._is_fresh(self._lease.confirmed_by(peer))

    def show(self, peer: NodeId, *, quiet: bool = False) -> None:
        """Let `peer` hear of this leader now; `quiet` where no majority needs its answer."""
        self._replicators[peer].tell(self._heartbeat(quiet=quiet))

    def _heartbeat(self, *, quiet: bool = False) -> Heartbeat:
        log = self._core.log
        return Heartbeat(last_log_index=log.last_index, commit_index=log.commit_index, at=self._core.now, quiet=quiet)

    def has_lost_majority(self) -> bool:
        """Whether no majority was heard for the least election timeout: somebody else may lead (thesis §6.2)."""
        core = self._core
        contact = self._lease.last_contact(core.now)
        if core.now >= contact + core.settings.election_timeout_min_ms / 1000:
            return True
        core.restart_election_timer(contact)
        return False
