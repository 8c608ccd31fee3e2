"""All of Raft's rules together, told one fact after another: by a trail that is read, or by a cluster while it runs."""

from typing import Final

from audit.invariants.commits import Commits
from audit.invariants.completeness import Completeness
from audit.invariants.facts import Batch, HardState, LogEntry, Sent
from audit.invariants.ledger import Ledger, PlaceBook
from audit.invariants.logs import Logs
from audit.invariants.place import Place
from audit.invariants.progress import Progress
from audit.invariants.promises import Promises
from audit.invariants.replica import Replica
from audit.invariants.restarts import Restarts
from audit.invariants.snapshots import Snapshots
from audit.invariants.violations import Violations
from audit.invariants.votes import Votes
from audit.invariants.witness import Witnesses


class Rules:
    """Takes facts, causes before effects; what breaks a rule is reported to `violations`.

    It believes no actor: facts are what was written to the storages, what was sent, and what was committed.
    """

    def __init__(self, replicas: Witnesses[Replica], violations: Violations) -> None:
        places = PlaceBook()
        ledger = Ledger(places)
        self._votes: Final = Votes(replicas, violations)
        self._commits: Final = Commits(replicas, ledger, places, violations)
        self._logs: Final = Logs(ledger, self._commits, places, violations)
        self._completeness: Final = Completeness(self._commits.log, violations)
        self._promises: Final = Promises(violations)
        self._restarts: Final = Restarts(replicas, self._logs, violations)
        self._snapshots: Final = Snapshots(self._commits, violations)
        self._progress: Final = Progress(violations)

    def restored_snapshot(
        self,
        replica: Replica,
        last_included: int,
        term: int,
        records: tuple[tuple[str, str], ...],
        done: bool,
        here: Place,
    ) -> None:
        """A replica is given back a part of the snapshot that its storage held, before all else."""
        replica.restoring.extend(records)
        if done:
            self._snapshots.restored(replica, last_included, term, replica.restoring, here)
            replica.restoring.clear()

    def restored(
        self,
        replica: Replica,
        state: HardState,
        first: int,
        entries: tuple[LogEntry, ...],
        disk: str | None,
        here: Place,
    ) -> None:
        """A replica is given back what its storage held, perhaps in several parts."""
        self._restarts.restored(replica, state, first, entries, disk, here, self._votes.restored)

    def started(self, replica: Replica, here: Place) -> None:
        """A replica begins, with all that it was given back."""
        self._restarts.started(replica, here)

    def saved(self, replica: Replica, state: HardState, here: Place) -> None:
        """A storage was told to keep a term and a vote."""
        self._votes.saved(replica, state, here)
        self._progress.saved(replica, state, here)
        replica.hard_state = (state.term, state.voted_for)

    def appended(self, replica: Replica, entries: tuple[LogEntry, ...], here: Place) -> None:
        """A storage was told to keep entries behind its last one."""
        self._logs.appended(replica, entries, here)

    def truncated(self, replica: Replica, after: int, here: Place) -> None:
        """A storage was told to forget what is behind `after`."""
        self._logs.truncated(replica, after, here)
        replica.truncated(after)

    def snapshot_saved(
        self, replica: Replica, last_included: int, changes: tuple[tuple[str, str | None], ...], first: int, here: Place
    ) -> None:
        """A storage was told to change its snapshot, and to drop entries."""
        self._snapshots.saved(replica, last_included, changes, first, here)

    def snapshot_installed(
        self, replica: Replica, last_included: int, term: int, records: tuple[tuple[str, str], ...], here: Place
    ) -> None:
        """A storage was told to begin anew with a snapshot; whatever its log had behind it is gone."""
        if replica.log.last_index > last_included:
            self._logs.truncated(replica, last_included, here)
        self._snapshots.installed(replica, last_included, term, records, here)

    def state_taken(self, replica: Replica, last_included: int, here: Place) -> None:
        """A state machine has a snapshot in the place of all that it had applied."""
        self._commits.taken(replica, last_included, here)
        self._completeness.applied(replica, here)

    def applied(self, replica: Replica, batch: Batch, led: int | None, here: Place) -> None:
        """Entries are committed, and applied; `led` is the term that the replica led when it found that, if it did."""
        self._commits.applied(replica, batch, led, here)
        self._completeness.applied(replica, here)

    def sent(self, replica: Replica, actor: str, message: Sent, here: Place) -> None:
        """A datagram leaves for another replica, or for a client, which has no term and breaks no rule here."""
        if message.term < 0:
            return
        match message.type:
            case "append" | "install_snapshot":
                self._leads(replica, message.term, here)
            case "append_accepted":
                self._promises.acknowledgement(replica, message, here)
                replica.acknowledged = max(replica.acknowledged, message.match_index)
            case "request_vote":
                self._promises.candidacy(replica, message, here)
            case "vote_reply" if message.granted:
                self._votes.granted(replica, message, here)
                self._promises.vote(replica, message, here)
            case _:
                pass
        self._progress.sent(replica, actor, message, here)

    def entered(self, replica: Replica, term: int, here: Place) -> None:
        """A replica says that it enters a term."""
        self._progress.entered(replica, term, here)
        replica.term = max(replica.term, term)

    def led(self, replica: Replica, term: int, here: Place) -> None:
        """A replica says that it leads from now on."""
        replica.led(term)
        self._leads(replica, term, here)

    def _leads(self, replica: Replica, term: int, here: Place) -> None:
        """A reign begins with its first sign: a replica need not say that it leads."""
        if term > replica.reign.term:
            replica.led(term)
        if self._votes.leads(replica, term, here):
            self._completeness.elected(replica, term, here)
